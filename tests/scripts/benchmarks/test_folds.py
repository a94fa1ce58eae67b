"""How pictures are dealt, and what is measured of the models that were trained on them."""

import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.special import softmax

from classifier.networks.outputs import Outputs
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.fit import TrainingConfig
from classifier.training.train import TrainingResult
from scripts.benchmarks import folds, robustness, thumbnails, unknown
from scripts.benchmarks.folds import Fold, Model
from tests.classifier.drawn import COLOURS, STRANGE, draw_channel, pixels

QUICK = TrainingConfig(network="net", epochs=1)


@pytest.fixture(scope="module")
def dealt(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Fold]:
    return folds.deal(drawn, draw_channel(tmp_path_factory.mktemp("others"), 10, STRANGE), 5)


@pytest.fixture(scope="module")
def models(dealt: list[Fold], trained: TrainingResult) -> list[Model]:
    """Two folds, as if the model of the drawn channels had come out of them."""
    return [Model(fold, QUICK, trained.artifact, 2.0) for fold in dealt[:2]]


def test_every_picture_is_kept_once_and_never_learned_there(dealt: list[Fold]) -> None:
    pictures, strange = dealt[0].pictures, dealt[0].strange
    assert sorted(np.concatenate([fold.kept for fold in dealt])) == list(range(len(pictures.files)))
    assert sorted(np.concatenate([fold.strange_kept for fold in dealt])) == list(range(len(strange.files)))
    for fold in dealt:
        assert not {*fold.learned} & {*fold.kept}
        assert not {*fold.strange_learned} & {*fold.strange_kept}
        assert len(fold.learned) + len(fold.kept) == len(pictures.files)


def test_near_duplicates_stay_together(drawn: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(drawn, tmp_path / "drawn")
    twice = {file for folder in copied.iterdir() for file in sorted(folder.glob("*.jpg"))[:6]}
    for file in twice:
        shutil.copy(file, file.with_stem(f"again-{file.stem}"))
    others = draw_channel(tmp_path / "others", 10, STRANGE)
    for fold in folds.deal(copied, others, folds.FOLDS):
        kept = {fold.pictures.files[index].name for index in fold.kept}
        assert all((file.name in kept) == (f"again-{file.name}" in kept) for file in twice)
    assert twice


def test_fewer_folds_are_the_first_of_all(dealt: list[Fold], drawn: Path, tmp_path: Path) -> None:
    others = draw_channel(tmp_path / "others", 10, STRANGE)
    assert [fold.kept.tolist() for fold in folds.deal(drawn, others, 2)] == [fold.kept.tolist() for fold in dealt[:2]]


def test_models_learn_from_their_fold_alone(
    dealt: list[Fold],
    trained: TrainingResult,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Any] = []

    def train(dataset: Any, _config: Any, *, on_progress: Any) -> TrainingResult:
        del on_progress
        asked.append(dataset)
        return trained

    monkeypatch.setattr(folds, "train", train)
    list(folds.learn(dealt[:2], QUICK))
    for fold, dataset in zip(dealt, asked, strict=False):
        kept = {fold.pictures.files[index] for index in fold.kept}
        assert len(dataset.files) == len(fold.learned)
        assert not kept & set(dataset.files)


def test_a_spread_reaches_from_the_first_to_the_last() -> None:
    indices = np.arange(100, 200)
    assert folds.spread(indices, 3).tolist() == [100, 149, 199]
    assert folds.spread(indices, 1000).tolist() == indices.tolist()


def test_thumbnails_are_measured_beside_every_peer(models: list[Model]) -> None:
    report = thumbnails.measure(models)
    names = [row.method for row in report.rows]
    assert names[:2] == ["this project: net", "this project: net, uncalibrated"]
    assert {*thumbnails.PEERS} <= {*names}
    ours, *_, peer = report.rows
    assert (ours.n, ours.ours, ours.figures["accuracy"].folds) == (
        sum(len(model.fold.kept) for model in models),
        True,
        2,
    )
    assert ours.figures["accuracy"].mean > 0.9
    assert ours.figures["training"].mean == 2.0
    assert not peer.ours
    spatial = report.rows[names.index("SVM on spatial colour + HOG")]
    assert spatial.figures["accuracy"].mean > 0.9
    assert "log loss" not in spatial.figures


def test_unknown_is_measured_beside_every_peer(models: list[Model]) -> None:
    report = unknown.measure(models)
    rows = {row.method: row for row in report.rows}
    assert {*unknown.PEERS} <= {*rows}
    ours = [row.method for row in report.rows if row.ours]
    assert ours == [
        "this project: net",
        "this project: net, shown other channels",
        "this project: net, shown channels of other kinds",
    ]
    assert all(rows[name].figures["AUROC"].mean > 0.8 for name in ours)


@pytest.mark.parametrize("name", sorted(unknown.PEERS))
def test_every_peer_finds_the_stranger_strange(name: str) -> None:
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], 20)
    features = np.eye(6)[targets] * 5 + random.normal(0, 0.3, (60, 6))
    seen = unknown.Seen(Outputs(features, features.astype(np.float32), features[:, :3]), targets)
    known = Outputs(features[:3], features[:3].astype(np.float32), features[:3, :3])
    odd = np.array([[0.1, 0.1, 0.1, 5.0, 5.0, 5.0]])
    score = unknown.PEERS[name](seen)
    assert score(Outputs(odd, odd.astype(np.float32), odd[:, :3]))[0] > score(known).max()
    assert softmax(known.logits, axis=1).shape == (3, 3)


def test_robustness_counts_falls_against_the_untouched_files(models: list[Model]) -> None:
    report = robustness.measure(models)
    rows = {row.method: row for row in report.rows}
    assert list(rows) == list(robustness.VARIATIONS)
    assert rows[robustness.UNTOUCHED].figures["fall"].mean == 0
    assert not rows[robustness.UNTOUCHED].ours
    for row in rows.values():
        clean = rows[robustness.UNTOUCHED].figures["accuracy"].mean
        assert row.figures["fall"].mean == pytest.approx((clean - row.figures["accuracy"].mean) * 100)


@pytest.mark.parametrize(
    ("name", "format_", "size"),
    [
        ("JPEG of quality 30", "JPEG", (320, 180)),
        ("resized to 160×90", "JPEG", (160, 90)),
        ("resized to 1280×720", "JPEG", (1280, 720)),
        ("letterboxed to 4:3", "JPEG", (320, 240)),
        ("5 % cropped at each side", "JPEG", (288, 162)),
        ("WebP", "WEBP", (320, 180)),
        ("PNG screenshot, 20 pixels of white around", "PNG", (360, 220)),
        ("PNG screenshot, 20 pixels of grey around", "PNG", (360, 220)),
    ],
)
def test_a_variation_is_what_its_name_says(name: str, format_: str, size: tuple[int, int]) -> None:
    original = robustness.encoded(Image.fromarray(pixels(COLOURS["amber"], "robust")), "JPEG", quality=95)
    varied = robustness.VARIATIONS[name](original)
    with Image.open(io.BytesIO(varied)) as image:
        assert (image.format, image.size) == (format_, size)
    before, after = Thumbnail.decode(original).pixels.mean((0, 1)), Thumbnail.decode(varied).pixels.mean((0, 1))
    assert np.abs(before - after).max() < 60
