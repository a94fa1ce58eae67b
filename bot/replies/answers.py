"""What is said of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.intake import Source
from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, GREY, line, plain
from classifier.plot import percent
from classifier.values import Prediction

CERTAINTY: Final = ((0.95, "Almost certain"), (0.75, "Likely"), (0.5, "More likely than not"), (0.0, "Unsure"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one picture: the prediction, its plot, and where the picture came from."""

    source: Source
    prediction: Prediction
    plot: bytes


def certainty(confidence: float) -> str:
    """A confidence in [0, 1] in words."""
    return next(words for least, words in CERTAINTY if confidence >= least)


def describe(prediction: Prediction) -> str:
    """The confidence plot in words: its three highest bars."""
    bars = ", ".join(f"{line(guess.channel.title)} {percent(guess.probability)}" for guess in prediction.guesses[:3])
    rest = f", and {len(prediction.guesses) - 3} more" if len(prediction.guesses) > 3 else ""
    verdict = " The picture looks like none of these channels." if prediction.unknown else ""
    return f"Bar chart of the confidence in each channel: {bars}{rest}.{verdict}"


def answers(given: Sequence[Answer], notes: Sequence[str] = ()) -> Reply:
    """One message about one or more pictures; `notes` are finished sentences about others."""
    drawings = tuple(
        Drawing(f"confidence{f'-{n}' if len(given) > 1 else ''}.png", it.plot, describe(it.prediction))
        for n, it in enumerate(given, 1)
    )
    embeds = tuple(_answer(it, drawing.url) for it, drawing in zip(given, drawings, strict=True))
    if len(given) > 1:
        for embed, it in zip(embeds, given, strict=True):
            embed.set_author(name=line(it.source.name, 100))
    return Reply("\n".join(notes) or None, embeds, drawings)


def _answer(answer: Answer, plot_url: str) -> discord.Embed:
    prediction = answer.prediction
    name, share = plain(prediction.channel.title), percent(prediction.confidence)
    if prediction.unknown:
        title, colour = "None of the channels I know", GREY
        text = f"The nearest is **{name}** ({share}), but the picture does not look like its thumbnails."
    else:
        title, text = name, f"**{certainty(prediction.confidence)}**: {share}"
        colour = GREEN if prediction.confidence >= CERTAINTY[1][0] else AMBER
    links = []
    if answer.source.video_id:
        links.append(f"[video](https://youtu.be/{answer.source.video_id})")
    if prediction.channel.id:
        links.append(f"[channel](https://www.youtube.com/channel/{prediction.channel.id})")
    # Not as the embed's own address: Discord draws embeds of one address as one.
    return discord.Embed(title=title, description=f"{text}\n{' · '.join(links)}", colour=colour).set_image(url=plot_url)
