"""The rules of the game: what a guess is worth."""

from typing import Final

RIGHT_POINTS: Final = 1
FAST_POINTS: Final = 1
FAST_SECONDS: Final = 5
STREAK: Final = 3
"""Every so many right guesses in a row, there is one point more."""
STREAK_POINTS: Final = 1


def points(*, streak: int, fast: bool) -> int:
    """The points for a guess; `streak` is how many have been right in a row with this one, 0 if it is wrong."""
    if not streak:
        return 0
    return RIGHT_POINTS + (FAST_POINTS if fast else 0) + (STREAK_POINTS if streak % STREAK == 0 else 0)
