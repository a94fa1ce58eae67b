"""A bot's first responses over REST: valid ones are accepted, and invalid ones get Discord's errors."""

import asyncio
from typing import Any

import pytest

from bot.sandbox.discord import Interaction, LocalDiscord, Message, NotOfferedError
from tests.bot.sandbox.discord.rest import call, error_codes

TEXT_INPUT = {"type": 4, "custom_id": "name", "style": 1, "label": "Name"}
FIELD = {"type": 1, "components": [TEXT_INPUT]}
MENU = {"type": 3, "custom_id": "menu", "options": [{"label": "a", "value": "a"}]}
MODAL = {"custom_id": "m", "title": "A modal", "components": [FIELD]}
GO = {
    "name": "go",
    "description": "Go",
    "options": [
        {"type": 3, "name": "text", "description": "a text", "autocomplete": True},
        {"type": 4, "name": "number", "description": "a number", "autocomplete": True},
    ],
}


def labelled(**field: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Name", "component": {"type": 4, "custom_id": "name", "style": 1} | field}


@pytest.fixture
async def asked(local_discord: LocalDiscord) -> Interaction:
    """A slash command that waits for a response."""
    local = local_discord
    path = f"/applications/{local.bot.id}/commands"
    status, _ = await call(local, "PUT", path, json=[GO])
    assert status == 200
    return await local.slash(local.member, local.general, "go")


async def answer(local: LocalDiscord, asked: Interaction, kind: int, data: Any = None) -> tuple[int, dict[str, Any]]:
    """Send a first response; returns Discord's status and body."""
    path = f"/interactions/{asked.id}/{asked.token}/callback?with_response=true"
    return await call(local, "POST", path, json={"type": kind} | ({} if data is None else {"data": data}))


async def with_button(local: LocalDiscord, asked: Interaction, flags: int = 0) -> Message:
    """The bot's response, with one button."""
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    row = {"type": 1, "components": [button]}
    status, _ = await answer(local, asked, 4, {"content": "press", "components": [row], "flags": flags})
    assert status == 200
    return await local.answer_to(asked)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"custom_id": "x" * 101}, {"data.custom_id": "BASE_TYPE_BAD_LENGTH"}),
        ({"title": "x" * 46}, {"data.title": "BASE_TYPE_BAD_LENGTH"}),
        ({"title": ""}, {"data.title": "BASE_TYPE_REQUIRED"}),
        ({"components": []}, {"data.components": "BASE_TYPE_BAD_LENGTH"}),
        (
            {"components": [labelled(custom_id=str(number)) for number in range(6)]},
            {"data.components": "BASE_TYPE_BAD_LENGTH"},
        ),
        ({"components": [{"type": 2}]}, {"data.components.0.type": "BASE_TYPE_CHOICES"}),
        (
            {"components": [{"type": 1, "components": [MENU]}]},
            {"data.components.0.components.0.type": "BASE_TYPE_CHOICES"},
        ),
        (
            {"components": [{"type": 1, "components": [TEXT_INPUT, TEXT_INPUT | {"custom_id": "b"}]}]},
            {"data.components.0.components": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {"components": [{"type": 1, "components": [TEXT_INPUT | {"label": "x" * 46}]}]},
            {"data.components.0.components.0.label": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {"components": [FIELD, labelled()]},
            {"data.components.1.component.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"},
        ),
        ({"components": [labelled(style=3)]}, {"data.components.0.component.style": "BASE_TYPE_CHOICES"}),
        ({"components": [labelled(max_length=4001)]}, {"data.components.0.component.max_length": "NUMBER_TYPE_MAX"}),
        (
            {"components": [labelled(min_length=5, max_length=4)]},
            {"data.components.0.component.min_length": "TEXT_INPUT_MIN_LENGTH_EXCEEDS_MAX"},
        ),
        (
            {"components": [labelled(value="long", max_length=3)]},
            {"data.components.0.component.value": "BASE_TYPE_MAX_LENGTH"},
        ),
        (
            {"components": [labelled(placeholder="x" * 101)]},
            {"data.components.0.component.placeholder": "BASE_TYPE_MAX_LENGTH"},
        ),
        ({"components": [labelled(label="no")]}, {"data.components.0.component.label": "COMPONENT_LABEL_NOT_ALLOWED"}),
        (
            {"components": [{"type": 18, "label": "a", "component": MENU | {"options": []}}]},
            {"data.components.0.component.options": "BASE_TYPE_BAD_LENGTH"},
        ),
    ],
)
async def test_an_invalid_modal_gets_the_fields_error(
    local_discord: LocalDiscord, asked: Interaction, change: dict[str, Any], codes: dict[str, str]
) -> None:
    status, body = await answer(local_discord, asked, 9, MODAL | change)
    assert (status, body["code"]) == (400, 50035)
    assert error_codes(body["errors"]) == codes
    assert asked.modal is None
    status, _ = await answer(local_discord, asked, 9, MODAL)  # the bot can try again
    assert status == 200


