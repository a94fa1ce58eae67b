"""An owner's versions on the disk."""

import os
import shutil
from pathlib import Path

import pytest

from classifier.errors import ArtifactError, NoModelError
from classifier.serving.versions import KEPT_MODELS, Versions

DAYS = [f"2099010{day}-000000" for day in range(1, 8)]


@pytest.fixture
def versions(model: Path, tmp_path: Path) -> Versions:
    """Three versions, none of them in use yet."""
    for day in DAYS[:3]:
        shutil.copytree(model, tmp_path / "owner" / day)
    return Versions(tmp_path / "owner")


def in_use(versions: Versions) -> str | None:
    info = versions.serving()
    return info.version if info else None


def test_the_last_served_version_is_in_use(versions: Versions) -> None:
    assert in_use(versions) is None
    for day in (DAYS[0], DAYS[2], DAYS[1]):
        versions.serve(day)
        assert in_use(versions) == day
    assert [(it.model.version, it.serving) for it in versions.all()] == [
        (DAYS[2], False),
        (DAYS[1], True),
        (DAYS[0], False),
    ]


def test_before_is_the_version_that_was_in_use_before(versions: Versions) -> None:
    versions.serve(DAYS[0])
    with pytest.raises(NoModelError, match="no earlier version"):
        versions.before()
    versions.serve(DAYS[2])  # DAYS[1] has never been in use
    assert versions.before() == DAYS[0]
    versions.serve(versions.before())
    with pytest.raises(NoModelError):
        versions.before()
    versions.serve(DAYS[2])
    versions.serve(DAYS[1])
    shutil.rmtree(versions.folder / DAYS[2])
    assert versions.before() == DAYS[0]


@pytest.mark.parametrize("name", ["20990109-000000", "", ".", "..", "../owner/20990101-000000", "serving", ".draft"])
def test_only_versions_can_be_read(name: str, versions: Versions) -> None:
    versions.serve(DAYS[0])
    with pytest.raises(NoModelError, match="no such version"):
        versions.read(name)


def test_an_interrupted_change_leaves_the_previous_version_in_use(
    versions: Versions, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.serve(DAYS[0])
    for step in ("fsync", "replace"):
        with monkeypatch.context() as broken:

            def fail(*_: object) -> None:
                raise OSError(28, "No space left on device")

            broken.setattr(os, "fsync", fail) if step == "fsync" else broken.setattr(Path, "replace", fail)
            with pytest.raises(ArtifactError, match=r"the disk is full\. The current model stays in use"):
                versions.serve(DAYS[1])
        assert in_use(versions) == DAYS[0]
    assert versions.draft() == versions.folder / ".draft"
    assert not list(versions.folder.glob(".*"))


def test_the_remains_of_interrupted_trainings_are_deleted(versions: Versions) -> None:
    versions.serve(DAYS[0])
    (versions.folder / ".draft").mkdir()
    (versions.folder / ".draft" / "model.json").touch()
    (versions.folder / "..draft.abc").mkdir()
    (versions.folder / ".serving.part").touch()
    versions.draft()
    assert {path.name for path in versions.folder.iterdir()} == {*DAYS[:3], "serving"}


def test_a_kept_draft_is_a_version_that_is_not_in_use(versions: Versions, model: Path) -> None:
    versions.serve(DAYS[0])
    draft = shutil.copytree(model, versions.draft())
    assert versions.learned() is None
    versions.keep(draft, DAYS[5], "abc")
    assert versions.learned() == "abc"
    assert versions.read(DAYS[5]).version == DAYS[5]
    assert in_use(versions) == DAYS[0]


def test_prune_deletes_the_oldest_versions_except_the_one_in_use(versions: Versions, model: Path) -> None:
    for day in DAYS[3:]:
        shutil.copytree(model, versions.folder / day)
    versions.serve(DAYS[1])
    versions.prune()
    assert [it.model.version for it in versions.all()] == [*DAYS[:-KEPT_MODELS:-1], DAYS[1]]
    (versions.folder / "serving").unlink()
    versions.prune()
    assert len(versions.all()) == KEPT_MODELS


def test_a_broken_version_is_not_listed(versions: Versions) -> None:
    (versions.folder / DAYS[1] / "model.json").write_text("{")
    assert [it.model.version for it in versions.all()] == [DAYS[2], DAYS[0]]


def test_a_broken_record_is_an_error_until_it_is_replaced(versions: Versions) -> None:
    (versions.folder / "serving").write_bytes(b"\0")
    with pytest.raises(ArtifactError, match="doesn't name a model"):
        versions.serving()
    versions.serve(DAYS[0])
    assert in_use(versions) == DAYS[0]


def test_a_missing_folder_has_no_versions(tmp_path: Path) -> None:
    missing = Versions(tmp_path / "missing")
    assert missing.serving() is None
    assert missing.all() == ()
    missing.delete()
    assert list(tmp_path.iterdir()) == []


def test_delete_leaves_nothing(versions: Versions) -> None:
    versions.serve(DAYS[0])
    versions.delete()
    assert list(versions.folder.parent.iterdir()) == []


# The layout before models had owners


@pytest.fixture
def older(versions: Versions, tmp_path: Path) -> Path:
    """A folder of models in the layout before models had owners."""
    models = versions.folder.rename(tmp_path / "models")
    (models / "serving").write_text(DAYS[1])
    (models / ".draft").mkdir()
    return models


@pytest.mark.parametrize("moved_before", [0, 1, 3])
def test_an_older_layout_is_taken_over_once(moved_before: int, older: Path) -> None:
    default = Versions(older / "default")
    default.folder.mkdir()
    for day in DAYS[:moved_before]:  # an earlier attempt was interrupted
        (older / day).rename(default.folder / day)
    default.take_over(older)
    assert in_use(default) == DAYS[1]
    assert len(default.all()) == 3
    assert {path.name for path in older.iterdir()} == {"default", ".draft"}
    default.serve(DAYS[2])
    default.take_over(older)
    assert in_use(default) == DAYS[2]


def test_without_an_older_layout_nothing_is_taken_over(tmp_path: Path) -> None:
    Versions(tmp_path / "models" / "default").take_over(tmp_path / "models")
    assert list(tmp_path.iterdir()) == []
