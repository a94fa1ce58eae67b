"""YouTube links and ids: reads every form of a link. Needs no network."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from classifier.errors import LinkError

_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}(?![0-9A-Za-z_-])")
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_SHORT = "youtu.be"
_SITES = frozenset({"youtube.com", "youtubekids.com", "youtube-nocookie.com", "youtube.googleapis.com", _SHORT})
_THUMBNAIL_HOSTS = frozenset({"img.youtube.com", "i.ytimg.com", *(f"i{n}.ytimg.com" for n in range(1, 10))})
_HOSTS = _SITES | _THUMBNAIL_HOSTS
_SUBDOMAINS = ("www.", "m.", "music.", "gaming.")
_THUMBNAIL_PATHS = frozenset({"vi", "vi_webp", "an", "an_webp"})
_VIDEO_PATHS = frozenset({"shorts", "live", "embed", "v", "e", "vi", "watch"})
_WATCH_PATHS = frozenset({"", "watch", "watch_popup", "movie"})
_NO_CHANNEL_PATHS = _VIDEO_PATHS | {
    *("channel", "user", "watch_popup", "movie", "playlist", "clip", "feed", "results", "hashtag", "post", "redirect"),
    *("attribution_link", "gaming", "premium", "music", "kids", "oembed", "t", "about", "account", "signin", "source"),
}
_EMBEDDED_LISTS = frozenset({"videoseries", "live_stream"})  # eleven characters each, but not videos
_WRAPPING = "<>()[]{}\"'`*|~.,;:!?…“”„«»‹›‘’"
_TARGETS = ("u", "q", "url", "next", "continue")  # the parameters that hold the target of a redirect
_MAX_REDIRECTS = 3

_EXAMPLE = "Use a link such as https://youtu.be/jNQXAC9IVRw"
_CHANNEL_EXAMPLE = "Use its @handle, its channel id or a link to it, such as https://www.youtube.com/@jawed"


def video_id(text: str) -> str:
    """Read the 11-character id of the video, or of the video's thumbnail, that a link in the text names.

    Raises LinkError if the text names no video; the message says what to use instead.
    """
    problem = LinkError(f"That isn't a link to a YouTube video. {_EXAMPLE}.")
    for word in text.split():
        url = _split(_unwrap(word))
        if url is None or _host(url) not in _HOSTS:
            continue
        try:
            return _video_of(url, _MAX_REDIRECTS)
        except LinkError as error:
            problem = error
    raise problem


def is_video_id(text: str) -> bool:
    """Whether a text has the form of a video's id, which is also a safe file name."""
    return _VIDEO_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """How somebody named a channel: by its id (UC...), its handle (without @), or its legacy user name."""

    kind: Literal["id", "handle", "username"]
    value: str

    def __str__(self) -> str:
        return f"@{self.value}" if self.kind == "handle" else self.value


def channel_ref(text: str) -> ChannelRef:
    """Read a channel's @handle, bare handle, id, or any link to it.

    Raises LinkError if the text names no channel; the message says what to use instead.
    """
    name = _unwrap(text.strip())
    if _CHANNEL_ID.fullmatch(name):
        return ChannelRef("id", name)
    url = None if any(map(str.isspace, name)) else _split(name)
    if url is not None and _host(url) in _SITES - {_SHORT}:
        return _channel_of(url)
    if _is_handle(name.removeprefix("@")):
        return ChannelRef("handle", name.removeprefix("@"))
    raise LinkError(f"That isn't a YouTube channel. {_CHANNEL_EXAMPLE}.")


def thumbnail_url(base: str, video: str, size: str = "mqdefault") -> str:
    """The URL of a video's thumbnail at the host `base`; mqdefault is 320×180 without bars."""
    return f"{base.rstrip('/')}/vi/{video}/{size}.jpg"


