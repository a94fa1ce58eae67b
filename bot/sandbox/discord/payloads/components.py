"""The components of a message, with the fields that Discord fills in."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count

from bot.sandbox.discord.enums import SELECTS, ComponentType
from bot.sandbox.discord.values import Attachment, Json, Message

FILLED_IN: dict[int, Json] = {
    **{int(kind): {"min_values": 1, "max_values": 1} for kind in SELECTS},
    ComponentType.CONTAINER: {"accent_color": None, "spoiler": False},
    ComponentType.SEPARATOR: {"spacing": 1, "divider": True},
    ComponentType.THUMBNAIL: {"description": None, "spoiler": False},
    ComponentType.FILE: {"name": None, "size": None, "spoiler": False},
}
"""The fields that a component has in answers even if they were not sent."""
LISTS, SINGLES = ("components",), ("component", "accessory")
"""The fields of a component that hold several others, or one."""


def component_payloads(message: Message) -> list[Json]:
    """A message's components: each with an id, default values, and the address of its file or picture."""
    files = {f"attachment://{attachment.filename}": attachment for attachment in message.attachments}
    return [_payload(component, files) for component in with_ids(message.components)]


def with_ids(components: Sequence[Json]) -> list[Json]:
    """Components of a message or a modal, in which those without an id get the next free number."""
    taken = set(_ids(components))
    numbers = (number for number in count(1) if number not in taken)
    return [_numbered(component, numbers) for component in components]


def _ids(components: Iterable[Json]) -> Iterator[int]:
    """The ids that the bot has given to components itself."""
    for component in components:
        if component.get("id"):
            yield component["id"]
        for _, children in _children(component):
            yield from _ids(children)


def _numbered(component: Json, numbers: Iterator[int]) -> Json:
    numbered = component | {"id": component.get("id") or next(numbers)}
    for key, children in _children(component):
        inner = [_numbered(child, numbers) for child in children]
        numbered[key] = inner if key in LISTS else inner[0]
    return numbered


def _children(component: Json) -> Iterator[tuple[str, list[Json]]]:
    for key in (*LISTS, *SINGLES):
        if component.get(key):
            yield key, component[key] if key in LISTS else [component[key]]


def _payload(component: Json, files: dict[str, Attachment]) -> Json:
    sent = _without_nulls(component)
    payload = FILLED_IN.get(component["type"], {}) | sent
    for key, children in _children(sent):
        inner = [_payload(child, files) for child in children]
        payload[key] = inner if key in LISTS else inner[0]
    if "options" in sent:
        payload["options"] = [_without_nulls(option) for option in sent["options"]]
    if "default_values" in sent:
        payload["default_values"] = [{"id": str(it["id"]), "type": it["type"]} for it in sent["default_values"]]
    if "items" in sent:
        payload["items"] = [_item_payload(item, files) for item in sent["items"]]
    if "media" in sent:
        payload["media"] = _media_payload(sent["media"], files)
    if "file" in sent:
        attachment = files.get(sent["file"]["url"])
        payload["file"] = _media_payload(sent["file"], files)
        payload |= {} if attachment is None else {"name": attachment.filename, "size": attachment.size}
    return payload


def _without_nulls(item: Json) -> Json:
    return {key: value for key, value in item.items() if value is not None}


def _item_payload(item: Json, files: dict[str, Attachment]) -> Json:
    media = _media_payload(item["media"], files)
    return {"media": media, "description": item.get("description"), "spoiler": bool(item.get("spoiler"))}


def _media_payload(sent: Json, files: dict[str, Attachment]) -> Json:
    attachment = files.get(sent["url"])
    if attachment is None:
        return {"id": "0", "url": sent["url"], "proxy_url": sent["url"], "width": 0, "height": 0, "content_type": None}
    return {
        "id": str(attachment.id),
        "attachment_id": str(attachment.id),
        "url": attachment.url,
        "proxy_url": attachment.url,
        "width": attachment.width,
        "height": attachment.height,
        "content_type": attachment.content_type,
    }
