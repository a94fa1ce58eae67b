"""Some channels known, all others unknown, on drawn ones."""

from pathlib import Path

import numpy as np
import pytest

from classifier.models.judges import Judgement
from scripts.benchmarks import open_set
from scripts.benchmarks.open_set import Draw, Pictures, draw_channels


@pytest.fixture(scope="module")
def pictures(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    return open_set.read_pictures(data, tmp_path_factory.mktemp("features"))


@pytest.mark.parametrize("number", range(5))
def test_a_draw_splits_the_known_channels_and_halves_the_others(pictures: Pictures, number: int) -> None:
    unknown_channels: set[str] = set()
    for draw in draw_channels(pictures, 2, number):
        everything = np.concatenate([draw.training, draw.test, draw.unknown, draw.background, pictures.teacher])
        assert sorted(everything) == list(range(len(pictures.channels)))
        for sets in (draw.training, draw.test):
            assert {*draw.targets[sets]} == {0, 1}
        known = {pictures.labels[channel] for channel in pictures.channels[draw.training]}
        unknown = {pictures.labels[channel] for channel in pictures.channels[draw.unknown]}
        background = {*pictures.channels[draw.background].tolist()}
        assert len(known) == 2
        assert background > set(range(len(pictures.labels), pictures.channels.max() + 1))
        assert len(background & {*range(len(pictures.labels))}) + len(unknown) == 3
        assert {"gawrgura", "moricalliope"} & known in (set(), {"gawrgura", "moricalliope"})
        assert {"gawrgura", "moricalliope"} & unknown in (set(), {"gawrgura", "moricalliope"})
        assert not {*pictures.groups[draw.training]} & {*pictures.groups[draw.test]}
        assert not unknown_channels & unknown
        unknown_channels |= unknown
    assert len(unknown_channels) == 3


def test_draws_differ_and_can_be_repeated(pictures: Pictures) -> None:
    first, again, other = (draw_channels(pictures, 2, number)[0] for number in (0, 0, 1))
    assert first.training.tolist() == again.training.tolist() != other.training.tolist()


@pytest.mark.parametrize("known", [5, 6])
def test_at_least_one_channel_stays_unknown(pictures: Pictures, known: int) -> None:
    with pytest.raises(ValueError, match=f"{known} of 5 channels"):
        draw_channels(pictures, known, 0)


def test_this_project_and_all_peers_are_measured(pictures: Pictures) -> None:
    report = open_set.measure(pictures, 3, 1)
    rows = {row.method: row.figures for row in report.rows}
    assert [*rows] == [
        open_set.OURS,
        "softmax threshold",
        "energy threshold",
        "5 nearest neighbours",
        "one-class SVM",
    ]
    assert [row.ours for row in report.rows] == [True, False, False, False, False]
    assert all(figures["accuracy"].mean > 0.9 for figures in rows.values())
    assert all(figures["AUROC"].mean > 0.7 for figures in rows.values())
    assert rows[open_set.OURS]["fit"].mean > 0
    assert all({*figures} >= {"calibration error", "calibration error, all"} for figures in rows.values())
    assert {measure.name for measure in report.measures} == {*rows[open_set.OURS]}


def test_figures_count_what_they_say() -> None:
    targets = np.array([0, 0, 1, 1, -1, -1, -1, -1])
    nothing = np.zeros(0, dtype=np.int64)
    draw = Draw(nothing, np.arange(4), np.arange(4, 8), nothing, targets)
    surely, hardly = [0.96, 0.04], [0.6, 0.4]
    probabilities = np.array([surely, surely, surely, [0.04, 0.96], surely, hardly, surely, hardly])
    judged = Judgement(probabilities, np.array([0.0, 0.1, 0.2, 0.9, 0.3, 0.3, 0.8, 0.95]), 0.5)
    figures = open_set._figures(judged, draw)
    assert figures == pytest.approx(
        {
            "accuracy": 0.75,
            "AUROC": 13 / 16,
            "unknown rejected": 0.5,
            "known rejected": 0.25,
            "at 5 % of known": 0.5,
            "unknown, 90 % sure": 0.25,
        }
    )


def test_known_and_unknown_thumbnails_count_alike_in_the_calibration_error_of_all_draws() -> None:
    targets = np.array([0, 1, -1, -1, -1, -1, -1])
    nothing = np.zeros(0, dtype=np.int64)
    draw = Draw(nothing, np.arange(2), np.arange(2, 7), nothing, targets)
    confidence = np.array([0.9, 0.8, 0.6, 0.7, 0.7, 0.7, 0.5])
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    judged = Judgement(probabilities, np.array([0.0, 0.9, 0.0, 0.0, 0.0, 0.9, 0.0]), 0.5)
    named = open_set._named(judged, draw)
    errors = {name: summary.mean for name, summary in open_set._calibration([named, named]).items()}
    assert errors == pytest.approx(
        {
            "calibration error": (0.1 / 2 + (0.6 + 0.7 + 0.7 + 0.5) / 5) / (1 / 2 + 4 / 5),
            "calibration error, all": (0.1 + 0.6 + 0.7 + 0.7 + 0.5) / 5,
        }
    )


def test_only_the_numbers_of_channels_of_the_design_have_goals() -> None:
    goals = {known: [measure.name for measure in open_set._measures(known) if measure.goal] for known in (2, 5)}
    assert goals[2] == ["known rejected", "unknown, 90 % sure", "calibration error"]
    assert {*goals[5]} == {"accuracy", "AUROC", "at 5 % of known", *goals[2]}
