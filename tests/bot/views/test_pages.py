"""Pages of long lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.views.channels import ChannelsPage
from bot.views.pages import nearest, pages_of, turner


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2), (20, 2), (21, 3)])
def test_the_number_of_pages(count: int, pages: int) -> None:
    assert pages_of(count, 10) == pages


@given(st.integers(), st.integers(1, 9))
def test_the_nearest_page_exists(page: int, pages: int) -> None:
    shown = nearest(page, pages)
    assert 1 <= shown <= pages
    assert shown == page or not 1 <= page <= pages


@pytest.mark.parametrize(
    ("page", "targets", "disabled"),
    [(1, (0, 2), (True, False)), (2, (1, 3), (False, False)), (3, (2, 4), (False, True))],
)
def test_the_buttons_turn_to_the_previous_and_the_next_page(
    page: int, targets: tuple[int, int], disabled: tuple[bool, bool]
) -> None:
    buttons = turner(ChannelsPage, page, 3)
    assert [button.item.label for button in buttons] == ["◀", "▶"]
    assert tuple(button.number for button in buttons) == targets
    assert [button.item.custom_id for button in buttons] == [f"channels:{target}" for target in targets]
    assert tuple(button.item.disabled for button in buttons) == disabled


def test_a_single_page_has_no_buttons() -> None:
    assert turner(ChannelsPage, 1, 1) == ()
