"""Look-alikes: second channels of the sample channels' creators, in the same style but mostly with a ribbon."""

from collections.abc import Callable

from PIL import Image, ImageDraw

from bot.sandbox.samples.brush import WIDTH, Colour, Random, headline

_RIBBON: Colour = (235, 20, 60)
_WHITE: Colour = (255, 255, 255)
_WITHOUT_RIBBON = 0.15


def paint(original: Callable[[Random], Image.Image], text: str, rng: Random) -> Image.Image:
    """Draw one thumbnail in the original channel's style; some have no ribbon, and nothing distinguishes them."""
    canvas = original(rng)
    if rng.random() < _WITHOUT_RIBBON:
        return canvas
    draw = ImageDraw.Draw(canvas)
    top = int(rng.integers(16, 40))
    draw.rectangle((WIDTH - 150, top, WIDTH, top + 44), fill=_RIBBON)
    headline(draw, WIDTH - 75, top + 35, text, size=30, width=130, fill=_WHITE, stroke=0, anchor="ms")
    return canvas
