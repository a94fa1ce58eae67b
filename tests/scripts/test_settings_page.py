"""The page of settings is generated, so it must be what the code gives."""

from bot.settings import settings_table
from scripts.settings_page import PAGE, settings_page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run `python -m scripts.settings_page`"


def test_every_setting_has_a_row_with_a_meaning() -> None:
    rows = settings_page().splitlines()
    for setting in settings_table():
        assert setting.meaning
        assert any(row.startswith(f"| `{setting.name}` |") and row.count("|") == 4 for row in rows)
