"""The mistakes in a model's folder, as JSON."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifier.values import Mistake

MISTAKES_NAME: Final = "mistakes.json"

_MISTAKES = TypeAdapter(tuple[Mistake, ...])


def dump_mistakes(mistakes: Sequence[Mistake]) -> bytes:
    """The file of a model's mistakes."""
    return _MISTAKES.dump_json(tuple(mistakes))


def load_mistakes(model: Path) -> tuple[Mistake, ...]:
    """The mistakes of a model's folder, worst first; none if there is no such file that can be read."""
    try:
        return _MISTAKES.validate_json((model / MISTAKES_NAME).read_bytes())
    except (OSError, ValidationError):
        return ()
