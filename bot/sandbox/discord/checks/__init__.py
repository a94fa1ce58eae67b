"""Checks that a form is valid for Discord (else ApiError 50035), with one module per kind of form."""

from bot.sandbox.discord.checks.channels import check_channel_changes, check_overwrite
from bot.sandbox.discord.checks.commands import check_choices, check_command, check_command_permissions, check_commands
from bot.sandbox.discord.checks.fields import snowflake
from bot.sandbox.discord.checks.messages import check_message, forwards, require_contents
from bot.sandbox.discord.checks.modals import check_modal
from bot.sandbox.discord.checks.threads import check_post, check_thread, check_thread_changes

__all__ = [
    "check_channel_changes",
    "check_choices",
    "check_command",
    "check_command_permissions",
    "check_commands",
    "check_message",
    "check_modal",
    "check_overwrite",
    "check_post",
    "check_thread",
    "check_thread_changes",
    "forwards",
    "require_contents",
    "snowflake",
]
