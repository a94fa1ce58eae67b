"""One word for one thing: words that the product has retired do not come back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RETIRED = {
    r"\btold\b": "say, show, set, log or pass",
    r"(?<![\"`/])\bstrang(e|er|ers|eness)\b|\bunfamiliar\w*": "unknown",
    r"--(strangers|others|most-others)\b": "--unknown",
    r"\bother channels'? (pictures|thumbnails)\b": "unknown channels' thumbnails",
    r"\bdealt?\b|\bsides? to (train|calibrate|measure)\b": "split",
    r"\bshel(f|ves)\b": "store or folder",
    r"\bdoors?\b": "command or entry point",
    r"\bbeyond chance\b": "significantly",
    r"\binsist(s|ed)?\b": "chose to use it anyway",
    r"\bby YouTube's word\b": "checked with YouTube",
    r"\b(take|took|taken) for\b": "mistake for",
    r"\bspeaks? (most )?for itself\b": "is clear",
    r"\bone that I know\b": "Unknown",
}


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that people write or read, but for records of the past and this list."""
    for top in ("bot", "classifier", "scripts", "tests", "docs", ".github", "README.md", "pyproject.toml"):
        path = ROOT / top
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            written = file.suffix in {".py", ".md", ".js", ".mjs", ".html", ".yml", ".toml", ""} and file.is_file()
            ours = file != Path(__file__) and file.name != "changelog.md" and "node_modules" not in file.parts
            if written and ours:
                yield file.relative_to(ROOT), file.read_text(encoding="utf-8")


@pytest.mark.parametrize(("retired", "better"), RETIRED.items())
def test_retired_words_do_not_come_back(retired: str, better: str) -> None:
    found = [
        f"{path}:{number}: {line.strip()}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(retired, line, re.IGNORECASE)
    ]
    assert not found, f"write {better} instead:\n" + "\n".join(found[:20])
