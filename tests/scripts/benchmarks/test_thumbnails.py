"""The benchmark of real thumbnails, on drawn ones."""

from scripts.benchmarks import thumbnails
from scripts.benchmarks.folds import Model


def test_thumbnails_are_measured_with_every_peer(models: list[Model]) -> None:
    report = thumbnails.measure(models)
    names = [row.method for row in report.rows]
    assert names == ["this project: net", *thumbnails.PEERS]
    ours, *_, peer = report.rows
    assert (ours.n, ours.ours, ours.figures["accuracy"].folds) == (
        sum(len(model.fold.test) for model in models),
        True,
        2,
    )
    assert ours.figures["accuracy"].mean > 0.9
    assert ours.figures["training"].mean == 2.0
    assert not peer.ours
    spatial = report.rows[names.index("SVM on spatial colour + HOG")]
    assert spatial.figures["accuracy"].mean > 0.9
    assert "log loss" not in spatial.figures
