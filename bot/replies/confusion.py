"""The confusion matrix of a model. Drawing it takes a moment: use a thread, in the context of whoever reads it."""

from collections.abc import Sequence

from bot.languages import gettext as _
from bot.languages import percentage
from bot.replies.message import Drawing
from bot.replies.words import line, titles
from classifier.drawing.confusion import Words, confusion_figure
from classifier.values import Channel, Metrics, ModelInfo


def confusion_matrix(model: ModelInfo) -> Drawing:
    """Draw it in the current language."""
    metrics = model.metrics
    words = Words(
        heading=_("Accuracy {accuracy} on {n} test thumbnails", accuracy=percentage(metrics.accuracy), n=metrics.n),
        true=_("true channel"),
        predicted=_("predicted channel"),
    )
    figure = confusion_figure(metrics, model.channels, words)
    return Drawing("confusion.png", figure, _in_words(metrics, model.channels))


def _in_words(metrics: Metrics, channels: Sequence[Channel]) -> str:
    """Its diagonal."""
    names = titles(channels)
    rows = (
        _("{channel} {right} of {n}", channel=line(names.get(label, label)), right=row[index], n=sum(row))
        for index, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True))
    )
    return _("Confusion matrix of {n} test thumbnails. Right: {rows}.", n=metrics.n, rows=", ".join(rows))
