"""Answers: what the bot says about pictures."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.replies.exact import exact_match, exact_match_line
from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, GREY, line, plain
from bot.sources import HIDDEN_NAME
from bot.values import Answer
from classifier.drawing.confidence import percent
from classifier.values import Prediction, VideoFact

CERTAINTY: Final = ((0.95, "Almost certain"), (0.75, "Likely"), (0.5, "More likely than not"), (0.0, "Unsure"))
UNKNOWN: Final = "None of the channels I know"


def certainty(confidence: float) -> str:
    """A confidence in [0, 1] in words."""
    return next(words for least, words in CERTAINTY if confidence >= least)


def describe(prediction: Prediction) -> str:
    """The confidence plot in words: its three highest bars."""
    bars = ", ".join(f"{line(guess.channel.title)} {percent(guess.probability)}" for guess in prediction.guesses[:3])
    rest = f", and {len(prediction.guesses) - 3} more" if len(prediction.guesses) > 3 else ""
    rest += f"; another channel {percent(prediction.unknown_probability)}" if prediction.unknown_probability else ""
    verdict = " This picture doesn't look like any of these channels." if prediction.unknown else ""
    return f"Bar chart of the confidence in each channel: {bars}{rest}.{verdict}"


def answers(
    given: Sequence[Answer], plot: bytes | None, notes: Sequence[str] = (), *, picture: str | None = None
) -> Reply:
    """One message about one picture or more, with the plot of all; `notes` are finished sentences about others.

    `plot` is None if all are exact matches, of which there is nothing to plot; `picture` is the URL of a picture that
    is not visible beside the answer.
    """
    embed = _one(given[0]) if len(given) == 1 else _several(given)
    if picture:
        embed.set_thumbnail(url=picture)
    if plot is None:
        return Reply("\n".join(notes) or None, (embed,))
    plotted = [(number, it.prediction) for number, it in enumerate(given, 1) if it.prediction.exact is None]
    alt = [f"{number}: {describe(it)}" if len(given) > 1 else describe(it) for number, it in plotted]
    drawing = Drawing("confidence.png", plot, " ".join(alt))
    embed.set_image(url=drawing.url)
    return Reply("\n".join(notes) or None, (embed,), (drawing,))


def hides(embed: discord.Embed) -> bool:
    """Whether an answer's embed is about a picture that its author hides."""
    return "||" in (embed.description or "") or any(HIDDEN_NAME in (field.name or "") for field in embed.fields)


def _one(answer: Answer) -> discord.Embed:
    prediction = answer.prediction
    if prediction.exact:
        return _with_fact(exact_match(prediction.exact, hidden=answer.source.spoiler), answer)
    name, share = plain(prediction.channel.title), percent(prediction.confidence)
    if prediction.unknown:
        title, text = UNKNOWN, f"Closest match: **{name}** ({share}), but I'm not sure enough."
    else:
        title, text = name, f"**{certainty(prediction.confidence)}**: {share}"
    links = []
    if answer.source.video_id:
        link = f"[video](https://youtu.be/{answer.source.video_id})"
        links.append(f"||{link}||" if answer.source.spoiler else link)
    if prediction.channel.id and not prediction.unknown:
        links.append(f"[channel](https://www.youtube.com/channel/{prediction.channel.id})")
    embed = discord.Embed(title=title, description=f"{text}\n{' · '.join(links)}", colour=_colour([answer]))
    return _with_fact(embed, answer)


def _with_fact(embed: discord.Embed, answer: Answer) -> discord.Embed:
    if answer.fact:
        embed.add_field(name="YouTube says", value=_fact(answer.fact, answer))
    return embed


def _several(given: Sequence[Answer]) -> discord.Embed:
    """All in one embed, numbered like the parts of the plot."""
    embed = discord.Embed(title=f"{len(given)} pictures", colour=_colour(given))
    for number, answer in enumerate(given, 1):
        fact = f"\nYouTube says: {_fact(answer.fact, answer)}" if answer.fact else ""
        embed.add_field(name=f"{number} · {line(answer.source.name)}", value=f"{_verdict(answer)}{fact}", inline=False)
    return embed


def _verdict(answer: Answer) -> str:
    """What one of several pictures is."""
    prediction = answer.prediction
    if prediction.exact:
        return exact_match_line(prediction.exact, hidden=answer.source.spoiler)
    if prediction.unknown:
        return f"**{UNKNOWN}**"
    sure = f"{certainty(prediction.confidence)}: {percent(prediction.confidence)}"
    return f"**{plain(prediction.channel.title)}**\n{sure}"


def _fact(fact: VideoFact, answer: Answer) -> str:
    name = f"**{plain(fact.channel_title)}**"
    if answer.correct is None:
        return name
    if not answer.correct:
        return f"{name} ❌ I was wrong."
    return f"{name} ✅ Right: I don't know that channel." if answer.prediction.unknown else f"{name} ✅ I was right."


def _colour(given: Sequence[Answer]) -> discord.Colour:
    """Green if the bot is sure, amber if it is not, grey if it named no channel."""
    named = [answer.prediction for answer in given if answer.prediction.exact or not answer.prediction.unknown]
    if not named:
        return GREY
    return GREEN if all(it.exact or it.confidence >= CERTAINTY[1][0] for it in named) else AMBER
