"""Which thumbnails count as examples of unknown channels."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import DatasetError
from classifier.pictures.dataset import Dataset
from classifier.pictures.unknown import MIN_CHANNELS, _in_turn, channel_folder, unknown_thumbnails
from classifier.values import Channel
from tests.classifier.stores import make_channel

KNOWN = "UC" + "k" * 22


def channel_id(index: int) -> str:
    return f"UC{index:022}"


def video(index: int) -> str:
    return f"v{index:010}"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of 24 channels with 30 videos each; the first one is "known"."""
    make_channel(tmp_path / "data" / "known", KNOWN, [video(index) for index in range(30)])
    for number in range(1, 24):
        make_channel(tmp_path / "data" / f"c{number}", channel_id(number), [video(100 * number + n) for n in range(30)])
    return tmp_path / "data"


def test_known_channels_are_never_unknown(data: Path, tmp_path: Path) -> None:
    known = Dataset.open(data, only=["known"])
    make_channel(data / "known-again", KNOWN, [video(9000)])  # by its record
    make_channel(data / "reupload", channel_id(50), [video(3), video(9001)])  # by a video
    (tmp_path / "charts").mkdir()
    for name in (f"{KNOWN}_{video(9002)}", f"{channel_id(60)}_{video(4)}", f"{channel_id(60)}_{video(9003)}"):
        (tmp_path / "charts" / f"{name}.jpg").touch()
    found = unknown_thumbnails([data, tmp_path / "charts"], known)
    assert found is not None
    names = {file.stem for file in found.files}
    assert names == {video(100 * number + n) for number in range(1, 24) for n in range(30)} | {
        video(9001),
        f"{channel_id(60)}_{video(9003)}",
    }
    assert set(found.targets) == {0}


@pytest.mark.parametrize("limit", [10, 23, 100, 10_000])
def test_every_channel_contributes_equally(limit: int, data: Path) -> None:
    found = unknown_thumbnails([data], Dataset.open(data, only=["known"]), limit=limit)
    assert found is not None
    assert len(found.files) == min(limit, 23 * 30)
    given = [sum(file.parent == folder for file in found.files) for folder in data.iterdir() if folder.name != "known"]
    assert max(given) - min(given) <= 1


def test_thumbnails_from_charts_are_grouped_by_their_channel(data: Path, tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    for index in range(40):
        (tmp_path / "charts" / f"{channel_id(100 + index // 2)}_{video(5000 + index)}.jpg").touch()
    found = unknown_thumbnails([data, tmp_path / "charts"], Dataset.open(data, only=["known"]), limit=43)
    assert found is not None
    assert sum(file.parent.name == "charts" for file in found.files) == 20


def test_thumbnails_in_deeper_folders_belong_to_the_channel_above(data: Path) -> None:
    (data / "c1" / "2024" / "may").mkdir(parents=True)
    (data / "c1" / f"{video(100)}.jpg").rename(data / "c1" / "2024" / "may" / f"{video(100)}.jpg")
    (data / "known" / "2024").mkdir()
    (data / "known" / "2024" / f"{video(9000)}.jpg").touch()
    make_channel(data / "known-again", KNOWN, [])
    (data / "known-again" / "2024").mkdir()
    (data / "known-again" / "2024" / f"{video(9001)}.jpg").touch()
    assert channel_folder(data / "c1" / "2024" / "may") == data / "c1"
    found = unknown_thumbnails([data], Dataset.open(data, only=["known"]), limit=23)
    assert found is not None
    assert sum(data / "c1" in file.parents for file in found.files) == 1
    everything = unknown_thumbnails([data], Dataset.open(data, only=["known"]))
    assert everything is not None
    assert len(everything.files) == 23 * 30


def test_fewer_than_the_minimum_of_channels_are_not_used(data: Path, tmp_path: Path) -> None:
    folders = [data / f"c{number}" for number in range(1, MIN_CHANNELS + 1)]
    known = Dataset.open(data, only=["known"])
    assert unknown_thumbnails(folders[:-1], known) is None
    assert unknown_thumbnails(folders, known) is not None
    with_reviewed = unknown_thumbnails(folders[:-1], known, reviewed=[tmp_path / "reviewed.jpg"], limit=5)
    assert with_reviewed is not None
    assert len(with_reviewed.files) == 6
    assert tmp_path / "reviewed.jpg" in with_reviewed.files


def test_thumbnails_without_a_record_count_as_one_channel_each(tmp_path: Path, data: Path) -> None:
    (tmp_path / "loose").mkdir()
    for index in range(MIN_CHANNELS):
        (tmp_path / "loose" / f"{index}.jpg").touch()
    found = unknown_thumbnails([tmp_path / "loose"], Dataset.open(data, only=["known"]))
    assert found is not None
    assert len(found.files) == MIN_CHANNELS


def test_empty_and_missing_folders_are_ignored_if_another_has_images(data: Path, tmp_path: Path) -> None:
    known = Dataset.open(data, only=["known"])
    (tmp_path / "empty").mkdir()
    assert unknown_thumbnails([data, tmp_path / "empty", tmp_path / "gone"], known) is not None
    assert unknown_thumbnails([], known) is None
    with pytest.raises(DatasetError, match="has no images"):
        unknown_thumbnails([tmp_path / "empty"], known)


def test_a_broken_record_is_ignored(data: Path) -> None:
    (data / "c1" / "channel.json").write_text("{")
    assert unknown_thumbnails([data], Dataset.open(data, only=["known"])) is not None


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 40))
def test_taking_turns_gives_every_file_once(sizes: list[int], limit: int) -> None:
    channels = [
        [Path(f"{channel}/{channel}-{index}.jpg") for index in range(size)] for channel, size in enumerate(sizes)
    ]
    taken = _in_turn(channels, limit)
    assert len(taken) == len(set(taken)) == min(limit, sum(sizes))
    assert taken == _in_turn([files[::-1] for files in reversed(channels)], limit)


def test_the_dataset_has_one_nameless_channel(data: Path) -> None:
    found = unknown_thumbnails([data], Dataset.open(data, only=["known"]))
    assert found is not None
    assert found.channels == (Channel("unknown", "unknown"),)
