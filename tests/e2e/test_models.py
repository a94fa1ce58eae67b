"""The current model: everyone can see it, admins can roll it back."""

from dataclasses import replace

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, NotOfferedError
from bot.store.values import RunState
from classifier.values import Version
from tests.bot.samples import model
from tests.e2e.chat import ADMINS_ONLY, fields_of, unlinked
from tests.e2e.conftest import ScriptedEngine

OLD = replace(model(accuracy=0.9), version="v1")


@pytest.fixture
def engine(engine: ScriptedEngine) -> ScriptedEngine:
    """An engine with two versions; the newer one is live."""
    engine.available = (Version(model(), serving=True), Version(OLD, serving=False))
    return engine


async def show(discord: LocalDiscord, who: str, prefix: str, *, direct: bool = False) -> Message:
    """The page about the model."""
    user = getattr(discord, who)
    channel = discord.direct(user) if direct else discord.general
    if prefix == "/":
        return await discord.answer_to(await discord.slash(user, channel, "model"))
    return await discord.answer_to(await discord.post(user, channel, "!model"))


@pytest.mark.parametrize("prefix", "!/")
async def test_everyone_sees_how_good_the_model_is(
    prefix: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    run = await bot.services.store.runs.start(local_discord.guild.id, channel=1, by=local_discord.admin.id)
    await bot.services.store.runs.finish(run.id, RunState.CANCELLED)
    page = await show(local_discord, "member", prefix)
    (embed,), (matrix,), fields = page.embeds, page.attachments, fields_of(page)
    assert embed["title"] == "This server's own model"
    assert "Nerdologia     96   96  96  25" in embed["description"]
    assert "Accuracy: **96.0%** on 50 test thumbnails." in embed["description"]
    assert "`v1`" in fields["Versions"]
    assert "was cancelled" in fields["Recent training runs"]
    assert embed["image"]["url"] == "attachment://confusion.png"
    assert matrix.description is not None
    assert matrix.description.startswith("Confusion matrix of 50 test thumbnails.")
    assert page.mentions == ()


async def test_a_server_without_a_model_and_direct_messages_see_the_default_one(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    assert (await show(local_discord, "member", "!", direct=True)).embeds[0]["title"] == "The default model"
    engine.available = ()
    assert (await show(local_discord, "member", "/")).embeds[0]["title"] == "The default model"


async def test_before_the_first_training_there_is_nothing_to_show(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "info", lambda _: None)
    refused = await show(local_discord, "member", "!")
    assert unlinked(refused.content) == "I haven't been trained yet. A server admin can start with `/retrain`."


async def roll_back(discord: LocalDiscord, who: str, prefix: str, version: str = "") -> Message:
    """The answer to a rollback."""
    user = getattr(discord, who)
    if prefix == "/":
        options = {"version": version} if version else {}
        return await discord.answer_to(await discord.slash(user, discord.general, "rollback", options))
    return await discord.answer_to(await discord.post(user, discord.general, f"!model rollback {version}".strip()))


@pytest.mark.parametrize("prefix", "!/")
async def test_admins_roll_back_to_an_earlier_model(
    prefix: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    if prefix == "/":
        with pytest.raises(NotOfferedError, match="You can't use /rollback here"):
            await roll_back(local_discord, "member", prefix, "v1")
    else:
        assert (await roll_back(local_discord, "member", prefix, "v1")).content == ADMINS_ONLY
    assert engine.available[0].serving
    done = await roll_back(local_discord, "admin", prefix)
    assert done.content.startswith("**The model `v1` is now live.** Trained <t:")
    assert "accuracy 90.0% on 50 test thumbnails" in done.content
    done = await roll_back(local_discord, "owner", "!", "v2")
    assert done.content.startswith("**The model `v2` is now live.**")
    assert engine.owners == [local_discord.guild.id] * 2
    refused = await roll_back(local_discord, "admin", prefix, "../v1")
    assert refused.content.startswith("There is no such version of the model.")
    assert unlinked(refused.content).endswith("`/model` lists the versions.")


async def test_versions_are_completed(local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine) -> None:
    async def offered(typed: str) -> list[str]:
        user, channel = local_discord.admin, local_discord.general
        return [it["value"] for it in await local_discord.autocomplete(user, channel, "rollback", "version", typed)]

    assert await offered("") == ["v2", "v1"]
    assert await offered("90.0%") == ["v1"]
    assert await offered("nothing like it") == []