CHOICE = {"name": "a", "value": "a"}


@pytest.mark.parametrize(
    ("option", "choices", "codes"),
    [
        ("text", [CHOICE] * 26, {"data.choices": "BASE_TYPE_MAX_LENGTH"}),
        ("text", [{"name": "x" * 101, "value": "a"}], {"data.choices.0.name": "BASE_TYPE_BAD_LENGTH"}),
        ("text", [{"name": "", "value": "a"}], {"data.choices.0.name": "BASE_TYPE_REQUIRED"}),
        ("text", [{"name": "a", "value": "x" * 101}], {"data.choices.0.value": "BASE_TYPE_BAD_LENGTH"}),
        ("text", [{"name": "a", "value": 1}], {"data.choices.0.value": "STRING_TYPE_CONVERT"}),
        ("number", [CHOICE], {"data.choices.0.value": "NUMBER_TYPE_COERCE"}),
        ("number", [{"name": "a", "value": 1 << 60}], {"data.choices.0.value": "NUMBER_TYPE_MAX"}),
    ],
)
async def test_invalid_choices_get_the_fields_error(
    local_discord: LocalDiscord, asked: Interaction, option: str, choices: list[Any], codes: dict[str, str]
) -> None:
    local = local_discord

    async def serve() -> None:
        """Send invalid choices, then none."""
        event = await events.next(lambda e: e.name == "INTERACTION_CREATE" and e.interaction.kind == 4)
        status, body = await answer(local, event.interaction, 8, {"choices": choices})
        assert (status, body["code"]) == (400, 50035)
        assert error_codes(body["errors"]) == codes
        status, _ = await answer(local, event.interaction, 8, {"choices": []})
        assert status == 200

    async with local.watch() as events:
        typing = local.autocomplete(local.member, local.general, "go", option, "1")
        offered, _ = await asyncio.gather(typing, serve())
    assert offered == ()


@pytest.mark.parametrize("kind", [6, 7, 8, 1, 99])
async def test_a_command_cannot_be_answered_with_a_buttons_callbacks(
    local_discord: LocalDiscord, asked: Interaction, kind: int
) -> None:
    status, body = await answer(local_discord, asked, kind, {"content": "a"})
    assert (status, error_codes(body["errors"])) == (400, {"type": "BASE_TYPE_CHOICES"})


async def test_a_modal_cannot_open_another_modal(local_discord: LocalDiscord, asked: Interaction) -> None:
    local = local_discord
    await answer(local, asked, 9, MODAL)
    submitted = await local.submit(local.member, asked, {"name": "Max"})
    for kind in (9, 7, 6):  # a command's modal has no message to update either
        status, body = await answer(local, submitted, kind, MODAL)
        assert (status, error_codes(body["errors"])) == (400, {"type": "BASE_TYPE_CHOICES"})
    status, _ = await answer(local, submitted, 4, {"content": "Hello Max"})
    assert (status, (await local.answer_to(submitted)).content) == (200, "Hello Max")


async def test_a_modal_of_a_button_can_update_its_message(local_discord: LocalDiscord, asked: Interaction) -> None:
    local = local_discord
    message = await with_button(local, asked)
    pressed = await local.press(local.admin, message, "go")
    await answer(local, pressed, 9, MODAL)
    submitted = await local.submit(local.admin, pressed, {"name": "Ada"})
    status, body = await answer(local, submitted, 7, {"content": "by Ada"})
    assert (status, body["resource"]["message"]["id"]) == (200, str(message.id))
    assert local.current(message).content == "by Ada"


