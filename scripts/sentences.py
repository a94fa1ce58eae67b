"""`python -m scripts.sentences`: every text of the product that people read, one per line, to be proofread in one go.

Strings and docstrings of the code, with `{…}` for what is filled in, and texts of the chat page. `--docstrings` adds
what only engineers read.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("bot", "classifier")
_PAGE_TEXT: Final = re.compile(
    r">([^<>{}]*[A-Za-z]{2}[^<>{}]*)<|(?:aria-label|placeholder|title|alt)=\"([^\"]+)\"|\"([A-Z][^\"]+ [^\"]+)\""
)


def sentences(source: str, *, docstrings: bool) -> Iterator[str]:
    """The texts of a module: strings with a space or a capital letter, and docstrings if wanted."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
    bodies = {id(node.body[0].value) for node in nodes if ast.get_docstring(node)}  # type: ignore[attr-defined]
    loose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)} - bodies
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in bodies | loose and not docstrings:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else "{…}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        line = " ".join(text.split())
        if re.search(r"[A-Za-z]{2}.* |^[A-Z][a-z]+", line):
            yield line


def main() -> None:
    """Print the texts of all modules, each under its path."""
    docstrings = "--docstrings" in sys.argv[1:]
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()):
        if path.suffix == ".py":
            texts = list(sentences(path.read_text(), docstrings=docstrings))
        elif path.suffix in {".html", ".js"}:
            texts = [next(filter(None, match.groups())) for match in _PAGE_TEXT.finditer(path.read_text())]
        else:
            continue
        if texts:
            sys.stdout.write(f"\n## {path.relative_to(ROOT)}\n" + "".join(f"{text}\n" for text in texts))


if __name__ == "__main__":
    main()
