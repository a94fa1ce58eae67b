"""Orbit Hour: a documentary channel with planets, deep colours and plain capitals."""

import math

from PIL import Image, ImageDraw

from bot.sandbox.samples.brush import (
    HEIGHT,
    WIDTH,
    Colour,
    Random,
    disc,
    font,
    glow,
    gradient,
    headline,
    mix,
    pick,
    sphere,
)

_SKIES: tuple[tuple[Colour, Colour, Colour], ...] = (
    ((6, 8, 30), (38, 16, 74), (150, 60, 220)),
    ((4, 10, 26), (8, 44, 76), (30, 140, 220)),
    ((10, 4, 22), (70, 14, 48), (240, 70, 110)),
    ((3, 14, 20), (6, 58, 62), (40, 200, 170)),
)
_WORLDS: tuple[tuple[Colour, Colour], ...] = (
    ((255, 186, 110), (186, 92, 48)),
    ((120, 200, 255), (40, 90, 190)),
    ((226, 226, 236), (128, 128, 146)),
    ((255, 120, 96), (150, 36, 50)),
    ((160, 240, 190), (30, 120, 110)),
    ((240, 214, 150), (170, 130, 190)),
)
_ORANGE: Colour = (255, 150, 40)
_WHITE: Colour = (255, 255, 255)
_TITLES = (
    ("INSIDE", "JUPITER"),
    ("WHY IS IT", "SO COLD?"),
    ("THE LAST", "SUNRISE"),
    ("A SECOND", "EARTH"),
    ("LOST", "MOONS"),
    ("RINGS", "OF ICE"),
    ("BEYOND", "PLUTO"),
    ("BLACK HOLE", "WEATHER"),
    ("ONE DAY", "ON MARS"),
    ("THE QUIET", "COMET"),
    ("HOW STARS", "DIE"),
    ("DARK", "MATTER"),
    ("SILENT", "ORBIT"),
    ("HIDDEN", "OCEAN"),
)


def paint(rng: Random) -> Image.Image:
    """Draw one thumbnail."""
    night, dusk, light = pick(rng, _SKIES)
    canvas = gradient(night, dusk, float(rng.uniform(20, 160)))
    planet_left = bool(rng.integers(2))
    x = int(rng.uniform(120, 210)) if planet_left else int(rng.uniform(430, 520))
    glow(canvas, x, rng.uniform(60, 300), rng.uniform(220, 340), light, strength=0.55)
    draw = ImageDraw.Draw(canvas)
    for _ in range(130):
        disc(draw, rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(0.6, 2.2), mix(light, _WHITE, 0.8))
    kind = pick(rng, ("planet", "planet", "horizon", "system"))
    if kind == "horizon":
        _horizon(canvas, rng, light)
    elif kind == "system":
        _system(canvas, rng, x)
    else:
        _planet(canvas, rng, x, int(rng.uniform(130, 230)))
    first, second = pick(rng, _TITLES)
    left = 330 if planet_left and kind != "horizon" else 36
    y = int(rng.uniform(210, 300)) if kind != "horizon" else 150
    draw.rectangle((left + 2, y - 118, left + 66, y - 112), fill=_ORANGE)
    headline(draw, left, y - 50, first, size=52, width=275, fill=_WHITE)
    headline(draw, left, y + 10, second, size=62, width=275, fill=_ORANGE)
    _logo(draw, WIDTH - 150 if planet_left or kind == "horizon" else 36, 22)
    return canvas


def _planet(canvas: Image.Image, rng: Random, x: int, y: int) -> None:
    radius = int(rng.uniform(85, 150))
    world = pick(rng, _WORLDS)
    ring = rng.random() < 0.45
    if ring:
        _ring(canvas, x, y, radius, world[0], front=False)
    sphere(canvas, x, y, radius, world, bands=rng.uniform(4, 16))
    if ring:
        _ring(canvas, x, y, radius, world[0], front=True)
    elif rng.random() < 0.7:
        moon = int(radius * rng.uniform(0.15, 0.28))
        beside = x + int(radius * rng.uniform(-1, 1))
        sphere(canvas, beside, y - int(radius * 0.95), moon, pick(rng, _WORLDS), bands=3)


def _ring(canvas: Image.Image, x: int, y: int, radius: int, colour: Colour, *, front: bool) -> None:
    draw = ImageDraw.Draw(canvas)
    for index, share in enumerate((1.75, 1.6, 1.45)):
        box = (x - radius * share, y - radius * share * 0.28, x + radius * share, y + radius * share * 0.28)
        start = 0 if front else 180
        draw.arc(box, start, start + 180, fill=mix(colour, _WHITE, 0.2 * index), width=9 - 2 * index)


def _horizon(canvas: Image.Image, rng: Random, light: Colour) -> None:
    glow(canvas, WIDTH / 2, 300, 420, light, strength=0.8)
    sphere(canvas, int(rng.uniform(260, 420)), 610, 400, pick(rng, _WORLDS), bands=rng.uniform(8, 20))
    moon = int(rng.uniform(26, 52))
    sphere(canvas, int(rng.uniform(440, 560)), int(rng.uniform(70, 130)), moon, pick(rng, _WORLDS), bands=5)


def _system(canvas: Image.Image, rng: Random, x: int) -> None:
    draw = ImageDraw.Draw(canvas)
    for step in range(1, 5):
        reach = 48 * step
        draw.ellipse((x - reach, 180 - reach, x + reach, 180 + reach), outline=(150, 150, 190), width=1)
    glow(canvas, x, 180, 95, (255, 210, 120), strength=0.95)
    sphere(canvas, x, 180, 36, ((255, 236, 150), (255, 170, 60)), bands=6)
    for step in range(1, 5):
        angle = rng.uniform(0, 6.28)
        world = (int(x + 48 * step * math.cos(angle)), int(180 + 48 * step * math.sin(angle)))
        sphere(canvas, *world, int(rng.uniform(9, 19)), pick(rng, _WORLDS), bands=4)


def _logo(draw: ImageDraw.ImageDraw, x: int, y: int) -> None:
    disc(draw, x + 12, y + 12, 9, _ORANGE)
    draw.arc((x - 4, y + 5, x + 28, y + 19), 0, 360, fill=_WHITE, width=2)
    draw.text((x + 36, y + 12), "ORBIT HOUR", fill=_WHITE, font=font(14), anchor="lm")
