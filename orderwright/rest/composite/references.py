"""`@{referenceId.path}` in the url and the body of a part: the value an earlier part answered with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from orderwright.rest.codec import parse_json, to_json

REFERENCE = re.compile(r"@\{(\w+)((?:\.\w+|\[\d{1,9}\])*)\}", re.ASCII)
IN_URL = re.compile(r"(?:@|%40)(?:\{|%7B)([\w.\[\]%]{1,400}?)(?:\}|%7D)", re.IGNORECASE | re.ASCII)
NULLS_SINCE = 52
"""Before it a reference to a field that is empty could not be resolved (documented)."""
STEP = re.compile(r"\.(\w+)|\[(\d{1,9})\]", re.ASCII)
MOST_CHARACTERS = 6_000_000
"""That references bring into the parts of one request: a short body could ask for a long text any number of times."""


class Unresolved(Exception):
    """A reference to a part that failed or does not exist, or to a value it did not answer with."""


class Answers:
    """The bodies of the parts done so far, by referenceId; parsed when one is asked for."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._left = MOST_CHARACTERS
        self._raw: dict[str, bytes] = {}
        self._parsed: dict[str, Any] = {}
        self._failed: set[str] = set()

    def keep(self, reference_id: str, content: bytes, *, succeeded: bool) -> None:
        """Remember what a part answered."""
        if succeeded:
            self._raw[reference_id] = content
        else:
            self._failed.add(reference_id)

    def resolved(self, value: Any) -> Any:
        """`value` with every reference replaced. Raises Unresolved."""
        if isinstance(value, str):
            return self._text(value) if "@{" in value else value
        if isinstance(value, dict):
            return {key: self.resolved(inner) for key, inner in value.items()}
        return [self.resolved(inner) for inner in value] if isinstance(value, list) else value

    def resolved_url(self, url: str) -> str:
        """`url` with every reference replaced; clients that encode a query encode the references in it. Raises
        Unresolved.
        """
        return str(self.resolved(IN_URL.sub(lambda found: f"@{{{unquote(found[1])}}}", url)))

    def _text(self, text: str) -> Any:
        whole = REFERENCE.fullmatch(text)
        if whole is not None:
            return self._value(whole[1], whole[2])
        return REFERENCE.sub(lambda found: _in_text(self._value(found[1], found[2])), text)

    def _value(self, reference_id: str, path: str) -> Any:
        if reference_id in self._failed:
            raise Unresolved(f"@{{{reference_id}{path}}}: the part '{reference_id}' failed, and this one needs it")
        if reference_id not in self._raw:
            raise Unresolved(
                f"@{{{reference_id}{path}}}: no part '{reference_id}' comes before this one (case matters)"
            )
        if reference_id not in self._parsed:
            self._parsed[reference_id] = parse_json(self._raw[reference_id] or b"null")
        value = self._parsed[reference_id]
        for name, index in STEP.findall(path):
            value = _step(value, name, index, f"@{{{reference_id}{path}}}")
        if isinstance(value, dict | list):
            raise Unresolved(f"@{{{reference_id}{path}}} is no single value; name one, as @{{{reference_id}.id}}")
        self._left -= len(value) if isinstance(value, str) else 0
        if self._left < 0:
            raise Unresolved(f"@{{{reference_id}{path}}}: references bring more than {MOST_CHARACTERS} characters")
        if value is None and self._version < NULLS_SINCE:
            raise Unresolved(f"@{{{reference_id}{path}}} is null; versions from {NULLS_SINCE}.0 on take that")
        return value


def _in_text(value: Any) -> str:
    if value is None:
        return ""
    return to_json(value).decode() if isinstance(value, bool) else str(value)


def _step(value: Any, name: str, index: str, reference: str) -> Any:
    if name and isinstance(value, Mapping) and name in value:
        return value[name]
    if index and isinstance(value, list) and int(index) < len(value):
        return value[int(index)]
    raise Unresolved(f"{reference}: there is no '{name or index}' in what that part answered")
