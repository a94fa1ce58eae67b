"""Whitening, on drawn features whose channels differ along few axes and vary along others."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import WeightsError
from classifier.networks.eye import Eye
from classifier.networks.whitening import AXES, FILE, Whitening

CHANNELS, EACH, WIDTH = 6, 40, 50


def drawn() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features [240, 50] of six channels, which differ in the first ten features and vary most along two axes."""
    random = np.random.default_rng(0)
    channels = np.repeat(np.arange(CHANNELS), EACH)
    middles = np.zeros((CHANNELS, WIDTH))
    middles[:, :10] = random.normal(0, 2, (CHANNELS, 10))
    nuisance = random.normal(0, 5, (len(channels), 2)) @ random.normal(0, 1, (2, WIDTH))
    return (middles[channels] + nuisance + random.normal(0, 1, nuisance.shape) + 7).astype(np.float32), channels


def spread_within(rows: NDArray[np.floating], channels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard deviations within channels along the principal axes, the greatest first."""
    centred = rows - np.stack([rows[channels == channel].mean(axis=0) for channel in channels])
    values: NDArray[np.float64] = np.linalg.svd(centred.astype(np.float64), compute_uv=False)
    return values / np.sqrt(len(rows))


def test_the_greatest_axes_within_channels_become_as_small_as_the_next() -> None:
    features, channels = drawn()
    whitening = Whitening.fit(features, channels, axes=2)
    before = spread_within((features - whitening.mean) / whitening.spread, channels)
    after = spread_within(whitening.apply(features), channels)
    assert before[0] > before[1] > 2 * before[2]
    np.testing.assert_allclose(after[:3], before[2], rtol=1e-3)
    np.testing.assert_allclose(after[3:], before[3:], rtol=1e-3, atol=1e-3)


def test_axes_are_of_length_1_and_at_right_angles() -> None:
    whitening = Whitening.fit(*drawn(), axes=8)
    np.testing.assert_allclose(whitening.axes @ whitening.axes.T, np.eye(8), atol=1e-4)
    assert (np.diff(whitening.kept) >= 0).all()
    assert ((whitening.kept > 0) & (whitening.kept <= 1)).all()


def test_few_thumbnails_give_few_axes() -> None:
    features, channels = drawn()
    assert Whitening.fit(features[::20], channels[::20]).axes.shape == (3, WIDTH)


def test_each_thumbnail_is_whitened_by_itself() -> None:
    features, channels = drawn()
    whitening = Whitening.fit(features, channels)
    together = whitening.apply(features.astype(np.float16))
    alone = whitening.apply(features[5:6].astype(np.float16))
    assert together.dtype == np.float32
    np.testing.assert_allclose(alone[0], together[5], rtol=1e-3, atol=1e-3)


def test_a_saved_whitening_can_be_loaded(tmp_path: Path) -> None:
    features, channels = drawn()
    whitening = Whitening.fit(features, channels)
    whitening.save(tmp_path / "file")
    loaded = Whitening.load(tmp_path / "file")
    np.testing.assert_allclose(loaded.apply(features), whitening.apply(features), atol=0.05)
    assert loaded.hash == Whitening.load(tmp_path / "file").hash


@pytest.mark.parametrize("content", [b"", b"{}", b"\x02\0\0\0\0\0\0\0{}"])
def test_a_broken_file_is_a_weights_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(WeightsError, match="can't be read"):
        Whitening.load(tmp_path / "file")


def test_a_missing_file_is_a_weights_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="can't be read"):
        Whitening.load(tmp_path / "none")


def test_the_whitening_of_the_eye_fits_it_and_is_small(eye: Eye) -> None:
    whitening = Whitening.load()
    assert whitening.axes.shape == (AXES, eye.features)
    assert FILE.stat().st_size < 15_000_000


def test_the_eye_whitens_what_it_sees(eye: Eye) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 180, 320, 3), dtype=np.uint8)
    raw = Eye(whitened=False)
    assert raw.hash != eye.hash
    np.testing.assert_array_equal(Whitening.load().apply(raw.see(pixels)), eye.see(pixels))
