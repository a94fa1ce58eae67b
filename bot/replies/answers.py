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
from classifier.values import Prediction

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


def in_short(prediction: Prediction) -> str:
    """A prediction as one line without markdown."""
    if prediction.exact:
        return f"{line(prediction.exact.channel.title)}, exact match"
    if prediction.unknown:
        return UNKNOWN
    return f"{line(prediction.channel.title)}, {percent(prediction.confidence)}"


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
    plotted = [it for it in given if it.prediction.exact is None]
    alt = [describe(it.prediction) for it in plotted]
    if len(given) > 1:
        alt = [f"{it.number}: {text}" for it, text in zip(plotted, alt, strict=True)]
    drawing = Drawing("confidence.png", plot, " ".join(alt))
    embed.set_image(url=drawing.url)
    return Reply("\n".join(notes) or None, (embed,), (drawing,))


def hides(embed: discord.Embed) -> bool:
    """Whether an answer's embed, also an older one, is about a picture that its author hides."""
    return "||" in (embed.description or "") or any(HIDDEN_NAME in (field.name or "") for field in embed.fields)


def _one(answer: Answer) -> discord.Embed:
    prediction = answer.prediction
    if prediction.exact:
        embed = exact_match(prediction.exact, hidden=answer.source.spoiler)
        embed.description = "\n".join([embed.description or "", *_fact(answer)])
        return embed
    name, share = plain(prediction.channel.title), percent(prediction.confidence)
    if prediction.unknown:
        embed = discord.Embed(title=UNKNOWN, colour=_colour([answer]))
        text = f"Closest match: **{name}** ({share}), but I'm not sure enough."
    else:
        link = f"https://www.youtube.com/channel/{prediction.channel.id}" if prediction.channel.id else None
        embed = discord.Embed(title=name, url=link, colour=_colour([answer]))
        text = f"**{certainty(prediction.confidence)}**: {share}"
    embed.description = "\n".join([" · ".join([text, *_video(answer)]), *_fact(answer)])
    return embed


def _several(given: Sequence[Answer]) -> discord.Embed:
    """One line per picture, numbered like the parts of the plot."""
    lines: list[str] = []
    for answer in given:
        prediction = answer.prediction
        if prediction.exact:
            matched = exact_match_line(prediction.exact, hidden=answer.source.spoiler)
            lines += [f"**{answer.number}** · {matched}", *_fact(answer)]
            continue
        named = [f"**{plain(prediction.channel.title)}**", percent(prediction.confidence)]
        verdict = [UNKNOWN] if prediction.unknown else named
        lines += [" · ".join([f"**{answer.number}**", *verdict, *_video(answer)]), *_fact(answer)]
    return discord.Embed(title=f"{len(given)} pictures", description="\n".join(lines), colour=_colour(given))


def _video(answer: Answer) -> Sequence[str]:
    """A link to the video, if there is one; hidden like the picture."""
    if not answer.source.video_id:
        return ()
    link = f"[video](https://youtu.be/{answer.source.video_id})"
    return (f"||{link}||" if answer.source.spoiler else link,)


def _fact(answer: Answer) -> Sequence[str]:
    """A line about what YouTube says, if it says anything."""
    if answer.fact is None:
        return ()
    name = f"**{plain(answer.fact.channel_title)}**"
    if answer.correct is None:
        return (f"YouTube says: {name}",)
    if not answer.correct:
        return (f"YouTube says: {name} ❌ I was wrong.",)
    if answer.prediction.unknown:
        return (f"YouTube says: {name} ✅ Right: I don't know that channel.",)
    return (f"YouTube says: {name} ✅ I was right.",)


def _colour(given: Sequence[Answer]) -> discord.Colour:
    """Green if the bot is sure, amber if it is not, grey if it named no channel."""
    named = [answer.prediction for answer in given if answer.prediction.exact or not answer.prediction.unknown]
    if not named:
        return GREY
    return GREEN if all(it.exact or it.confidence >= CERTAINTY[1][0] for it in named) else AMBER
