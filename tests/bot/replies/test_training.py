"""Progress and results of trainings."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.languages import in_language
from bot.replies.confusion import confusion_matrix
from bot.replies.message import Reply
from bot.replies.training import LAST_WORDS, late_report, mixed_up, progress, report, used_anyway, without
from bot.store.values import RunState
from classifier.values import Channel, LeftOut, LookAlikes, Progress, RetrainReport
from tests.bot.samples import HOSTILE, NERDOLOGIA, PEIXE, comparison, model, retrain_report, text_of


def reported(outcome: RetrainReport) -> Reply:
    return report(outcome, confusion_matrix(outcome.model))


def test_progress_has_a_bar_per_stage() -> None:
    steps = {
        "crawl": Progress("crawl", 800, 800),
        "train": Progress("train", 3, 12, note="loss 0.4 *bold*"),
    }
    crawling, reading, training, testing = progress(steps, has_model=True).splitlines()[2:6]
    assert "████████████   800/800" in crawling
    assert "░░░░░░░░░░░░" in reading
    assert "███░░░░░░░░░" in training
    assert "3/12" in training
    assert "Testing" in testing
    assert r"loss 0.4 \*bold\*" in progress(steps, has_model=True)
    assert progress(steps, has_model=True, last_word="Over.").startswith("Over.")


def test_progress_shows_the_queue_only_while_waiting() -> None:
    assert "Queued" not in progress({}, has_model=True)
    waiting = progress({"wait": Progress("wait", 1, 3, "2 training runs ahead")}, has_model=True)
    assert "████░░░░░░░░       1/3" in waiting.splitlines()[2]
    assert "-# 2 training runs ahead" in waiting
    assert waiting.startswith("**Queued: I train one model at a time.**")
    assert progress({"wait": Progress("wait", 3, 3)}, has_model=True).startswith("**Training.**")


def test_notes_are_translated_and_names_of_channels_are_not() -> None:
    def note(step: Progress) -> str:
        return progress({step.stage: step}, has_model=True).splitlines()[-1]

    with in_language("pt_BR"):
        assert note(Progress("wait", 2, 3, "1 training run ahead")) == "-# 1 treinamento na frente"
        assert note(Progress("train", 1, 9, "fitting")) == "-# ajustando"
        assert note(Progress("crawl", 1, 9, "Nerdologia")) == "-# Nerdologia"


@pytest.mark.parametrize("has_model", [True, False])
def test_progress_mentions_the_current_model_only_if_there_is_one(has_model: bool) -> None:
    assert ("The current model keeps answering in the meantime." in progress({}, has_model=has_model)) is has_model
    assert "meantime" not in progress({}, has_model=has_model, last_word="Over.")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine can be busy
@given(
    st.dictionaries(
        st.sampled_from(["wait", "crawl", "read", "train", "measure"]), st.tuples(st.integers(0), st.integers(0))
    )
)
def test_progress_fits_a_message(steps: dict[str, tuple[int, int]]) -> None:
    shown = {stage: Progress("crawl", done, total, "n" * 500) for stage, (done, total) in steps.items()}
    text = progress(shown, has_model=True)
    assert len(text) <= 2000


@pytest.mark.parametrize("swapped", [True, False])
def test_a_late_report_has_all_that_the_model_knows(swapped: bool) -> None:
    outcome = retrain_report()
    (embed,) = reported(outcome).embeds
    reply = late_report(outcome.model, confusion_matrix(outcome.model), swapped=swapped)
    (late,) = reply.embeds
    assert late.title == ("The new model is now live" if swapped else "The previous model stays live")
    assert (late.fields, late.footer) == (embed.fields, embed.footer)
    assert late.description is not None
    assert late.description.startswith("Accuracy **96.0%**. I was interrupted before I could report")
    assert len(reply.drawings) == 1


def test_report_shows_accuracy_before_and_after() -> None:
    reply = reported(retrain_report(skipped=("bad.jpg", "worse.jpg")))
    (embed,) = reply.embeds
    values = {field.name: field.value for field in embed.fields}
    assert embed.title == "The new model is now live"
    assert values["Accuracy"] == "96.0%"
    assert values["Precision"] == "95.0%"
    assert values["Recall"] == "94.0%"
    assert values["F1"] == "94.5%"
    assert values["Calibration error"] == "2.0%"
    assert values["Unreadable thumbnails skipped: 2"] == "bad.jpg, worse.jpg"
    description = embed.description or ""
    assert (
        "Accuracy **90.0% → 96.0%** on the same thumbnails: better, but not significantly (paired test on the "
        "5 thumbnails that only one model got right: the new one 4, the previous one 1)." in description
    )
    assert "Based on 800 thumbnails (50 held out for testing)" in description
    assert reply.drawings[0].alt == (
        "Confusion matrix of 50 test thumbnails. Right: Nerdologia 24 of 25, Peixe Babel 24 of 25."
    )
    assert embed.image.url == "attachment://confusion.png"


@pytest.mark.parametrize(
    ("won", "lost", "flags", "words"),
    [
        (0, 0, {}, ": both models get exactly the same ones right."),
        (4, 1, {}, ": better, but not significantly (paired test"),
        (9, 1, {"better": True}, ": significantly better (paired test"),
        (1, 4, {}, ": worse, but not significantly (paired test"),
        (2, 2, {}, ": no difference (paired test"),
        (1, 0, {}, "on the 1 thumbnail that"),
    ],
)
def test_report_only_calls_significant_differences_significant(
    won: int, lost: int, flags: dict[str, bool], words: str
) -> None:
    compared = replace(comparison(0.9), only_after=won, only_before=lost, **flags)
    assert words in text_of(reported(retrain_report(comparison=compared)))


def test_report_says_if_there_is_no_model_to_compare_with() -> None:
    assert "there is no earlier model of these channels to compare with." in text_of(
        reported(retrain_report(comparison=None))
    )


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_every_final_state_has_its_last_word(state: RunState) -> None:
    assert LAST_WORDS[state].startswith(("**Training ", "**Nothing new "))


def test_the_admin_who_used_a_worse_model_is_named() -> None:
    assert used_anyway(model(), "<@1>") == (
        "**The new model is now live** (<@1> chose to use it anyway). Accuracy: 96.0% on 50 test thumbnails."
    )


def test_report_says_that_the_previous_model_stays() -> None:
    reply = reported(retrain_report(swapped=False, comparison=comparison(0.99, worse=True)))
    assert reply.embeds[0].title == "The previous model stays live"
    assert ": significantly worse (paired test" in text_of(reply)
    assert "Somebody" not in text_of(reply)


def test_report_says_that_somebody_chose_another_version() -> None:
    reply = reported(retrain_report(swapped=False, comparison=comparison(0.9)))
    assert reply.embeds[0].title == "The previous model stays live"
    assert "Somebody chose another version in the meantime, and that one stays live." in text_of(reply)
    assert "Somebody" not in text_of(reported(retrain_report(comparison=comparison(0.9))))


def test_report_shows_rejection_of_unknown_channels_if_it_was_measured() -> None:
    assert "Unknown channels" not in text_of(reported(retrain_report()))
    measured = model(auroc_unknown=0.9, unknown_rejected=0.6, known_rejected=0.05)
    assert "60.0% correctly rejected (AUROC 0.90); 5.0% of known thumbnails wrongly rejected." in text_of(
        reported(retrain_report(model=measured))
    )


def test_report_names_look_alikes_if_there_are_any() -> None:
    assert "Look-alikes" not in text_of(reported(retrain_report()))
    pairs = (LookAlikes("nerdologia", "peixe", 12, 80),)
    mixed = retrain_report(model=replace(model(), look_alikes=pairs))
    values = {field.name: field.value for field in reported(mixed).embeds[0].fields}
    assert values["Look-alikes"] == "I often mix up **Nerdologia** and **Peixe Babel** (12 of 80 test thumbnails)."


def test_a_report_counts_the_shorts_that_were_left_out() -> None:
    (embed,) = reported(retrain_report(shorts=1)).embeds
    assert (embed.description or "").endswith("\n1 Short left out: I only learn from long videos.")
    (embed,) = reported(retrain_report(shorts=34)).embeds
    assert "34 Shorts left out" in (embed.description or "")
    assert "Short" not in (reported(retrain_report()).embeds[0].description or "")


def test_only_the_first_look_alikes_are_named() -> None:
    named = replace(model(), look_alikes=(LookAlikes("nerdologia", "peixe", 12, 80),) * 4)
    assert mixed_up(named).splitlines()[-2:] == [mixed_up(named).splitlines()[0], "-# And 1 more pair."]
    assert mixed_up(replace(named, look_alikes=named.look_alikes * 2)).endswith("-# And 5 more pairs.")


def test_report_fits_discords_limits() -> None:
    hostile = replace(HOSTILE, title="*" * 100)
    pairs = (LookAlikes(hostile.label, hostile.label, 10**6, 10**7),) * 300
    long = retrain_report(
        model=replace(model(), channels=(hostile, PEIXE), look_alikes=pairs),
        skipped=tuple("n" * 300 for _ in range(500)),
    )
    embed = reported(long).embeds[0]
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)


def test_a_report_names_who_was_left_out_and_why() -> None:
    left_out = (LeftOut(NERDOLOGIA, "It is gone.", gone=True), LeftOut(HOSTILE, "It is weak."))
    reply = without(reported(retrain_report()), left_out, own=True)
    assert reply.drawings
    _, embed = reply.embeds
    assert embed.title == "Left out: 2 channels"
    first, second, advice = (embed.description or "").splitlines()
    assert first.startswith("- [**Nerdologia**](https://www.youtube.com/channel/UCnnn")
    assert first.endswith("(@nerdologia): It is gone.")
    assert r"\*\*Boom\*\*" in second
    assert "@everyone" not in second
    assert advice == "Use `/channel remove` for those that won't come back."
    (embed,) = without(Reply("It failed."), left_out[:1], own=False).embeds
    assert embed.title == "Left out: 1 channel"
    assert "`THUMBPRINT_CHANNELS`" in (embed.description or "")
    assert without(reply, (), own=True) == reply


def test_however_many_were_left_out_they_fit() -> None:
    worst = LeftOut(Channel("x", "*[`@everyone" * 30, "UC" + "x" * 22, "@" + "·_" * 50), "First. " + "Why? " * 40)
    outcome = retrain_report(skipped=("*" * 400,) * 9)
    for count in (1, 9, 50):
        reply = without(reported(outcome), (worst,) * count, own=True)
        assert sum(len(embed) for embed in reply.embeds) <= 6000
        shown = (reply.embeds[1].description or "").count("First.")
        assert shown == count or f"- and {count - shown} more" in (reply.embeds[1].description or "")
