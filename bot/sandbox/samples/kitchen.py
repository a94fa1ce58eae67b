"""Spoon & Salt: a cooking channel with plates seen from above on bright cloths, and a ribbon."""

import math

from PIL import Image, ImageDraw

from bot.sandbox.samples.brush import HEIGHT, WIDTH, Colour, Random, disc, face, fitting, font, mix, pick, star, tilted

_CLOTHS: tuple[tuple[Colour, Colour], ...] = (
    ((255, 246, 226), (250, 200, 160)),
    ((244, 252, 240), (176, 220, 160)),
    ((255, 240, 242), (246, 170, 180)),
    ((240, 248, 255), (160, 205, 235)),
    ((255, 250, 214), (248, 214, 96)),
)
_RIBBONS: tuple[Colour, ...] = ((214, 48, 49), (0, 132, 92), (226, 106, 20), (140, 40, 90))
_CREAM: Colour = (255, 250, 238)
_GREENS: tuple[Colour, ...] = ((96, 160, 60), (60, 130, 50), (140, 190, 80))


def paint(rng: Random) -> Image.Image:
    """Draw one thumbnail."""
    light, deep = pick(rng, _CLOTHS)
    ribbon = pick(rng, _RIBBONS)
    canvas = Image.new("RGB", (WIDTH, HEIGHT), light)
    draw = ImageDraw.Draw(canvas)
    pick(rng, (_gingham, _dots, _planks))(draw, light, deep)
    cook = rng.random() < 0.4
    x = int(rng.uniform(170, 230)) if cook else int(rng.uniform(200, 440))
    y, radius = int(rng.uniform(130, 160)), int(rng.uniform(112, 138))
    dish, titles = pick(rng, _DISHES)
    _plate(draw, rng, x, y, radius, shade=mix(deep, (60, 40, 30), 0.5))
    dish(draw, rng, x, y, radius * 0.74)
    if cook:
        _cook(draw, rng, int(rng.uniform(450, 510)), ribbon)
    _ribbon(canvas, rng, pick(rng, titles), ribbon)
    badge_x = int(rng.uniform(525, 580)) if x < 330 and not cook else int(rng.uniform(56, 80))
    draw.polygon(star(badge_x, 66, 56, 47, 14), fill=(255, 205, 40))
    draw.text((badge_x, 56), str(pick(rng, (5, 10, 15, 20, 30, 45))), fill=(70, 30, 10), font=font(38), anchor="mm")
    draw.text((badge_x, 86), "MIN", fill=(70, 30, 10), font=font(18), anchor="mm")
    return canvas


