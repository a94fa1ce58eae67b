"""Who is an admin, and where admins' actions are logged."""

from bot.replies.message import Reply


def admins(role: int | None) -> Reply:
    """Who may use the text commands of admins: those with Manage Server, and members with a role."""
    if role is None:
        return Reply(
            "Only members with **Manage Server** may use my text commands for admins. Use `/admins set` to choose a "
            "role that may use them, too. For slash commands, see Server Settings ▸ Integrations."
        )
    return Reply(
        f"Members with <@&{role}> may use my text commands and buttons for admins, too. Use `/admins off` to change "
        "that. For slash commands, allow the role in Server Settings ▸ Integrations."
    )


def everyone_is_no_admin() -> Reply:
    """The role that everybody has was chosen."""
    return Reply("Everybody has that role. Choose one that only your admins have.")


def log_channel(channel: int | None) -> Reply:
    """Where admins' actions are logged."""
    if channel is None:
        return Reply("I don't log what admins do. Use `/log set` to choose a channel for that.")
    return Reply(f"I log what admins do in <#{channel}>. Use `/log off` to stop that.")


def log_off() -> Reply:
    """Admins' actions are no longer logged."""
    return Reply("I no longer log what admins do.")
