"""Setting the sandbox up."""

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.sandbox import stage
from bot.sandbox.samples import draw_samples
from bot.store.errors import StoreError
from tests.bot.samples import settings


async def test_what_keeps_the_bot_from_starting_is_told(
    discord_addresses: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def learned(*_: Any) -> None: ...

    monkeypatch.setattr(stage, "_learn", learned)
    monkeypatch.setattr(stage, "draw_samples", lambda folder, **_: draw_samples(folder, 1))
    home = tmp_path / "sandbox" / "drawn"
    home.mkdir(parents=True)
    (home / "thumbprint.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError, match="can't be opened"):
        async with stage.staged(settings(tmp_path), Console(quiet=True)):
            pass
