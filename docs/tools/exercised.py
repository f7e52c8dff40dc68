"""Which paths the tests send requests to, read from their text: constants, f-strings and helpers are followed.

A text with unknown parts has `{}` for each: f"{GRAPH}/{upload_id}" is "/commerce/oci/location-graph/uploads/{}". What
counts for a test file is every such text in its functions, and in the helpers that these call, call by call.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent.parent.parent / "tests"
ASKING = ("bench", "cli", "demo", "end_to_end", "rest", "settlement", "stateful", "torture")
"""Folders of tests that start the API."""
UNKNOWN = "{}"
VERSION = re.compile(r"^/services/data/[^/]+")


class Found(NamedTuple):
    """A function, a method or a constant of a module: the node, and where it stands."""

    module: str
    node: ast.AST


def sends_to(file: Path, path: str) -> bool:
    """Whether tests of `file` name `path`: whole, from one of its slashes on, or by the name of its action.

    Parts of the path that name a record, as `{paymentId}`, must be there too: "/refunds" alone is somebody else's.
    Tests that start no API send nothing, whatever they name.
    """
    if file.relative_to(TESTS).parts[0] not in ASKING:
        return False
    whole = "/".join(UNKNOWN if part.startswith("{") else part for part in path.split("/"))
    before, _, action = whole.rpartition("/")
    if before.endswith("actions") and "-" in action:
        return action in _ends(file)
    return not _ways_to_say(whole).isdisjoint(_paths(file))


def _ways_to_say(whole: str) -> set[str]:
    """`whole`, and what it ends in, as far as that has all parts that name a record."""
    parts = whole.split("/")
    ends = {"/" + "/".join(parts[first:]) for first in range(1, len(parts)) if parts[first] != UNKNOWN}
    return {end for end in ends if end.count(UNKNOWN) == whole.count(UNKNOWN)}


@functools.cache
def _paths(file: Path) -> frozenset[str]:
    return frozenset(_path(text) for text in texts_in(file) if "/" in text)


@functools.cache
def _ends(file: Path) -> frozenset[str]:
    """The last parts of the paths, and texts that are only that."""
    return frozenset(_path(text).rpartition("/")[2] for text in texts_in(file))


def _path(text: str) -> str:
    """A path as it stands below the version, without a query; a part that is not known whole is not known."""
    below = VERSION.sub("", text.partition("?")[0]).removeprefix(UNKNOWN)
    return "/".join(UNKNOWN if UNKNOWN in part else part for part in below.split("/"))


@functools.cache
def texts_in(file: Path) -> frozenset[str]:
    """The texts in the functions of `file`, and in the helpers that they reach."""
    module = _module(file)
    waiting = [Found(module, node) for node in _tree(module).body if _is_function(node)]
    seen: set[ast.AST] = set()
    texts: set[str] = set()
    while waiting:
        found = waiting.pop()
        if found.node not in seen:
            seen.add(found.node)
            texts.update(_texts(found))
            waiting += _called(found)
    return frozenset(texts)


# --- modules ----------------------------------------------------------------------------------------------------------


def _module(file: Path) -> str:
    return ".".join(file.relative_to(TESTS.parent).with_suffix("").parts)


@functools.cache
def _tree(module: str) -> ast.Module:
    file = TESTS.parent.joinpath(*module.split(".")).with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8")) if file.exists() else ast.Module(body=[], type_ignores=[])


@functools.cache
def _names(module: str) -> Mapping[str, Found]:
    """What the names of a module stand for, those it imports from other modules of the tests included.

    Methods of its classes are there under their own names: whose they are at a call is not known.
    """
    known: dict[str, Found] = {}
    for name in _nearby(module):
        known.update(_names(name))
    for node in _tree(module).body:
        known.update(_named(module, node))
    return known


def _nearby(module: str) -> Iterator[str]:
    """The files from which the fixtures of a test, or of another such file, come without an import."""
    *parts, last = module.split(".")
    if last != "conftest" and not last.startswith("test_"):
        return
    for depth in range(1, len(parts) + 1):
        conftest = ".".join([*parts[:depth], "conftest"])
        if conftest != module:
            yield conftest


def _named(module: str, node: ast.stmt) -> Iterator[tuple[str, Found]]:
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
        imported = _names(node.module or "")
        # With one name of a helper come the methods of what it makes.
        yield from ((name, found) for name, found in imported.items() if _is_function(found.node))
        yield from ((a.asname or a.name, imported[a.name]) for a in node.names if a.name in imported)
    elif isinstance(node, ast.ClassDef):
        for method in filter(_is_function, node.body):
            yield getattr(method, "name", ""), Found(module, method)
    elif _is_function(node):
        yield getattr(node, "name", ""), Found(module, node)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from _assigned(module, target, node.value)


def _assigned(module: str, target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Found]]:
    if isinstance(target, ast.Name):
        yield target.id, Found(module, value)
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, of in zip(target.elts, value.elts, strict=False):
            yield from _assigned(module, one, of)


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


# --- texts ------------------------------------------------------------------------------------------------------------


@functools.cache
def _texts(found: Found) -> frozenset[str]:
    """The texts of a function, a part of a longer one not by itself."""
    return frozenset(_read_texts(found))


def _read_texts(found: Found) -> Iterator[str]:
    waiting: list[ast.AST] = [found.node]
    while waiting:
        node = waiting.pop()
        text = _text(found.module, node, ()) if isinstance(node, ast.expr) else None
        if text is not None and text != UNKNOWN:
            yield text
        else:
            waiting += ast.iter_child_nodes(node)


def _text(module: str, node: ast.AST, inside: tuple[str, ...]) -> str | None:
    """What an expression comes to, if it is a text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(_part(module, value, inside) for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(module, node.left, inside), _text(module, node.right, inside)
        return None if left is None and right is None else (left or UNKNOWN) + (right or UNKNOWN)
    if isinstance(node, ast.Name) and node.id not in inside:
        found = _names(module).get(node.id)
        return _text(found.module, found.node, (*inside, node.id)) if found is not None else None
    return None


def _part(module: str, node: ast.AST, inside: tuple[str, ...]) -> str:
    if isinstance(node, ast.FormattedValue):
        return _text(module, node.value, inside) or UNKNOWN
    return _text(module, node, inside) or UNKNOWN


@functools.cache
def _called(found: Found) -> tuple[Found, ...]:
    """What a function names: other functions, fixtures by its parameters, methods, tables of texts."""
    return tuple(_read_called(found))


def _read_called(found: Found) -> Iterator[Found]:
    known = _names(found.module)
    for node in ast.walk(found.node):
        name = (
            node.id if isinstance(node, ast.Name)
            else node.attr if isinstance(node, ast.Attribute)
            else node.arg if isinstance(node, ast.arg)
            else None
        )  # fmt: skip
        if name is not None and name in known:
            yield known[name]
