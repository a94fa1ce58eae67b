"""The deletion test distinguishes faithful from unfaithful heatmaps."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from classifier.networks.net import Net
from classifier.networks.registry import build
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.config import TrainingConfig
from classifier.training.train import train
from scripts.benchmarks import explanations
from scripts.benchmarks.explanations import FILLS, blurred, deletion_area, grad_cam, grey, measure
from scripts.benchmarks.folds import Fold, Model
from tests.classifier.drawn import COLOURS, draw_channels, pixels

PICTURE = Thumbnail(pixels(COLOURS["fern"], "deleted"))


def redness(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
    red = np.array([thumbnail.pixels[..., 0].mean() / 255 for thumbnail in thumbnails])
    return np.stack([1 - red, red], axis=1)


def test_the_order_of_deletion_matters() -> None:
    picture = Thumbnail(np.full((180, 320, 3), (255, 0, 0), dtype=np.uint8))
    picture.pixels[:, 160:] = 0
    left, right = np.zeros((9, 16), dtype=np.float32), np.zeros((9, 16), dtype=np.float32)
    left[:, :8], right[:, 8:] = 1, 1
    black = np.zeros_like(picture.pixels)
    best, worst = (deletion_area(picture, heat, black, 1, redness) for heat in (left, right))
    assert best == pytest.approx(0.125, abs=0.01)  # half of the picture red, gone after half of the steps
    assert worst == pytest.approx(0.375, abs=0.01)


@pytest.mark.parametrize("fill", [grey, blurred])
def test_every_cell_is_deleted_in_the_end(fill: explanations.Fill) -> None:
    last: list[Thumbnail] = []

    def judge(thumbnails: Sequence[Thumbnail]) -> NDArray[np.float64]:
        last[:] = thumbnails
        return redness(thumbnails)

    deletion_area(PICTURE, np.ones((3, 4), dtype=np.float32), fill(PICTURE), 1, judge)
    np.testing.assert_array_equal(last[0].pixels, PICTURE.pixels)
    np.testing.assert_array_equal(last[-1].pixels, fill(PICTURE))


def test_grad_cam_uses_the_last_maps() -> None:
    torch.manual_seed(0)
    heat = grad_cam(build("residual", 3), PICTURE, 1)
    assert heat.shape == (5, 8)
    assert heat.dtype == np.float32
    assert heat.min() >= 0


@pytest.mark.parametrize("network", ["lite", "residual", "net"])
def test_all_methods_are_measured(network: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "THUMBNAILS", 3)
    dataset = Dataset.open(draw_channels(tmp_path, 10))
    artifact = train(dataset, TrainingConfig(network=network, epochs=1)).artifact
    everything, nothing = np.arange(len(dataset.files)), np.array([], dtype=np.int64)
    fold = Fold(0, dataset, everything, everything, unlabelled(tmp_path), nothing, nothing)
    report = measure([Model(fold, TrainingConfig(), artifact, 0.0)])
    methods = [row.method for row in report.rows]
    assert methods == [
        explanations.OURS,
        *([] if isinstance(artifact.network, Net) else [explanations.GRAD_CAM]),
        explanations.RANDOM,
    ]
    for row in report.rows:
        assert row.n == 3
        assert all(0 <= row.figures[name].mean <= 1 for name in FILLS)
