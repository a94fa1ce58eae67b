"""The responses of the Data API v3 and of oEmbed, in YouTube's form."""

import base64
import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bot.sandbox.youtube.library import StoredChannel, StoredVideo
from bot.sandbox.youtube.thumbnails import SIZES
from classifier.links import thumbnail_url

Json = dict[str, Any]

_THUMBNAILS = {
    "default": "default",
    "medium": "mqdefault",
    "high": "hqdefault",
    "standard": "sddefault",
    "maxres": "maxresdefault",
}
_NOT_PUBLIC = {
    "private": ("Private video", "This video is private.", "private"),
    "deleted": ("Deleted video", "This video is unavailable.", "privacyStatusUnspecified"),
}


class ApiError(Exception):
    """An error response of the Data API, with its HTTP status and YouTube's name for the reason."""

    def __init__(self, code: int, reason: str, message: str, domain: str = "youtube.parameter") -> None:
        super().__init__(message)
        self.code = code
        detail = {"domain": domain, "reason": reason, "message": message}
        self.body: Json = {"error": {"errors": [detail], "code": code, "message": message}}


def channel_list(channels: Sequence[StoredChannel], parts: Collection[str], base_url: str) -> Json:
    """The response of channels.list; without "items" if nothing was found, as on YouTube."""
    response = _list("youtube#channelListResponse", len(channels), 5)
    return response | {"items": [_channel(channel, parts, base_url) for channel in channels]} if channels else response


def playlist_item_list(
    channel: StoredChannel, playlist: str, parts: Collection[str], base_url: str, start: int, limit: int
) -> Json:
    """The response of playlistItems.list: up to `limit` videos of a channel's list from position `start`."""
    videos = channel.playlists[playlist]
    items = [
        _playlist_item(channel, video, playlist, parts, base_url, position)
        for position, video in enumerate(videos[start : start + limit], start)
    ]
    return _page("youtube#playlistItemListResponse", items, start, limit, len(videos))


def video_list(videos: Sequence[tuple[StoredChannel, StoredVideo]], parts: Collection[str], base_url: str) -> Json:
    """The response of videos.list for ids."""
    items = [_video(channel, video, parts, base_url) for channel, video in videos]
    return _list("youtube#videoListResponse", len(items), len(items)) | {"items": items}


def video_chart(
    videos: Sequence[tuple[StoredChannel, StoredVideo]], parts: Collection[str], base_url: str, start: int, limit: int
) -> Json:
    """The response of videos.list for a chart: up to `limit` videos from position `start`."""
    items = [_video(channel, video, parts, base_url) for channel, video in videos[start : start + limit]]
    return _page("youtube#videoListResponse", items, start, limit, len(videos))


def oembed(channel: StoredChannel, video: StoredVideo, base_url: str) -> Json:
    """The response of oEmbed for a public video."""
    return {
        "title": video.title,
        "author_name": channel.title,
        "author_url": f"https://www.youtube.com/{channel.handle}",
        "type": "video",
        "height": 113,
        "width": 200,
        "version": "1.0",
        "provider_name": "YouTube",
        "provider_url": "https://www.youtube.com/",
        "thumbnail_height": 360,
        "thumbnail_width": 480,
        "thumbnail_url": thumbnail_url(base_url, video.id, "hqdefault"),
        "html": _embed_html(video, 200, 113),
    }


def page_token(position: int) -> str:
    """The token of the page that starts at a position; opaque to clients."""
    return base64.urlsafe_b64encode(f"page:{position}".encode()).decode().rstrip("=")


def position_of(token: str) -> int:
    """The position in a page token. Raises ApiError."""
    try:
        prefix, _, position = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition(":")
        if prefix == "page" and position.isascii() and position.isdigit():
            return int(position)
    except ValueError:
        pass
    raise ApiError(400, "invalidPageToken", "The request specifies an invalid page token.")


def _list(kind: str, total: int, per_page: int) -> Json:
    return {
        "kind": kind,
        "etag": _etag(kind, str(total), str(per_page)),
        "pageInfo": {"totalResults": total, "resultsPerPage": per_page},
    }


