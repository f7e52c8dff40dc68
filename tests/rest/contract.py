"""The Connect contract that this API was written from, where it is at hand: resources, properties, examples.

The contract is not part of the project. ORDERWRIGHT_REFERENCE names its folder; else it is looked for beside the
project.
"""

import os
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from orderwright.objects.registry import BY_NAME
from orderwright.rest.operation import Operation
from orderwright.rest.operations import ROUTER
from orderwright.rest.properties import IdOf, is_struct, optional_of, properties_of, unwrapped

FOLDER = Path(
    os.environ.get("ORDERWRIGHT_REFERENCE") or Path(__file__).resolve().parents[2].parent / "shared" / "reference"
)
FILES = sorted((FOLDER / "connect-api").glob("*.yaml"))


@dataclass(frozen=True)
class Resource:
    """A resource as the contract has it, with our operation."""

    about: dict[str, Any]
    types: dict[str, dict[str, Any]]
    operation: Operation

    @property
    def name(self) -> str:
        return f"{self.operation.method} {self.operation.path.rpartition('/commerce/')[2]}"

    @property
    def since(self) -> int:
        return version_of(self.about.get("since"), 48)

    def requests(self) -> Iterator[Any]:
        """The bodies of its examples."""
        if "example_request" in self.about and "body" in self.about["example_request"]:
            yield self.about["example_request"]["body"]
        yield from (example["request"] for example in self.about.get("examples", ()) if "request" in example)

    def responses(self) -> Iterator[Any]:
        """What its examples are answered with."""
        if "example_response" in self.about:
            yield self.about["example_response"]["body"]
        yield from (example["response"] for example in self.about.get("examples", ()) if "response" in example)

    def declared(self, side: str) -> Any:
        """The properties of `request` or `response`; None where the contract gives none."""
        return self.properties(self.about.get(side))

    def properties(self, declared: Any) -> list[dict[str, Any]] | None:
        """The properties of a type, by name or as it stands."""
        if isinstance(declared, str):
            declared = self.types.get(declared.removesuffix("[]"))
        if not isinstance(declared, dict):
            return None
        if isinstance(declared.get("properties"), list):
            return [about for about in declared["properties"] if isinstance(about, dict)]
        return self.properties(declared["type"]) if isinstance(declared.get("type"), str) else None

    def inner(self, about: dict[str, Any]) -> list[dict[str, Any]] | None:
        """The properties of the objects that a property holds."""
        if isinstance(about.get("items"), dict):
            return self.properties(about["items"])
        named = re.fullmatch(r"(?:array<)?(\w+?)(?:>|\[\])?", str(about.get("type")))
        return self.properties(named[1]) if named else None


def resources() -> list[Resource]:
    """Every resource of the contract that we have."""
    found = []
    for file in FILES:
        document = yaml.safe_load(file.read_text())
        types: dict[str, dict[str, Any]] = {}
        _types(document, types)
        found += [
            Resource(about, types, operation)
            for about in _resources(document)
            if (operation := _operation(about)) is not None
        ]
    return found


def version_of(text: Any, otherwise: int) -> int:
    """The first version in a text such as "51.0 (NDJSON), 63.0 (CSV)"."""
    first = re.match(r"\d+", str(text))
    return int(first[0]) if first else otherwise


def struct_in(hint: Any) -> Any | None:
    """The Struct in a hint, also as one of many or none; None for what holds none."""
    bare, _ = unwrapped(hint)
    inside = optional_of(bare)
    bare = bare if inside is None else unwrapped(inside)[0]
    if typing.get_origin(bare) in (list, tuple):
        return struct_in(typing.get_args(bare)[0])
    return bare if is_struct(bare) else None


def with_good_ids(value: Any, hint: Any) -> Any:
    """An example's body; ids in it, which are made up and often another object's, become ids of the right one."""
    bare, marks = unwrapped(hint)
    inside = optional_of(bare)
    if inside is not None and not marks:
        return with_good_ids(value, inside)
    mark = next((mark for mark in marks if isinstance(mark, IdOf)), None)
    if mark is not None:
        good = BY_NAME[mark.objects[0]].about.key_prefix + "000000000001"
        return [good for _ in value] if isinstance(value, list) else good
    if isinstance(value, list) and typing.get_origin(bare) in (list, tuple):
        return [with_good_ids(item, typing.get_args(bare)[0]) for item in value]
    struct = struct_in(hint)
    if struct is None or not isinstance(value, dict):
        return value
    hints = {name: p.hint for p in properties_of(struct) for name in (p.wire_name, *p.aliases)}
    return {name: with_good_ids(inner, hints.get(name)) for name, inner in value.items()}


def _operation(about: dict[str, Any]) -> Operation | None:
    path = (about.get("paths") or [about["path"]])[0]
    path = path["path"] if isinstance(path, dict) else path
    path = path.partition("?")[0]
    return next((o for o in ROUTER.operations if o.method == about["method"] and path in (o.path, *o.aliases)), None)


def _types(node: Any, found: dict[str, dict[str, Any]]) -> None:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"types", "inputs", "outputs"} and isinstance(value, dict):
                found.update({name: type_ for name, type_ in value.items() if isinstance(type_, dict)})
            _types(value, found)
    elif isinstance(node, list):
        for value in node:
            _types(value, found)


def _resources(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "method" in node and ("path" in node or "paths" in node):
            yield node
        for value in node.values():
            yield from _resources(value)
    elif isinstance(node, list):
        for value in node:
            yield from _resources(value)
