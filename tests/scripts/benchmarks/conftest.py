"""Folds of the drawn channels, and models of them."""

from pathlib import Path

import pytest

from classifier.training.config import TrainingConfig
from classifier.training.result import TrainingResult
from scripts.benchmarks import folds
from scripts.benchmarks.folds import Fold, Model
from tests.classifier.drawn import UNKNOWN, draw_channel

QUICK = TrainingConfig(network="net", epochs=1)


@pytest.fixture(scope="module")
def five_folds(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Fold]:
    return folds.split_folds(drawn, draw_channel(tmp_path_factory.mktemp("unknown"), 10, UNKNOWN), 5)


@pytest.fixture(scope="module")
def models(five_folds: list[Fold], trained: TrainingResult) -> list[Model]:
    """Two folds, as if both had given the model of the drawn channels."""
    return [Model(fold, QUICK, trained.artifact, 2.0) for fold in five_folds[:2]]
