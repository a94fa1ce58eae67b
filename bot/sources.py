"""Sources: every place in a message where Discord may hold a picture, or a link to a video."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

import discord

from classifier.errors import LinkError
from classifier.links import thumbnail_url, video_id

KINDS: Final = frozenset({"jpg", "jpeg", "png", "webp", "gif"})
PLOTS: Final = frozenset(
    {
        "compared.png",
        "confidence.png",
        "confusion.png",
        "guess.png",
        "heatmap.png",
        "histograms.png",
        "nearest1.png",
        "nearest2.png",
        "planes.png",
        "statistics.png",
    }
)
"""The files that the bot uploads itself."""
HIDDEN_NAME: Final = "hidden picture"

_SPOILER: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)

Part = discord.Message | discord.MessageSnapshot
"""A message, or one that it forwards."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a picture is and what Discord says about it; nothing is fetched yet.

    `size` (bytes) and `pixels` are 0 if they are not known. `name` is untrusted text. `spoiler`: its author hides it,
    so an answer that everybody sees must not show it.
    """

    name: str
    url: str
    size: int = 0
    pixels: int = 0
    video_id: str | None = None
    spoiler: bool = False


def attached(attachments: Iterable[discord.Attachment]) -> tuple[Source, ...]:
    """The attachments that claim to be images; decoding shows whether they are."""
    return tuple(
        _hide(Source(a.filename, a.url, a.size, (a.width or 0) * (a.height or 0)), a.is_spoiler())
        for a in attachments
        if _is_image(a.content_type, a.filename)
    )


class Finder:
    """Finds pictures in messages. Videos' thumbnails are at the host `thumbnails_url`."""

    def __init__(self, thumbnails_url: str) -> None:
        self._thumbnails_url = thumbnails_url

    def link(self, text: str) -> Source:
        """The thumbnail of the video that a link names, hidden if the link is. Raises LinkError."""
        video = video_id(_SPOILER.sub(r" \1 ", text))
        shown = any(_video(word) == video for word, hidden in _words(text) if not hidden)
        source = Source(f"youtu.be/{video}", thumbnail_url(self._thumbnails_url, video), video_id=video)
        return _hide(source, not shown)

    def asked(self, message: discord.Message, me: int | None = None) -> tuple[Source, ...]:
        """The pictures that somebody means who asks about a message; `me` is the bot's own id.

        Its uploads, else its embeds, else the links in its text, in what its embeds, buttons and poll say, else its
        stickers; a forwarded message counts as its own. If there is nothing at all, those of the message that it
        replies to.
        """
        parts = _parts(message)
        for find in (self._uploads, self._embedded, self._linked, self._mentioned, _stickers):
            if found := _distinct(source for part in parts for source in find(part, _is_ours(part, me))):
                return found
        replied_to = getattr(getattr(message, "reference", None), "resolved", None)
        return self.asked(replied_to, me) if isinstance(replied_to, discord.Message) else ()

    def posted(self, message: discord.Message, me: int | None = None) -> tuple[Source, ...]:
        """The pictures that a message posts: what people see in it, without anybody asking.

        Uploads, also forwarded ones, else links to images; a link to a video is no picture. Always as in `asked`.
        """
        parts = _parts(message)
        if uploads := _distinct(source for part in parts for source in self._uploads(part, _is_ours(part, me))):
            return uploads
        if any(embed.type != "image" for part in parts for embed in part.embeds):
            return ()
        return _distinct(source for part in parts for source in self._embedded(part, _is_ours(part, me)))

    def _uploads(self, part: Part, ours: bool) -> Iterator[Source]:
        """Attachments, and the media of components; the bot itself only uploads plots."""
        if ours:
            return
        yield from attached(part.attachments)
        for component, hidden in _components(part):
            for item in component.items if isinstance(component, discord.MediaGalleryComponent) else (component,):
                media = getattr(item, "media", None)
                if isinstance(media, discord.UnfurledMediaItem):
                    name = getattr(item, "name", None) or _file_name(media.url)
                    covered = hidden or item.spoiler or media.flags.spoiler
                    if source := self._medium(media, name):
                        yield _hide(source, covered)

    def _medium(self, media: discord.UnfurledMediaItem, name: str) -> Source | None:
        if video := self._link_in(media.url):
            return video
        if not _is_image(media.content_type, name):
            return None
        # Discord's own copy, because only Discord's hosts are fetched from; an upload has its address there.
        url = media.url if media.attachment_id else media.proxy_url or media.url
        return Source(name, url, pixels=(media.width or 0) * (media.height or 0))

    def _embedded(self, part: Part, ours: bool) -> Iterator[Source]:
        for embed in part.embeds:
            if source := self._embed(embed, ours):
                yield _hide(source, _is_hidden(embed, part.content))

    def _embed(self, embed: discord.Embed, ours: bool) -> Source | None:
        for address in (embed.url, embed.video.url, embed.image.url, embed.thumbnail.url):
            if source := self._link_in(address):
                return source
        media = embed.image if embed.image.url and not ours else embed.thumbnail
        url = media.proxy_url or media.url
        return Source(embed.title or "picture", url, pixels=(media.width or 0) * (media.height or 0)) if url else None

    def _linked(self, part: Part, ours: bool) -> Iterator[Source]:
        """Links in the text, and in the texts between components."""
        del ours
        yield from self._links_in(part.content)
        for component, hidden in _components(part):
            if isinstance(component, discord.TextDisplay):
                yield from self._links_in(component.content, hidden)

    def _mentioned(self, part: Part, ours: bool) -> Iterator[Source]:
        """Links in what embeds say, on buttons and in a poll."""
        del ours
        for embed in part.embeds:
            fields = (text for field in embed.fields for text in (field.name, field.value))
            for text in (embed.title, embed.description, *fields):
                yield from self._links_in(text)
        for component, hidden in _components(part):
            if isinstance(component, discord.Button):
                yield from self._links_in(component.url, hidden)
        poll = getattr(part, "poll", None)
        if isinstance(poll, discord.Poll):
            for text in (poll.question, *(answer.text for answer in poll.answers)):
                yield from self._links_in(text)

    def _links_in(self, text: str | None, hidden: bool = False) -> Iterator[Source]:
        for word, covered in _words(text or ""):
            if source := self._link_in(word):
                yield _hide(source, hidden or covered)

    def _link_in(self, word: str | None) -> Source | None:
        return self.link(word) if word and _video(word) else None


