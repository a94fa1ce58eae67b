"""The buttons under an answer."""

from collections.abc import Sequence

import discord
from discord import ui

from bot.values import Answer
from bot.views.feedback import Right, Wrong
from bot.views.why import Why


def answer_view(given: Sequence[Answer]) -> ui.View:
    """One row of buttons per picture: Right, Wrong and Why?."""
    view = ui.View(timeout=None)
    for place, answer in enumerate(given):
        number = f" {place + 1}" if len(given) > 1 else ""
        view.add_item(Right(answer.id, label=f"Right{number}", style=discord.ButtonStyle.success, row=place))
        view.add_item(Wrong(answer.id, label=f"Wrong{number}", style=discord.ButtonStyle.danger, row=place))
        view.add_item(Why(answer.id, answer.place, label=f"Why{number}?", row=place))
    return view
