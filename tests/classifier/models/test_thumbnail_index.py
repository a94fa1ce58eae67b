"""The index of thumbnails: saved, read again or rejected, and what it finds."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from classifier.models.eye_model import INDEX_NAME, EyeModel
from classifier.models.thumbnail_index import CANDIDATES, SIZE, ThumbnailIndex, project
from classifier.training.result import TrainingResult
from classifier.values import Channel

CHANNELS = (Channel("a", "A"), Channel("b", "B"))
RANDOM = np.random.default_rng(0)
FEATURES = RANDOM.normal(size=(40, 3000)).astype(np.float32)


@pytest.fixture
def index() -> ThumbnailIndex:
    """Forty thumbnails of two channels."""
    return ThumbnailIndex(
        project(FEATURES),
        np.arange(40, dtype=np.uint64) + 2**63,
        (np.arange(40) % 2).astype(np.uint16),
        np.arange(40) < 30,
        np.where(np.arange(40) < 30, np.nan, np.arange(40)).astype(np.float32),
    )


def test_an_index_read_again_is_the_same(index: ThumbnailIndex) -> None:
    again = ThumbnailIndex.read(bytes(index))
    for name in ("vectors", "digests", "channels", "learned", "typicality"):
        np.testing.assert_array_equal(getattr(again, name), getattr(index, name))


@pytest.mark.parametrize(
    "broken",
    [
        {"vectors": np.zeros((40, SIZE), dtype=np.float32)},
        {"vectors": np.zeros((40, SIZE - 1), dtype=np.int8)},
        {"channels": np.zeros(39, dtype=np.uint16)},
        {"learned": np.zeros((40, 1), dtype=np.bool_)},
        {"typicality": np.zeros(40, dtype=np.float64)},
    ],
)
def test_a_broken_index_is_rejected(index: ThumbnailIndex, broken: dict[str, NDArray[Any]]) -> None:
    with pytest.raises(ValueError, match="other"):
        ThumbnailIndex.read(save({**load(bytes(index)), **broken}))
    with pytest.raises(KeyError):
        ThumbnailIndex.read(save({"vectors": index.vectors}))
    with pytest.raises(SafetensorError):
        ThumbnailIndex.read(bytes(index)[:-1])


def test_a_thumbnail_is_its_own_first_candidate(index: ThumbnailIndex) -> None:
    for row in range(40):
        first, *_ = index.candidates(FEATURES[row], CHANNELS)
        assert (first.digest, first.channel) == (2**63 + row, CHANNELS[row % 2])
        assert first.cosine > 0.99


def test_what_is_like_no_thumbnail_has_no_candidates(index: ThumbnailIndex) -> None:
    assert index.candidates(RANDOM.normal(size=3000), CHANNELS) == ()
    assert ThumbnailIndex.empty().candidates(FEATURES[0], CHANNELS) == ()


def test_there_are_few_candidates(index: ThumbnailIndex) -> None:
    alike = project(np.repeat(FEATURES[:1], 40, axis=0))
    same = replace(index, vectors=alike)
    assert len(same.candidates(FEATURES[0], CHANNELS)) == CANDIDATES


def test_the_nearest_are_of_the_channel_and_learned_from(index: ThumbnailIndex) -> None:
    near = index.nearest(FEATURES[31], CHANNELS, 1, 40)
    assert {it.channel for it in near} == {CHANNELS[1]}
    assert sorted(it.digest - 2**63 for it in near) == list(range(1, 30, 2))
    assert [it.cosine for it in near] == sorted((it.cosine for it in near), reverse=True)
    assert index.nearest(FEATURES[3], CHANNELS, 1, 1)[0].digest == 2**63 + 3
    assert ThumbnailIndex.empty().nearest(FEATURES[3], CHANNELS, 1, 3) == ()


def test_a_sample_is_spread_over_a_channel(index: ThumbnailIndex) -> None:
    sample = index.sample(CHANNELS, 0, 5)
    assert [it.digest - 2**63 for it in sample] == [0, 10, 20, 28, 38]
    assert len(index.sample(CHANNELS, 1, 99)) == 20
    assert ThumbnailIndex.empty().sample(CHANNELS, 1, 5) == ()


@pytest.mark.parametrize(
    ("typicality", "channel", "percentile"),
    [(29.0, 0, 0.0), (30.0, 0, 0.1), (33.0, 0, 0.4), (99.0, 0, 1.0), (35.0, 1, 0.5)],
)
def test_a_percentile_is_among_the_channels_own_test_thumbnails(
    index: ThumbnailIndex, typicality: float, channel: int, percentile: float
) -> None:
    assert index.percentile(typicality, channel) == (pytest.approx(percentile), 5)


def test_without_test_thumbnails_there_is_no_percentile() -> None:
    assert ThumbnailIndex.empty().percentile(1.0, 0) == (0.0, 0)


def test_projected_cosines_are_roughly_those_of_the_features() -> None:
    mixed = FEATURES[:20] * 0.6 + FEATURES[20:] * 0.8
    for vectors in (FEATURES, mixed):
        lengths = np.linalg.norm(vectors, axis=1)
        exact = (vectors @ FEATURES.T) / lengths[:, None] / np.linalg.norm(FEATURES, axis=1)
        projected = project(vectors).astype(np.float32)
        projected /= np.linalg.norm(projected, axis=1, keepdims=True)
        known = project(FEATURES).astype(np.float32)
        known /= np.linalg.norm(known, axis=1, keepdims=True)
        assert np.abs(projected @ known.T - exact).std() < 1.1 / np.sqrt(SIZE)


def test_a_training_indexes_every_thumbnail(eye_trained: TrainingResult, eye_model: Path, drawn: Path) -> None:
    trained = eye_trained.artifact
    assert isinstance(trained, EyeModel)
    index = ThumbnailIndex.read((eye_model / INDEX_NAME).read_bytes())
    files = sorted(drawn.glob("*/*.jpg"))
    digests = {int(hashlib.sha256(file.read_bytes()).hexdigest()[:16], 16): file.parent.name for file in files}
    named = {int(d): trained.info.channels[c].label for d, c in zip(index.digests, index.channels, strict=True)}
    assert named == digests
    assert len(files) - index.learned.sum() == trained.info.metrics.n == np.isfinite(index.typicality).sum()
    assert not np.isfinite(index.typicality[index.learned]).any()
