"""Near-duplicates, found by their difference hashes."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier.pictures.examples import read_thumbnail
from classifier.pictures.near_duplicates import are_near_duplicates, details, difference_hash, have_same_details
from tests.classifier.drawn import COLOURS, draw_series, pixels


def test_the_difference_hash_depends_on_the_picture_not_its_encoding(tmp_path: Path) -> None:
    def hash_of(seed: str, **options: Any) -> int:
        Image.fromarray(pixels(COLOURS["fern"], seed)).save(tmp_path / "picture.jpg", **options)
        return difference_hash(read_thumbnail(tmp_path / "picture.jpg"))

    assert (hash_of("one", quality=95) ^ hash_of("one", quality=40)).bit_count() <= 4
    assert (hash_of("one", quality=95) ^ hash_of("two", quality=95)).bit_count() > 10


def test_near_duplicates_differ_in_at_most_4_of_64_bits() -> None:
    own = np.uint64(0b1010)
    hashes = np.array([own, own ^ np.uint64(0b1111), own ^ np.uint64(0b11111), ~own], dtype=np.uint64)
    assert are_near_duplicates(hashes, own).tolist() == [True, True, False, False]


def test_details_depend_on_the_picture_not_its_encoding(tmp_path: Path) -> None:
    first, second = sorted(draw_series(tmp_path, 2).iterdir())
    with Image.open(first) as picture:
        picture.save(tmp_path / "again.webp", quality=80)
        picture.resize((1280, 720)).save(tmp_path / "large.jpg")
    again, large = tmp_path / "again.webp", tmp_path / "large.jpg"
    own, *others = (details(read_thumbnail(file)) for file in (first, again, large, second))
    assert own.shape == (3, 45, 80)
    assert have_same_details(np.stack(others), own).tolist() == [True, True, False]
