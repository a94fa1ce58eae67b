"""Discord takes every label, heading and hint of the code, in every language: none is longer than it allows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bot.languages import gettext, in_language, languages
from bot.replies.setup import WHERE_OPTIONS

ROOT = Path(__file__).parents[1]

BUTTON: Final = 80
LIMITS: Final = {
    ("SelectOption", "label"): 100,
    ("SelectOption", "description"): 100,
    ("Select", "placeholder"): 150,
    ("ChannelSelect", "placeholder"): 150,
    ("Label", "text"): 45,
    ("Label", "description"): 100,
    ("__init__", "title"): 45,
    ("Embed", "title"): 256,
    ("add_field", "name"): 256,
    ("set_footer", "text"): 2048,
}
"""By function and argument; `title` of a constructor is a modal's. Any other `label` is a button's."""
FROM_TABLES: Final = {"label": (0, BUTTON), "description": (1, 100)}
"""Arguments that come from WHERE_OPTIONS: their places there, and their limits."""
LONGEST: Final = {"channel": 60}
"""Characters of what fills a placeholder; numbers have fewer than 10."""


def labels() -> Iterator[tuple[str, int, str, str | None]]:
    """Where, limit, argument, and sentence of every label; None if that is in a variable."""
    files = [path for folder in ("views", "cogs", "replies") for path in sorted((ROOT / "bot" / folder).glob("*.py"))]
    trees = {path: ast.parse(path.read_text()) for path in files}
    constants = {
        node.target.id: node.value.args[0]
        for tree in trees.values()
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(node.value, ast.Call) and node.value.args
    }
    for path, tree in trees.items():
        for call in (it for it in ast.walk(tree) if isinstance(it, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
            for keyword in call.keywords:
                limit = LIMITS.get((name, keyword.arg or ""), BUTTON if keyword.arg == "label" else None)
                for said in ast.walk(keyword.value) if limit else ():
                    if isinstance(said, ast.Call) and isinstance(said.func, ast.Name) and said.func.id == "_":
                        text = said.args[0]
                        text = constants.get(text.id, text) if isinstance(text, ast.Name) else text
                        known = text.value if isinstance(text, ast.Constant) else None
                        yield f"{path.name}:{call.lineno}", limit or 0, keyword.arg or "", known


FOUND = list(labels())


def longest(template: str) -> str:
    """A sentence in the current language, with long values."""
    return re.sub(r"\{(\w+)\}", lambda it: "x" * LONGEST.get(it[1], 9), gettext(template))


def test_every_kind_of_label_is_found() -> None:
    sentences = {sentence for *_, sentence in FOUND}
    assert {"Train Now", "Remove {channel}", "Add YouTube Channels", "@handles, links or ids", "Language"} <= sentences
    assert {where.partition(":")[0] for where, _, _, sentence in FOUND if sentence is None} == {"setup.py"}


@pytest.mark.parametrize("language", languages())
def test_no_label_is_too_long(language: str) -> None:
    with in_language(language):
        long = [(where, longest(it)) for where, limit, _, it in FOUND if it and len(longest(it)) > limit]
        long += [
            (argument, gettext(option[place]))
            for option in WHERE_OPTIONS.values()
            for argument, (place, limit) in FROM_TABLES.items()
            if len(gettext(option[place])) > limit
        ]
    assert long == []
