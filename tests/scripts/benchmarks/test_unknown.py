"""The benchmark of unknown channels, on drawn ones."""

import numpy as np
import pytest
from scipy.special import softmax

from classifier.networks.outputs import Outputs
from scripts.benchmarks import unknown
from scripts.benchmarks.folds import Model


def test_unknown_scores_are_measured_with_every_peer(models: list[Model]) -> None:
    report = unknown.measure(models)
    rows = {row.method: row for row in report.rows}
    assert {*unknown.PEERS} <= {*rows}
    ours = [row.method for row in report.rows if row.ours]
    assert ours == [
        "this project: net",
        "this project: net, with examples of unknown channels",
        "this project: net, with examples of other kinds",
    ]
    assert all(rows[name].figures["AUROC"].mean > 0.8 for name in ours)


@pytest.mark.parametrize("name", sorted(unknown.PEERS))
def test_every_peer_gives_an_unknown_picture_a_higher_score(name: str) -> None:
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], 20)
    features = np.eye(6)[targets] * 5 + random.normal(0, 0.3, (60, 6))
    trained = unknown.Trained(Outputs(features, features.astype(np.float32), features[:, :3]), targets)
    known = Outputs(features[:3], features[:3].astype(np.float32), features[:3, :3])
    foreign = np.array([[0.1, 0.1, 0.1, 5.0, 5.0, 5.0]])
    score = unknown.PEERS[name](trained)
    assert score(Outputs(foreign, foreign.astype(np.float32), foreign[:, :3]))[0] > score(known).max()
    assert softmax(known.logits, axis=1).shape == (3, 3)
