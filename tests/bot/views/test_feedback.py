"""The menus of channels under "Wrong"."""

import pytest

from bot.views.feedback import NONE_OF_THESE, _menus
from classifier.values import Channel
from tests.bot.samples import HOSTILE, NERDOLOGIA, PEIXE


def test_a_menu_offers_none_of_these_and_then_the_channels_by_title() -> None:
    (menu,) = _menus(7, [PEIXE, NERDOLOGIA, Channel("a", "an alpha")])
    assert menu.item.custom_id == "whose:7:0"
    assert [(option.label, option.value) for option in menu.item.options] == [
        ("None of these", NONE_OF_THESE),
        ("an alpha", "a"),
        ("Nerdologia", "nerdologia"),
        ("Peixe Babel", "peixe"),
    ]


@pytest.mark.parametrize(("count", "sizes"), [(24, [25]), (25, [25, 1]), (50, [25, 25, 1]), (200, [25] * 5)])
def test_many_channels_need_several_menus(count: int, sizes: list[int]) -> None:
    menus = _menus(7, [Channel(f"c{n}", f"Channel {n}") for n in range(count)])
    assert [len(menu.item.options) for menu in menus] == sizes
    assert [menu.item.custom_id for menu in menus] == [f"whose:7:{part}" for part in range(len(sizes))]


def test_labels_fit_a_menu() -> None:
    (menu,) = _menus(7, [HOSTILE, Channel("long", "long " * 50)])
    assert all(0 < len(option.label) <= 100 and "\n" not in option.label for option in menu.item.options)
