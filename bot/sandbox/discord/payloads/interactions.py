"""Interactions, as the gateway sends them and as messages and responses refer to them."""

from bot.sandbox.discord.enums import SUB_COMMANDS, CallbackType, InteractionType
from bot.sandbox.discord.installs import context_of
from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.guilds import full_member_payload
from bot.sandbox.discord.payloads.messages import event_message_payload, message_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Interaction, Json, User
from bot.sandbox.discord.world import World

_OF_GUESTS = Permission.ATTACH_FILES | Permission.EMBED_LINKS | Permission.MENTION_EVERYONE
"""What an application may do in its answers where only a user has installed it, if that user may."""


def interaction_payload(world: World, interaction: Interaction, bot: User, upload_limit: int) -> Json:
    """An interaction as the gateway sends it to the bot."""
    channel, user = interaction.channel, interaction.user
    permissions = str(world.permissions(user, channel))
    payload: Json = {
        "id": str(interaction.id),
        "application_id": str(bot.id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": channel_payload(world, world.channel(channel.id), bot) | {"permissions": permissions},
        "app_permissions": str(world.permissions(bot, channel) or world.permissions(user, channel) & _OF_GUESTS),
        "locale": "en-US",
        "entitlements": [],
        "authorizing_integration_owners": interaction.owners,
        "context": int(context_of(channel, bot.id)),
        "attachment_size_limit": upload_limit,
    }
    if interaction.message is not None and interaction.from_component:
        payload["message"] = event_message_payload(world, world.message(channel.id, interaction.message.id))
    guild = world.guild_of(channel)
    member = None if guild is None else guild.member(user.id)
    if guild is None or member is None:
        return payload | {"user": user_payload(user)}
    return payload | {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": full_member_payload(world, member) | {"permissions": permissions},
    }


def callback_payload(world: World, interaction: Interaction, kind: int) -> Json:
    """The response to the bot's first response, if the bot asks for one."""
    payload: Json = {"id": str(interaction.id), "type": interaction.kind}
    if interaction.response_id is None:
        return {"interaction": payload}
    message = world.message(interaction.channel.id, interaction.response_id)
    payload |= {
        "response_message_id": str(message.id),
        "response_message_loading": message.loading,
        "response_message_ephemeral": message.visible_to is not None,
    }
    if kind in (CallbackType.DEFERRED_MESSAGE, CallbackType.DEFERRED_UPDATE):
        return {"interaction": payload}
    return {"interaction": payload, "resource": {"type": kind, "message": message_payload(world, message)}}


def interaction_metadata(interaction: Interaction) -> Json:
    """The fields of a message that describe the interaction it responds to."""
    metadata = _metadata(interaction)
    if interaction.kind != InteractionType.APPLICATION_COMMAND:
        return {"interaction_metadata": metadata}
    short = {key: metadata[key] for key in ("id", "type", "user")}
    return {"interaction_metadata": metadata, "interaction": short | {"name": _command_name(interaction.data)}}


def _metadata(interaction: Interaction) -> Json:
    metadata: Json = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "user": user_payload(interaction.user),
        "authorizing_integration_owners": interaction.owners,
    }
    if interaction.submitted is not None:
        return metadata | {"triggering_interaction_metadata": _metadata(interaction.submitted)}
    if interaction.message is None:
        return metadata
    key = "interacted_message_id" if interaction.from_component else "target_message_id"
    return metadata | {key: str(interaction.message.id)}


def _command_name(data: Json) -> str:
    """A command's full name, with its sub-commands."""
    inner = next((option for option in data.get("options", []) if option["type"] in SUB_COMMANDS), None)
    return f"{data['name']} {_command_name(inner)}" if inner else str(data["name"])
