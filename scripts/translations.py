"""`python -m scripts.translations`: bring every catalogue up to date with the sentences in the code.

New sentences come without a translation, changed ones fuzzy, and what the code no longer has goes; the tests fail until
everything is translated. With the name of a language, such as `de`, begin its catalogue.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from bot.languages import DOMAIN, FOLDER

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("bot", "classifier")
SENTENCE_AT: Final[Mapping[str, int]] = {"_": 0, "gettext": 0, "gettext_noop": 0, "because": 1}
"""Which argument of these functions is a sentence; of errors it is the first one, and their `reason`."""
NOT_OURS: Final = frozenset(
    (
        "ValueError",
        "TypeError",
        "RuntimeError",
        "OSError",
        "ModuleNotFoundError",
        "NotImplementedError",
        "AssertionError",
        "_LeftOutError",
    )
)
"""Errors whose first argument is no sentence for people."""
FOR_THE_OWNER: Final = frozenset(
    ("DataFolderError", "DataFolderInUseError", "NewerDatabaseError", "UnsupportedDatabaseError")
)
"""Errors at the start, which only a terminal shows."""

Sentence = str | tuple[str, str]


def sentences(source: str) -> Iterator[tuple[int, Sentence]]:
    """The sentences of a module with their lines; those with plurals as pairs."""
    tree = ast.parse(source)
    named = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }

    def text(node: ast.expr) -> str | None:
        node = named.get(node.id) or node if isinstance(node, ast.Name) else node
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _name(call)
        if name == "ngettext":
            one, many = text(call.args[0]), text(call.args[1])
            if one and many:
                yield call.lineno, (one, many)
            continue
        place = 0 if _is_error(call, name) else SENTENCE_AT.get(name)
        found = [] if place is None else call.args[place : place + 1]
        if _is_error(call, name):
            found += [it.value for it in call.keywords if it.arg == "reason"]
        yield from ((call.lineno, it) for node in found if (it := text(node)))


def extracted() -> Catalog:
    """All sentences of the code, with the files that they are in."""
    catalog = Catalog()
    for path in sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        if "sandbox" not in path.parts:
            for _, sentence in sentences(path.read_text()):
                catalog.add(sentence, locations=[(path.relative_to(ROOT).as_posix(), None)])  # type: ignore[list-item]  # no line: those change daily
    return catalog


def updated(language: str) -> bytes:
    """A language's catalogue, up to date with the code, as the file's content."""
    file = path_of(language)
    catalog = Catalog(locale=language, domain=DOMAIN)
    if file.is_file():
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=language, domain=DOMAIN)
    began = catalog.creation_date
    catalog.update(extracted())
    catalog.creation_date = began
    catalog.obsolete.clear()
    return written(catalog)


def written(catalog: Catalog) -> bytes:
    """A catalogue as the content of its file."""
    catalog.fuzzy = False
    catalog.header_comment = f"# What Thumbprint says, in {catalog.locale_identifier}. See docs/development.md."
    content = BytesIO()
    write_po(content, catalog, width=120, sort_output=True)
    return content.getvalue()


def path_of(language: str) -> Path:
    """The file of a language's catalogue."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _is_error(call: ast.Call, name: str) -> bool:
    """Whether a call makes an error with a sentence, or the constructor of such an error its base."""
    if name == "__init__":
        return isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "super()"
    return name.endswith("Error") and name not in NOT_OURS | FOR_THE_OWNER


def main() -> None:
    """Update the catalogues of all languages, and of those that are named."""
    known = [path.parts[-3] for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")]
    for language in {*known, *sys.argv[1:]}:
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(updated(language))


if __name__ == "__main__":
    main()
