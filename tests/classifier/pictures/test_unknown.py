"""Which pictures show what "unknown" looks like."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import DatasetError
from classifier.pictures.dataset import Dataset
from classifier.pictures.unknown import FEWEST_CHANNELS, _in_turn, strangers
from classifier.values import Channel
from tests.classifier.stores import lay_channel

KNOWN = "UC" + "k" * 22


def stranger(index: int) -> str:
    return f"UC{index:022}"


def video(index: int) -> str:
    return f"v{index:010}"


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    """A pool of 24 channels with 30 videos each, "known" the first of them."""
    lay_channel(tmp_path / "pool" / "known", KNOWN, [video(index) for index in range(30)])
    for number in range(1, 24):
        lay_channel(tmp_path / "pool" / f"c{number}", stranger(number), [video(100 * number + n) for n in range(30)])
    return tmp_path / "pool"


def test_known_channels_are_never_strangers(pool: Path, tmp_path: Path) -> None:
    known = Dataset.open(pool, only=["known"])
    lay_channel(pool / "known-again", KNOWN, [video(9000)])  # by its record
    lay_channel(pool / "reupload", stranger(50), [video(3), video(9001)])  # by a video
    (tmp_path / "charts").mkdir()
    for name in (f"{KNOWN}_{video(9002)}", f"{stranger(60)}_{video(4)}", f"{stranger(60)}_{video(9003)}"):
        (tmp_path / "charts" / f"{name}.jpg").touch()
    found = strangers([pool, tmp_path / "charts"], known)
    assert found is not None
    names = {file.stem for file in found.files}
    assert names == {video(100 * number + n) for number in range(1, 24) for n in range(30)} | {
        video(9001),
        f"{stranger(60)}_{video(9003)}",
    }
    assert set(found.targets) == {0}


@pytest.mark.parametrize("most", [10, 23, 100, 10_000])
def test_channels_give_evenly(most: int, pool: Path) -> None:
    found = strangers([pool], Dataset.open(pool, only=["known"]), most=most)
    assert found is not None
    assert len(found.files) == min(most, 23 * 30)
    given = [sum(file.parent == shelf for file in found.files) for shelf in pool.iterdir() if shelf.name != "known"]
    assert max(given) - min(given) <= 1


def test_popular_pictures_count_by_their_channel(pool: Path, tmp_path: Path) -> None:
    (tmp_path / "charts").mkdir()
    for index in range(40):
        (tmp_path / "charts" / f"{stranger(100 + index // 2)}_{video(5000 + index)}.jpg").touch()
    found = strangers([pool, tmp_path / "charts"], Dataset.open(pool, only=["known"]), most=43)
    assert found is not None
    assert sum(file.parent.name == "charts" for file in found.files) == 20


def test_few_channels_teach_no_unknown(pool: Path, tmp_path: Path) -> None:
    shelves = [pool / f"c{number}" for number in range(1, FEWEST_CHANNELS + 1)]
    known = Dataset.open(pool, only=["known"])
    assert strangers(shelves[:-1], known) is None
    assert strangers(shelves, known) is not None
    told = strangers(shelves[:-1], known, told=[tmp_path / "told.jpg"], most=5)
    assert told is not None
    assert len(told.files) == 6
    assert tmp_path / "told.jpg" in told.files


def test_pictures_of_no_record_may_be_anybodys(tmp_path: Path, pool: Path) -> None:
    (tmp_path / "loose").mkdir()
    for index in range(FEWEST_CHANNELS):
        (tmp_path / "loose" / f"{index}.jpg").touch()
    found = strangers([tmp_path / "loose"], Dataset.open(pool, only=["known"]))
    assert found is not None
    assert len(found.files) == FEWEST_CHANNELS


def test_an_empty_folder_is_no_reason_to_stop(pool: Path, tmp_path: Path) -> None:
    known = Dataset.open(pool, only=["known"])
    (tmp_path / "empty").mkdir()
    assert strangers([pool, tmp_path / "empty", tmp_path / "gone"], known) is not None
    assert strangers([], known) is None
    with pytest.raises(DatasetError, match="holds no pictures"):
        strangers([tmp_path / "empty"], known)


def test_a_broken_record_is_no_reason_to_stop(pool: Path) -> None:
    (pool / "c1" / "channel.json").write_text("{")
    assert strangers([pool], Dataset.open(pool, only=["known"])) is not None


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 40))
def test_turns_take_nothing_twice(sizes: list[int], most: int) -> None:
    channels = [
        [Path(f"{channel}/{channel}-{index}.jpg") for index in range(size)] for channel, size in enumerate(sizes)
    ]
    taken = _in_turn(channels, most)
    assert len(taken) == len(set(taken)) == min(most, sum(sizes))
    assert taken == _in_turn([files[::-1] for files in reversed(channels)], most)


def test_channels_are_one_that_has_no_name(pool: Path) -> None:
    found = strangers([pool], Dataset.open(pool, only=["known"]))
    assert found is not None
    assert found.channels == (Channel("strangers", "strangers"),)
