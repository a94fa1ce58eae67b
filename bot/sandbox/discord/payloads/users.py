"""Users and the bot's application."""

from bot.sandbox.discord.values import Application, Json, User
from bot.sandbox.discord.world import World


def user_payload(user: User) -> Json:
    """A user as seen by others."""
    payload: Json = {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.display_name if not user.bot else None,
        "avatar": None,
        "discriminator": "0000" if user.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    return payload | {"bot": True} if user.bot else payload


def own_user_payload(user: User) -> Json:
    """The bot's user as seen by the bot."""
    return user_payload(user) | {"mfa_enabled": True, "locale": "en-US", "email": None, "verified": True}


def application_payload(world: World, application: Application) -> Json:
    """The bot's application as seen by its owner."""
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_payload(world.users[application.id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": application.flags,
        "flags_new": str(application.flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_payload(world.users[application.owner_id]),
        "approximate_guild_count": len(world.guilds_of(world.users[application.id])),
        "approximate_user_install_count": len(world.installs),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": {"0": {}, "1": {}},
    }
