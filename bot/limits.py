"""Discord's limits, as documented by Discord."""

from typing import Final

MESSAGE_LENGTH: Final = 2000
ALT_TEXT_LENGTH: Final = 1024
FIELD_LENGTH: Final = 1024
"""Characters of an embed's field."""
CHOICE_LENGTH: Final = 100
"""Characters of a menu's option, and of a choice in autocompletion."""
CHOICES: Final = 25
"""Options of a menu, and choices in autocompletion."""
ROWS: Final = 5
"""Rows of buttons or menus under a message."""
