"""Every sentence of the code has a whole translation in every language, and no catalogue has anything else."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot.languages import ENGLISH, languages
from scripts.translations import FOR_THE_OWNER, NOT_OURS, extracted, path_of, sentences, updated

ROOT = Path(__file__).parents[1]
OTHERS = [language for language in languages() if language != ENGLISH]
PLACEHOLDER = re.compile(r"\{\w+\}")
MARKS = re.compile(r"\*\*|\|\||`[^`]*`|\]\([^)]*\)|<[^>]*>|https?://\S+")
DESCRIPTION_LENGTH = 100


def catalogue(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def texts(words: str | list[str] | tuple[str, ...]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def translated(language: str) -> list[tuple[Message, list[str], list[str]]]:
    return [(it, texts(it.id), texts(it.string)) for it in catalogue(language) if it.id]


def keys(catalog: Catalog) -> set[str]:
    return {" / ".join(texts(it.id)) for it in catalog if it.id}


def test_there_is_portuguese() -> None:
    assert "pt_BR" in OTHERS


@pytest.mark.parametrize("language", OTHERS)
class TestLanguage:
    def test_it_has_every_sentence_of_the_code_and_no_other(self, language: str) -> None:
        assert keys(catalogue(language)) == keys(extracted())

    def test_it_is_as_scripts_locale_writes_it(self, language: str) -> None:
        assert path_of(language).read_bytes() == updated(language)

    def test_every_sentence_is_translated_in_all_plural_forms(self, language: str) -> None:
        forms = catalogue(language).num_plurals
        wrong = [
            source
            for message, source, target in translated(language)
            if message.fuzzy or not all(target) or len(target) != (forms if len(source) > 1 else 1)
        ]
        assert wrong == []

    def test_every_placeholder_survives(self, language: str) -> None:
        wrong = [
            source
            for _, source, target in translated(language)
            for text in target
            if sorted(PLACEHOLDER.findall(text)) not in [sorted(PLACEHOLDER.findall(form)) for form in source]
        ]
        assert wrong == []

    def test_every_mark_and_command_survives(self, language: str) -> None:
        def marks(text: str) -> Counter[str]:
            return Counter(it for it in MARKS.findall(text) if it != "`#general`")

        wrong = [
            (source, text)
            for _, source, target in translated(language)
            for text in target
            if not set(marks(source[-1])) <= set(marks(text)) or text.count("`") % 2 or text.count("**") % 2
        ]
        assert wrong == []

    def test_sentences_end_alike(self, language: str) -> None:
        def end(text: str) -> str:
            return text[-1] if text[-1] in ".?!:…" else ""

        pairs = [(source[-1], text) for _, source, target in translated(language) for text in target]
        assert [pair for pair in pairs if end(pair[0]) != end(pair[1])] == []

    def test_discord_takes_its_descriptions(self, language: str) -> None:
        described = [
            target[0]
            for message, source, target in translated(language)
            if any(file.startswith("bot/cogs/") for file, _ in message.locations) and source[0][-1] not in ".!"
        ]
        assert len(described) > 20
        assert [text for text in described if len(text) > DESCRIPTION_LENGTH] == []


def own_errors() -> list[tuple[str, ast.Call]]:
    return [
        (f"{path.relative_to(ROOT)}:{call.lineno}", call)
        for package in ("bot", "classifier")
        for path in sorted((ROOT / package).rglob("*.py"))
        if "sandbox" not in path.parts
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id.endswith("Error")
        and call.func.id not in NOT_OURS | FOR_THE_OWNER
    ]


def test_no_sentence_is_built_before_it_can_be_translated() -> None:
    built = [place for place, call in own_errors() if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)]
    assert built == []


def test_sentences_are_found_where_they_are_marked() -> None:
    source = """
_GONE: Final = "It is gone."
_("Hello {name}.", name=it)
ngettext("{count} day", "{count} days", 3)
raise LostError(_GONE)
raise ValueError("for engineers")
because(it, "It is empty.", gone=True)
super().__init__("It broke.")
log.info("not for people")
"""
    found = [sentence for _, sentence in sentences(source)]
    assert sorted(map(str, found)) == sorted(
        map(str, ["Hello {name}.", ("{count} day", "{count} days"), "It is gone.", "It is empty.", "It broke."])
    )
