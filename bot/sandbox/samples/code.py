"""Byte Garden: a programming channel with dark editors, mint text and leaves."""

import math
from itertools import pairwise

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
    label,
    mix,
    pick,
)

_NIGHTS: tuple[tuple[Colour, Colour], ...] = (
    ((14, 24, 30), (18, 52, 52)),
    ((16, 18, 34), (26, 38, 74)),
    ((20, 26, 20), (28, 60, 36)),
    ((28, 20, 36), (52, 32, 66)),
)
_INKS: tuple[Colour, ...] = ((255, 123, 114), (121, 192, 255), (210, 168, 255), (126, 231, 135), (255, 166, 87))
_MINT: Colour = (94, 240, 176)
_WHITE: Colour = (245, 250, 250)
_GREY: Colour = (140, 150, 165)
_TOPICS = (
    ("Async", "in 10 minutes"),
    ("Regex", "finally clear"),
    ("Git", "without fear"),
    ("SQL joins", "step by step"),
    ("Docker", "from zero"),
    ("Types", "that help"),
    ("Big O", "in pictures"),
    ("Testing", "made small"),
    ("Graphs", "by example"),
    ("Caching", "done right"),
    ("Threads", "explained"),
    ("HTTP", "under the hood"),
    ("Closures", "at last"),
    ("Recursion", "once more"),
)


def paint(rng: Random) -> Image.Image:
    """Draw one thumbnail."""
    night, dawn = pick(rng, _NIGHTS)
    canvas = gradient(night, dawn, float(rng.uniform(0, 90)))
    glow(canvas, rng.uniform(60, 260), rng.uniform(40, 320), 260, mix(dawn, _MINT, 0.5), strength=0.4)
    draw = ImageDraw.Draw(canvas)
    for row in range(9):
        for column in range(16):
            disc(draw, 20 + column * 40, 20 + row * 40, 1.5, mix(dawn, _WHITE, 0.25))
    pick(rng, (_editor, _editor, _terminal, _tree))(draw, rng, int(rng.uniform(338, 350)), int(rng.uniform(34, 62)))
    topic, rest = pick(rng, _TOPICS)
    y = int(rng.uniform(170, 215))
    headline(draw, 34, y, topic, size=76, width=292, fill=_WHITE)
    headline(draw, 36, y + 46, rest, size=34, width=288, fill=_MINT)
    label(draw, 36, y + 68, f"#{int(rng.integers(1, 240))}", size=22, ink=night, paper=_MINT)
    _plant(draw, rng, int(rng.uniform(200, 290)))
    draw.rectangle((0, HEIGHT - 12, WIDTH, HEIGHT), fill=mix(night, (0, 0, 0), 0.4))
    draw.rectangle((0, HEIGHT - 12, rng.uniform(120, 600), HEIGHT), fill=_MINT)
    _logo(draw)
    return canvas


def _window(draw: ImageDraw.ImageDraw, x: int, y: int, paper: Colour) -> None:
    draw.rounded_rectangle((x + 8, y + 10, x + 288, y + 278), 14, fill=(6, 10, 14))
    draw.rounded_rectangle((x, y, x + 280, y + 268), 14, fill=paper)
    draw.line((x, y + 30, x + 280, y + 30), fill=mix(paper, _WHITE, 0.15), width=2)
    for index, light in enumerate(((255, 95, 86), (255, 189, 46), (39, 201, 63))):
        disc(draw, x + 20 + 20 * index, y + 15, 6, light)


def _editor(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int) -> None:
    _window(draw, x, y, (13, 17, 23))
    indent = 0
    for line in range(11):
        top = y + 44 + line * 20
        draw.text((x + 14, top - 2), str(line + 1), fill=(80, 90, 100), font=font(11, "DejaVuSansMono"))
        left = x + 40 + indent * 22
        for _ in range(int(rng.integers(1, 5))):
            width = int(rng.uniform(18, 70))
            if left + width > x + 268:
                break
            draw.rounded_rectangle((left, top, left + width, top + 9), 4, fill=pick(rng, (*_INKS, _GREY)))
            left += width + 8
        indent = int(min(3, max(0, indent + pick(rng, (-1, 0, 0, 1)))))


def _terminal(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int) -> None:
    _window(draw, x, y, (20, 22, 30))
    for line in range(7):
        top = y + 46 + line * 30
        if line % 2 == 0:
            verb = pick(rng, ("run", "build", "test", "push", "grow", "deploy", "watch"))
            draw.text((x + 18, top), "$", fill=_MINT, font=font(20, "DejaVuSansMono-Bold"))
            draw.text(
                (x + 40, top),
                f"{verb} --{pick(rng, _TOPICS)[0].lower().replace(' ', '-')}",
                fill=_WHITE,
                font=font(17, "DejaVuSansMono-Bold"),
            )
        else:
            draw.rounded_rectangle(
                (x + 40, top + 6, x + rng.uniform(90, 250), top + 14), 4, fill=pick(rng, (_GREY, *_INKS))
            )


def _tree(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int) -> None:
    """Draw a binary tree: three rows of nodes on a card."""
    _window(draw, x, y, (16, 20, 28))
    rows = [
        [(x + 280 * (2 * index + 1) / 2 ** (depth + 1), y + 72 + 78 * depth) for index in range(2**depth)]
        for depth in range(3)
    ]
    for above, below in pairwise(rows):
        for index, node in enumerate(below):
            draw.line((*above[index // 2], *node), fill=_GREY, width=4)
    for depth, row in enumerate(rows):
        for node in row:
            disc(draw, *node, 28 - 3 * depth, pick(rng, _INKS))
            number = str(int(rng.integers(1, 99)))
            draw.text(node, number, fill=(14, 18, 24), font=font(22 - 2 * depth), anchor="mm")


def _plant(draw: ImageDraw.ImageDraw, rng: Random, x: int) -> None:
    tip = rng.uniform(-20, 20)
    for step in range(4):
        base_y, lean = 340 - step * 20, x + tip * step / 4
        draw.line((lean, base_y, x + tip * (step + 1) / 4, base_y - 20), fill=(60, 170, 110), width=5)
        _leaf(draw, lean, base_y - 8, 30 - 4 * step, -1 if step % 2 else 1)


def _leaf(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, side: int) -> None:
    upper = [(x + side * size * t / 6, y - size * 0.45 * math.sin(math.pi * t / 6) - size * t / 14) for t in range(7)]
    lower = [
        (x + side * size * t / 6, y + size * 0.2 * math.sin(math.pi * t / 6) - size * t / 14) for t in range(6, -1, -1)
    ]
    draw.polygon(upper + lower, fill=_MINT)


def _logo(draw: ImageDraw.ImageDraw) -> None:
    corners = [
        (52 + 24 * math.sin(math.tau * index / 6), 46 - 24 * math.cos(math.tau * index / 6)) for index in range(6)
    ]
    draw.polygon(corners, fill=_MINT)
    draw.text((52, 45), "{ }", fill=(14, 24, 30), font=font(17), anchor="mm")
    draw.text((86, 46), "byte garden", fill=_WHITE, font=font(18), anchor="lm")