async def test_invalid_values_of_a_modal_are_not_submitted(local_discord: LocalDiscord, asked: Interaction) -> None:
    local = local_discord
    with pytest.raises(NotOfferedError, match="no form to submit"):
        await local.submit(local.member, asked, {})
    menu = MENU | {"options": [{"label": "a", "value": "a"}, {"label": "b", "value": "b"}], "max_values": 2}
    parts = [labelled(min_length=2, max_length=4), {"type": 18, "label": "Menu", "component": menu}]
    status, _ = await answer(local, asked, 9, MODAL | {"components": parts})
    assert status == 200
    good: dict[str, Any] = {"name": "abc", "menu": ["a", "b"]}
    for bad in (
        {"name": ""},
        {"name": "a"},
        {"name": "abcde"},
        {"name": ["a"]},
        {"menu": []},
        {"menu": ["c"]},
        {"menu": ["a", "a"]},
        {"other": "a"},
    ):
        with pytest.raises(NotOfferedError):
            await local.submit(local.member, asked, good | bad)
    with pytest.raises(NotOfferedError):
        await local.submit(local.admin, asked, good)
    submitted = await local.submit(local.member, asked, good)
    first, second = submitted.data["components"]
    assert first["component"] == {"type": 4, "id": 2, "custom_id": "name", "value": "abc"}
    assert second["component"] == {"type": 3, "id": 4, "custom_id": "menu", "values": ["a", "b"]}


async def test_a_token_only_changes_its_own_messages(local_discord: LocalDiscord, asked: Interaction) -> None:
    local = local_discord
    await answer(local, asked, 4, {"content": "mine"})
    mine = await local.answer_to(asked)
    other = await local.slash(local.admin, local.general, "go")
    webhook = f"/webhooks/{local.bot.id}/{other.token}/messages"
    status, body = await call(local, "PATCH", f"{webhook}/{mine.id}", json={"content": "not mine"})
    assert (status, body["code"]) == (404, 10015)  # not answered yet
    await answer(local, other, 5)
    status, body = await call(local, "PATCH", f"{webhook}/{mine.id}", json={"content": "not mine"})
    assert (status, body["code"]) == (404, 10008)
    status, _ = await call(local, "PATCH", f"{webhook}/@original", json={"content": "my own"})
    assert status == 200
    assert local.current(mine).content == "mine"


async def test_only_its_user_can_press_an_ephemeral_messages_buttons(
    local_discord: LocalDiscord, asked: Interaction
) -> None:
    local = local_discord
    message = await with_button(local, asked, flags=64)
    with pytest.raises(NotOfferedError, match="can't see this message"):
        await local.press(local.admin, message, "go")
    pressed = await local.press(local.member, message, "go")
    status, _ = await answer(local, pressed, 7, {"content": "updated", "components": []})
    changed = local.current(message)
    assert (status, changed.content, changed.components, changed.visible_to) == (200, "updated", (), local.member.id)
    path = f"/channels/{local.general.id}/messages/{message.id}"
    status, body = await call(local, "PATCH", path, json={"content": "over REST"})
    assert (status, body["code"]) == (404, 10008)


async def test_a_menu_only_takes_the_values_it_offers(local_discord: LocalDiscord, asked: Interaction) -> None:
    local = local_discord
    options = [{"label": name, "value": name} for name in "abc"]
    row = {"type": 1, "components": [MENU | {"options": options, "min_values": 2, "max_values": 2}]}
    await answer(local, asked, 4, {"content": "choose", "components": [row]})
    message = await local.answer_to(asked)
    for values in (["a"], ["a", "b", "c"], ["a", "d"], ["a", "a"]):
        with pytest.raises(NotOfferedError):
            await local.choose(local.member, message, "menu", values)
    with pytest.raises(NotOfferedError, match="no such button"):
        await local.press(local.member, message, "menu")
    chosen = await local.choose(local.member, message, "menu", ["a", "c"])
    assert chosen.data == {"custom_id": "menu", "component_type": 3, "id": 2, "values": ["a", "c"]}
