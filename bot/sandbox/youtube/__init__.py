"""A local YouTube: Data API v3, oEmbed and picture host, serving channels from a folder."""

from bot.sandbox.youtube.faults import Faults, Trouble
from bot.sandbox.youtube.library import Library, StoredChannel, StoredVideo
from bot.sandbox.youtube.server import LocalYouTube

__all__ = ["Faults", "Library", "LocalYouTube", "StoredChannel", "StoredVideo", "Trouble"]
