"""Gateway v10: sessions, shards, heartbeats, resuming, intents, limits and compression, in JSON."""

from bot.sandbox.discord.gateway.protocol import CloseCode, GatewaySettings
from bot.sandbox.discord.gateway.server import Gateway

__all__ = ["CloseCode", "Gateway", "GatewaySettings"]
