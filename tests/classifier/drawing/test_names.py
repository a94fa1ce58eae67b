"""The names of channels in figures: legible, and never two that look the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.drawing.canvas import length
from classifier.drawing.names import Name, names
from classifier.drawing.typesetting import shape
from classifier.values import Channel
from tests.classifier.drawing.scripts import NAMES, TIBETAN

WIDTH, SIZE = 150, 11


def shown(*channels: Channel, taken: tuple[str, ...] = ()) -> list[Name]:
    return names(channels, WIDTH, size=SIZE, taken=taken)


def channel(title: str, label: str = "a", **ids: str | None) -> Channel:
    return Channel(label, title, **ids)


@pytest.mark.parametrize("script", NAMES)
def test_a_title_is_the_name_in_any_script(script: str) -> None:
    one, other = (channel(title, title, handle="@handle") for title in NAMES[script])
    assert shown(one, other) == [Name(one.title.strip()), Name(other.title.strip())]


@pytest.mark.parametrize("title", [TIBETAN, f"News {TIBETAN}", "", "\u200b", "\u3164", "\ue000"])
def test_a_title_that_cannot_be_drawn_is_replaced_by_the_handle(title: str) -> None:
    assert shown(channel(title, handle="@handle", id="UCid")) == [Name("@handle")]
    assert shown(channel(title, handle=f"@{TIBETAN}", id="UCid")) == [Name("UCid")]
    assert shown(channel(title, "folder")) == [Name("folder")]
    assert shown(channel(title, TIBETAN)) == [Name("channel")]


@pytest.mark.usefixtures("unshaped")
def test_without_shaping_arabic_is_replaced_by_the_handle() -> None:
    assert shown(channel("أخبار", handle="@news"), channel("朝", "b")) == [Name("@news"), Name("朝")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("News", "News"),
        ("News", "N\u0435ws"),  # a Cyrillic letter
        ("News", "News\u200d"),
        ("Ace of", "\u0410\u0441\u0435 \u043ef"),
        ("News", "𝓝𝓮𝔀𝓼"),
        ("W" * 90 + "a", "W" * 90 + "b"),  # what distinguishes them is cut off
        ("👍🏽", "👍🏿"),  # the emoji have no colours
    ],
)
def test_names_that_look_the_same_get_handles(one: str, other: str) -> None:
    a, b, c = channel(one, "a", handle="@one"), channel(other, "b", handle="@two"), channel("Other", "c")
    assert [name.addition for name in shown(a, b, c)] == ["@one", "@two", ""]
    assert shown(a, b)[0].fitted(WIDTH, size=SIZE).endswith(" (@one)\u2069")


@pytest.mark.parametrize(("one", "other"), [("Al", "AI"), ("Cafe", "Café"), ("土", "士"), ("💚", "💙"), ("O", "0")])
def test_names_that_only_resemble_each_other_get_none(one: str, other: str) -> None:
    assert [name.addition for name in shown(channel(one, "a"), channel(other, "b"))] == ["", ""]


def test_names_without_handles_get_ids_or_labels_or_numbers() -> None:
    assert [name.addition for name in shown(channel("A", "b", id="UC2"), channel("A", "a", id="UC1"))] == ["UC2", "UC1"]
    assert [name.addition for name in shown(channel("A", "b"), channel("A", "a"))] == ["b", "a"]
    assert [name.addition for name in shown(channel("", TIBETAN), channel("", f"{TIBETAN}2"))] == [
        "1: channel",
        "2: channel",
    ]


def test_a_channel_is_not_mistaken_for_a_row_of_the_figure() -> None:
    assert shown(channel("Another channel", handle="@a"), taken=("Another channel",)) == [Name("Another channel", "@a")]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=40) | st.sampled_from(["", "A", "A ", "\u0410", TIBETAN, "W" * 60]),
            st.none() | st.text("@aW", max_size=40),
        ),
        max_size=8,
    )
)
def test_no_two_names_look_the_same_and_all_fit(channels: list[tuple[str, str | None]]) -> None:
    given = [channel(title, str(number), handle=handle) for number, (title, handle) in enumerate(channels)]
    lines = [name.fitted(WIDTH, size=SIZE) for name in shown(*given)]
    looks = [(image.size, image.tobytes()) for image in (shape(line, 2 * SIZE) for line in lines)]
    assert len(set(looks)) == len(looks)
    assert all(image.getbbox() for image in (shape(line, 2 * SIZE) for line in lines))
    assert all(length(line, size=SIZE) <= WIDTH for line in lines)
