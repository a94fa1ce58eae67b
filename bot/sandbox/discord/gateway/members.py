"""The answer to REQUEST_GUILD_MEMBERS: a guild's members in chunks."""

from collections.abc import Iterator

from bot.sandbox.discord.gateway.protocol import Intent
from bot.sandbox.discord.gateway.requests import MembersRequest
from bot.sandbox.discord.payloads import full_member_payload
from bot.sandbox.discord.values import Guild, Json, Member
from bot.sandbox.discord.world import World

CHUNK = 1000


def member_chunks(world: World, guild: Guild, request: MembersRequest, intents: int) -> Iterator[Json]:
    """The chunks that answer a request; none if it asks for the whole list without the members intent."""
    if request.everybody and not intents & Intent.GUILD_MEMBERS:
        return
    found = _matching(world, guild, request)
    known = {member.user_id for member in found}
    common: Json = {
        "guild_id": str(guild.id),
        "chunk_count": max(1, -(-len(found) // CHUNK)),
        "not_found": [str(user_id) for user_id in request.user_ids or () if user_id not in known],
    }
    if request.nonce is not None:
        common["nonce"] = request.nonce
    if request.presences and intents & Intent.GUILD_PRESENCES:
        common["presences"] = []
    for index in range(common["chunk_count"]):
        page = found[index * CHUNK : (index + 1) * CHUNK]
        yield common | {"chunk_index": index, "members": [full_member_payload(world, member) for member in page]}


def _matching(world: World, guild: Guild, request: MembersRequest) -> list[Member]:
    if request.user_ids is not None:
        return [member for member in guild.members if member.user_id in request.user_ids]
    prefix = request.prefix.lower()
    found = [member for member in guild.members if world.users[member.user_id].name.lower().startswith(prefix)]
    return found[: request.limit] if request.limit else found
