"""Names say what is inside. A module called utils or a class called OrderManager accepts everything, so it grows."""

import ast
import re

import pytest

from tests.architecture.sources import PACKAGE, ROOT, parsed, place, python_files

SHAPELESS = frozenset(
    {"common", "helper", "helpers", "manager", "managers", "misc", "service", "services", "util", "utils"}
)


def shapeless_words(name: str) -> frozenset[str]:
    """Return the words of `name` (snake_case or CamelCase) that say nothing about what is inside."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return SHAPELESS.intersection(word.lower() for word in words)


def test_no_module_or_folder_has_a_shapeless_name():
    files = [path for name in ("orderwright", "tests", "bench") for path in python_files(ROOT / name)]
    found = {part for path in files for part in path.relative_to(ROOT).with_suffix("").parts if shapeless_words(part)}
    assert not found, f"name what is inside instead: {', '.join(sorted(found))}"


def test_no_class_has_a_shapeless_name():
    found = [
        f"{place(path, node)} {node.name}"
        for path in python_files(PACKAGE)
        for node in ast.walk(parsed(path))
        # The last word names the kind; Salesforce's own names may hold any of these words before it.
        if isinstance(node, ast.ClassDef) and shapeless_words(re.sub(r".*(?=[A-Z][a-z]+$)", "", node.name))
    ]
    assert not found, "name the thing, not its rank:\n" + "\n".join(found)


@pytest.mark.parametrize("name", ["utils", "order_helpers", "OrderManager", "common", "JSONService"])
def test_a_shapeless_name_is_seen(name):
    assert shapeless_words(name)


@pytest.mark.parametrize("name", ["cancel", "order_summary", "Commonwealth", "OrderSummary", "serviceable"])
def test_a_name_that_only_looks_like_one_is_left_alone(name):
    assert not shapeless_words(name)
