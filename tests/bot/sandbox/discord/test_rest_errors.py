"""Invalid requests get Discord's error codes, with the invalid field."""

import io
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox.discord import ApiError, LocalDiscord, Permission, RateLimit
from tests.bot.sandbox.discord.bots import logged_in, make_bot, picture
from tests.bot.sandbox.discord.rest import call, error_codes
from tests.discord_fixtures import MakeDiscord

BUTTON = {"type": 2, "style": 1, "label": "Why?", "custom_id": "why"}
OPTION = {"label": "a", "value": "a"}
MENU = {"type": 3, "custom_id": "menu", "options": [OPTION]}
LETTERS = [{"label": letter, "value": letter} for letter in "abcdefghijklmnopqrstuvwxyz"]


def row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"content": "a", "components": [{"type": 1, "components": list(children)}]}


FORMS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"content": "x" * 2001}, {"content": "BASE_TYPE_MAX_LENGTH"}),
    ({"embeds": [{"title": "x" * 257}]}, {"embeds.0.title": "BASE_TYPE_MAX_LENGTH"}),
    ({"embeds": [{"description": "x" * 4097}]}, {"embeds.0.description": "BASE_TYPE_MAX_LENGTH"}),
    ({"embeds": [{"footer": {"text": "x" * 2049}}]}, {"embeds.0.footer.text": "BASE_TYPE_MAX_LENGTH"}),
    ({"embeds": [{"title": "a"}] * 11}, {"embeds": "BASE_TYPE_MAX_LENGTH"}),
    (
        {"embeds": [{"fields": [{"name": "", "value": "a"}]}]},
        {"embeds.0.fields.0.name": "BASE_TYPE_REQUIRED"},
    ),
    (
        {"embeds": [{"fields": [{"name": "a", "value": "x" * 1025}]}]},
        {"embeds.0.fields.0.value": "BASE_TYPE_BAD_LENGTH"},
    ),
    ({"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}, {"embeds.0.fields": "BASE_TYPE_MAX_LENGTH"}),
    ({"embeds": [{"description": "x" * 3001}] * 2}, {"embeds": "MAX_EMBED_SIZE_EXCEEDED"}),
    ({"embeds": [{"title": "a", "color": 1 << 24}]}, {"embeds.0.color": "NUMBER_TYPE_MAX"}),
    ({"embeds": [{"image": {"url": "ftp://a/b"}}]}, {"embeds.0.image.url": "URL_TYPE_INVALID_SCHEME"}),
    (
        {"content": "a", "attachments": [{"id": 0, "description": "x" * 1025}]},
        {"attachments.0.description": "BASE_TYPE_MAX_LENGTH"},
    ),
    ({"content": "a", "attachments": [{"id": 7}]}, {"attachments.0.id": "ATTACHMENT_NOT_FOUND"}),
    (
        {"content": "a", "components": [{"type": 1, "components": []}]},
        {"components.0.components": "BASE_TYPE_BAD_LENGTH"},
    ),
    ({"content": "a", "components": [BUTTON]}, {"components.0.type": "BASE_TYPE_CHOICES"}),
    (
        {"content": "a", "components": [{"type": 1, "components": [BUTTON, BUTTON]}]},
        {"components.0.components.1.custom_id": "COMPONENT_CUSTOM_ID_DUPLICATED"},
    ),
    (
        {"content": "a", "components": [{"type": 1, "components": [BUTTON | {"custom_id": "x" * 101}]}]},
        {"components.0.components.0.custom_id": "BASE_TYPE_BAD_LENGTH"},
    ),
    (
        {"content": "a", "components": row(BUTTON)["components"] * 6},
        {"components": "BASE_TYPE_MAX_LENGTH"},
    ),
    (row({"type": 99}), {"components.0.components.0.type": "BASE_TYPE_CHOICES"}),
    (row({"type": 4, "custom_id": "a", "style": 1}), {"components.0.components.0.type": "BASE_TYPE_CHOICES"}),
    (row(BUTTON | {"style": 7}), {"components.0.components.0.style": "BASE_TYPE_CHOICES"}),
    (row(BUTTON | {"label": "x" * 81}), {"components.0.components.0.label": "BASE_TYPE_MAX_LENGTH"}),
    (row(BUTTON | {"label": None}), {"components.0.components.0": "BUTTON_COMPONENT_INVALID_LABEL"}),
    (row(BUTTON | {"custom_id": None}), {"components.0.components.0.custom_id": "BASE_TYPE_REQUIRED"}),
    (row({"type": 2, "style": 5, "label": "a"}), {"components.0.components.0.url": "BASE_TYPE_REQUIRED"}),
    (
        row({"type": 2, "style": 5, "label": "a", "url": "https://a/", "custom_id": "a"}),
        {"components.0.components.0.custom_id": "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"},
    ),
    (row(BUTTON | {"url": "https://a/"}), {"components.0.components.0.url": "BUTTON_COMPONENT_URL_NOT_ALLOWED"}),
    (row(BUTTON, MENU), {"components.0.components": "COMPONENT_LAYOUT_WIDTH_EXCEEDED"}),
    (row(MENU | {"options": LETTERS}), {"components.0.components.0.options": "BASE_TYPE_BAD_LENGTH"}),
    (row(MENU | {"options": []}), {"components.0.components.0.options": "BASE_TYPE_BAD_LENGTH"}),
    (
        row(MENU | {"options": [OPTION, OPTION]}),
        {"components.0.components.0.options.1.value": "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"},
    ),
    (
        row(MENU | {"options": [OPTION | {"description": "x" * 101}]}),
        {"components.0.components.0.options.0.description": "BASE_TYPE_MAX_LENGTH"},
    ),
    (row(MENU | {"placeholder": "x" * 151}), {"components.0.components.0.placeholder": "BASE_TYPE_MAX_LENGTH"}),
    (
        row(MENU | {"max_values": 2}),
        {"components.0.components.0.max_values": "COMPONENT_MAX_VALUES_EXCEEDS_OPTIONS"},
    ),
    (
        row(MENU | {"min_values": 2, "options": LETTERS[:3]}),
        {"components.0.components.0.min_values": "COMPONENT_MIN_VALUES_EXCEEDS_MAX"},
    ),
    (
        {"flags": 1 << 15, "components": [{"type": 10, "content": "x" * 2500}] * 2},
        {"components": "COMPONENT_MAX_TOTAL_TEXT_SIZE_EXCEEDED"},
    ),
    (
        {"flags": 1 << 15, "components": [{"type": 17, "components": [{"type": 17, "components": []}]}]},
        {"components.0.components.0.type": "BASE_TYPE_CHOICES"},
    ),
    (
        {"content": "a", "message_reference": {"message_id": "1"}},
        {"message_reference": "REPLIES_UNKNOWN_MESSAGE"},
    ),
    (
        {"content": "a", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        {"allowed_mentions": "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"},
    ),
    ({"content": 7}, {"content": "STRING_TYPE_CONVERT"}),
    ({"embeds": "a"}, {"embeds": "LIST_TYPE_CONVERT"}),
    ({"embeds": ["a"]}, {"embeds.0": "DICT_TYPE_CONVERT"}),
]


@pytest.mark.parametrize(
    ("form", "codes"), FORMS, ids=[next(iter(codes)) + str(n) for n, (_, codes) in enumerate(FORMS)]
)
async def test_an_invalid_message_gets_the_fields_error(
    local_discord: LocalDiscord, form: dict[str, Any], codes: dict[str, str]
) -> None:
    path = f"/channels/{local_discord.general.id}/messages"
    status, body = await call(local_discord, "POST", path, json=form)
    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    assert error_codes(body["errors"]) == codes


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ({"name": "Has Capitals", "description": "a"}, {"0.name": "STRING_TYPE_REGEX"}),
        ({"name": "a"}, {"0.description": "BASE_TYPE_REQUIRED"}),
        ({"name": "a", "description": "x" * 101}, {"0.description": "BASE_TYPE_BAD_LENGTH"}),
        (
            {"name": "a", "description": "a", "description_localizations": {"pt-BR": "x" * 101}},
            {"0.description_localizations.pt-BR": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {"name": "A menu", "type": 3, "name_localizations": {"pt-BR": "x" * 33}},
            {"0.name_localizations.pt-BR": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {
                "name": "a",
                "description": "a",
                "options": [
                    {
                        "type": 3,
                        "name": "b",
                        "description": "b",
                        "choices": [{"name": "c", "value": "c", "name_localizations": {"de": "x" * 101}}],
                    }
                ],
            },
            {"0.options.0.choices.0.name_localizations.de": "BASE_TYPE_BAD_LENGTH"},
        ),
        (
            {
                "name": "a",
                "description": "a",
                "options": [
                    {"type": 3, "name": "b", "description": "b"},
                    {"type": 3, "name": "c", "description": "c", "required": True},
                ],
            },
            {"0.options.1": "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"},
        ),
        ({"name": "a", "type": 9}, {"0.type": "BASE_TYPE_CHOICES"}),
        (
            {"name": "A menu", "type": 3, "description": "a"},
            {"0.description": "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_DISALLOWED"},
        ),
        (
            {"name": "a", "description": "a", "options": [{"type": 12, "name": "b", "description": "b"}]},
            {"0.options.0.type": "BASE_TYPE_CHOICES"},
        ),
        (
            {
                "name": "a",
                "description": "a",
                "options": [{"type": 5, "name": "b", "description": "b", "autocomplete": True}],
            },
            {"0.options.0.autocomplete": "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID"},
        ),
        (
            {
                "name": "a",
                "description": "a",
                "options": [
                    {"type": 1, "name": "b", "description": "b"},
                    {"type": 3, "name": "c", "description": "c"},
                ],
            },
            {"0.options.0": "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"},
        ),
    ],
)
async def test_an_invalid_command_gets_the_fields_error(
    local_discord: LocalDiscord, command: dict[str, Any], codes: dict[str, str]
) -> None:
    path = f"/applications/{local_discord.bot.id}/commands"
    status, body = await call(local_discord, "PUT", path, json=[command])
    assert (status, body["code"]) == (400, 50035)
    assert error_codes(body["errors"]) == codes


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", "/guilds/1", 404, 10004),
        ("GET", "/users/1", 404, 10013),
        ("GET", "/guilds/{guild}/members/1", 404, 10013),
        ("GET", "/channels/{channel}/messages/1", 404, 10008),
        ("GET", "/channels/nonsense", 400, 50035),
        ("GET", "/channels/{channel}/messages?limit=101", 400, 50035),
        ("GET", "/applications/{bot}/commands/1", 404, 10063),
        ("GET", "/webhooks/{bot}/nonsense/messages/@original", 404, 10015),
    ],
)
async def test_unknown_ids_get_their_own_code(
    local_discord: LocalDiscord, method: str, path: str, status: int, code: int
) -> None:
    local = local_discord
    path = path.format(guild=local.guild.id, channel=local.general.id, bot=local.bot.id)
    response_status, body = await call(local, method, path)
    assert (response_status, body["code"]) == (status, code)


