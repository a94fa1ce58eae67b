"""What is said of trainings."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.replies.training import LAST_WORDS, insisted, progress, report
from bot.store.values import RunState
from classifier.values import Progress
from tests.bot.samples import comparison, model, text_of, training_report


def test_progress_has_a_bar_for_every_stage() -> None:
    steps = {
        "crawl": Progress("crawl", 800, 800),
        "train": Progress("train", 3, 12, note="loss 0.4 *bold*"),
    }
    crawling, reading, training, measuring = progress(steps).splitlines()[2:6]
    assert "████████████   800/800" in crawling
    assert "░░░░░░░░░░░░" in reading
    assert "███░░░░░░░░░" in training
    assert "3/12" in training
    assert "Measuring" in measuring
    assert r"loss 0.4 \*bold\*" in progress(steps)
    assert progress(steps, last_word="Over.").startswith("Over.")


def test_progress_tells_of_waiting_only_who_waits() -> None:
    assert "Waiting" not in progress({})
    waiting = progress({"wait": Progress("wait", 1, 3, "2 trainings go first")})
    assert "████░░░░░░░░       1/3" in waiting.splitlines()[2]
    assert "2 trainings go first" in waiting
    assert waiting.startswith("**Waiting in line")
    assert progress({"wait": Progress("wait", 3, 3)}).startswith("**Retraining.**")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work may run beside it
@given(
    st.dictionaries(
        st.sampled_from(["wait", "crawl", "read", "train", "measure"]), st.tuples(st.integers(0), st.integers(0))
    )
)
def test_progress_fits_a_message(steps: dict[str, tuple[int, int]]) -> None:
    text = progress({stage: Progress("crawl", done, total, "n" * 500) for stage, (done, total) in steps.items()})
    assert len(text) <= 2000


def test_report_tells_numbers_before_and_after() -> None:
    reply = report(training_report(skipped=("bad.jpg", "worse.jpg")))
    (embed,) = reply.embeds
    values = {field.name: field.value for field in embed.fields}
    assert embed.title == "The new model answers from now on"
    assert values["Accuracy"] == "96.0%"
    assert values["Precision"] == "95.0%"
    assert values["Recall"] == "94.0%"
    assert values["F1"] == "94.5%"
    assert values["Calibration error"] == "2.0%"
    assert values["Unreadable pictures skipped: 2"] == "bad.jpg, worse.jpg"
    description = embed.description or ""
    assert (
        "**90.0% → 96.0%** on the same pictures: more than before, but that may be chance (a paired test on the "
        "5 pictures that only one of them got right: the new one 4, the old one 1)." in description
    )
    assert "measured on 50 of them that it never saw" in description
    assert "800" in description
    assert reply.drawings[0].alt == (
        "Confusion matrix of 50 thumbnails. Right: Nerdologia 24 of 25, Peixe Babel 24 of 25."
    )
    assert embed.image.url == "attachment://confusion.png"


@pytest.mark.parametrize(
    ("won", "lost", "flags", "words"),
    [
        (0, 0, {}, "right about the very same ones"),
        (4, 1, {}, "more than before, but that may be chance"),
        (9, 1, {"better": True}, "better than before, beyond chance"),
        (1, 4, {}, "less than before, but that may be chance"),
        (2, 2, {}, "as good as before"),
        (1, 0, {}, "on the 1 picture that"),
    ],
)
def test_report_compares_honestly(won: int, lost: int, flags: dict[str, bool], words: str) -> None:
    compared = replace(comparison(0.9), only_after=won, only_before=lost, **flags)
    assert words in text_of(report(training_report(comparison=compared)))


def test_report_says_where_there_was_nothing_to_compare_with() -> None:
    assert "none before it" in text_of(report(training_report(comparison=None)))


@pytest.mark.parametrize("state", set(RunState) - {RunState.RUNNING})
def test_every_end_has_its_last_word(state: RunState) -> None:
    assert LAST_WORDS[state].startswith("**The training ")


def test_who_insisted_is_told() -> None:
    assert "for <@1> insisted" in insisted(model(), "<@1>")


def test_report_says_that_the_old_model_stays() -> None:
    reply = report(training_report(swapped=False, comparison=comparison(0.99, worse=True)))
    assert reply.embeds[0].title == "The old model stays"
    assert "worse than before, beyond chance" in text_of(reply)
    assert "Somebody" not in text_of(reply)


def test_report_says_whose_word_keeps_the_old_model() -> None:
    reply = report(training_report(swapped=False, comparison=comparison(0.9)))
    assert reply.embeds[0].title == "The old model stays"
    assert "Somebody chose a version while it trained" in text_of(reply)
    assert "Somebody" not in text_of(report(training_report(comparison=comparison(0.9))))


def test_report_tells_of_unknown_channels_where_measured() -> None:
    assert "Unknown channels" not in text_of(report(training_report()))
    measured = model(auroc_unknown=0.9, unknown_rejected=0.6, known_rejected=0.05)
    assert "60.0% recognised, and 5.0% of known ones" in text_of(report(training_report(model=measured)))


def test_report_keeps_discords_limits() -> None:
    long = training_report(skipped=tuple("n" * 300 for _ in range(500)))
    embed = report(long).embeds[0]
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)
