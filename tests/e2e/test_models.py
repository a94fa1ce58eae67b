"""The model that answers: looked at by everyone, changed by admins."""

from dataclasses import replace

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Interaction, LocalDiscord, Message
from bot.store.values import RunState
from classifier.values import Version
from tests.bot.samples import model
from tests.e2e.asking import REFUSAL
from tests.e2e.conftest import PlayedEngine

OLD = replace(model(accuracy=0.9), version="v1")


@pytest.fixture
def engine(engine: PlayedEngine) -> PlayedEngine:
    """Two versions, of which the newer one serves."""
    engine.kept = (Version(model(), serves=True), Version(OLD, serves=False))
    return engine


async def show(discord: LocalDiscord, who: str, door: str, *, direct: bool = False) -> Message:
    """What the bot says of the model."""
    user = getattr(discord, who)
    channel = discord.direct(user) if direct else discord.general
    asked = await (discord.slash(user, channel, "model show") if door == "/" else discord.post(user, channel, "!model"))
    return await discord.answer_to(asked)


@pytest.mark.parametrize("door", "!/")
async def test_everyone_sees_how_good_the_model_is(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    run = await bot.services.store.runs.start(local_discord.guild.id, channel=1, message=2, by=local_discord.admin.id)
    await bot.services.store.runs.finish(run.id, RunState.CANCELLED)
    said = await show(local_discord, "member", door)
    (embed,), (matrix,) = said.embeds, said.attachments
    fields = {field["name"]: field["value"] for field in embed["fields"]}
    assert embed["title"] == "This server's own model"
    assert "Nerdologia       96%    96%  96%   25" in embed["description"]
    assert "right about **96.0%** of the 50 among them" in embed["description"]
    assert "`v1`" in fields["Versions that are kept"]
    assert "was cancelled" in fields["Last trainings"]
    assert embed["image"]["url"] == "attachment://confusion.png"
    assert matrix.description is not None
    assert matrix.description.startswith("Confusion matrix of 50 thumbnails.")
    assert said.mentions == ()


async def test_a_server_without_a_model_and_direct_messages_see_the_default_one(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    assert (await show(local_discord, "member", "!", direct=True)).embeds[0]["title"] == "The default model"
    engine.kept = ()
    assert (await show(local_discord, "member", "/")).embeds[0]["title"] == "The default model"


async def test_before_the_first_training_there_is_nothing_to_show(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "info", lambda server: None)
    assert "I know no channels yet" in (await show(local_discord, "member", "!")).content


async def roll_back(discord: LocalDiscord, who: str, door: str, version: str = "") -> Message | Interaction:
    """Ask for an earlier model."""
    user = getattr(discord, who)
    if door == "/":
        return await discord.slash(user, discord.general, "model rollback", {"version": version} if version else {})
    return await discord.post(user, discord.general, f"!model rollback {version}".strip())


@pytest.mark.parametrize("door", "!/")
async def test_admins_go_back_to_an_earlier_model(
    door: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    refused = await local_discord.answer_to(await roll_back(local_discord, "member", door, "v1"))
    assert REFUSAL in refused.content
    assert engine.kept[0].serves
    said = await local_discord.answer_to(await roll_back(local_discord, "admin", door))
    assert "**The model `v1` answers from now on.**" in said.content
    assert "90.0% of 50 thumbnails" in said.content
    said = await local_discord.answer_to(await roll_back(local_discord, "owner", door, "v2"))
    assert "**The model `v2` answers from now on.**" in said.content
    assert engine.servers == [local_discord.guild.id] * 2
    said = await local_discord.answer_to(await roll_back(local_discord, "admin", door, "../v1"))
    assert "There is no such version" in said.content


async def test_the_versions_are_offered_while_one_types(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    async def offered(typed: str) -> list[str]:
        user, channel = local_discord.admin, local_discord.general
        return [
            it["value"] for it in await local_discord.autocomplete(user, channel, "model rollback", "version", typed)
        ]

    assert await offered("") == ["v2", "v1"]
    assert await offered("90.0%") == ["v1"]
    assert await offered("nothing like it") == []
