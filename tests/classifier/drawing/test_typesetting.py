"""Lines of text in any script: which font, in which order, how long."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.drawing.fonts import CHINESE, JAPANESE, KOREAN, font, typeface_of
from classifier.drawing.typesetting import _han, _runs, cut, is_legible, isolated, length, shape
from classifier.titles import graphemes, one_line
from tests.classifier.drawing.scripts import NAMES, TIBETAN

SCRIPTS = st.lists(st.sampled_from([name for pair in NAMES.values() for name in pair]), max_size=6).map(" ".join)


def runs(text: str) -> list[tuple[str, str]]:
    """The text and font of each run, from left to right."""
    return [(run.text, run.typeface.file.name.split("[")[0].split("-")[0]) for run in _runs(text)]


@pytest.mark.parametrize("script", NAMES)
def test_every_script_has_a_font_for_each_letter(script: str) -> None:
    assert all(is_legible(name) for name in NAMES[script])


@pytest.mark.parametrize("text", ["", " ", TIBETAN, f"News {TIBETAN}", "\ud800", "\u200d"])
def test_text_without_a_font_is_not_legible(text: str) -> None:
    assert not is_legible(text)


@pytest.mark.usefixtures("unshaped")
@pytest.mark.parametrize(
    ("script", "legible"),
    [
        *(("Latin", True), ("Japanese", True), ("Korean", True), ("emoji", True), ("hearts", True)),
        *(("Arabic", False), ("Hebrew", False), ("Hindi", False), ("Burmese", False), ("families", False)),
    ],
)
def test_without_shaping_only_single_letters_from_left_to_right_are_legible(script: str, legible: bool) -> None:
    assert [is_legible(name) for name in NAMES[script]] == [legible] * 2
    assert shape("é 日本 👍", 26).getbbox()


def test_a_run_has_one_font() -> None:
    assert runs("News 24, 朝の料理 24! 🎬") == [
        ("News 24, ", "NotoSans"),
        ("朝の料理 24! ", "NotoSansCJK"),
        ("🎬", "NotoEmoji"),
    ]


def test_digits_after_emoji_are_text() -> None:
    assert runs("🎬24") == [("🎬", "NotoEmoji"), ("24", "NotoSans")]
    assert runs("1\ufe0f\u20e3") == [("1\ufe0f\u20e3", "NotoEmoji")]


def test_a_heart_is_an_emoji_only_if_it_says_so() -> None:
    assert runs("❤\ufe0f") == [("❤\ufe0f", "NotoEmoji")]
    assert runs("❤") == [("❤", "DejaVuSans.ttf")]


def test_runs_from_right_to_left_are_in_visual_order() -> None:
    assert [text for text, _ in runs("קול News 24")] == ["News 24", "קול "]
    assert [text for text, _ in runs("News קול 24")] == ["News ", "24", "קול "]
    assert [text for text, _ in runs("أخبار 🎬")] == ["🎬", "أخبار "]


def test_isolated_text_does_not_change_what_is_around_it() -> None:
    assert [text for text, _ in runs(f"1. {isolated('קול')} (93%)")] == ["1. ", "קול", " (93%)"]
    assert length(isolated("News"), 26) == length("News", 26)


def test_chinese_characters_are_written_as_in_the_texts_language() -> None:
    assert [_han(text) for text in ("朝の骨", "아침 骨", "早晨 骨", "News")] == [JAPANESE, KOREAN, CHINESE, CHINESE]
    japanese, chinese = (typeface_of("骨", han) for han in (JAPANESE, CHINESE))
    assert japanese
    assert chinese
    drawn = [np.asarray(font(face, 60, bold=False).getmask("骨")) for face in (japanese, chinese)]
    assert drawn[0].size != drawn[1].size or (drawn[0] != drawn[1]).any()


def test_letters_are_shaped() -> None:
    assert length("سلام", 26) < sum(length(letter, 26) for letter in "سلام")
    assert length("👨‍👩‍👧", 26) == pytest.approx(length("👨", 26), rel=0.2)
    assert length("می‌خواهم", 26) != length("میخواهم", 26)
    assert length("क्ष", 26) < length("क", 26) + length("ष", 26)


@pytest.mark.parametrize(("written", "like"), [("e\u0301tude", "étude"), ("𝓜𝓾𝓼𝓲𝓬", "Music"), ("각", "각")])
def test_the_same_letters_look_the_same(written: str, like: str) -> None:
    assert shape(written, 26).tobytes() == shape(like, 26).tobytes()


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("bold", [False, True])
def test_a_shape_is_inside_its_image(script: str, bold: bool) -> None:
    for name in NAMES[script]:
        image = shape(name, 26, bold=bold)
        assert image.height == 52
        left, _, right, _ = image.getbbox() or (0, 0, 0, 0)
        assert 0 < left < right < image.width


def test_piled_up_marks_are_cut_off() -> None:
    assert shape("Z" + "\u0301" * 90, 26).height == 52


@settings(deadline=None)
@given(st.text(max_size=60) | SCRIPTS, st.floats(0, 600), st.booleans())
def test_cut_text_fits_and_is_cut_only_if_it_must_be(text: str, room: float, bold: bool) -> None:
    line, shown = one_line(text), cut(text, room, 26, bold=bold)
    if length(line, 26, bold=bold) <= room:
        assert shown == line
    else:
        assert shown.endswith("…")
        kept = list(graphemes(shown[:-1]))
        assert kept == list(graphemes(line))[: len(kept)]
        assert shown == "…" or length(shown, 26, bold=bold) <= room


@settings(deadline=None)
@given(st.text(max_size=60) | SCRIPTS)
def test_any_text_has_a_shape(text: str) -> None:
    assert shape(text, 26).width >= 52 + length(text, 26)
