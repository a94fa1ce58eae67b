"""Gateway v10: sessions, heartbeats, resuming, intents and compression.

discord.py asks for zlib-stream, or for zstd-stream if Python or a package supports it. The gateway answers the latter
in plain JSON text, which every client can read.
"""

from bot.sandbox.discord.gateway.server import Gateway

__all__ = ["Gateway"]
