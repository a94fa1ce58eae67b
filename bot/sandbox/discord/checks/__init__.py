"""What Discord refuses in a form (code 50035), told field by field: one file for each kind of form."""

from bot.sandbox.discord.checks.commands import check_choices, check_command, check_commands
from bot.sandbox.discord.checks.fields import snowflake
from bot.sandbox.discord.checks.messages import check_message, require_something
from bot.sandbox.discord.checks.modals import check_modal

__all__ = [
    "check_choices",
    "check_command",
    "check_commands",
    "check_message",
    "check_modal",
    "require_something",
    "snowflake",
]
