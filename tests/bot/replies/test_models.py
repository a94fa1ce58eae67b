"""Pages about models."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.replies.confusion import confusion_matrix
from bot.replies.message import Reply
from bot.replies.models import model_page, rolled_back, version_choice
from bot.store.values import Run, RunState
from classifier.values import Channel, LookAlikes, ModelInfo, Version
from tests.bot.samples import HOSTILE, PEIXE, metrics, model, text_of

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
SECONDS = int(WHEN.timestamp())


def run(**others: object) -> Run:
    """A successful run, with some values overridden by `others`."""
    plain = {"id": 1, "server": 2, "channel": 3, "message": 4, "asked_by": 5, "scheduled": False, "started_at": WHEN}
    return Run(**(plain | {"state": RunState.DONE, "accuracy": 0.96} | others))  # type: ignore[arg-type]


def page(
    shown: ModelInfo, *, own: bool = True, versions: tuple[Version, ...] = (), runs: tuple[Run, ...] = ()
) -> Reply:
    return model_page(shown, own=own, versions=versions, runs=runs, matrix=confusion_matrix(shown))


def fields(reply: Reply) -> dict[str | None, str | None]:
    return {field.name: field.value for field in reply.embeds[0].fields}


def large(channels: int) -> ModelInfo:
    """A model of many channels with long names, of which the later ones are worse."""
    labels = tuple(f"c{n}" for n in range(channels))
    confusion = tuple(
        tuple(
            max(100 - n, 0) if n == column else n if column == (n + 1) % channels else 0 for column in range(channels)
        )
        for n in range(channels)
    )
    titles = tuple(Channel(label, f"{label} {'long ' * 30}") for label in labels)
    return replace(model(), channels=titles, metrics=metrics(confusion=confusion, labels=labels))


def test_the_page_shows_age_thumbnails_and_scores() -> None:
    reply = page(model())
    (embed,) = reply.embeds
    description = embed.description or ""
    assert embed.title == "This server's own model"
    assert f"<t:{SECONDS}:R>" in description
    assert "800 thumbnails of 2 channels" in description
    assert "Accuracy: **96.0%** on 50 test thumbnails." in description
    assert "average          95%    94%  94%   50" in description
    assert reply.drawings[0].alt.startswith("Confusion matrix of 50 test thumbnails. Right: Nerdologia 24 of 25")
    assert embed.image.url == "attachment://confusion.png"
    assert page(model(), own=False).embeds[0].title == "The default model"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, f", downloaded on <t:{SECONDS}:d>. "),
        (9, f", downloaded from <t:{SECONDS}:d> to <t:{SECONDS + 9 * 86400}:d>. "),
    ],
)
def test_the_page_shows_how_old_the_thumbnails_are(days: int, words: str) -> None:
    aged = replace(model(), fetched=(WHEN, WHEN + timedelta(days=days)))
    assert words in (page(aged).embeds[0].description or "")


def test_every_channel_has_a_row() -> None:
    shown = page(model(confusion=((20, 5), (0, 25))))
    rows = (shown.embeds[0].description or "").splitlines()
    assert "Nerdologia      100%    80%  89%   25" in rows
    assert "Peixe Babel      83%   100%  91%   25" in rows
    assert "5 of 25 thumbnails of **Nerdologia** were mistaken for **Peixe Babel**." in text_of(shown).replace(
        '\\"', ""
    )


def test_only_the_weakest_of_many_channels_are_shown() -> None:
    description = page(large(40)).embeds[0].description or ""
    assert "c39 long" in description
    assert "c2 long" not in description
    assert "These are the weakest channels; the other 15 do better." in description


def test_no_confusion_is_reported() -> None:
    assert fields(page(model(confusion=((25, 0), (0, 25)))))["Most confused"] == (
        "No test thumbnail was confused with another channel."
    )


def test_look_alikes_are_named_in_place_of_the_most_confused() -> None:
    assert "Look-alikes" not in fields(page(model()))
    shown = fields(page(replace(model(), look_alikes=(LookAlikes("nerdologia", "peixe", 12, 80),))))
    assert shown["Look-alikes"] == "I often mix up **Nerdologia** and **Peixe Babel** (12 of 80 test thumbnails)."
    assert "Most confused" not in shown


@pytest.mark.parametrize(("error", "words"), [(0.02, "Very"), (0.05, "Fairly"), (0.3, "Not very")])
def test_calibration_is_described_in_words(error: float, words: str) -> None:
    shown = fields(page(model(ece=error)))["How reliable is its confidence?"]
    assert shown == f"{words}: it is off by {100 * error:.1f} points on average."


def test_rejection_of_unknown_channels_is_shown_if_it_was_measured() -> None:
    assert "Unknown channels" not in fields(page(model()))
    shown = fields(page(model(auroc_unknown=0.9, unknown_rejected=0.6, known_rejected=0.05)))
    assert shown["Unknown channels"] == (
        "60.0% correctly rejected (AUROC 0.90); 5.0% of known thumbnails wrongly rejected."
    )


def test_versions_and_runs_are_listed() -> None:
    versions = (Version(model(), serving=False), Version(replace(model(accuracy=0.9), version="v1"), serving=True))
    runs = (
        run(),
        run(state=RunState.KEPT_OLD, asked_by=None, scheduled=True),
        run(state=RunState.FAILED, accuracy=None),
    )
    shown = fields(page(model(), versions=versions, runs=runs))
    first, second = (shown["Versions"] or "").splitlines()
    assert first == f"`v2` <t:{SECONDS}:d> · accuracy 96.0% on 50"
    assert second == f"**`v1` <t:{SECONDS}:d> · accuracy 90.0% on 50 · live**"
    assert (shown["Recent training runs"] or "").splitlines() == [
        f"<t:{SECONDS}:d> went live · accuracy 96.0% · started by <@5>",
        f"<t:{SECONDS}:d> was worse, so the previous model stayed · accuracy 96.0% · scheduled",
        f"<t:{SECONDS}:d> failed · started by <@5>",
    ]


def test_the_page_fits_discords_limits() -> None:
    shown = large(200)
    versions = tuple(Version(replace(shown, version="v" * 40), serving=False) for _ in range(30))
    (embed,) = page(shown, versions=versions, runs=tuple(run() for _ in range(30))).embeds
    assert len(embed) <= 6000
    assert len(embed.description or "") <= 4096
    assert len(embed.fields) <= 25
    assert all(0 < len(field.value or "") <= 1024 for field in embed.fields)
    assert len(rolled_back(shown).text or "") <= 2000


def test_hostile_titles_are_harmless() -> None:
    shown = replace(
        model(), channels=(HOSTILE, PEIXE), metrics=metrics(labels=("x", "peixe"), confusion=((1, 9), (0, 9)))
    )
    description = page(shown).embeds[0].description or ""
    assert description.count("```") == 2
    assert "`" not in description.split("```")[1]
    assert "@everyone" not in str(fields(page(shown))) + str(rolled_back(shown).text)


def test_a_choice_describes_a_version_in_one_line() -> None:
    assert version_choice(Version(model(), serving=True)) == "2026-01-02 00:00 UTC · accuracy 96.0% · live"
