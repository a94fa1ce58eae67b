"""Routes of application commands: global ones and those of one guild."""

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.state import State


def _scope(state: State, call: Call) -> int | None:
    if call.id("application_id") != state.application.id:
        raise ApiError(50001)
    return state.world.guild(call.id("guild_id")).id if "guild_id" in call.params else None


async def commands(state: State, call: Call) -> Answer:
    """Get all commands of the scope."""
    return 200, state.commands.all(_scope(state, call))


async def overwrite(state: State, call: Call) -> Answer:
    """Replace all commands of the scope."""
    return 200, state.commands.overwrite(_scope(state, call), call.form)


async def create(state: State, call: Call) -> Answer:
    """Create a command."""
    command, new = state.commands.create(_scope(state, call), call.form)
    return 201 if new else 200, command


async def command(state: State, call: Call) -> Answer:
    """Get a command."""
    return 200, state.commands.get(_scope(state, call), call.id("command_id"))


async def delete(state: State, call: Call) -> Answer:
    """Delete a command."""
    state.commands.delete(_scope(state, call), call.id("command_id"))
    return 204, None


SCOPES = ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands")
ROUTES = tuple(
    route
    for scope in SCOPES
    for route in (
        Route("GET", scope, commands),
        Route("PUT", scope, overwrite),
        Route("POST", scope, create),
        Route("GET", scope + "/{command_id}", command),
        Route("DELETE", scope + "/{command_id}", delete),
    )
)
