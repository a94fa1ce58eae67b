"""The contents of a message: attachments and embeds."""

from bot.sandbox.discord.values import Attachment, Json, Message

PICTURE_SLOTS = ("image", "thumbnail")
ICON_SLOTS = ("author", "footer")


def attachment_payload(attachment: Attachment, *, ephemeral: bool = False) -> Json:
    """An attachment, without its unknown fields."""
    payload: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "url": attachment.url,
        "proxy_url": attachment.url,
    }
    optional = {
        "content_type": attachment.content_type,
        "width": attachment.width,
        "height": attachment.height,
        "description": attachment.description,
        "ephemeral": ephemeral or None,
    }
    return payload | {key: value for key, value in optional.items() if value is not None}


def embed_payloads(message: Message) -> tuple[list[Json], set[int]]:
    """A message's embeds, and the ids of the attachments that they show."""
    files = {f"attachment://{attachment.filename}": attachment for attachment in message.attachments}
    shown: set[int] = set()
    embeds = []
    for sent in message.embeds:
        embed = {key: value for key, value in sent.items() if value is not None} | {"type": sent.get("type") or "rich"}
        for slot in PICTURE_SLOTS:
            if slot in embed:
                embed[slot] = _picture_payload(embed[slot], files.get(embed[slot].get("url")))
                shown |= {a.id for url, a in files.items() if url == sent[slot].get("url")}
        for slot in ICON_SLOTS:
            if slot in embed:
                icon = files.get(embed[slot].get("icon_url"))
                embed[slot] = {key: value for key, value in embed[slot].items() if value is not None}
                if icon is not None:
                    embed[slot] |= {"icon_url": icon.url, "proxy_icon_url": icon.url}
                    shown.add(icon.id)
        embed["fields"] = [field | {"inline": bool(field.get("inline"))} for field in embed.get("fields", [])]
        embeds.append(embed)
    return embeds, shown


def _picture_payload(sent: Json, attachment: Attachment | None) -> Json:
    if attachment is None:
        return {"url": sent.get("url"), "width": 0, "height": 0, "flags": 0}
    optional = {
        "content_type": attachment.content_type,
        "width": attachment.width or 0,
        "height": attachment.height or 0,
        "description": attachment.description,
    }
    return {"url": attachment.url, "proxy_url": attachment.url, "flags": 0} | {
        key: value for key, value in optional.items() if value is not None
    }