async def test_an_unknown_interaction_gets_10062(local_discord: LocalDiscord) -> None:
    status, body = await call(local_discord, "POST", "/interactions/1/nonsense/callback", json={"type": 5})
    assert (status, body["code"]) == (404, 10062)


async def test_a_wrong_token_gets_401(local_discord: LocalDiscord) -> None:
    status, body = await call(local_discord, "GET", "/users/@me", headers={"Authorization": "Bot wrong"})
    assert (status, body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_invalid_json_gets_50109(local_discord: LocalDiscord) -> None:
    path = f"/channels/{local_discord.general.id}/messages"
    status, body = await call(local_discord, "POST", path, data=b"{", headers={"Content-Type": "application/json"})
    assert (status, body["code"]) == (400, 50109)


async def test_an_empty_message_gets_50006(local_discord: LocalDiscord) -> None:
    async with logged_in(local_discord, make_bot()) as bot:
        with pytest.raises(discord.HTTPException) as error:
            await bot.get_partial_messageable(local_discord.general.id).send(" ")
        assert error.value.code == 50006


async def test_a_file_over_the_limit_gets_40005(make_discord: MakeDiscord) -> None:
    async with make_discord(upload_limit=1000) as local, logged_in(local, make_bot()) as bot:
        channel = bot.get_partial_messageable(local.general.id)
        await channel.send(file=discord.File(io.BytesIO(bytes(1000)), "fits.bin"))
        with pytest.raises(discord.HTTPException) as error:
            await channel.send(file=discord.File(io.BytesIO(bytes(3_000_000)), "large.bin"))
        assert (error.value.status, error.value.code) == (413, 40005)
        with pytest.raises(ApiError, match="too large"):
            await local.post(local.member, local.general, files=[("large.png", bytes(1001))])


@pytest.mark.parametrize(
    ("denied", "code", "extra"),
    [
        (Permission.VIEW_CHANNEL, 50001, {}),
        (Permission.SEND_MESSAGES, 50013, {}),
        (Permission.EMBED_LINKS, 50013, {"embed": discord.Embed(title="a")}),
        (Permission.ATTACH_FILES, 50013, {"file": discord.File(io.BytesIO(picture()), "a.png")}),
    ],
)
async def test_missing_permissions_get_50001_or_50013(
    local_discord: LocalDiscord, denied: Permission, code: int, extra: dict[str, Any]
) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=denied)
    async with logged_in(local_discord, make_bot()) as bot:
        with pytest.raises(discord.Forbidden) as error:
            await bot.get_partial_messageable(local_discord.general.id).send("a", **extra)
        assert error.value.code == code


