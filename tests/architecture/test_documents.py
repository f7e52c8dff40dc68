"""What the documents point at is there, and every decision says where its rule comes from."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT, functions, parsed, place, python_files

CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
SOURCE = re.compile(r"^\s*Source:.*?\b(documented|observed|inferred)\b", re.DOTALL | re.MULTILINE)


def documents() -> list[Path]:
    return sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changelog.d").glob("*.md")})


def linked_files(document: str) -> Iterator[str]:
    """Return the relative targets of the links in a Markdown text, without their fragments, outside code."""
    for target in LINK.findall(CODE.sub("", document)):
        path = target.partition("#")[0]
        if path and not ELSEWHERE.match(path):
            yield path


def test_every_link_to_a_file_leads_somewhere():
    found = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in documents()
        for target in linked_files(document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert not found, "links that lead nowhere:\n" + "\n".join(found)


def test_every_decision_names_its_source():
    found = [
        f"{place(path, function)} {function.name}"
        for path in python_files(PACKAGE / "decisions")
        for function in functions(parsed(path))
        if function.name.startswith("decide_") and not SOURCE.search(ast.get_docstring(function) or "")
    ]
    assert not found, "needs a `Source:` line with documented, observed or inferred:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("see [why](docs/why/money.md#rounding).", ["docs/why/money.md"]),
        ('![the page](console.png "as it looks")', ["console.png"]),
        ("[here](#below), [there](https://example.org/a.md), [mail](mailto:a@example.org)", []),
        ("`[not](a-link.md)`\n\n```\n[nor](this.md)\n```\n", []),
    ],
)
def test_links_are_read_as_markdown_means_them(text, targets):
    assert list(linked_files(text)) == targets


def test_a_source_line_without_a_mark_is_not_enough():
    assert SOURCE.search("Return x.\n\nSource: semantics.md 5 (documented).")
    assert not SOURCE.search("Return x.\n\nSource: the manual.")
