"""Unknown channels: each is a random mix of colours, backdrop, subject and lettering."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from bot.sandbox.samples.brush import (
    HEIGHT,
    WIDTH,
    Colour,
    Random,
    disc,
    face,
    glow,
    gradient,
    headline,
    label,
    mix,
    pick,
    sphere,
    star,
)

_WORDS = ("TODAY", "LIVE", "MY STORY", "TOP 10", "GOAL!", "REMIX", "HOW TO", "NEWS", "OUTDOORS", "TRAILER", "WE TRIED")
_MOODS = ("wow", "grin", "smirk")
_SKINS: tuple[Colour, ...] = ((255, 214, 180), (224, 172, 130), (160, 106, 70), (104, 66, 44))


@dataclass(frozen=True, slots=True)
class _Style:
    """The style that all thumbnails of one channel share."""

    colours: tuple[Colour, Colour, Colour]
    backdrop: Callable[["_Style", Random], Image.Image]
    subject: Callable[["_Style", Random, Image.Image], None]
    lettering: Callable[["_Style", Random, ImageDraw.ImageDraw], None]


def paint(channel: int, rng: Random) -> Image.Image:
    """Draw one thumbnail of the channel with a number."""
    style = _style(np.random.default_rng(channel))
    canvas = style.backdrop(style, rng)
    style.subject(style, rng, canvas)
    style.lettering(style, rng, ImageDraw.Draw(canvas))
    return canvas


def _style(rng: Random) -> _Style:
    red, green, blue = (_colour(rng) for _ in range(3))
    return _Style((red, green, blue), pick(rng, _BACKDROPS), pick(rng, _SUBJECTS), pick(rng, _LETTERINGS))


def _colour(rng: Random) -> Colour:
    red, green, blue = (int(value) for value in rng.integers(0, 256, 3))
    return red, green, blue


def _plain(style: _Style, rng: Random) -> Image.Image:
    return gradient(style.colours[0], mix(style.colours[0], style.colours[1], 0.6), float(rng.uniform(0, 180)))


def _clouds(style: _Style, rng: Random) -> Image.Image:
    """Soft spots, like an out-of-focus photograph."""
    spots = [mix(pick(rng, style.colours), _colour(rng), 0.3) for _ in range(24)]
    small = Image.fromarray(np.array(spots, dtype=np.uint8).reshape(4, 6, 3))
    return small.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _stripes(style: _Style, rng: Random) -> Image.Image:
    canvas = Image.new("RGB", (WIDTH, HEIGHT), style.colours[0])
    draw, width, slant = ImageDraw.Draw(canvas), int(rng.integers(24, 70)), int(rng.integers(-200, 200))
    for x in range(-200, WIDTH + 200, 2 * width):
        draw.polygon(((x, 0), (x + width, 0), (x + width + slant, HEIGHT), (x + slant, HEIGHT)), fill=style.colours[1])
    return canvas


def _landscape(style: _Style, rng: Random) -> Image.Image:
    canvas = gradient(mix(style.colours[0], (255, 255, 255), 0.5), style.colours[0])
    draw = ImageDraw.Draw(canvas)
    for layer in range(3):
        heights = rng.integers(130 + 60 * layer, 220 + 60 * layer, 6)
        ridge = [(index * WIDTH / 5, int(height)) for index, height in enumerate(heights)]
        draw.polygon([(0, HEIGHT), *ridge, (WIDTH, HEIGHT)], fill=mix(style.colours[1], (0, 0, 0), 0.25 * layer))
    return canvas


def _person(style: _Style, rng: Random, canvas: Image.Image) -> None:
    draw, x, radius = ImageDraw.Draw(canvas), float(rng.uniform(140, 500)), float(rng.uniform(70, 120))
    draw.ellipse((x - radius * 1.5, 180 + radius, x + radius * 1.5, 560), fill=style.colours[2])
    face(draw, x, 190, radius, skin=pick(rng, _SKINS), hair=_colour(rng), mood=pick(rng, _MOODS))


def _ball(style: _Style, rng: Random, canvas: Image.Image) -> None:
    x, y, radius = int(rng.uniform(150, 490)), int(rng.uniform(130, 230)), int(rng.uniform(60, 120))
    glow(canvas, x, y, 2.5 * radius, mix(style.colours[2], (255, 255, 255), 0.5))
    sphere(canvas, x, y, radius, (style.colours[2], style.colours[1]), bands=float(rng.uniform(2, 12)))


def _shapes(style: _Style, rng: Random, canvas: Image.Image) -> None:
    draw = ImageDraw.Draw(canvas)
    for _ in range(int(rng.integers(4, 12))):
        x, y, size = (float(value) for value in rng.uniform((0, 0, 20), (WIDTH, HEIGHT, 80)))
        fill = mix(pick(rng, style.colours), _colour(rng), 0.25)
        if rng.random() < 0.5:
            disc(draw, x, y, size, fill)
        else:
            draw.polygon(star(x, y, size, size / 2, int(rng.integers(3, 8))), fill=fill)


def _boxes(style: _Style, rng: Random, canvas: Image.Image) -> None:
    draw = ImageDraw.Draw(canvas)
    for x in range(40, 600, 140):
        top = int(rng.integers(60, 260))
        draw.rounded_rectangle((x, top, x + 110, 330), 12, fill=mix(style.colours[2], _colour(rng), 0.3))


def _banner(style: _Style, rng: Random, draw: ImageDraw.ImageDraw) -> None:
    draw.rectangle((0, 280, WIDTH, HEIGHT), fill=style.colours[2])
    ink = (0, 0, 0) if sum(style.colours[2]) > 380 else (255, 255, 255)
    headline(draw, 30, 340, pick(rng, _WORDS), size=64, width=580, fill=ink)


def _shout(style: _Style, rng: Random, draw: ImageDraw.ImageDraw) -> None:
    fill = mix(style.colours[2], (255, 255, 255), 0.6)
    headline(
        draw, 320, float(rng.uniform(90, 330)), pick(rng, _WORDS), size=90, width=600, fill=fill, stroke=8, anchor="ms"
    )


def _chip(style: _Style, rng: Random, draw: ImageDraw.ImageDraw) -> None:
    label(draw, 24, 24, pick(rng, _WORDS), size=28, ink=(255, 255, 255), paper=mix(style.colours[1], (0, 0, 0), 0.5))


def _no_words(_style: _Style, _rng: Random, _draw: ImageDraw.ImageDraw) -> None:
    """Draw no lettering."""


_BACKDROPS = (_plain, _clouds, _stripes, _landscape)
_SUBJECTS = (_person, _ball, _shapes, _boxes)
_LETTERINGS = (_banner, _shout, _chip, _no_words)