def _is_hidden(embed: discord.Embed, content: str) -> bool:
    """Whether a link that its author hides led to an embed; in doubt, it did."""
    links = [(word, hidden) for word, hidden in _words(content) if "://" in word or _video(word)]
    return any(hidden for _, hidden in links) and not any(
        _leads_to(word, embed) for word, hidden in links if not hidden
    )


def _leads_to(word: str, embed: discord.Embed) -> bool:
    url = embed.url or ""
    return _video(word) == _video(url) if _video(url) else bool(url) and url in word


def _video(word: str) -> str | None:
    try:
        return video_id(word)
    except LinkError:
        return None


def _parts(message: discord.Message) -> tuple[Part, ...]:
    return (message, *getattr(message, "message_snapshots", ()))


def _is_ours(part: Part, me: int | None) -> bool:
    """Whether the bot wrote a message; a forwarded one does not say who did, but only bots upload into embeds."""
    author = getattr(part, "author", None)
    if author is not None and author.id == me:
        return True
    images = (embed.image.url or "" for embed in part.embeds)
    return any("/attachments/" in url and _file_name(url) in PLOTS for url in images)


def _components(part: Part) -> Iterator[tuple[Any, bool]]:
    """All components of a message, nested ones too, and whether a spoiler covers them."""
    waiting = [(component, False) for component in getattr(part, "components", ())]
    while waiting:
        component, covered = waiting.pop(0)
        covered = covered or (isinstance(component, discord.Container) and component.spoiler)
        yield component, covered
        inner = [*getattr(component, "children", ()), *filter(None, [getattr(component, "accessory", None)])]
        waiting[:0] = [(child, covered) for child in inner]


def _stickers(part: Part, ours: bool) -> Iterator[Source]:
    del ours
    for sticker in getattr(part, "stickers", ()):
        if sticker.format is not discord.StickerFormatType.lottie:
            yield Source(sticker.name, sticker.url)


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and whether a spoiler hides them."""
    for number, piece in enumerate(_SPOILER.split(text)):
        for word in piece.split():
            yield word, number % 2 == 1


def _distinct(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Each picture once; one that is hidden in one place is hidden."""
    found: dict[str, Source] = {}
    for source in sources:
        key = source.video_id or _path(source.url)  # Discord has each picture on several hosts
        found[key] = _hide(found.get(key, source), source.spoiler)
    return tuple(found.values())


def _hide(source: Source, hidden: bool) -> Source:
    """A source with its name, which may tell what the picture shows, hidden too."""
    return replace(source, name=HIDDEN_NAME, spoiler=True) if hidden else source


def _is_image(content_type: str | None, name: str) -> bool:
    return (content_type or "").startswith("image/") or PurePosixPath(name).suffix[1:].lower() in KINDS


def _file_name(url: str) -> str:
    return PurePosixPath(_path(url)).name or "picture"


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return url
