"""Checks that a form is valid for Discord (else ApiError 50035), with one module per kind of form."""

from bot.sandbox.discord.checks.commands import check_choices, check_command, check_commands
from bot.sandbox.discord.checks.fields import snowflake
from bot.sandbox.discord.checks.messages import check_message, require_contents
from bot.sandbox.discord.checks.modals import check_modal

__all__ = [
    "check_choices",
    "check_command",
    "check_commands",
    "check_message",
    "check_modal",
    "require_contents",
    "snowflake",
]
