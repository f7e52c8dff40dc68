"""The project's own files, parsed once for the tests of this folder."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "orderwright"
PURE = ("arithmetic", "objects", "decisions")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def python_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def pure_files() -> list[Path]:
    return [path for name in PURE for path in python_files(PACKAGE / name)]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def place(path: Path, node: ast.stmt | ast.expr) -> str:
    """Return where `node` stands, as editors and terminals link it."""
    return f"{path.relative_to(ROOT)}:{node.lineno}"
