"""The letters of a font, compared with what fontTools reads."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from classifier.drawing.coverage import Coverage
from classifier.drawing.fonts import CHINESE, JAPANESE, KOREAN, _chain, _emoji

FACES = dict.fromkeys(
    (face.file, face.face) for han in (JAPANESE, KOREAN, CHINESE) for face in (*_chain(han), _emoji())
)


@pytest.mark.parametrize(("file", "face"), FACES, ids=lambda it: it.stem if isinstance(it, Path) else str(it))
def test_the_letters_are_those_that_font_tools_finds(file: Path, face: int) -> None:
    ours = Coverage.read(file, face)
    letters = {number for first, last in zip(ours.first, ours.last, strict=True) for number in range(first, last + 1)}
    with TTFont(file, fontNumber=face, lazy=True) as font:
        theirs = set(font.getBestCmap())
    assert letters - {0xFFFF} == theirs  # the number that ends a map of format 4 is no letter
    gaps = {number + 1 for number in theirs} - theirs
    assert all(chr(number) in ours for number in theirs)
    assert not any(chr(number) in ours for number in gaps - {0xFFFF})


def test_a_font_file_without_a_character_map_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "none.ttf").write_bytes(b"\0\1\0\0" + bytes(12))
    with pytest.raises(OSError, match="has no character map"):
        Coverage.read(tmp_path / "none.ttf")
