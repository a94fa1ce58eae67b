"""The benchmark of changed thumbnails, on drawn ones."""

import io

import numpy as np
import pytest
from PIL import Image

from classifier.pictures.thumbnail import Thumbnail
from scripts.benchmarks import robustness
from scripts.benchmarks.folds import Model
from tests.classifier.drawn import COLOURS, pixels


def test_drops_are_measured_from_the_original_files(models: list[Model]) -> None:
    report = robustness.measure(models)
    rows = {row.method: row for row in report.rows}
    assert list(rows) == list(robustness.VARIATIONS)
    assert rows[robustness.ORIGINAL].figures["drop"].mean == 0
    assert not rows[robustness.ORIGINAL].ours
    for row in rows.values():
        clean = rows[robustness.ORIGINAL].figures["accuracy"].mean
        assert row.figures["drop"].mean == pytest.approx((clean - row.figures["accuracy"].mean) * 100)


@pytest.mark.parametrize(
    ("name", "format_", "size"),
    [
        ("JPEG of quality 30", "JPEG", (320, 180)),
        ("resized to 160×90", "JPEG", (160, 90)),
        ("resized to 1280×720", "JPEG", (1280, 720)),
        ("letterboxed to 4:3", "JPEG", (320, 240)),
        ("5 % cropped at each side", "JPEG", (288, 162)),
        ("WebP", "WEBP", (320, 180)),
        ("PNG screenshot, 20 pixels of white around", "PNG", (360, 220)),
        ("PNG screenshot, 20 pixels of grey around", "PNG", (360, 220)),
    ],
)
def test_variations_match_their_names(name: str, format_: str, size: tuple[int, int]) -> None:
    original = robustness.encoded(Image.fromarray(pixels(COLOURS["amber"], "robust")), "JPEG", quality=95)
    varied = robustness.VARIATIONS[name](original)
    with Image.open(io.BytesIO(varied)) as image:
        assert (image.format, image.size) == (format_, size)
    before, after = Thumbnail.decode(original).pixels.mean((0, 1)), Thumbnail.decode(varied).pixels.mean((0, 1))
    assert np.abs(before - after).max() < 60
