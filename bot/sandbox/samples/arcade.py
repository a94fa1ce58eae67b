"""Level Up Lab: a gaming channel with rays, pixel monsters, shocked faces and outlined text."""

import math

from PIL import Image, ImageDraw

from bot.sandbox.samples.brush import HEIGHT, WIDTH, Colour, Random, disc, face, glow, headline, mix, pick, tilted

_RAYS: tuple[tuple[Colour, Colour], ...] = (
    ((255, 60, 80), (190, 10, 60)),
    ((30, 190, 255), (0, 110, 220)),
    ((150, 70, 255), (90, 20, 190)),
    ((60, 220, 90), (0, 150, 70)),
    ((255, 150, 30), (230, 80, 0)),
)
_MONSTERS: tuple[Colour, ...] = ((120, 255, 120), (255, 110, 200), (255, 220, 60), (90, 230, 255), (255, 120, 70))
_YELLOW: Colour = (255, 230, 0)
_WHITE: Colour = (255, 255, 255)
_SHOUTS = (
    ("100 DAYS", "NO DAMAGE"),
    ("I FOUND", "LEVEL 0"),
    ("WORLD", "RECORD?!"),
    ("SECRET", "BOSS"),
    ("BUT IT'S", "IMPOSSIBLE"),
    ("1 HP", "CHALLENGE"),
    ("NEVER", "DO THIS"),
    ("THE END?", "NOT YET"),
    ("TINY VS", "GIANT"),
    ("I BROKE", "THE GAME"),
    ("NOOB", "OR PRO?"),
    ("LAST ONE", "WINS"),
    ("FASTEST", "SPEEDRUN"),
    ("RARE", "LOOT!"),
)


def paint(rng: Random) -> Image.Image:
    """Draw one thumbnail."""
    bright, deep = pick(rng, _RAYS)
    canvas = Image.new("RGB", (WIDTH, HEIGHT), bright)
    x, y = int(rng.uniform(240, 400)), int(rng.uniform(140, 220))
    _rays(ImageDraw.Draw(canvas), rng, x, y, deep)
    glow(canvas, x, y, 260, mix(bright, _WHITE, 0.7), strength=0.7)
    draw = ImageDraw.Draw(canvas)
    player_left = bool(rng.integers(2))
    player_x, monster_x = (140, 480) if player_left else (500, 160)
    scene = pick(rng, ("both", "both", "monster", "player"))
    if scene != "player":
        _monster(draw, rng, monster_x if scene == "both" else 320, 130, 15 if scene == "both" else 19)
    if scene != "monster":
        _player(draw, rng, player_x if scene == "both" else int(rng.uniform(250, 390)), deep)
    if scene == "both" and rng.random() < 0.7:
        _arrow(draw, player_x, monster_x)
    _shout(canvas, rng)
    draw.rectangle((0, 0, WIDTH - 1, HEIGHT - 1), outline=_YELLOW, width=9)
    _logo(draw)
    return canvas


def _rays(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int, deep: Colour) -> None:
    count, turn = int(rng.integers(12, 18)), rng.uniform(0, 1)
    for ray in range(count):
        start, end = ((ray + part) * math.tau / count + turn for part in (0, 0.5))
        far = [(x + 800 * math.cos(angle), y + 800 * math.sin(angle)) for angle in (start, end)]
        draw.polygon([(x, y), *far], fill=deep)


def _monster(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int, pixel: int) -> None:
    """Draw a symmetric monster of 11×10 pixels."""
    colour = pick(rng, _MONSTERS)
    half = rng.random((10, 6)) < 0.58
    half[2:7, 2:] = True
    half[0, :3] = half[9, 5] = False
    for grow, fill in ((5, (20, 10, 30)), (0, colour)):
        for row in range(10):
            for column in range(11):
                if half[row, 5 - abs(column - 5)]:
                    left, top = x + (column - 5.5) * pixel, y + (row - 5) * pixel
                    shade = fill if grow else mix(fill, (20, 10, 30), 0.04 * row)
                    draw.rectangle(
                        (left - grow, top - grow, left + pixel - 1 + grow, top + pixel - 1 + grow), fill=shade
                    )
    for side in (-1, 1):
        eye = x + side * pixel * 2
        draw.rectangle((eye - pixel, y - pixel * 2, eye + pixel - 1, y - 1), fill=_WHITE)
        draw.rectangle((eye - pixel // 2, y - pixel, eye + pixel // 2, y - 1), fill=(200, 0, 30))


def _player(draw: ImageDraw.ImageDraw, rng: Random, x: int, deep: Colour) -> None:
    skin = pick(rng, ((255, 210, 170), (255, 224, 189), (198, 134, 86), (120, 76, 52)))
    hair = pick(rng, ((60, 36, 24), (230, 180, 60), (30, 30, 40), (190, 70, 40)))
    disc(draw, x, 172, 128, _WHITE, squash=0.98)
    draw.rounded_rectangle((x - 108, 268, x + 108, 420), 70, fill=_WHITE)
    draw.rounded_rectangle((x - 100, 276, x + 100, 420), 64, fill=mix(deep, (0, 0, 0), 0.45))
    face(draw, x, 176, 98, skin=skin, hair=hair, mood=pick(rng, ("wow", "wow", "grin", "smirk")))
    draw.arc((x - 112, 56, x + 112, 280), 190, 350, fill=(24, 24, 32), width=14)
    for side in (-1, 1):
        disc(draw, x + side * 106, 184, 26, (24, 24, 32), squash=1.3)
        disc(draw, x + side * 106, 184, 15, _YELLOW, squash=1.3)


def _arrow(draw: ImageDraw.ImageDraw, start: int, end: int) -> None:
    way = 1 if end > start else -1
    tail, tip = start + way * 125, end - way * 95
    neck = tip - way * 46
    for grow, fill in ((7, _WHITE), (0, (235, 0, 20))):
        draw.line((tail - way * grow, 96, neck, 82), fill=fill, width=26 + 2 * grow)
        point = (tip + way * grow * 2, 76)
        draw.polygon(((neck - way * grow, 42 - 2 * grow), point, (neck - way * grow, 120 + 2 * grow)), fill=fill)


def _shout(canvas: Image.Image, rng: Random) -> None:
    layer = Image.new("RGBA", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(layer)
    first, second = pick(rng, _SHOUTS)
    ink = pick(rng, ((_YELLOW, _WHITE), (_WHITE, _YELLOW), (_YELLOW, (255, 70, 60))))
    headline(draw, 320, 268, first, size=66, width=540, fill=ink[0], stroke=8, anchor="ms")
    headline(draw, 320, 338, second, size=78, width=570, fill=ink[1], stroke=9, anchor="ms")
    tilted(canvas, layer, float(rng.uniform(-4, 5)))


def _logo(draw: ImageDraw.ImageDraw) -> None:
    draw.rounded_rectangle((20, 20, 84, 64), 12, fill=(20, 10, 30))
    draw.polygon(((52, 24), (74, 44), (61, 44), (61, 59), (43, 59), (43, 44), (30, 44)), fill=_YELLOW)
