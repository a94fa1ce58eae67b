"""Which thumbnails a model did not learn from, and which of them is drawn."""

from collections import Counter
from pathlib import Path

import pytest

from classifier.errors import TooFewHeldOutError
from classifier.models.held_out import HELD_OUT_NAME, HeldOutFile, draw_held_out, find_held_out, held_out_record
from classifier.pictures.dataset import Dataset
from classifier.values import Channel

A, B = "a" * 11, "b" * 11
CHANNELS = (Channel("one", "One"), Channel("two", "Two"))


def test_the_record_names_the_videos_of_the_test_split_by_channel(tmp_path: Path) -> None:
    files = (tmp_path / "one" / f"{A}.jpg", tmp_path / "two" / f"{B}.jpg", tmp_path / "two" / "no video.jpg")
    model = tmp_path / "model"
    model.mkdir()
    (model / HELD_OUT_NAME).write_bytes(held_out_record(Dataset(CHANNELS, files, (0, 1, 1))))
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.touch()
    (tmp_path / "one" / f"{B}.jpg").touch()
    both = find_held_out(model, ["one", "two", "three"], tmp_path)
    assert both == (HeldOutFile(files[0], "one"), HeldOutFile(files[1], "two"))
    assert [it.video_id for it in both] == [A, B]
    files[1].unlink()
    assert find_held_out(model, ["one", "two"], tmp_path) == both[:1]


@pytest.mark.parametrize("content", [None, b"{", b'{"one": 3}', b"[]"])
def test_a_missing_or_broken_record_names_nothing(content: bytes | None, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / f"{A}.jpg").touch()
    if content is not None:
        (tmp_path / HELD_OUT_NAME).write_bytes(content)
    assert find_held_out(tmp_path, ["one"], tmp_path) == ()


def of_channels(**counts: int) -> list[HeldOutFile]:
    return [HeldOutFile(Path(f"{label}{n}.jpg"), label) for label, count in counts.items() for n in range(count)]


@pytest.mark.parametrize("counts", [{}, {"a": 9}])
def test_two_channels_are_needed(counts: dict[str, int]) -> None:
    with pytest.raises(TooFewHeldOutError, match="Fewer than 2 channels"):
        draw_held_out(of_channels(**counts), ())


def test_every_channel_has_the_same_chance_however_many_thumbnails_it_has() -> None:
    drawn = Counter(draw_held_out(of_channels(a=1, b=60), ()).label for _ in range(400))
    assert min(drawn["a"], drawn["b"]) > 100  # the chance of fewer is below one in 10^23


def test_no_thumbnail_is_drawn_twice_in_a_hundred_rounds() -> None:
    found, shown = of_channels(a=60, b=50), list[str]()
    for _ in range(400):
        shown.insert(0, draw_held_out(found, shown[:100]).video_id)
    assert all(len(set(shown[start : start + 101])) == 101 for start in range(300))


def test_of_few_thumbnails_the_one_shown_longest_ago_comes_again() -> None:
    found, shown = of_channels(a=2, b=2), list[str]()
    for _ in range(12):
        shown.insert(0, draw_held_out(found, ["elsewhere", *shown]).video_id)
    assert shown[:4] == shown[4:8] == shown[8:]
    assert len(set(shown)) == 4
