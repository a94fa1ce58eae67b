"""Which images a data folder holds: those that torchvision's ImageFolder finds, but no leftovers of other programs."""

import os
from pathlib import Path

import pytest
from torchvision.datasets import ImageFolder

from classifier.errors import DatasetError
from classifier.image_files import channel_folders, find_images
from tests.classifier.stores import touch


def listed(data: Path) -> dict[str, list[str]]:
    """The names of channels' folders, and of the images in each."""
    return {folder.name: [str(file.relative_to(folder)) for file in files] for folder, files in channel_folders(data)}


def test_torchvisions_image_folder_finds_the_same_in_the_same_order(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/2.jpg", "alpha/10.JPEG", "alpha/2024/may/1.png", "alpha/2024/1.jpg", "alpha/2024-b/1.webp")
    touch(tmp_path, "beta/1.bmp", "beta/1.tiff", "gamma/season 1/deep/deeper/1.jpg", "gamma/season 1/notes.txt")
    ours = [str(file) for _, files in channel_folders(tmp_path) for file in files]
    assert ours == [file for file, _ in ImageFolder(str(tmp_path)).samples]
    assert list(listed(tmp_path)) == ["alpha", "beta", "gamma"]


def test_links_are_followed_as_image_folder_does(tmp_path: Path) -> None:
    touch(tmp_path, "elsewhere/alpha/1.jpg", "elsewhere/alpha/2024/2.jpg", "data/beta/3.jpg")
    (tmp_path / "data" / "alpha").symlink_to(tmp_path / "elsewhere" / "alpha")
    (tmp_path / "data" / "beta" / "more").symlink_to(tmp_path / "elsewhere")
    ours = [str(file) for _, files in channel_folders(tmp_path / "data") for file in files]
    assert ours == [file for file, _ in ImageFolder(str(tmp_path / "data")).samples]
    assert len(ours) == 5


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    touch(data, "alpha/1.jpg", "alpha/2024/2.jpg", "beta/3.jpg")
    touch(tmp_path, "secret.jpg")
    for link, target in {
        "loop": data,
        "alpha/up": data,
        "alpha/out": tmp_path,
        "alpha/self": data / "alpha",
        "alpha/2024/back": data / "alpha",
        "alpha/to-beta": data / "beta",
        "beta/to-alpha": data / "alpha",
        "root": Path("/"),
        "itself": data / "itself",
    }.items():
        (data / link).symlink_to(target)
    (data / "alpha" / "dangling.jpg").symlink_to(data / "missing.jpg")
    assert listed(data) == {
        "alpha": ["1.jpg", "2024/2.jpg", "to-beta/3.jpg"],
        "beta": ["3.jpg", "to-alpha/1.jpg", "to-alpha/2024/2.jpg"],
    }
    assert {file.name for file in find_images(data / "alpha")} == {"1.jpg", "2.jpg", "3.jpg"}


def test_what_other_programs_leave_does_not_count(tmp_path: Path) -> None:
    touch(tmp_path, "alpha/UPPER.JPG", "alpha/._UPPER.JPG", "alpha/Thumbs.db", ".ipynb_checkpoints/1.jpg")
    touch(tmp_path, "alpha/@eaDir/UPPER.JPG", "@eaDir/alpha/1.jpg", "__MACOSX/alpha/1.jpg", "alpha/.thumbs/1.jpg")
    touch(tmp_path, "-dash/1.jpg", "Peixe Babel \U0001f420/1.jpg", "@handle/1.jpg", "stray.jpg")
    (tmp_path / "empty" / "empty").mkdir(parents=True)
    (tmp_path / "alpha" / "folder.jpg").mkdir()
    assert listed(tmp_path) == {
        "-dash": ["1.jpg"],
        "@handle": ["1.jpg"],
        "Peixe Babel \U0001f420": ["1.jpg"],
        "alpha": ["UPPER.JPG"],
    }


def test_images_below_the_current_folder_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "1.jpg", "a/b/2.jpg")
    for here, name in ((tmp_path, "."), (tmp_path / "a", "..")):
        monkeypatch.chdir(here)
        assert {file.name for file in find_images(Path(name))} == {"1.jpg", "2.jpg"}
    assert find_images(tmp_path / "missing") == ()


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    touch(tmp_path, "alpha/1.jpg", "alpha/locked/2.jpg")
    opened = os.scandir

    def refuse(path: str | Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DatasetError, match=r"locked can't be read: Permission denied\. Check its permissions"):
        find_images(tmp_path / "alpha")
