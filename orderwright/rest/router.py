"""From method and path to operation, over the one table; also for the parts of a composite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_NAME
from orderwright.rest.errors import HttpError
from orderwright.rest.operation import NEWEST_VERSION, OLDEST_VERSION, Operation
from orderwright.rest.reader import wrong_id

PLATFORM = ".salesforce.com"
VERSION = re.compile(r"v([1-9]\d{1,2})\.0", re.ASCII)


@dataclass(frozen=True, slots=True)
class Match:
    """An operation, the version it is called in, and the parts of the path as the handler takes them."""

    operation: Operation
    version: int
    parameters: Mapping[str, Any]


@dataclass(slots=True)
class _Place:
    """One segment of a path: what may follow, and what can be done here."""

    literal: dict[str, _Place] = field(default_factory=dict)
    wild: _Place | None = None
    operations: dict[str, Operation] = field(default_factory=dict)


class Router:
    """All operations, to be found by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        self._root = _Place()
        for operation in self.operations:
            for path in operation.full_paths:
                self._add(operation, path)

    def _add(self, operation: Operation, path: str) -> None:
        place = self._root
        for segment in _segments(path):
            if segment.startswith("{"):
                place.wild = place.wild or _Place()
                place = place.wild
            else:
                place = place.literal.setdefault(segment, _Place())
        if operation.method in place.operations:
            raise ValueError(f"{operation.method} {path} stands twice in the table of operations")
        place.operations[operation.method] = operation

    def find(self, method: str, path: str) -> Match:
        """The operation that answers. Raises HttpError: no such path or version, no such method, a wrong id."""
        values: list[str] = []
        place = _walk(self._root, _segments(path), 0, values)
        if place is None:
            raise HttpError("NOT_FOUND", f"there is no resource {path}; see /docs for all there are")
        operation = place.operations.get(method)
        if operation is None:
            allowed = ", ".join(sorted(place.operations))
            raise HttpError(
                "METHOD_NOT_ALLOWED", f"{method} is not possible on {path}; use {allowed}", headers={"Allow": allowed}
            )
        if operation.absolute:
            return Match(operation, NEWEST_VERSION, _parameters(operation, values))
        version = _version(values[0], operation)
        return Match(operation, version, _parameters(operation, values[1:]))


def without_host(path: str) -> str:
    """`path` without a first segment that is one of the platform's hosts: so clients that always go to such a host can
    be pointed here, as `https://localhost:8443/login.salesforce.com/services/…`.
    """
    first, slash, rest = path.lstrip("/").partition("/")
    return slash + rest if first.lower().endswith(PLATFORM) else path


def _segments(path: str) -> list[str]:
    # simple-salesforce and others end record paths with a slash
    return path.strip("/").split("/")


def _walk(place: _Place, segments: list[str], depth: int, values: list[str]) -> _Place | None:
    if depth == len(segments):
        return place if place.operations else None
    segment = segments[depth]
    after = place.literal.get(segment)
    found = _walk(after, segments, depth + 1, values) if after is not None else None
    if found is not None or place.wild is None or not segment:
        return found
    values.append(segment)
    found = _walk(place.wild, segments, depth + 1, values)
    if found is None:
        values.pop()
    return found


def _version(text: str, operation: Operation) -> int:
    known = VERSION.fullmatch(text)
    version = int(known[1]) if known else 0
    if not OLDEST_VERSION <= version <= NEWEST_VERSION:
        raise HttpError("NOT_FOUND", f"'{text}' is no version; use v{OLDEST_VERSION}.0 to v{NEWEST_VERSION}.0")
    if version < operation.since:
        raise HttpError("NOT_FOUND", f"{operation.path} exists since v{operation.since}.0; call it in that version")
    return version


def _parameters(operation: Operation, values: list[str]) -> dict[str, Any]:
    return {
        name: value if object_ is None else checked_id(value, object_)
        for (name, object_), value in zip(operation.parameters.values(), values, strict=True)
    }


def checked_id(value: str, object_: str) -> Id:
    """The 15-character id in `value`. Raises HttpError unless it has the shape and the prefix of `object_`."""
    record_id = to_15(value)
    if record_id is None or record_id[:3] != BY_NAME[object_].about.key_prefix:
        raise wrong_id(value, record_id, (object_,)).as_error()
    return record_id
