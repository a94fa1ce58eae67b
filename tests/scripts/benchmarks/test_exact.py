"""The benchmark of exact matches, on drawn thumbnails."""

from pathlib import Path

import pytest

from scripts.benchmarks import exact
from tests.classifier.drawn import draw_channel


def test_reposts_are_recognised_and_a_second_upload_counts_as_a_false_match(
    drawn: Path, unseen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "channels").symlink_to(drawn)
    (tmp_path / "thumbnails").symlink_to(unseen)
    twice = draw_channel(tmp_path / "varied", 1, (50, 160, 70))
    (twice / next(file.name for file in twice.iterdir())).write_bytes(next(drawn.glob("fern/*.jpg")).read_bytes())
    monkeypatch.setattr(exact, "REPOSTS", {name: exact.REPOSTS[name] for name in ("WebP", "5 % cropped, 160×90")})
    matches, similar = exact.measure(tmp_path, tmp_path / "build", 12)
    webp, cropped, unchanged = matches.rows
    assert (webp.method, webp.n, webp.figures["right video"].mean) == ("WebP", 8, 1.0)
    assert cropped.figures["right video"].mean > 0.7
    assert webp.figures["false matches"].mean == cropped.figures["another video"].mean == 0
    assert unchanged.n == 97
    assert unchanged.figures["false matches"].mean == pytest.approx(1e4 / 97)
    assert similar.rows[0].n == 8
    assert 0.2 < similar.rows[0].figures["found"].mean <= 1  # the drawn ones are hardly like each other
    assert 0 <= similar.rows[0].figures["cosine lost"].mean < 0.1
