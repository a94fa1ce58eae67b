"""Stickers that a message can show."""

from collections.abc import Iterable

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Parsed, Sticker, User
from bot.sandbox.discord.world import World


def chosen_stickers(world: World, author: User, channel: Channel, ids: Iterable[Parsed]) -> tuple[Sticker, ...]:
    """The stickers with some ids, which the author can send there.

    Only people can send those of other guilds that they are in. Raises ApiError 50081, 50600.
    """
    chosen = []
    for sticker_id in ids:
        sticker = find_sticker(world, int(sticker_id))
        if sticker is None:
            raise ApiError(50081)
        external = sticker.guild_id != channel.guild_id
        member = world.guilds[sticker.guild_id].member(author.id) is not None
        held = world.permissions(author, channel)
        if external and (author.bot or not member or not held & Permission.USE_EXTERNAL_STICKERS):
            raise ApiError(50600)
        chosen.append(sticker)
    return tuple(chosen)


def find_sticker(world: World, sticker_id: int) -> Sticker | None:
    """The sticker with an id; None if there is none."""
    stickers = (sticker for guild in world.guilds.values() for sticker in guild.stickers)
    return next((sticker for sticker in stickers if sticker.id == sticker_id), None)