def _page(kind: str, items: list[Json], start: int, limit: int, total: int) -> Json:
    """A list's items from position `start`, and the tokens of the previous and next page."""
    response = _list(kind, total, limit) | {"items": items}
    if start + limit < total:
        response["nextPageToken"] = page_token(start + limit)
    if start:
        response["prevPageToken"] = page_token(max(start - limit, 0))
    return response


def _channel(channel: StoredChannel, parts: Collection[str], base_url: str) -> Json:
    cover = channel.videos[0].id
    every = {
        "snippet": {
            "title": channel.title,
            "description": "",
            "customUrl": channel.handle.lower(),
            "publishedAt": _time(channel.published_at),
            "thumbnails": {
                name: {"url": thumbnail_url(base_url, cover), "width": side, "height": side}
                for name, side in (("default", 88), ("medium", 240), ("high", 800))
            },
            "localized": {"title": channel.title, "description": ""},
            "country": "US",
        },
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
        "statistics": {
            "viewCount": "0",
            "subscriberCount": "0",
            "hiddenSubscriberCount": False,
            "videoCount": str(len(channel.listed)),
        },
    }
    return _resource("youtube#channel", channel.id, every, parts)


def _playlist_item(
    channel: StoredChannel, video: StoredVideo, playlist: str, parts: Collection[str], base_url: str, position: int
) -> Json:
    title, description, status = _NOT_PUBLIC.get(video.privacy, (video.title, "", "public"))
    snippet: Json = {
        "publishedAt": _time(video.published_at),
        "channelId": channel.id,
        "title": title,
        "description": description,
        "thumbnails": _thumbnails(video, base_url),
        "channelTitle": channel.title,
        "playlistId": playlist,
        "position": position,
        "resourceId": {"kind": "youtube#video", "videoId": video.id},
    }
    content: Json = {"videoId": video.id}
    if video.privacy == "public":
        snippet |= {"videoOwnerChannelTitle": channel.title, "videoOwnerChannelId": channel.id}
        content["videoPublishedAt"] = _time(video.published_at)
    every = {"snippet": snippet, "contentDetails": content, "status": {"privacyStatus": status}}
    name = base64.b64encode(f"{playlist}.{video.id}".encode()).decode()
    return _resource("youtube#playlistItem", name, every, parts)


def _video(channel: StoredChannel, video: StoredVideo, parts: Collection[str], base_url: str) -> Json:
    every = {
        "snippet": {
            "publishedAt": _time(video.published_at),
            "channelId": channel.id,
            "title": video.title,
            "description": "",
            "thumbnails": _thumbnails(video, base_url),
            "channelTitle": channel.title,
            "tags": [channel.title],
            "categoryId": channel.category,
            "liveBroadcastContent": "none",
            "defaultLanguage": "en",
            "localized": {"title": video.title, "description": ""},
            "defaultAudioLanguage": "en",
        },
        "player": {"embedHtml": _embed_html(video, 480, 270)},
    }
    return _resource("youtube#video", video.id, every, parts)


def _resource(kind: str, name: str, every: Json, parts: Collection[str]) -> Json:
    chosen = {part: value for part, value in every.items() if part in parts}
    return {"kind": kind, "etag": _etag(kind, name), "id": name} | chosen


def _thumbnails(video: StoredVideo, base_url: str) -> Json:
    if video.privacy != "public":
        return {}
    return {
        name: {"url": thumbnail_url(base_url, video.id, file), "width": SIZES[file][0], "height": SIZES[file][1]}
        for name, file in _THUMBNAILS.items()
    }


def _embed_html(video: StoredVideo, width: int, height: int) -> str:
    address = f"https://www.youtube.com/embed/{video.id}"
    return f'<iframe width="{width}" height="{height}" src="{address}" frameborder="0" allowfullscreen></iframe>'


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _etag(*names: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256("/".join(names).encode()).digest()).decode()[:27]
