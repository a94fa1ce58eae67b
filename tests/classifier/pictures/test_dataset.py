"""The data folder: which thumbnails are listed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from torchvision.datasets import ImageFolder

from classifier.errors import DatasetError
from classifier.pictures.channel_record import ChannelRecord, save_record
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.values import Channel
from tests.classifier.stores import touch


def test_any_folder_of_image_folders_is_a_dataset(tmp_path: Path) -> None:
    touch(tmp_path, "zebra/2.PNG", "zebra/1.jpg", "ant/x.webp", "ant/y.gif", "ant/notes.txt", "ant/.hidden.jpg")
    dataset = Dataset.open(tmp_path)
    assert dataset.channels == (Channel("ant", "ant"), Channel("zebra", "zebra"))
    assert [file.name for file in dataset.files] == ["x.webp", "y.gif", "1.jpg", "2.PNG"]
    assert dataset.targets == (0, 0, 1, 1)


def test_empty_folders_hidden_folders_and_other_files_are_ignored(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg", ".cache/1.jpg", "stray.jpg", "beta/notes.txt")
    (tmp_path / "empty").mkdir()
    (tmp_path / "gamma" / "folder.jpg").mkdir(parents=True)
    assert [channel.label for channel in Dataset.open(tmp_path).channels] == ["alpha"]


def test_only_chosen_folders_are_listed(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg", "beta/1.jpg", "gamma/1.jpg")
    dataset = Dataset.open(tmp_path, only=["gamma", "alpha"])
    assert [channel.label for channel in dataset.channels] == ["alpha", "gamma"]
    assert dataset.targets == (0, 1)
    assert len(Dataset.open(tmp_path, only=[]).channels) == 3
    with pytest.raises(DatasetError, match=r"has no thumbnails of delta\. Crawl or omit that channel"):
        Dataset.open(tmp_path, only=["alpha", "delta"])


def test_a_missing_or_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"There is no folder .*nowhere\. Crawl"):
        Dataset.open(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match=r"has no thumbnails\. It needs one sub-folder of images per channel"):
        Dataset.open(tmp_path)
    with pytest.raises(DatasetError, match="has no images"):
        unlabelled(tmp_path)


def test_torchvisions_image_folder_lists_the_same(tmp_path: Path) -> None:
    for name in ("Zeta", "alpha", "alpha-2", "alpha_2", "beta.old", "Ünder", "5_minutes"):
        touch(tmp_path, *(f"{name}/{video}.jpg" for video in ("_b", "-a", "B", "a", "a.b", "0")))
        save_record(tmp_path / name, ChannelRecord("UC", None, name, datetime.now(UTC)))
    dataset, expected = Dataset.open(tmp_path), ImageFolder(str(tmp_path))
    assert [channel.label for channel in dataset.channels] == expected.classes
    assert [
        (str(file), target) for file, target in zip(dataset.files, dataset.targets, strict=True)
    ] == expected.samples


def test_thumbnails_may_lie_deeper_in_a_channels_folder(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/1.jpg", "alpha/2024/2.jpg", "beta/1.jpg", "gamma/season 1/1.jpg", "gamma/season 1/2.jpg")
    save_record(tmp_path / "gamma", ChannelRecord("UC", "@gamma", "Gamma rays", datetime.now(UTC)))
    dataset = Dataset.open(tmp_path)
    assert [channel.title for channel in dataset.channels] == ["alpha", "beta", "Gamma rays"]
    assert dataset.targets == (0, 0, 1, 2, 2)
    assert Dataset.open(tmp_path, only=["gamma"]).targets == (0, 0)


def test_unlabelled_images_are_found_at_any_depth(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg", "a/2.jpg", "a/b/3.png", "a/notes.txt")
    assert [file.name for file in unlabelled(tmp_path).files] == ["1.jpg", "2.jpg", "3.png"]
