"""The figures that explain an answer: where the model looked, and the picture's colours. Each is 1040 pixels wide."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor, ImageDraw

from classifier.drawing.canvas import SCALE, WIDTH, Canvas, chart_png, length, picture_png, ticks
from classifier.drawing.confidence import percent
from classifier.drawing.names import names
from classifier.drawing.palette import GREEN, LIGHT_BLUE, MUTED, RED, TEXT, TRACK
from classifier.pictures import decoding as pictures
from classifier.pictures.thumbnail import BINS, Thumbnail
from classifier.values import Heatmap, Prediction

_COLOURS: Final = (RED, GREEN, LIGHT_BLUE)
_MARGIN, _HEAD = 12, 32

_ANCHORS: Final = (
    "#150d30",
    "#37145f",
    "#6c1f75",
    "#99296a",
    "#c43f52",
    "#e5633a",
    "#f6922d",
    "#fac551",
    "#fcf4b4",
)
"""The colours of evidence, at equal distances from irrelevant to strongest."""
_DIMMED, _OPACITY = 0.7, 0.75
_SCALE_BAR: Final = 8

_PLANE: Final = pictures.WIDTH / SCALE, pictures.HEIGHT / SCALE
"""A plane's width and height in units, so that a pixel of the picture is a pixel of the figure."""

_LEFT, _BAR, _GAP, _PLOT, _BELOW = 60, 5.5, 15, 130, 44
"""Of the histograms, in units: the first one's left edge, a bar's width, the gap between two histograms, heights."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the figures say: what stands in place of a channel that is not sure enough (with the placeholder
    `{channel}`), the ends of the scale of evidence, the planes' names, and what the axes of histograms are.
    """

    unknown: str = "None of the known channels; closest match: {channel}"
    least: str = "irrelevant"
    most: str = "strongest evidence"
    planes: tuple[str, str, str] = ("Red", "Green", "Blue")
    share: str = "share of pixels"
    value: str = "value (0 to 255)"


ENGLISH: Final = Words()


def heatmap_figure(thumbnail: Thumbnail, heatmap: Heatmap, words: Words = ENGLISH) -> bytes:
    """The picture dimmed, and in colour the evidence for its most probable channel, with a scale below."""
    width = WIDTH - 2 * _MARGIN
    height = width * pictures.HEIGHT / pictures.WIDTH
    canvas = Canvas(WIDTH, _HEAD + height + 40)
    canvas.write((_MARGIN, _HEAD / 2), _caption(heatmap.prediction, words), size=14, fill=TEXT)
    size = (width * SCALE, round(height * SCALE))
    canvas.paste(_glowing(thumbnail, heatmap.heat, size), _MARGIN, _HEAD)
    top = _HEAD + height + 8
    shades = _ramp()[np.linspace(0, 255, size[0]).round().astype(int)]
    bar = Image.fromarray(np.tile(shades, (_SCALE_BAR * SCALE, 1, 1)))
    ends = Image.new("L", bar.size)
    ImageDraw.Draw(ends).rounded_rectangle((0, 0, bar.width - 1, bar.height - 1), radius=bar.height / 2, fill=255)
    canvas.paste(bar, _MARGIN, top, ends)
    below = top + _SCALE_BAR + 11
    canvas.write((_MARGIN, below), words.least, size=11, fill=MUTED)
    canvas.write((WIDTH - _MARGIN, below), words.most, size=11, fill=MUTED, anchor="right")
    return picture_png(canvas.image)


def planes_figure(thumbnail: Thumbnail, words: Words = ENGLISH) -> bytes:
    """The tutorial's figure 2: the red, green and blue planes, each in its own colour."""
    width, height = _PLANE
    gap = (WIDTH - 2 * _MARGIN - 3 * width) / 2
    canvas = Canvas(WIDTH, _HEAD + height + _MARGIN)
    for index, (name, colour) in enumerate(zip(words.planes, _COLOURS, strict=True)):
        left = _MARGIN + index * (width + gap)
        only = np.zeros_like(thumbnail.pixels)
        only[..., index] = thumbnail.pixels[..., index]
        canvas.paste(Image.fromarray(only), left, _HEAD)
        canvas.write((left + width / 2, _HEAD / 2), name, size=13, fill=colour, anchor="middle")
    return picture_png(canvas.image)


