"""Where the time of an ensure-funds operation goes: queue, database, gateway, and the rest, which is Python.

An operation lasts from its SubmittedAt until its job has ended in the worker. Until its StartedAt it is in the queue,
also while the worker reads what it needs to begin. After that, the job is in the gateway, in the database, or neither.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

Place = Literal["gateway", "database"]


class Span(NamedTuple):
    """A job was in one place, from when to when: seconds since 1970, by the clock that also gives SubmittedAt."""

    place: Place
    began: float
    ended: float


class Run(msgspec.Struct, frozen=True):
    """One run of an operation's job, with the places it was in; spans of one run never overlap."""

    operation_id: str
    began: float
    ended: float
    spans: tuple[Span, ...]


class Moments(NamedTuple):
    """When an operation was asked for, and when it was begun, as its record says: seconds since 1970."""

    submitted: float
    started: float


class Parts(msgspec.Struct, frozen=True):
    """The seconds of one operation, or their mean over many, by where they were spent."""

    queue: float
    database: float
    gateway: float
    python: float

    @property
    def whole(self) -> float:
        return self.queue + self.database + self.gateway + self.python

    @property
    def at_work(self) -> float:
        """Without the queue."""
        return self.whole - self.queue


def parts_of(moments: Moments, runs: Sequence[Run]) -> Parts:
    """The seconds of one operation; `runs` are those of its job, in order. Raises ValueError for none."""
    if not runs:
        raise ValueError("the operation was never run")
    # Moments are stored to the millisecond, rounded down, so a job may seem to have ended before it was started.
    ended = max(runs[-1].ended, moments.started)
    spent = {place: spent_in(place, moments.started, runs) for place in ("database", "gateway")}
    python = ended - moments.started - sum(spent.values())
    return Parts(moments.started - moments.submitted, spent["database"], spent["gateway"], python)


def spent_in(place: str, since: float, runs: Iterable[Run]) -> float:
    """Seconds that `runs` were in `place`, as far as that was after `since`."""
    spans = (span for run in runs for span in run.spans if span.place == place)
    return sum(max(0.0, span.ended - max(since, span.began)) for span in spans)


def mean(parts: Sequence[Parts]) -> Parts:
    """The mean of each part. Raises ValueError for none."""
    if not parts:
        raise ValueError("nothing was measured")

    def of(name: str) -> float:
        return float(sum(getattr(each, name) for each in parts)) / len(parts)

    return Parts(*(of(name) for name in Parts.__struct_fields__))


def per_second(ends: Sequence[float], since: float) -> float:
    """How many operations ended in a second, from `since` to the last of `ends`. Raises ValueError for none."""
    return len(ends) / (max(ends) - since)


def by_operation(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """The runs of each operation, in the order in which they ended."""
    found: dict[str, list[Run]] = {}
    for run in sorted(runs, key=lambda run: run.ended):
        found.setdefault(run.operation_id, []).append(run)
    return found
