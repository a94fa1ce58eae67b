"""Whitening, of drawn features and of the eye's."""

from pathlib import Path

import numpy as np
import pytest

from classifier.errors import WeightsError
from classifier.networks.eye import Eye
from classifier.networks.whitening import FILE, Whitening
from classifier.training.fit_whitening import AXES, fit_whitening
from tests.classifier.whitening import drawn


def test_each_thumbnail_is_whitened_by_itself() -> None:
    features, channels = drawn()
    whitening = fit_whitening(features, channels)
    together = whitening.apply(features.astype(np.float16))
    alone = whitening.apply(features[5:6].astype(np.float16))
    assert together.dtype == np.float32
    np.testing.assert_allclose(alone[0], together[5], rtol=1e-3, atol=1e-3)


def test_a_saved_whitening_can_be_loaded(tmp_path: Path) -> None:
    features, channels = drawn()
    whitening = fit_whitening(features, channels)
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
