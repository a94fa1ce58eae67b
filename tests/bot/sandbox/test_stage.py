"""Setting the sandbox up."""

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
    """Few pictures are drawn, and nothing is learned of them."""

    async def learned(*_: Any) -> None: ...

    monkeypatch.setattr(stage, "_learn", learned)
    monkeypatch.setattr(stage, "draw_samples", lambda folder, **_: draw_samples(folder, 2))


@pytest.mark.usefixtures("_quick")
async def test_what_keeps_the_bot_from_starting_is_told(tmp_path: Path) -> None:
    home = tmp_path / "sandbox" / "drawn"
    home.mkdir(parents=True)
    (home / "thumbprint.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="can't be opened"):
        async with stage.staged(settings(tmp_path), Console(quiet=True)):
            pass


@pytest.mark.usefixtures("_quick")
async def test_what_the_bot_was_told_outlives_the_sandbox(tmp_path: Path) -> None:
    told = []
    for words in ("!threshold 83", "!threshold"):
        async with stage.staged(settings(tmp_path), Console(quiet=True)) as there:
            local = there.discord
            told.append(await local.answer_to(await local.post(local.admin, local.general, words), within=30))
    assert "83%" in told[1].content
    assert told[1].id > told[0].id


@pytest.mark.usefixtures("_quick")
async def test_the_page_names_a_link_that_exists(tmp_path: Path) -> None:
    async with (
        stage.staged(settings(tmp_path), Console(quiet=True)) as there,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{there.page.url}feed") as feed,
    ):
        example = (await feed.receive_json())["example"]
        command, video = example.split("https://youtu.be/")
    assert command == "!classify "
    assert video in there.youtube.library.videos


@pytest.mark.usefixtures("_quick")
async def test_the_first_picture_goes_where_the_bot_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with stage.staged(settings(tmp_path), Console(quiet=True)) as there:
        local = there.discord
        await local.answer_to(await local.post(local.admin, local.general, f"!watch <#{local.random.id}>"), within=30)
    await stage.run_sandbox(settings(tmp_path), once=True, thumbnails=None, port=0)
    assert "The bot answered without a plot: I know no channels yet" in capsys.readouterr().out
