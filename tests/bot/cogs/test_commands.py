"""What holds for the commands of all cogs."""

from collections.abc import Iterator
from operator import attrgetter
from unittest.mock import MagicMock

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.cogs.channels import Channels
from bot.cogs.classify import Classify
from bot.cogs.compare import Compare
from bot.cogs.game import GuessingGame
from bot.cogs.help import Help
from bot.cogs.models import Models
from bot.cogs.privacy import Privacy
from bot.cogs.review import Review
from bot.cogs.servers import Servers
from bot.cogs.statistics import Statistics
from bot.cogs.training import Training
from bot.rights import admins_only, managers_only
from bot.settings import Settings

COGS = (Channels, Classify, Compare, GuessingGame, Help, Models, Privacy, Review, Servers, Statistics, Training)
Command = commands.HybridCommand[commands.Cog, ..., object] | commands.HybridGroup[commands.Cog, ..., object]
CHECKS = {admins_only, managers_only}
HYBRID = (commands.HybridCommand, commands.HybridGroup)


def all_commands() -> Iterator[Command]:
    for cog in COGS:
        services = MagicMock(settings=Settings(_env_file=None))
        yield from (it for it in cog(MagicMock(), services).walk_commands() if isinstance(it, HYBRID))


EVERY_COMMAND = pytest.mark.parametrize(
    "command", sorted(all_commands(), key=attrgetter("qualified_name")), ids=lambda command: command.qualified_name
)


@EVERY_COMMAND
def test_the_description_says_whether_a_command_is_for_admins(command: Command) -> None:
    assert bool(CHECKS & set(command.checks)) is command.description.endswith("(server admins)")


@EVERY_COMMAND
def test_descriptions_fit_discords_menu_of_commands(command: Command) -> None:
    assert 10 < len(command.description) <= 100
    assert not command.description.endswith(".")


@EVERY_COMMAND
def test_every_option_is_described(command: Command) -> None:
    slash = command.app_command
    for option in slash.parameters if isinstance(slash, app_commands.Command) else ():
        assert 5 < len(str(option.description)) <= 100


@EVERY_COMMAND
def test_discord_shows_the_commands_of_admins_to_those_who_manage_the_server(command: Command) -> None:
    if command.parent is not None:
        return  # Discord decides about a group as a whole
    parts = command.commands if isinstance(command, commands.HybridGroup) else (command,)
    for_admins = {bool(CHECKS & set(part.checks)) for part in parts}
    expected = discord.Permissions(manage_guild=True) if for_admins == {True} else None
    assert command.app_command.default_permissions == expected
    assert len(for_admins) == 1, "members would not see what they can use"
