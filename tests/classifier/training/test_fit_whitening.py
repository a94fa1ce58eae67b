"""Fitting a whitening to drawn features whose channels differ along few axes and vary along others."""

import numpy as np
from numpy.typing import NDArray

from classifier.training.fit_whitening import fit_whitening
from tests.classifier.whitening import WIDTH, drawn


def spread_within(rows: NDArray[np.floating], channels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Standard deviations within channels along the principal axes, the greatest first."""
    centred = rows - np.stack([rows[channels == channel].mean(axis=0) for channel in channels])
    values: NDArray[np.float64] = np.linalg.svd(centred.astype(np.float64), compute_uv=False)
    return values / np.sqrt(len(rows))


def test_the_greatest_axes_within_channels_become_as_small_as_the_next() -> None:
    features, channels = drawn()
    whitening = fit_whitening(features, channels, axes=2)
    before = spread_within((features - whitening.mean) / whitening.spread, channels)
    after = spread_within(whitening.apply(features), channels)
    assert before[0] > before[1] > 2 * before[2]
    np.testing.assert_allclose(after[:3], before[2], rtol=1e-3)
    np.testing.assert_allclose(after[3:], before[3:], rtol=1e-3, atol=1e-3)


def test_axes_are_of_length_1_and_at_right_angles() -> None:
    whitening = fit_whitening(*drawn(), axes=8)
    np.testing.assert_allclose(whitening.axes @ whitening.axes.T, np.eye(8), atol=1e-4)
    assert (np.diff(whitening.kept) >= 0).all()
    assert ((whitening.kept > 0) & (whitening.kept <= 1)).all()


def test_few_thumbnails_give_few_axes() -> None:
    features, channels = drawn()
    assert fit_whitening(features[::20], channels[::20]).axes.shape == (3, WIDTH)
