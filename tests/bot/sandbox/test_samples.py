"""The generated sample channels and unknown channels."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bot.sandbox.samples import draw_look_alikes, draw_samples, draw_unknown
from bot.sandbox.youtube import Library
from classifier.links import ChannelRef, channel_ref, is_video_id


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    draw_samples(folder, per_channel=12)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_there_are_four_channels_of_thumbnails(samples: Path) -> None:
    channels = sorted(samples.iterdir())
    assert len(channels) == 4
    for channel in channels:
        facts = json.loads((channel / "channel.json").read_bytes())
        assert channel_ref(facts["handle"]) == ChannelRef("handle", channel.name)
        assert channel_ref(facts["id"]).kind == "id"
        thumbnails = list(channel.glob("*.jpg"))
        assert len(thumbnails) == len({path.read_bytes() for path in thumbnails}) == 12
        for path in thumbnails:
            assert is_video_id(path.stem)
            with Image.open(path) as image:
                assert (image.format, image.size) == ("JPEG", (320, 180))


def test_samples_are_always_the_same(samples: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    draw_samples(tmp_path, 2, lambda done, total: steps.append((done, total)))
    again = files(tmp_path)
    assert steps == [(done, 8) for done in range(1, 9)]
    assert len(again) == 12
    assert again.items() <= files(samples).items()


def test_existing_thumbnails_are_not_changed(tmp_path: Path) -> None:
    draw_samples(tmp_path, 1)
    thumbnail = next(tmp_path.rglob("*.jpg"))
    thumbnail.write_bytes(b"mine")
    draw_samples(tmp_path, 1)
    assert thumbnail.read_bytes() == b"mine"


def test_unknown_channels_have_different_thumbnails(tmp_path: Path) -> None:
    draw_unknown(tmp_path, channels=12, per_channel=2)
    again = files(tmp_path)
    assert len(list(tmp_path.iterdir())) == 12
    thumbnails = [content for name, content in again.items() if name.endswith(".jpg")]
    assert len(thumbnails) == len(set(thumbnails)) == 24
    draw_unknown(tmp_path, channels=12, per_channel=2)
    assert files(tmp_path) == again
    library = Library.read(tmp_path)
    assert len({channel.id for channel in library.channels}) == 12
    assert all(is_video_id(Path(name).stem) for name in again if name.endswith(".jpg"))


def test_the_local_youtube_reads_their_handles_and_titles(samples: Path) -> None:
    library = Library.read(samples)
    assert library.by_handle["@orbithour"].title == "Orbit Hour"
    assert {len(channel.videos) for channel in library.channels} == {12}


def test_thumbnails_are_most_similar_to_those_of_their_channel(samples: Path) -> None:
    def histogram(path: Path) -> np.ndarray:
        with Image.open(path) as image:
            return np.sqrt(np.array(image.histogram()).reshape(-1, 16).sum(axis=1) / 57600)

    thumbnails = [path for folder in sorted(samples.iterdir()) for path in sorted(folder.glob("*.jpg"))]
    vectors, owners = np.stack([histogram(path) for path in thumbnails]), np.repeat(np.arange(4), 12)
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = owners[distances.argmin(axis=1)]
    assert (nearest == owners).mean() >= 0.75
    assert len(np.unique(vectors, axis=0)) == len(thumbnails)


def test_look_alikes_are_further_channels_in_the_style_of_the_samples(samples: Path, tmp_path: Path) -> None:
    draw_look_alikes(tmp_path, per_channel=4)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leveluplabclips", "orbithourlive"]
    for look_alike, original in (("leveluplabclips", "leveluplab"), ("orbithourlive", "orbithour")):
        thumbnails = {path.read_bytes() for path in (tmp_path / look_alike).glob("*.jpg")}
        assert len(thumbnails) == 4
        assert not thumbnails & {path.read_bytes() for path in (samples / original).glob("*.jpg")}
