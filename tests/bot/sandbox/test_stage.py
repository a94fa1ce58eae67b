"""Starting the sandbox."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from bot.sandbox import stage
from bot.sandbox.samples import draw_samples
from bot.store.errors import StoreError
from tests.bot.samples import settings


@pytest.fixture
def _quick(discord_addresses: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw only a few thumbnails, and don't train."""

    async def skip(*_: Any) -> None: ...

    monkeypatch.setattr(stage, "_learn", skip)
    monkeypatch.setattr(stage, "draw_samples", lambda folder, **_: draw_samples(folder, 2))


@pytest.mark.usefixtures("_quick")
async def test_an_error_at_the_bots_start_is_raised(tmp_path: Path) -> None:
    home = tmp_path / "sandbox" / "drawn"
    home.mkdir(parents=True)
    (home / "thumbprint.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="can't be opened"):
        async with stage.staged(settings(tmp_path), Console(quiet=True)):
            pass


@pytest.mark.usefixtures("_quick")
async def test_the_bots_settings_survive_a_restart(tmp_path: Path) -> None:
    answers = []
    for command in ("!threshold 83", "!threshold"):
        async with stage.staged(settings(tmp_path), Console(quiet=True)) as sandbox:
            local = sandbox.discord
            answers.append(await local.answer_to(await local.post(local.admin, local.general, command), within=30))
    assert "83%" in answers[1].content
    assert answers[1].id > answers[0].id


@pytest.mark.usefixtures("_quick")
async def test_the_pages_example_is_an_existing_video(tmp_path: Path) -> None:
    async with (
        stage.staged(settings(tmp_path), Console(quiet=True)) as sandbox,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{sandbox.page.url}feed") as feed,
    ):
        example = (await feed.receive_json())["example"]
        command, video = example.split("https://youtu.be/")
    assert command == "!classify "
    assert video in sandbox.youtube.library.videos


@pytest.mark.usefixtures("_quick")
async def test_the_first_thumbnail_is_posted_in_a_watched_channel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage.staged(settings(tmp_path), Console(quiet=True)) as sandbox:
        local = sandbox.discord
        await local.answer_to(await local.post(local.admin, local.general, f"!watch <#{local.random.id}>"), within=30)
    await stage.run_sandbox(settings(tmp_path), once=True, thumbnails=None, port=0)
    assert "The bot answered without a plot: I haven't been trained yet" in capsys.readouterr().out
