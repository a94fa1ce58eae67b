"""YouTube links and ids: reads every form of a link. Needs no network."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from classifier.errors import LinkError

_END = r"(?![0-9A-Za-z_-])"
_VIDEO_ID = re.compile(r"[0-9A-Za-z_-]{11}" + _END)
_CHANNEL_ID = re.compile(r"UC[0-9A-Za-z_-]{22}" + _END)
_UPLOADS = re.compile(r"UU(?:LF|LP|LV|MF|MO|MS|MV|PS|PV|SH)?(?P<channel>[0-9A-Za-z_-]{22})" + _END)
"""The id of a list of a channel's uploads, all or one kind of them: it contains the channel's id."""
_SCHEME = re.compile(r"https?://", re.IGNORECASE)

_SHORT = "youtu.be"
_SITES = frozenset(
    {"youtube.com", "youtubekids.com", "youtube-nocookie.com", "youtubeeducation.com", "youtube.googleapis.com", _SHORT}
)
_SUBDOMAINS = ("www.", "m.", "music.", "gaming.", "studio.", "tv.")
_SHORT_LINK_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_THUMBNAIL_HOSTS = frozenset({"img.youtube.com", "i.ytimg.com", *(f"i{n}.ytimg.com" for n in range(1, 10))})
_REDIRECT_HOSTS = frozenset(
    {"accounts.google.com", "accounts.youtube.com", "consent.google.com", "consent.youtube.com"}
)
_GOOGLE = re.compile(r"google\.(com|[a-z]{2}|com?\.[a-z]{2})")
_GOOGLE_PATHS = frozenset({"url", "imgres"})
_TARGETS = ("u", "q", "url", "next", "continue", "imgurl", "imgrefurl")  # parameters that hold the target of a redirect
_MAX_REDIRECTS = 3

_THUMBNAIL_PATHS = frozenset({"vi", "vi_webp", "an", "an_webp"})
_VIDEO_PATHS = frozenset({"shorts", "live", "embed", "v", "e", "vi", "watch", "video", "source"})
_WATCH_PATHS = frozenset({"", "watch", "watch_popup", "movie", "tv", "attribution", "get_video_info"})
_VIDEO_PARAMETERS = ("v", "video_id")
_EMBEDDED_LISTS = frozenset({"videoseries", "live_stream"})  # eleven characters each, but not videos

_CHANNEL_PATHS = frozenset({"channel", "browse"})
_CHANNEL_PARAMETERS = ("channel_id", "channelid", "channel", "c", "list", "playlist_id")
_USER_PATHS = frozenset({"feeds", "profile", "subscription_center"})
_USER_PARAMETERS = ("user", "add_user")
_TABS = frozenset(
    {"", "about", "channels", "community", "courses", "discussion", "featured", "join", "live", "membership"}
    | {"playlists", "podcasts", "posts", "releases", "search", "shorts", "store", "streams", "videos"}
)
"""What can follow a channel's name in the path of a link."""
_PAGES: Final = (_TABS | _VIDEO_PATHS | _WATCH_PATHS | _CHANNEL_PATHS | _USER_PATHS | _THUMBNAIL_PATHS).union(
    ("account", "activate", "ads", "analytics", "api", "apiplayer", "artists", "audiolibrary", "brandconnect", "c"),
    ("charity", "charts", "clip", "comment", "copyright", "create", "creatoracademy", "creators", "dashboard"),
    ("device", "devicesupport", "editor", "education", "error", "explore", "fashion", "feed", "gaming", "handle"),
    ("hashtag", "help", "home", "howyoutubeworks", "impact", "index", "intl", "jobs", "kids", "learning", "library"),
    ("link", "login", "logout", "mobile", "movies", "music", "new", "news", "nextwatch", "null", "oembed", "oops"),
    ("originals", "p", "pagead", "paid", "pair", "partners", "playables", "player", "playlist", "post", "premium"),
    ("press", "privacy", "ptracking", "purchases", "red", "redirect", "reporting", "results", "rss", "s", "settings"),
    ("shared", "shop", "shopping", "show", "shows", "signin", "signup", "space", "sports", "static", "storefront"),
    ("studio", "subscribe", "subscriptions", "t", "technology", "terms", "testtube", "timedtext", "transparency"),
    ("trending", "trends", "trust", "tv2", "upload", "uploads", "url", "user", "users", "verify", "videoplayback"),
    ("w", "x", "xml", "you", "youtubei", "yt"),
)
"""YouTube's own pages: `youtube.com/name` can be a channel's short link only if it is none of them."""

_WRAPPING = "<>()[]{}\"'`*|~.,;:!?…“”„«»‹›‘’"
_EXAMPLE = "Use a link such as https://youtu.be/jNQXAC9IVRw"
_CHANNEL_EXAMPLE = "Use its @handle, its channel id or a link to it, such as https://www.youtube.com/@jawed"


def visible(text: str) -> str:
    """A text without invisible characters (Unicode's category Cf): direction marks, byte order marks, joiners."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def video_id(text: str) -> str:
    """Read the 11-character id of the video, or of the video's thumbnail, that a link in the text names.

    Raises LinkError if the text names no video; the message says what to use instead.
    """
    problem = LinkError(f"That isn't a link to a YouTube video. {_EXAMPLE}.")
    for word in visible(text).split():
        url = _split(_unwrap(word))
        if url is None or not _is_known(url):
            continue
        try:
            return _video_of(url, _MAX_REDIRECTS)
        except LinkError as error:
            problem = error
    raise problem


def is_video_id(text: str) -> bool:
    """Whether a text has the form of a video's id, which is also a safe file name."""
    return _VIDEO_ID.fullmatch(text) is not None


