"""Who may use a command in a server: its default permissions, and what the Integrations page allows and denies."""

from typing import Any

import pytest

from bot.sandbox.discord import LocalDiscord, NotOfferedError, Permission, Role, User
from tests.bot.sandbox.discord.rest import call, error_codes

MANAGE = int(Permission.MANAGE_GUILD)


@pytest.fixture
async def local(local_discord: LocalDiscord) -> LocalDiscord:
    """With three commands: for everybody, for those who manage the server, and for administrators."""
    forms = [
        {"name": "open", "description": "For everybody"},
        {"name": "managed", "description": "For managers", "default_member_permissions": MANAGE},
        {"name": "closed", "description": "For administrators", "default_member_permissions": 0},
    ]
    await call(local_discord, "PUT", f"/applications/{local_discord.bot.id}/commands", json=forms)
    return local_discord


def offered(local: LocalDiscord, user: User, channel: Any = None) -> set[str]:
    return {command["name"] for command in local.offered(user, channel or local.general)}


def new_role(local: LocalDiscord, name: str, permissions: int, holder: User) -> Role:
    return local.world.add_role(local.guild, name, permissions, holder).roles[-1]


async def test_default_permissions_hide_a_command_and_refuse_it(local: LocalDiscord) -> None:
    assert offered(local, local.member) == {"open"}
    assert offered(local, local.admin) == {"open", "managed", "closed"}
    with pytest.raises(NotOfferedError, match="You can't use /managed here"):
        await local.slash(local.member, local.general, "managed")
    new_role(local, "Manager", Permission.MANAGE_GUILD, local.member)
    assert offered(local, local.member) == {"open", "managed"}
    assert offered(local, local.owner, local.direct(local.owner)) == {"open", "managed", "closed"}


async def test_a_role_or_a_member_can_be_allowed_a_command(local: LocalDiscord) -> None:
    role = new_role(local, "Helper", 0, local.member)
    local.allow(local.guild, "managed", role)
    assert offered(local, local.member) == {"open", "managed"}
    assert offered(local, local.owner) == {"open"}
    local.allow(local.guild, "managed", local.member, allowed=False)
    assert offered(local, local.member) == {"open"}, "what is said of a member counts more than their roles"
    local.allow(local.guild, "closed", local.owner)
    assert offered(local, local.owner) == {"open", "closed"}


async def test_one_role_that_is_allowed_is_enough(local: LocalDiscord) -> None:
    local.allow(local.guild, "managed", new_role(local, "One", 0, local.member), allowed=False)
    local.allow(local.guild, "managed", new_role(local, "Other", 0, local.member))
    assert offered(local, local.member) == {"open", "managed"}


async def test_everyone_can_be_denied_all_commands_but_administrators(local: LocalDiscord) -> None:
    everyone = local.world.guild(local.guild.id).roles[0]
    local.allow(local.guild, "", everyone, allowed=False)
    new_role(local, "Manager", Permission.MANAGE_GUILD, local.owner)
    assert offered(local, local.owner) == offered(local, local.member) == set()
    assert offered(local, local.admin) == {"open", "managed", "closed"}
    local.allow(local.guild, "open", local.member)
    assert offered(local, local.member) == {"open"}, "what is said of a command counts more"


async def test_allowing_all_commands_does_not_replace_default_permissions(local: LocalDiscord) -> None:
    local.allow(local.guild, "", local.member)
    assert offered(local, local.member) == {"open"}


async def test_a_command_can_be_denied_in_a_channel(local: LocalDiscord) -> None:
    local.allow(local.guild, "open", local.general, allowed=False)
    assert offered(local, local.member) == set()
    assert offered(local, local.member, local.random) == {"open"}
    thread = local.start_thread(local.member, local.general, "there")
    assert offered(local, local.member, thread) == set()


async def put(local: LocalDiscord, token: str, command: str, form: Any) -> tuple[int, dict[str, Any]]:
    path = f"/applications/{local.bot.id}/guilds/{local.guild.id}/commands/{command}/permissions"
    return await call(local, "PUT", path, json=form, headers={"Authorization": token})


async def test_who_manages_the_server_sets_them_and_the_bot_reads_them(local: LocalDiscord) -> None:
    ids = {command["name"]: command["id"] for command in local.offered(local.admin, local.general)}
    form = {"permissions": [{"id": str(local.member.id), "type": 2, "permission": True}]}
    status, answer = await put(local, f"Bot {local.token}", ids["managed"], form)
    assert (status, answer["code"]) == (403, 20001), "bots cannot allow themselves anything"
    status, answer = await put(local, f"Bearer {local.bearer(local.member)}", ids["managed"], form)
    assert (status, answer["code"]) == (403, 50013)
    assert (await put(local, "Bearer made-up", ids["managed"], form))[0] == 401
    admin = f"Bearer {local.bearer(local.admin)}"
    status, answer = await put(local, admin, ids["managed"], form)
    assert (status, answer["permissions"]) == (200, form["permissions"])
    assert offered(local, local.member) == {"open", "managed"}
    path = f"/applications/{local.bot.id}/guilds/{local.guild.id}/commands"
    assert await call(local, "GET", f"{path}/permissions") == (200, [answer])
    assert await call(local, "GET", f"{path}/{ids['managed']}/permissions") == (200, answer)
    status, missing = await call(local, "GET", f"{path}/{ids['open']}/permissions")
    assert (status, missing["code"]) == (404, 10066)
    assert (await put(local, admin, ids["managed"], {"permissions": []}))[0] == 200
    assert offered(local, local.member) == {"open"}
    assert (await put(local, admin, "1", form))[1]["code"] == 10063


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ({}, "permissions"),
        ({"permissions": [{"id": "x", "type": 2, "permission": True}]}, "permissions.0.id"),
        ({"permissions": [{"id": "1", "type": 4, "permission": True}]}, "permissions.0.type"),
        ({"permissions": [{"id": "1", "type": 2}]}, "permissions.0.permission"),
    ],
)
async def test_broken_permissions_are_refused(form: dict[str, Any], path: str, local: LocalDiscord) -> None:
    status, answer = await put(local, f"Bearer {local.bearer(local.admin)}", str(local.bot.id), form)
    assert (status, answer["code"]) == (400, 50035)
    assert path in error_codes(answer["errors"])


async def test_the_audit_log_says_who_added_the_bot(local: LocalDiscord) -> None:
    local.world.leave(local.guild, local.bot)
    local.world.join(local.guild, local.bot, by=local.admin)
    path = f"/guilds/{local.guild.id}/audit-logs"
    assert (await call(local, "GET", path))[0] == 403
    new_role(local, "Auditor", Permission.VIEW_AUDIT_LOG, local.bot)
    status, answer = await call(local, "GET", path, params={"action_type": "28"})
    (entry,) = answer["audit_log_entries"]
    assert (status, entry["user_id"], entry["target_id"]) == (200, str(local.admin.id), str(local.bot.id))
    assert {user["id"] for user in answer["users"]} == {str(local.admin.id), str(local.bot.id)}
    assert (await call(local, "GET", path, params={"action_type": "1"}))[1]["audit_log_entries"] == []
