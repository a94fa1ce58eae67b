"""What holds for the commands of all cogs."""

from collections.abc import Iterator
from operator import attrgetter
from unittest.mock import MagicMock

import pytest
from discord import app_commands
from discord.ext import commands

from bot.cogs.channels import Channels
from bot.cogs.classify import Classify
from bot.cogs.game import GuessingGame
from bot.cogs.help import Help
from bot.cogs.models import Models
from bot.cogs.privacy import Privacy
from bot.cogs.review import Review
from bot.cogs.servers import Servers
from bot.cogs.statistics import Statistics
from bot.cogs.training import Training
from bot.rights import admins_only
from bot.settings import Settings

COGS = (Channels, Classify, GuessingGame, Help, Models, Privacy, Review, Servers, Statistics, Training)
Command = commands.HybridCommand[commands.Cog, ..., object]


def all_commands() -> Iterator[Command]:
    for cog in COGS:
        services = MagicMock(settings=Settings(_env_file=None))
        yield from cog(MagicMock(), services).walk_commands()  # type: ignore[misc]  # all are hybrid commands


EVERY_COMMAND = pytest.mark.parametrize(
    "command", sorted(all_commands(), key=attrgetter("qualified_name")), ids=lambda command: command.qualified_name
)


@EVERY_COMMAND
def test_the_description_says_whether_a_command_is_for_admins(command: Command) -> None:
    assert (admins_only in command.checks) is command.description.endswith("(server admins)")


@EVERY_COMMAND
def test_descriptions_fit_discords_menu_of_commands(command: Command) -> None:
    assert 10 < len(command.description) <= 100
    assert not command.description.endswith(".")


@EVERY_COMMAND
def test_every_option_is_described(command: Command) -> None:
    slash = command.app_command
    for option in slash.parameters if isinstance(slash, app_commands.Command) else ():
        assert 5 < len(str(option.description)) <= 100
