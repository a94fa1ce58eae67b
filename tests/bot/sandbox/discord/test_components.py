"""The fields that Discord fills in: of components in answers, and in a submitted modal."""

from typing import Any

import aiohttp

from bot.sandbox.discord import LocalDiscord
from tests.bot.sandbox.discord.bots import picture
from tests.bot.sandbox.discord.rest import call

ROW: Any = {"type": 1, "components": [{"type": 5, "custom_id": "who"}]}
CHOICES: Any = [{"label": "a", "value": "a", "description": None}, {"label": "b", "value": "b"}]
MENU: Any = {"type": 3, "custom_id": "menu", "options": CHOICES, "max_values": 2}


async def send(local: LocalDiscord, components: list[Any], **form: Any) -> Any:
    form |= {"components": components}
    status, body = await call(local, "POST", f"/channels/{local.general.id}/messages", json=form)
    assert status == 200, body
    return body["components"]


async def test_selects_say_how_many_values_they_take(local_discord: LocalDiscord) -> None:
    first, second = await send(local_discord, [ROW, {"type": 1, "components": [MENU]}], content="a")
    who, menu = first["components"][0], second["components"][0]
    assert (who["min_values"], who["max_values"]) == (1, 1)
    assert (menu["min_values"], menu["max_values"]) == (1, 2)
    assert menu["options"][0] == {"label": "a", "value": "a"}


async def test_containers_and_others_say_what_was_not_sent(local_discord: LocalDiscord) -> None:
    text = {"type": 10, "content": "a"}
    section = {"type": 9, "components": [text], "accessory": {"type": 11, "media": {"url": "https://a/b.png"}}}
    gallery = {"type": 12, "items": [{"media": {"url": "https://a/b.png"}}]}
    inside = [text, section, gallery, {"type": 14}]
    (container,) = await send(local_discord, [{"type": 17, "components": inside}], flags=1 << 15)
    assert (container["accent_color"], container["spoiler"]) == (None, False)
    _, section, gallery, separator = container["components"]
    thumbnail = section["accessory"]
    assert (thumbnail["description"], thumbnail["spoiler"]) == (None, False)
    assert thumbnail["media"]["proxy_url"] == "https://a/b.png"
    assert (gallery["items"][0]["description"], gallery["items"][0]["spoiler"]) == (None, False)
    assert (separator["spacing"], separator["divider"]) == (1, True)
    (container,) = await send(
        local_discord, [{"type": 17, "accent_color": 7, "spoiler": True, "components": [text]}], flags=1 << 15
    )
    assert (container["accent_color"], container["spoiler"]) == (7, True)


async def test_components_get_the_ids_that_are_free(local_discord: LocalDiscord) -> None:
    rows = [
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "a", "custom_id": "a", "id": 2}]},
        {"type": 1, "id": 1, "components": [{"type": 2, "style": 1, "label": "b", "custom_id": "b"}]},
    ]
    first, second = await send(local_discord, rows, content="a")
    assert [first["id"], first["components"][0]["id"]] == [3, 2]
    assert [second["id"], second["components"][0]["id"]] == [1, 4]


async def test_a_component_shows_a_file_of_the_message(local_discord: LocalDiscord) -> None:
    local = local_discord
    parts = [
        {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "a cat"}]},
        {"type": 13, "file": {"url": "attachment://a.png"}},
    ]
    form = aiohttp.FormData()
    form.add_field(
        "payload_json", aiohttp.JsonPayload({"flags": 1 << 15, "components": parts}), content_type="application/json"
    )
    form.add_field("files[0]", picture(), filename="a.png", content_type="image/png")
    status, body = await call(local, "POST", f"/channels/{local.general.id}/messages", data=form)
    assert status == 200
    gallery, file = body["components"]
    media = gallery["items"][0]["media"]
    assert (media["width"], media["height"], media["content_type"]) == (32, 18, "image/png")
    assert (file["name"], file["size"]) == ("a.png", len(picture()))
    async with aiohttp.ClientSession() as session, session.get(media["url"]) as response:
        assert await response.read() == picture()


async def test_the_components_of_a_submitted_modal_have_ids(local_discord: LocalDiscord) -> None:
    local = local_discord
    command = {"name": "go", "description": "Go", "type": 1}
    await call(local, "PUT", f"/applications/{local.bot.id}/commands", json=[command])
    asked = await local.slash(local.member, local.general, "go")
    field = {"type": 4, "custom_id": "name", "style": 1, "label": "Name"}
    modal = {
        "custom_id": "form",
        "title": "Form",
        "components": [
            {"type": 10, "content": "Please"},
            {"type": 18, "label": "Menu", "component": MENU},
            {"type": 1, "components": [field]},
        ],
    }
    path = f"/interactions/{asked.id}/{asked.token}/callback?with_response=true"
    assert (await call(local, "POST", path, json={"type": 9, "data": modal}))[0] == 200
    submitted = await local.submit(local.member, asked, {"menu": ["a"], "name": "Max"})
    assert submitted.data["components"] == [
        {"type": 10, "id": 1},
        {"type": 18, "id": 2, "component": {"type": 3, "id": 3, "custom_id": "menu", "values": ["a"]}},
        {"type": 1, "id": 4, "components": [{"type": 4, "id": 5, "custom_id": "name", "value": "Max"}]},
    ]
