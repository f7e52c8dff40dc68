"""What the demo has done so far, kept in a file so that another run continues: one JSON line per finished step."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

Facts = dict[str, Any]

VERSION = b"2"
"""Of what the facts mean. Raised when orders are taken another way, as with two tenders: no run goes on with facts that
mean something else.
"""


class OtherOrders(ValueError):
    """The journal belongs to a demo of another file of orders, or to another version of the demo."""


def fingerprint(path: Path) -> str:
    """A short text that differs for files that differ, and for other versions of the demo."""
    digest = hashlib.sha256(VERSION)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()[:16]


class Journal:
    """Facts by subject: `order 536365` has the ids of its records, `product 22752` its price book entry.

    Lines are appended and handed to the system at once; a line that was cut off by a crash is as if never written.
    """

    def __init__(self, path: Path, orders: str) -> None:
        """The journal at `path`, begun if there is none. `orders`: the file's fingerprint. Raises OtherOrders."""
        self._facts: dict[str, Facts] = {}
        self.name = secrets.token_hex(8)
        """Part of each idempotency key: two demos never share one."""
        self.is_resumed = False
        whole_bytes = self._read(path, orders) if path.exists() else 0
        self._file = path.open("ab")
        self._file.truncate(whole_bytes)
        if not self.is_resumed:
            self._write({"journal": self.name, "orders": orders})

    def _read(self, path: Path, orders: str) -> int:
        """Take up what is there; returns how many bytes of it are whole lines."""
        whole_bytes = 0
        for line in whole_lines(path):
            entry = _decode(line)
            whole_bytes += len(line)
            if "journal" in entry:
                if entry["orders"] != orders:
                    raise OtherOrders(f"{path} is the journal of a demo with other orders, or of another version.")
                self.name, self.is_resumed = entry["journal"], True
            else:
                self._facts.setdefault(entry["subject"], {}).update(entry["facts"])
        return whole_bytes

    def facts(self, subject: str) -> Mapping[str, Any]:
        """What is known of `subject`; empty when nothing is."""
        return self._facts.get(subject, {})

    def record(self, subject: str, facts: Facts) -> None:
        """Note facts about `subject`, for this run and later ones."""
        self._facts.setdefault(subject, {}).update(facts)
        self._write({"subject": subject, "facts": facts})

    def key(self, subject: str, step: str) -> str:
        """The idempotency key of one step: the same in every run."""
        return f"{self.name}:{subject}:{step}".replace(" ", ":")

    def _write(self, entry: Mapping[str, Any]) -> None:
        self._file.write(_encode(entry) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def whole_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, without one that was not written to its end."""
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield line
