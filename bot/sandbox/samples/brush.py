"""Drawing functions that all sample channels share. Coordinates are on a 640×360 canvas, which is then halved."""

import math
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 360

Colour = tuple[int, int, int]
Random = np.random.Generator

_T = TypeVar("_T")
_COARSE = 4  # soft shapes are drawn small and scaled up
_Y, _X = np.mgrid[0:HEIGHT:_COARSE, 0:WIDTH:_COARSE].astype(np.float32)


def pick(rng: Random, items: Sequence[_T]) -> _T:
    """Choose one of the items."""
    return items[int(rng.integers(len(items)))]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colours: `share` 0 returns `one`, 1 returns `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def gradient(one: Colour, other: Colour, angle: float = 90) -> Image.Image:
    """Draw a gradient from one colour to the other; 0 degrees is to the right, 90 down."""
    along = _X * math.cos(math.radians(angle)) / WIDTH + _Y * math.sin(math.radians(angle)) / HEIGHT
    share = ((along - along.min()) / (along.max() - along.min()))[..., None]
    small = (np.array(one) * (1 - share) + np.array(other) * share).astype(np.uint8)
    return Image.fromarray(small).resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def glow(canvas: Image.Image, x: float, y: float, radius: float, colour: Colour, *, strength: float = 0.6) -> None:
    """Draw a soft spot of light."""
    distance = ((_X - x) ** 2 + (_Y - y) ** 2) / radius**2
    veil = Image.fromarray((np.exp(-2 * distance) * 255 * strength).astype(np.uint8))
    canvas.paste(colour, (0, 0), veil.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))


def sphere(canvas: Image.Image, x: int, y: int, radius: int, colours: tuple[Colour, Colour], *, bands: float) -> None:
    """Draw a ball with stripes of two colours, lit from the upper left."""
    v, u = np.mgrid[-1 : 1 : radius * 1j, -1 : 1 : radius * 1j].astype(np.float32)
    inside = 1 - u**2 - v**2
    depth = np.sqrt(np.clip(inside, 0, None))
    light = np.clip(0.15 + 0.95 * (-0.55 * u - 0.45 * v + 0.7 * depth), 0.04, 1)[..., None]
    stripe = (0.5 + 0.5 * np.sin(bands * (v + 0.15 * u) + np.sin(3 * u)))[..., None]
    one, other = np.array(colours, dtype=np.float32)
    surface = Image.fromarray(((one * stripe + other * (1 - stripe)) * light).astype(np.uint8))
    edge = Image.new("L", (4 * radius, 4 * radius))
    ImageDraw.Draw(edge).ellipse((0, 0, 4 * radius - 1, 4 * radius - 1), fill=255)
    size = (2 * radius, 2 * radius)
    canvas.paste(surface.resize(size, Image.Resampling.BILINEAR), (x - radius, y - radius), edge.reduce(2))


@cache
def font(size: int, name: str = "DejaVuSans-Bold") -> ImageFont.FreeTypeFont:
    """Load a font from matplotlib, without importing it."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise RuntimeError("The fonts are missing because matplotlib is not installed. Install the project again.")
    return ImageFont.truetype(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / f"{name}.ttf", size)


def fitting(text: str, size: int, width: float) -> ImageFont.FreeTypeFont:
    """Load the bold font in a size of up to `size`, so that the text is at most `width` wide."""
    return font(max(12, int(min(size, size * width / font(size).getlength(text)))))


def headline(
    draw: ImageDraw.ImageDraw,
    x: float,
    y: float,
    text: str,
    *,
    size: int,
    width: float,
    fill: Colour,
    stroke: int = 0,
    edge: Colour = (0, 0, 0),
    anchor: str = "ls",
) -> None:
    """Draw one line of bold text with an outline, shrunk to fit a width."""
    letters = fitting(text, size, width)
    draw.text((x, y), text, fill=fill, font=letters, anchor=anchor, stroke_width=stroke, stroke_fill=edge)


def label(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, *, size: int, ink: Colour, paper: Colour) -> None:
    """Draw a rounded chip with text; `x` and `y` are its upper left corner."""
    letters = font(size)
    width = letters.getlength(text) + size
    draw.rounded_rectangle((x, y, x + width, y + size * 1.7), size * 0.5, fill=paper)
    draw.text((x + width / 2, y + size * 0.85), text, fill=ink, font=letters, anchor="mm")


def tilted(canvas: Image.Image, layer: Image.Image, angle: float) -> None:
    """Paste a transparent layer onto the canvas, rotated by `angle` degrees."""
    rotated = layer.rotate(angle, Image.Resampling.BILINEAR)
    canvas.paste(rotated, (0, 0), rotated)


def star(x: float, y: float, outer: float, inner: float, points: int) -> list[tuple[float, float]]:
    """The corners of a star."""
    corners = []
    for index in range(2 * points):
        radius = inner if index % 2 else outer
        angle = math.pi * index / points
        corners.append((x + radius * math.sin(angle), y - radius * math.cos(angle)))
    return corners


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: Colour, *, squash: float = 1) -> None:
    """Draw a filled circle, or an ellipse that is `squash` times as high as wide."""
    draw.ellipse((x - radius, y - radius * squash, x + radius, y + radius * squash), fill=fill)


def face(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, *, skin: Colour, hair: Colour, mood: str) -> None:
    """Draw a face; its mood is "wow", "grin" or "smirk"."""
    disc(draw, x, y - r * 0.18, r * 1.08, hair)
    disc(draw, x - r * 0.98, y + r * 0.05, r * 0.2, mix(skin, (0, 0, 0), 0.15))
    disc(draw, x + r * 0.98, y + r * 0.05, r * 0.2, mix(skin, (0, 0, 0), 0.15))
    disc(draw, x, y + r * 0.05, r, skin)
    draw.chord((x - r, y - r * 1.1, x + r, y + r * 0.5), 200, 340, fill=hair)
    wide = 0.3 if mood == "wow" else 0.22
    for side in (-1, 1):
        eye = x + side * r * 0.4
        disc(draw, eye, y - r * 0.05, r * wide, (255, 255, 255), squash=1.15)
        disc(draw, eye + r * 0.04, y - r * 0.02, r * 0.12, (30, 30, 40))
        disc(draw, eye + r * 0.08, y - r * 0.08, r * 0.04, (255, 255, 255))
        lift = 0.52 if mood == "wow" else 0.4
        tilt = side * r * (-0.07 if mood == "smirk" else 0.05)
        brow = (eye - r * 0.24, y - r * lift - tilt, eye + r * 0.24, y - r * lift + tilt)
        draw.line(brow, fill=mix(hair, (0, 0, 0), 0.3), width=max(2, int(r * 0.1)))
    if mood == "wow":
        disc(draw, x, y + r * 0.58, r * 0.26, (110, 20, 30), squash=1.2)
        disc(draw, x, y + r * 0.75, r * 0.16, (230, 100, 110), squash=0.6)
    elif mood == "grin":
        draw.chord((x - r * 0.5, y, x + r * 0.5, y + r * 0.85), 10, 170, fill=(120, 25, 35))
        draw.chord((x - r * 0.46, y + r * 0.1, x + r * 0.46, y + r * 0.66), 15, 165, fill=(255, 255, 255))
    else:
        draw.arc((x - r * 0.2, y + r * 0.2, x + r * 0.5, y + r * 0.65), 20, 150, fill=(120, 25, 35), width=int(r * 0.1))
