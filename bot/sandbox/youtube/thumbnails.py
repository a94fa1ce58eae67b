"""Thumbnails in YouTube's sizes: 16:9 ones as they are, 4:3 ones and Shorts' with YouTube's black bars."""

import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

SIZES = {
    "default": (120, 90),
    "mqdefault": (320, 180),
    "hqdefault": (480, 360),
    "sddefault": (640, 480),
    "hq720": (1280, 720),
    "maxresdefault": (1280, 720),
}


def render(path: Path, name: str) -> bytes:
    """Encode a thumbnail as YouTube does for a size's name; files that are not images are returned unchanged."""
    raw = path.read_bytes()
    size = SIZES[name]
    try:
        with Image.open(io.BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.format == "JPEG" and image.size == size:
                return raw
            wide = (size[0], size[0] * 9 // 16)
            fit = ImageOps.fit if image.width >= image.height else ImageOps.contain
            fitted = fit(image.convert("RGB"), wide, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError):
        return raw
    canvas = Image.new("RGB", size)
    canvas.paste(fitted, ((size[0] - fitted.width) // 2, (size[1] - fitted.height) // 2))
    return _jpeg(canvas)


def placeholder() -> bytes:
    """The grey 120×90 image that YouTube sends with a 404."""
    image = Image.new("RGB", (120, 90), "#bfbfbf")
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((40, 31, 80, 59), 8, fill="#e3e3e3")
    draw.polygon(((55, 38), (55, 52), (67, 45)), fill="#bfbfbf")
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