def _unwrap(word: str) -> str:
    """Strip markdown, angle brackets, quotes and punctuation around a link."""
    word = word.rpartition("](")[2]
    scheme = _SCHEME.search(word)
    if scheme and "/" not in word[: scheme.start()]:
        word = word[scheme.start() :]
    return word.strip(_WRAPPING)


def _split(link: str) -> SplitResult | None:
    """Split a URL, whose scheme may be missing; None if it isn't one."""
    if "://" not in link.partition("?")[0]:
        link = "https://" + link.removeprefix("//")
    try:
        url = urlsplit(link.replace("&amp;", "&"))
    except ValueError:
        return None
    return url if url.scheme in {"http", "https"} else None


def _host(url: SplitResult) -> str:
    """The host of a URL, without the sub-domains that make no difference."""
    host = (url.hostname or "").rstrip(".")
    for subdomain in _SUBDOMAINS:
        host = host.removeprefix(subdomain)
    return host


def _path(url: SplitResult) -> tuple[str, str]:
    """The first two parts of a URL's path, empty if missing."""
    first, second, *_ = [*(unquote(part) for part in url.path.split("/") if part), "", ""]
    return first, second


def _video_of(url: SplitResult, redirects: int) -> str:
    """Read the video id of a URL, which may contain another URL. Raises LinkError."""
    host = _host(url)
    if host not in _HOSTS:
        raise LinkError(f"That link doesn't lead to YouTube. {_EXAMPLE}.")
    first, second = _path(url)
    if host in _THUMBNAIL_HOSTS:
        return _id_in(second if first in _THUMBNAIL_PATHS else "")
    query = _query(url)
    if first in _VIDEO_PATHS and second:
        return _id_in(second)
    if first in _WATCH_PATHS and "v" in query:
        return _id_in(query["v"])
    if host == _SHORT:
        return _id_in(first)
    target = next((query[name] for name in _TARGETS if name in query), None)
    if target and redirects and first not in _WATCH_PATHS:
        inner = _split(f"https://www.youtube.com{target}" if target.startswith("/") else target)
        if inner is not None:
            return _video_of(inner, redirects - 1)
    raise LinkError(f"{_what(first)}. {_EXAMPLE}.")


def _query(url: SplitResult) -> dict[str, str]:
    """The first value of each parameter; old YouTube links have them after # or #!."""
    fragment = url.fragment.removeprefix("!").rpartition("?")[2]
    try:
        return {name: values[0] for name, values in parse_qs(f"{url.query}&{fragment}", max_num_fields=100).items()}
    except ValueError:
        return {}


def _id_in(text: str) -> str:
    match = _VIDEO_ID.match(text)
    if match is None or match.group() in _EMBEDDED_LISTS:
        raise LinkError(f"That link has no video id. {_EXAMPLE}.")
    return match.group()


def _what(first: str) -> str:
    if first == "playlist":
        return "That link is a playlist, not a video"
    if first == "clip":
        return "That link is a clip, not a whole video"
    if first.startswith("@") or first in {"channel", "user", "c"}:
        return "That link is a channel, not a video"
    return "That link isn't a video"


def _channel_of(url: SplitResult) -> ChannelRef:
    """Read the channel of a youtube.com URL. Raises LinkError."""
    first, second = _path(url)
    if first == "channel" and _CHANNEL_ID.fullmatch(second):
        return ChannelRef("id", second)
    if first == "user" and _is_handle(second):
        return ChannelRef("username", second)
    name = second if first == "c" else first.removeprefix("@")
    if first not in _NO_CHANNEL_PATHS and _is_handle(name):
        return ChannelRef("handle", name)
    raise LinkError(f"That link isn't a YouTube channel. {_CHANNEL_EXAMPLE}.")


def _is_handle(name: str) -> bool:
    """Whether a text can be a handle: letters and digits of any script, and _ - . ·."""
    return 0 < len(name) <= 100 and all(c in "_-.·" or unicodedata.category(c)[0] in "LMN" for c in name)
