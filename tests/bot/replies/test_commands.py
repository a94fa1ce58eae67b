"""Commands in replies become mentions that people can click."""

from collections.abc import Mapping
from copy import deepcopy

import discord
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.replies.commands import CommandMentions
from bot.replies.message import Drawing, Reply
from tests.bot.samples import png

MENTIONS = {
    "retrain": "</retrain:1>",
    "threshold": "</threshold:2>",
    "channels": "</channels list:3>",
    "channels add": "</channels add:3>",
}


def known(mentions: Mapping[str, str] = MENTIONS) -> CommandMentions:
    """Mentions whose ids Discord has sent."""
    commands = CommandMentions()
    commands.update(mentions)
    return commands


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use `/retrain`.", "Use </retrain:1>."),
        ("`/retrain``/retrain`", "</retrain:1></retrain:1>"),
        ("`/retrain` or `/channels`", "</retrain:1> or </channels list:3>"),
        ("`/threshold 80`", "</threshold:2> `80`"),
        ("`/channels add`", "</channels add:3>"),
        ("`/channels add @a b`", "</channels add:3> `@a b`"),
        ("`/channels remove`", "</channels list:3> `remove`"),
    ],
)
def test_commands_become_mentions_followed_by_their_arguments(text: str, expected: str) -> None:
    assert known().text(text) == expected


@pytest.mark.parametrize(
    "text", ["", "`/unknown`", "`/retrainer`", "/retrain", "`retrain`", "`!retrain`", "`/Retrain`", "`/retrain"]
)
def test_other_text_is_unchanged(text: str) -> None:
    assert known().text(text) == text


ANY_TEXT = st.text() | st.text("`/ retrainchlods") | st.from_regex(r"(`/[a-z ]{1,9}`.?)+", fullmatch=True)


@given(ANY_TEXT)
def test_any_text_without_a_known_command_is_unchanged(text: str) -> None:
    assume(not any(f"`/{name}" in text for name in MENTIONS))
    assert known().text(text) == text


@given(ANY_TEXT)
def test_before_discord_has_sent_the_ids_any_text_is_unchanged(text: str) -> None:
    assert CommandMentions().text(text) == text


def test_a_reply_has_mentions_in_its_text_and_in_the_descriptions_and_fields_of_its_embeds() -> None:
    first = discord.Embed(title="`/retrain`", description="Use `/retrain`.", colour=1)
    first.add_field(name="`/retrain`", value="`/threshold 80`", inline=False).add_field(name="a", value="b")
    first.set_footer(text="`/retrain`").set_image(url="attachment://a.png")
    second = discord.Embed(title="nothing here")
    drawings = (Drawing("a.png", png(), "`/retrain`"),)
    reply = known().reply(Reply("`/channels`", (first, second), drawings))
    assert reply.text == "</channels list:3>"
    assert reply.drawings == drawings
    linked, other = reply.embeds
    assert linked.to_dict() == first.to_dict() | {
        "description": "Use </retrain:1>.",
        "fields": [
            {"name": "`/retrain`", "value": "</threshold:2> `80`", "inline": False},
            {"name": "a", "value": "b", "inline": True},
        ],
    }
    assert other == second


def test_the_original_reply_is_unchanged() -> None:
    embed = discord.Embed(description="`/retrain`").add_field(name="a", value="`/retrain`")
    before = deepcopy(embed.to_dict())
    known().reply(Reply("`/retrain`", (embed,)))
    assert embed.to_dict() == before


def test_a_reply_without_text_has_none_afterwards() -> None:
    assert known().reply(Reply(embeds=(discord.Embed(title="a"),))).text is None


def test_before_discord_has_sent_the_ids_a_reply_is_unchanged() -> None:
    reply = Reply("`/retrain`", (discord.Embed(description="`/retrain`"),))
    assert CommandMentions().reply(reply) is reply


def test_an_update_replaces_all_mentions() -> None:
    commands = known()
    commands.update({"retrain": "</retrain:9>"})
    assert commands.text("`/retrain` `/threshold`") == "</retrain:9> `/threshold`"