def histograms_figure(thumbnail: Thumbnail, words: Words = ENGLISH) -> bytes:
    """The tutorial's figure 3: the histograms of the three planes, 25 bins over each plane's own range.

    All three have the same scale of shares.
    """
    histograms = thumbnail.histograms()[:3]
    highest = float(histograms.max())
    width, bottom = BINS * _BAR, _HEAD + _PLOT
    canvas = Canvas(WIDTH, bottom + _BELOW)
    side = (_MARGIN + 7, _HEAD + _PLOT / 2)
    canvas.write(side, words.share, size=11, fill=MUTED, anchor="middle", angle=90)
    lines = [(bottom - share / 100 / highest * _PLOT, share) for share in ticks(0, 100 * highest, 7)]
    for y, share in lines:
        canvas.write((_LEFT - 6, y), f"{share}%", size=10, fill=MUTED, anchor="right")
    named = zip(words.planes, _COLOURS, thumbnail.planes, histograms, strict=True)
    for index, (name, colour, plane, shares) in enumerate(named):
        left = _LEFT + index * (width + _GAP)
        for y, _ in lines:
            canvas.block(left, y - 0.5, left + width, y + 0.5, TRACK)
        for number, share in enumerate(shares):
            x = left + number * _BAR
            canvas.block(x, bottom - share / highest * _PLOT, x + _BAR - 0.5, bottom, colour)
        canvas.write((left + width / 2, _HEAD / 2), name, size=13, fill=colour, anchor="middle")
        edges = np.histogram_bin_edges(plane, bins=BINS)
        low, high = float(edges[0]), float(edges[-1])
        for value in ticks(low, high, 6):
            x = left + (value - low) / (high - low) * width
            canvas.block(x - 0.5, bottom + 1, x + 0.5, bottom + 4, MUTED)
            canvas.write((x, bottom + 12), str(value), size=10, fill=MUTED, anchor="middle")
        canvas.write((left + width / 2, bottom + 30), words.value, size=11, fill=MUTED, anchor="middle")
    return chart_png(canvas.image)


def _caption(prediction: Prediction, words: Words) -> str:
    """The channel and its probability; a long name is cut so that the rest fits."""
    before, _, rest = (words.unknown if prediction.unknown else "{channel}").partition("{channel}")
    after = f"{rest} ({percent(prediction.confidence)})"
    room = WIDTH - 2 * _MARGIN - length(before + after, size=14)
    name, *_ = names([guess.channel for guess in prediction.guesses], room, size=14)
    return before + name.fitted(room, size=14) + after


def _glowing(thumbnail: Thumbnail, heat: NDArray[np.float32], size: tuple[int, int]) -> Image.Image:
    """The picture in grey, and over it the heat in colour; `size` is (width, height) in pixels."""
    smooth = np.asarray(Image.fromarray(heat).resize(size, Image.Resampling.BICUBIC)).clip(0, 1)
    picture = Image.fromarray(thumbnail.pixels).convert("L").resize(size, Image.Resampling.BICUBIC)
    grey = np.asarray(picture, dtype=np.float32)[..., None] * np.float32(_DIMMED)
    strength = np.float32(_OPACITY) * np.sqrt(smooth)[..., None]
    glow = _ramp()[(smooth * 255).round().astype(np.uint8)]
    return Image.fromarray((grey + strength * (glow - grey)).round().astype(np.uint8))


@cache
def _ramp() -> NDArray[np.uint8]:
    """The colours of evidence: uint8 [256, 3], RGB, from irrelevant to strongest."""
    anchors = np.array([ImageColor.getrgb(anchor) for anchor in _ANCHORS])
    places = np.linspace(0, 1, len(anchors))
    shades = [np.interp(np.linspace(0, 1, 256), places, part) for part in anchors.T]
    return np.stack(shades, axis=1).round().astype(np.uint8)
