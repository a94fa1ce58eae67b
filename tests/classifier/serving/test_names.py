"""Names of channels in models follow YouTube's, or go by ids."""

import json
import os
import shutil
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.models.folder import CARD_NAME, CONFUSION_NAME, read_info, rename_channels
from classifier.models.predictor import Predictor
from classifier.serving.names import channel_ids, refresh_names
from classifier.values import Channel, RefreshReport

DAY_0 = datetime(2026, 3, 4, tzinfo=UTC)
AMBER = Channel("amber", "Amber", "UC" + "a" * 22, "@amber")
FERN = Channel("fern", "Fern", "UC" + "f" * 22, "@fern")
COBALT = Channel("cobalt", "cobalt")
"""One without an id."""


@pytest.fixture
def models(model: Path, tmp_path: Path) -> Path:
    """Two models, whose names were confirmed on day 0."""
    for owner in ("default", "7"):
        folder = shutil.copytree(model, tmp_path / owner / "20260304-000000")
        card = json.loads((folder / CARD_NAME).read_text())
        card["info"]["channels"] = [asdict(channel) for channel in (AMBER, COBALT, FERN)]
        (folder / CARD_NAME).write_text(json.dumps(card))
        os.utime(folder / CARD_NAME, (DAY_0.timestamp(), DAY_0.timestamp()))
        assert read_info(folder).channels == (AMBER, COBALT, FERN)
    return tmp_path


def names(models: Path, owner: str = "default") -> list[str]:
    return [channel.title for channel in read_info(models / owner / "20260304-000000").channels]


def refresh(models: Path, day: int, *found: Channel, gone: tuple[str, ...] = ()) -> list[str]:
    """The owners whose models changed."""
    report = RefreshReport(channels=found, gone=gone)
    return sorted(it.parent.name for it in refresh_names(models, report, DAY_0 + timedelta(days=day)))


def test_ids_of_all_models_are_found(models: Path) -> None:
    (models / "default" / "broken").mkdir()
    (models / "default" / "broken" / CARD_NAME).write_text("{")
    assert channel_ids(models) == (AMBER.id, FERN.id)


def test_a_new_title_is_in_every_model(models: Path) -> None:
    plot = models / "7" / "20260304-000000" / CONFUSION_NAME
    plot.write_bytes(b"plot")
    assert refresh(models, 1, AMBER, FERN) == []
    assert plot.is_file()
    assert refresh(models, 1, replace(AMBER, title="Amber Two", label="another"), FERN) == ["7", "default"]
    assert not plot.exists(), "it has the old title"
    assert names(models) == ["Amber Two", "cobalt", "Fern"]
    loaded = Predictor.load(models / "7" / "20260304-000000")
    assert [it.title for it in loaded.channels] == ["Amber Two", "cobalt", "Fern"]
    assert loaded.labels == ("amber", "cobalt", "fern"), "labels stay: they are in answers and feedback"


def test_a_channel_that_is_gone_goes_by_its_id(models: Path) -> None:
    assert refresh(models, 1, FERN, gone=(AMBER.id or "",)) == ["7", "default"]
    assert names(models) == [AMBER.id, "cobalt", "Fern"]
    assert refresh(models, 2, AMBER, FERN) == ["7", "default"], "and comes back if YouTube has it again"


def test_names_that_were_not_refreshed_in_time_go(models: Path) -> None:
    assert refresh(models, 10, AMBER, FERN) == []
    assert refresh(models, 38) == []
    assert refresh(models, 39) == ["7", "default"]
    assert names(models) == [AMBER.id, "cobalt", FERN.id]
    assert refresh(models, 40) == []


def test_renaming_changes_nothing_else(models: Path) -> None:
    folder = models / "default" / "20260304-000000"
    before = read_info(folder)
    rename_channels(folder, {AMBER.id or "": replace(AMBER, title="Amber Two")})
    after = read_info(folder)
    assert replace(after, channels=before.channels) == before