def is_channel_id(text: str) -> bool:
    """Whether a text is the id of a channel, and nothing else."""
    return _CHANNEL_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """How somebody named a channel: by its id (UC...), its handle (without @), or its legacy user name."""

    kind: Literal["id", "handle", "username"]
    value: str

    def __str__(self) -> str:
        return f"@{self.value}" if self.kind == "handle" else self.value


def channel_ref(text: str) -> ChannelRef:
    """Read a channel's @handle, bare handle, id, or any link that contains one of them.

    Raises LinkError if the text names no channel; the message says what to use instead.
    """
    name = _unwrap(visible(text).strip())
    if any(map(str.isspace, name)):
        raise _no_channel()
    if channel := _channel_in(name):
        return channel
    url = _split(name)
    if url is not None and _is_known(url):
        return _channel_of(url, _MAX_REDIRECTS)
    if _is_handle(name.removeprefix("@")):
        return ChannelRef("handle", name.removeprefix("@"))
    raise _no_channel()


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
    if "://" not in re.split("[?#]", link, maxsplit=1)[0]:
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
    first, second, *_ = [*(visible(unquote(part)) for part in url.path.split("/") if part), "", ""]
    return first, second


def _query(url: SplitResult) -> dict[str, str]:
    """The first value of each parameter; old YouTube links have them after # or #!."""
    fragment = url.fragment.removeprefix("!").rpartition("?")[2]
    try:
        values = parse_qs(f"{url.query}&{fragment}", max_num_fields=100)
    except ValueError:
        return {}
    return {name: visible(first) for name, (first, *_) in values.items()}


def _is_redirect(url: SplitResult) -> bool:
    """Whether it is a page of Google's that only leads to another one."""
    host = _host(url)
    return host in _REDIRECT_HOSTS or (_GOOGLE.fullmatch(host) is not None and _path(url)[0] in _GOOGLE_PATHS)


def _is_known(url: SplitResult) -> bool:
    return _host(url) in _SITES | _THUMBNAIL_HOSTS or _is_redirect(url)


def _targets(url: SplitResult) -> Iterator[SplitResult]:
    """The URLs that a URL contains: the target of a redirect, or the page of an app that is named after #."""
    query = _query(url)
    page = url.fragment.removeprefix("!")
    for target in (*(query.get(name, "") for name in _TARGETS), page if page.startswith("/") else ""):
        inner = _split(f"https://www.youtube.com{target}" if target.startswith("/") else target)
        if target and inner is not None:
            yield inner


def _video_of(url: SplitResult, redirects: int) -> str:
    """Read the video id of a URL, which may contain another URL. Raises LinkError."""
    host, (first, second) = _host(url), _path(url)
    if host in _THUMBNAIL_HOSTS:
        return _id_in(second if first in _THUMBNAIL_PATHS else "")
    if host in _SITES:
        query = _query(url)
        if first in _VIDEO_PATHS and second:
            return _id_in(second)
        if first in _WATCH_PATHS and (named := next((query[name] for name in _VIDEO_PARAMETERS if name in query), "")):
            return _id_in(named)
        if host == _SHORT:
            return _id_in(first)
    inner = list(_targets(url)) if redirects else []
    if found := next(filter(_is_known, inner), None):
        return _video_of(found, redirects - 1)
    problem = "That link doesn't lead to YouTube" if inner else _what(first)
    raise LinkError(f"{problem}. {_EXAMPLE}.")


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


def _channel_of(url: SplitResult, redirects: int) -> ChannelRef:
    """Read the channel of a URL, which may contain another URL. Raises LinkError."""
    first, second = _path(url)
    if _host(url) in _SITES - {_SHORT}:
        query = _query(url)
        ids = [query.get(name, "") for name in _CHANNEL_PARAMETERS]
        user = next((query[name] for name in _USER_PARAMETERS if name in query), "") if first in _USER_PATHS else ""
        if channel := next(filter(None, map(_channel_in, [second if first in _CHANNEL_PATHS else "", *ids])), None):
            return channel
        if _is_handle(user := second if first == "user" else user):
            return ChannelRef("username", user)
        if _is_handle(handle := second if first == "c" else first[1:] if first.startswith("@") else ""):
            return ChannelRef("handle", handle)
    if found := next(filter(_is_known, _targets(url)), None) if redirects else None:
        return _channel_of(found, redirects - 1)
    if url.hostname in _SHORT_LINK_HOSTS and _is_short_name(first) and second in _TABS:
        return ChannelRef("handle", first)
    raise _no_channel()


def _channel_in(text: str) -> ChannelRef | None:
    """The channel of an id: its own, or that of its uploads list."""
    if found := _CHANNEL_ID.match(text):
        return ChannelRef("id", found[0])
    uploads = _UPLOADS.match(text)
    return ChannelRef("id", f"UC{uploads['channel']}") if uploads else None


def _no_channel() -> LinkError:
    return LinkError(f"That isn't a YouTube channel. {_CHANNEL_EXAMPLE}.")


def _is_handle(name: str) -> bool:
    """Whether a text can be a handle: letters and digits of any script, and _ - . ·."""
    return 0 < len(name) <= 100 and all(c in "_-.·" or unicodedata.category(c)[0] in "LMN" for c in name)


def _is_short_name(name: str) -> bool:
    """Whether a text can be the name in a channel's old short link: letters and digits, and no page of YouTube's."""
    return _is_handle(name) and not set("_-.·") & set(name) and name.casefold() not in _PAGES
