"""Functions stay short and finished: one that needs scrolling often hides a second decision."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import PACKAGE, functions, parsed, place, python_files

LONGEST_LINES = 60
USUAL_LINES = 30
USUAL_SHARE_PERCENT = 90
UNFINISHED_COMMENT = re.compile(r"#.*\b(TODO|FIXME|XXX)\b")


def length_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines the signature and the code take; what the docstring explains is not code."""
    lines = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    docstring = function.body[0]
    return lines - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def unfinished(tree: ast.Module, text: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "NotImplementedError":
            yield node.lineno, "NotImplementedError"
    for number, line in enumerate(text.splitlines(), start=1):
        if found := UNFINISHED_COMMENT.search(line):
            yield number, found[1]


def test_no_function_needs_scrolling():
    found = [
        f"{place(path, function)} {function.name}: {length_lines(function)} lines"
        for path in python_files(PACKAGE)
        for function in functions(parsed(path))
        if length_lines(function) > LONGEST_LINES
    ]
    assert not found, f"longer than {LONGEST_LINES} lines:\n" + "\n".join(found)


def test_nine_functions_in_ten_are_seen_at_a_glance():
    lengths = {
        f"{place(path, function)} {function.name}": length_lines(function)
        for path in python_files(PACKAGE)
        for function in functions(parsed(path))
    }
    long = sorted(name for name, lines in lengths.items() if lines >= USUAL_LINES)
    assert len(long) * 100 <= len(lengths) * (100 - USUAL_SHARE_PERCENT), "\n".join(long)


def test_nothing_is_left_unfinished():
    found = [
        f"{path.relative_to(PACKAGE.parent)}:{line} {what}"
        for path in python_files(PACKAGE)
        for line, what in unfinished(parsed(path), path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("code", ["def f():\n    raise NotImplementedError", "x = 1  # TODO: the rest", "# FIXME"])
def test_unfinished_code_is_seen(code):
    assert list(unfinished(ast.parse(code), code))


def test_a_docstring_does_not_make_a_function_long():
    tree = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    assert [length_lines(function) for function in functions(tree)] == [2]


def test_methods_and_inner_functions_are_measured_too():
    tree = ast.parse("class A:\n    async def f(self):\n        def g():\n            return 1\n        return g\n")
    assert [length_lines(function) for function in functions(tree)] == [4, 2]