def _gingham(draw: ImageDraw.ImageDraw, light: Colour, deep: Colour) -> None:
    for column in range(0, WIDTH, 40):
        for row in range(0, HEIGHT, 40):
            share = ((column // 40) % 2 + (row // 40) % 2) * 0.4
            draw.rectangle((column, row, column + 39, row + 39), fill=mix(light, deep, share))


def _dots(draw: ImageDraw.ImageDraw, light: Colour, deep: Colour) -> None:
    draw.rectangle((0, 0, WIDTH, HEIGHT), fill=mix(light, deep, 0.55))
    for row in range(10):
        for column in range(18):
            disc(draw, column * 38 + row % 2 * 19, row * 38 + 12, 7, light)


def _planks(draw: ImageDraw.ImageDraw, light: Colour, deep: Colour) -> None:
    wood = mix(mix(light, deep, 0.6), (170, 110, 60), 0.5)
    for index in range(6):
        top = index * 60
        draw.rectangle((0, top, WIDTH, top + 59), fill=mix(wood, light, 0.12 * (index % 3)))
        draw.line((0, top, WIDTH, top), fill=mix(wood, (60, 30, 10), 0.5), width=3)
        draw.line((0, top + 24, WIDTH, top + 30 - index), fill=mix(wood, (90, 50, 20), 0.18), width=2)


def _plate(draw: ImageDraw.ImageDraw, rng: Random, x: int, y: int, r: int, *, shade: Colour) -> None:
    disc(draw, x + 8, y + 12, r, shade)
    disc(draw, x, y, r, (250, 250, 250))
    disc(draw, x, y, r * 0.96, pick(rng, ((236, 238, 242), (40, 70, 110), (236, 238, 242), (196, 70, 60))))
    disc(draw, x, y, r * 0.9, (252, 252, 252))
    disc(draw, x, y, r * 0.72, (240, 240, 238))


def _scatter(rng: Random, x: float, y: float, reach: float, count: int) -> list[tuple[float, float]]:
    spots = []
    for _ in range(count):
        angle, distance = rng.uniform(0, math.tau), reach * math.sqrt(rng.random())
        spots.append((x + distance * math.cos(angle), y + distance * math.sin(angle)))
    return spots


def _pizza(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    disc(draw, x, y, r, (206, 140, 66))
    disc(draw, x, y, r * 0.88, (232, 92, 46))
    disc(draw, x, y, r * 0.84, (252, 206, 90))
    for a, b in _scatter(rng, x, y, r * 0.68, 12):
        disc(draw, a, b, r * 0.14, (170, 30, 30))
        disc(draw, a, b, r * 0.11, (212, 56, 46))
    for a, b in _scatter(rng, x, y, r * 0.7, 8):
        disc(draw, a, b, r * 0.08, pick(rng, _GREENS), squash=0.6)
    for part in range(4):
        dx, dy = r * 0.9 * math.cos(part * math.pi / 4), r * 0.9 * math.sin(part * math.pi / 4)
        draw.line((x - dx, y - dy, x + dx, y + dy), fill=(214, 150, 70), width=3)


def _salad(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    for a, b in _scatter(rng, x, y, r * 0.75, 34):
        disc(draw, a, b, r * rng.uniform(0.12, 0.26), pick(rng, _GREENS), squash=rng.uniform(0.5, 1))
    for a, b in _scatter(rng, x, y, r * 0.68, 9):
        disc(draw, a, b, r * 0.15, (224, 50, 44))
        disc(draw, a - 3, b - 3, r * 0.05, (255, 170, 160))
    for a, b in _scatter(rng, x, y, r * 0.68, 6):
        disc(draw, a, b, r * 0.14, (246, 244, 226))
        disc(draw, a, b, r * 0.07, (250, 190, 50))


def _pasta(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    for a, b in _scatter(rng, x, y, r * 0.42, 38):
        size, start = r * rng.uniform(0.2, 0.5), int(rng.uniform(0, 360))
        shade = mix((252, 216, 120), (226, 168, 66), rng.random())
        draw.arc((a - size, b - size, a + size, b + size), start, start + 200, fill=shade, width=7)
    for a, b in _scatter(rng, x, y, r * 0.3, 10):
        disc(draw, a, b, r * 0.15, mix((206, 50, 30), (160, 30, 20), rng.random()))
    for a, b in _scatter(rng, x, y, r * 0.3, 5):
        disc(draw, a, b, r * 0.12, _GREENS[0], squash=0.5)


def _cake(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    icing = pick(rng, ((255, 236, 200), (250, 190, 205), (110, 62, 40)))
    disc(draw, x, y, r, mix(icing, (80, 40, 20), 0.35))
    disc(draw, x, y - 6, r * 0.96, icing)
    for part in range(12):
        a, b = x + r * 0.8 * math.cos(part * math.tau / 12), y - 6 + r * 0.8 * math.sin(part * math.tau / 12)
        disc(draw, a, b, r * 0.13, mix(icing, (255, 255, 255), 0.6))
        disc(draw, a, b, r * 0.07, (206, 30, 60))
    for a, b in _scatter(rng, x, y - 6, r * 0.5, 14):
        disc(draw, a, b, r * 0.1, pick(rng, ((206, 30, 60), (70, 60, 150), (240, 120, 60))))


def _eggs(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    disc(draw, x, y, r, (58, 58, 64))
    for side in (-1, 1):
        a, b = x + side * r * 0.38, y + side * r * rng.uniform(-0.3, 0.3)
        for c, d in _scatter(rng, a, b, r * 0.2, 7):
            disc(draw, c, d, r * 0.32, (255, 255, 250))
        disc(draw, a, b, r * 0.2, (252, 176, 20))
        disc(draw, a - r * 0.06, b - r * 0.06, r * 0.06, (255, 224, 130))
    for a, b in _scatter(rng, x, y, r * 0.85, 16):
        disc(draw, a, b, r * 0.04, _GREENS[1])


def _soup(draw: ImageDraw.ImageDraw, rng: Random, x: float, y: float, r: float) -> None:
    broth = pick(rng, ((222, 80, 40), (240, 160, 50), (120, 170, 80)))
    disc(draw, x, y, r, mix(broth, (0, 0, 0), 0.15))
    disc(draw, x, y + 3, r * 0.94, broth)
    for turn in range(3):
        size = r * (0.25 + 0.2 * turn)
        draw.arc((x - size, y - size, x + size, y + size), 90 * turn, 90 * turn + 200, fill=_CREAM, width=6)
    for a, b in _scatter(rng, x, y, r * 0.7, 12):
        disc(draw, a, b, r * 0.09, pick(rng, _GREENS), squash=0.6)


def _cook(draw: ImageDraw.ImageDraw, rng: Random, x: int, ribbon: Colour) -> None:
    skin = pick(rng, ((255, 214, 178), (224, 172, 120), (150, 98, 64)))
    draw.rounded_rectangle((x - 95, 258, x + 95, 400), 60, fill=(250, 250, 250))
    draw.polygon(((x - 40, 256), (x + 40, 256), (x, 296)), fill=ribbon)
    face(draw, x, 190, 72, skin=skin, hair=(70, 44, 30), mood=pick(rng, ("grin", "wow", "grin")))
    for dx, dy, r in ((-44, 74, 40), (44, 74, 40), (0, 56, 50)):
        disc(draw, x + dx, dy, r, (252, 252, 252))
    draw.rectangle((x - 64, 84, x + 64, 132), fill=(242, 242, 242))


def _ribbon(canvas: Image.Image, rng: Random, title: str, colour: Colour) -> None:
    layer = Image.new("RGBA", (WIDTH, HEIGHT), (*colour, 0))
    draw = ImageDraw.Draw(layer)
    top = int(rng.uniform(252, 264))
    draw.rectangle((-40, top, WIDTH + 40, top + 82), fill=colour)
    for edge in (top + 6, top + 74):
        draw.line((-40, edge, WIDTH + 40, edge), fill=_CREAM, width=2)
    draw.text((WIDTH / 2, top + 41), title, fill=_CREAM, font=fitting(title, 60, 540), anchor="mm")
    tilted(canvas, layer, float(rng.uniform(-3, 3)))


_DISHES = (
    (_pizza, ("BEST PIZZA", "PAN PIZZA", "CRISPY CRUST", "PIZZA NIGHT")),
    (_salad, ("5 EASY SALADS", "BIG GREEN BOWL", "SUMMER LUNCH")),
    (_pasta, ("ONE-POT PASTA", "REAL RAGU", "SPICY NOODLES", "PASTA FRESCA")),
    (_cake, ("LEMON CAKE", "BERRY PIE", "NO-BAKE TART", "BIRTHDAY CAKE")),
    (_eggs, ("PERFECT EGGS", "SUNDAY BRUNCH", "BREAKFAST PAN")),
    (_soup, ("TOMATO SOUP", "QUICK CURRY", "PUMPKIN CREAM", "COZY DINNER")),
)
