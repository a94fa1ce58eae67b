"""The colours of everything drawn: made for Discord's dark chat, readable in a light one."""

from typing import Final

BACKGROUND: Final = "#1e1f26"
TRACK: Final = "#2d2f3a"
"""The empty part of a bar; grid lines."""
TEXT: Final = "#f4f4f8"
MUTED: Final = "#a6a9b8"
GREEN: Final = "#4cc38a"
BLUE: Final = "#5b6cc9"
LIGHT_BLUE: Final = "#6f8cf0"
"""Blue text and thin lines."""
RED: Final = "#e5686d"
GREY: Final = "#8b8fa3"