async def test_the_bot_cannot_change_others_messages(local_discord: LocalDiscord) -> None:
    message = await local_discord.post(local_discord.member, local_discord.general, "mine")
    async with logged_in(local_discord, make_bot()) as bot:
        message_of_member = bot.get_partial_messageable(local_discord.general.id).get_partial_message(message.id)
        with pytest.raises(discord.Forbidden) as error:
            await message_of_member.edit(content="yours")
        assert error.value.code == 50005
        with pytest.raises(discord.Forbidden) as error:
            await message_of_member.delete()
        assert error.value.code == 50013


async def test_too_many_requests_get_429(make_discord: MakeDiscord) -> None:
    async with make_discord(rate_limit=RateLimit(requests=2, seconds=60)) as local:
        path = f"/channels/{local.general.id}"
        assert [(await call(local, "GET", path))[0] for _ in range(3)] == [200, 200, 429]
        _, body = await call(local, "GET", path)
        assert body["global"] is False
        assert 0 < body["retry_after"] <= 60
        status, _ = await call(local, "GET", f"/channels/{local.random.id}")
        assert status == 200


async def test_every_response_has_the_rate_limit_headers(local_discord: LocalDiscord) -> None:
    headers = {"Authorization": f"Bot {local_discord.token}"}
    url = local_discord.api_url + "/channels/1"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert int(response.headers["X-RateLimit-Remaining"]) < int(response.headers["X-RateLimit-Limit"])
        assert response.headers["X-RateLimit-Bucket"]


async def test_users_need_permissions_too(local_discord: LocalDiscord) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.member, deny=Permission.SEND_MESSAGES)
    with pytest.raises(ApiError, match="Missing Permissions"):
        await local.post(local.member, local.general, "a")
