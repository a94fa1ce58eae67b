"""A local YouTube: Data API v3, oEmbed and thumbnail host, which serves channels from a folder."""

from bot.sandbox.youtube.faults import Faults, ServiceFaults
from bot.sandbox.youtube.library import Library, StoredChannel, StoredVideo
from bot.sandbox.youtube.server import LocalYouTube

__all__ = ["Faults", "Library", "LocalYouTube", "ServiceFaults", "StoredChannel", "StoredVideo"]
