"""The data folder: what is listed, what is read, and how it is split."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.datasets import ImageFolder

from classifier.errors import DatasetError, PictureError, TooFewThumbnailsError
from classifier.pictures.channel_record import ChannelRecord, channel_of, load_record, save_record
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import Examples, read_examples, read_thumbnail
from classifier.pictures.near_duplicates import difference_hash
from classifier.pictures.splits import MIN_PICTURES, Split, split
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Channel, Progress
from tests.classifier.drawn import COLOURS, draw_channel, pixels


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def features(
    names: dict[str, Sequence[str]], hashes: dict[str, int] | None = None, folder: Path = Path("data")
) -> Examples:
    """Features of pictures that are never read, all different but for the given hashes."""
    files = [folder / channel / f"{name}.jpg" for channel, own in names.items() for name in own]
    random = np.random.default_rng(0)
    drawn = random.integers(0, 2**63, len(files), dtype=np.uint64) * np.uint64(2)
    given_hashes = hashes or {}
    return Examples(
        channels=tuple(Channel(name, name) for name in names),
        inputs=np.zeros((len(files), 1), dtype=np.float32),
        targets=np.array([target for target, own in enumerate(names.values()) for _ in own], dtype=np.int64),
        hashes=np.array(
            [given_hashes.get(file.stem, int(mine)) for file, mine in zip(files, drawn, strict=True)], dtype=np.uint64
        ),
        files=tuple(files),
        skipped=(),
    )


def numbered(channel: str, count: int) -> list[str]:
    return [f"{channel}-{index:04}" for index in range(count)]


def side_of(dealt: Split, pictures: Examples) -> dict[str, str]:
    """On which side each picture is, by its name."""
    return {
        pictures.files[index].stem: side for side in ("train", "calibration", "test") for index in getattr(dealt, side)
    }


# What is listed


def test_any_folder_of_folders_is_a_dataset(tmp_path: Path) -> None:
    touch(tmp_path, "zebra/2.PNG", "zebra/1.jpg", "ant/x.webp", "ant/y.gif", "ant/notes.txt", "ant/.hidden.jpg")
    dataset = Dataset.open(tmp_path)
    assert dataset.channels == (Channel("ant", "ant"), Channel("zebra", "zebra"))
    assert [file.name for file in dataset.files] == ["x.webp", "y.gif", "1.jpg", "2.PNG"]
    assert dataset.targets == (0, 0, 1, 1)


def test_a_record_tells_who_a_channel_is(tmp_path: Path) -> None:
    touch(tmp_path, "nerdologia/abcdefghijk.jpg")
    record = ChannelRecord("UC" + "n" * 22, "@nerdologia", "Nerdologia", datetime(2026, 1, 2, tzinfo=UTC), {"a": "b"})
    save_record(tmp_path / "nerdologia", record)
    assert load_record(tmp_path / "nerdologia") == record
    assert {path.name for path in (tmp_path / "nerdologia").iterdir()} == {"channel.json", "abcdefghijk.jpg"}
    expected = Channel("nerdologia", "Nerdologia", id="UC" + "n" * 22, handle="@nerdologia")
    assert Dataset.open(tmp_path).channels == (expected,)
    assert channel_of(tmp_path / "nerdologia") == expected


@pytest.mark.parametrize("broken", [b"", b"{", b"[]", b'{"id": 5}', b"\xff\xfe", json.dumps({"id": "UC"}).encode()])
def test_a_broken_record_is_named(broken: bytes, tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg")
    (tmp_path / "alpha" / "channel.json").write_bytes(broken)
    with pytest.raises(DatasetError, match=r"alpha/channel\.json can't be read .* delete it and crawl again"):
        Dataset.open(tmp_path)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_record_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("record")
    (folder / "channel.json").write_bytes(data)
    with pytest.raises(DatasetError):
        load_record(folder)


def test_empty_and_hidden_folders_and_stray_files_are_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg", ".cache/1.jpg", "stray.jpg", "beta/notes.txt")
    (tmp_path / "empty").mkdir()
    (tmp_path / "gamma" / "folder.jpg").mkdir(parents=True)
    assert [channel.label for channel in Dataset.open(tmp_path).channels] == ["alpha"]


def test_only_some_folders(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg", "beta/1.jpg", "gamma/1.jpg")
    dataset = Dataset.open(tmp_path, only=["gamma", "alpha"])
    assert [channel.label for channel in dataset.channels] == ["alpha", "gamma"]
    assert dataset.targets == (0, 1)
    assert len(Dataset.open(tmp_path, only=[]).channels) == 3


def test_no_folder_and_no_pictures_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"There is no folder .*nowhere; crawl"):
        Dataset.open(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="holds no pictures; it needs one sub-folder of pictures a channel"):
        Dataset.open(tmp_path)
    with pytest.raises(DatasetError, match="holds no pictures"):
        unlabelled(tmp_path)


def test_torchvision_lists_the_same(tmp_path: Path) -> None:
    for name in ("Zeta", "alpha", "alpha-2", "alpha_2", "beta.old", "Ünder", "5_minutes"):
        touch(tmp_path, *(f"{name}/{video}.jpg" for video in ("_b", "-a", "B", "a", "a.b", "0")))
        save_record(tmp_path / name, ChannelRecord("UC", None, name, datetime.now(UTC)))
    ours, theirs = Dataset.open(tmp_path), ImageFolder(str(tmp_path))
    assert [channel.label for channel in ours.channels] == theirs.classes
    assert [(str(file), target) for file, target in zip(ours.files, ours.targets, strict=True)] == theirs.samples


def test_pictures_of_others_may_lie_deep_or_flat(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "a/2.jpg", "a/b/3.png", "a/notes.txt")
    assert [file.name for file in unlabelled(tmp_path).files] == ["1.jpg", "2.jpg", "3.png"]


# What is read


def read(dataset: Dataset) -> tuple[Examples, list[Progress]]:
    steps: list[Progress] = []
    return read_examples(dataset, Thumbnail.histograms, steps.append), steps


def test_pictures_are_read_in_order(drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    got, steps = read(dataset)
    assert got.files == dataset.files
    assert got.targets.tolist() == list(dataset.targets)
    assert got.inputs.shape == (48, 4, 25)
    assert (got.inputs[30] == read_thumbnail(dataset.files[30]).histograms()).all()
    assert got.skipped == ()
    assert [(step.stage, step.done, step.total) for step in steps] == [("read", done, 48) for done in range(1, 49)]


def test_unreadable_pictures_are_skipped_and_named(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 3)
    touch(tmp_path, "amber/aaa.jpg")
    (tmp_path / "amber" / "zzz.png").write_bytes(b"no picture")
    got, _ = read(Dataset.open(tmp_path))
    assert len(got.files) == len(got.inputs) == len(got.targets) == len(got.hashes) == 3
    assert [line.split(":")[0] for line in got.skipped] == ["amber/aaa.jpg", "amber/zzz.png"]
    assert "no picture I can read" in got.skipped[0]


def test_no_readable_picture_at_all_is_an_error(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg")
    with pytest.raises(DatasetError, match="None of the pictures could be read"):
        read(Dataset.open(tmp_path))


def test_a_picture_that_is_gone_or_too_big_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"gone\.jpg can't be read: No such file"):
        read_thumbnail(tmp_path / "gone.jpg")
    with (tmp_path / "big.jpg").open("wb") as file:
        file.truncate(21 * 2**20)
    with pytest.raises(PictureError, match=r"big\.jpg has more than 20 MiB"):
        read_thumbnail(tmp_path / "big.jpg")


def test_some_of_the_pictures_again(drawn: Path) -> None:
    got, _ = read(Dataset.open(drawn))
    some = got.dataset(np.array([50, 3]))
    assert some.files == (got.files[50], got.files[3])
    assert some.targets == (2, 0)
    assert some.channels == got.channels


def test_the_difference_hash_survives_another_encoding_but_not_another_picture(tmp_path: Path) -> None:
    def hash_of(seed: str, **options: Any) -> int:
        Image.fromarray(pixels(COLOURS["fern"], seed)).save(tmp_path / "picture.jpg", **options)
        return difference_hash(read_thumbnail(tmp_path / "picture.jpg"))

    assert (hash_of("one", quality=95) ^ hash_of("one", quality=40)).bit_count() <= 4
    assert (hash_of("one", quality=95) ^ hash_of("two", quality=95)).bit_count() > 10


# How it is split


def test_every_picture_is_on_one_side() -> None:
    pictures = features({"alpha": numbered("a", 400), "beta": numbered("b", 300)})
    dealt = split(pictures)
    everything = np.concatenate([dealt.train, dealt.calibration, dealt.test])
    assert sorted(everything.tolist()) == list(range(700))
    assert 45 <= len(dealt.test) <= 95  # 10 % of 700 is 70
    assert 45 <= len(dealt.calibration) <= 95


def test_the_seed_deals_anew_and_the_same_seed_the_same() -> None:
    pictures = features({"alpha": numbered("a", 100), "beta": numbered("b", 100)})
    assert side_of(split(pictures, seed=1), pictures) == side_of(split(pictures, seed=1), pictures)
    assert side_of(split(pictures, seed=1), pictures) != side_of(split(pictures, seed=2), pictures)


@given(st.integers(0, 1000), st.integers(MIN_PICTURES, 12), st.integers(MIN_PICTURES, 12))
def test_few_pictures_still_give_every_channel_three_sides(seed: int, some: int, more: int) -> None:
    pictures = features({"alpha": numbered("a", some), "beta": numbered("b", more)})
    dealt = split(pictures, seed=seed)
    for side in (dealt.train, dealt.calibration, dealt.test):
        assert set(pictures.targets[side].tolist()) == {0, 1}


@pytest.mark.parametrize(("test", "calibration"), [(0.5, 0.5), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)])
def test_bad_luck_still_gives_every_channel_three_sides(test: float, calibration: float) -> None:
    pictures = features({"alpha": numbered("a", MIN_PICTURES), "beta": numbered("b", MIN_PICTURES)})
    dealt = split(pictures, test=test, calibration=calibration)
    for side in (dealt.train, dealt.calibration, dealt.test):
        assert set(pictures.targets[side].tolist()) == {0, 1}


def test_near_duplicates_stay_on_one_side() -> None:
    names = {"alpha": numbered("a", 200), "beta": numbered("b", 50)}
    alike = {f"a-{index:04}": 0b1111 >> (index % 5) for index in range(0, 200, 5)}
    pictures = features(names, alike)
    for seed in range(20):
        sides = side_of(split(pictures, seed=seed), pictures)
        assert len({sides[name] for name in alike}) == 1


def test_so_do_chains_of_near_duplicates() -> None:
    chain = {f"a-{index:04}": (1 << 4 * (index // 7)) - 1 for index in range(0, 70, 7)}
    pictures = features({"alpha": numbered("a", 100), "beta": numbered("b", 50)}, chain)
    for seed in range(20):
        sides = side_of(split(pictures, seed=seed), pictures)
        assert len({sides[name] for name in chain}) == 1


def test_what_is_held_out_stays_held_out_when_the_folder_grows() -> None:
    few = features({"alpha": numbered("a", 100), "beta": numbered("b", 100)})
    many = features({"aaa": numbered("x", 80), "alpha": numbered("a", 250), "beta": numbered("b", 140)})
    before, after = side_of(split(few), few), side_of(split(many), many)
    assert {name: after[name] for name in before} == before


def test_the_folder_it_lies_in_makes_no_difference() -> None:
    names = {"alpha": numbered("a", 60), "beta": numbered("b", 60)}
    here, there = features(names), features(names, folder=Path("/elsewhere"))
    assert side_of(split(here), here) == side_of(split(there), there)


def test_too_few_pictures_are_said_with_numbers() -> None:
    with pytest.raises(TooFewThumbnailsError, match=r"beta has 7 readable pictures, 7 of them different; at least 8"):
        split(features({"alpha": numbered("a", 20), "beta": numbered("b", 7)}))


def test_the_same_picture_many_times_is_one() -> None:
    copies = {f"b-{index:04}": 77 for index in range(10)}
    pictures = features({"alpha": numbered("a", 20), "beta": numbered("b", 16)}, copies)
    with pytest.raises(TooFewThumbnailsError, match=r"beta has 16 readable pictures, 7 of them different"):
        split(pictures)
