"""What is measured around the load: processor time by process; and how figures are summed up."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil

from bench.server import Server


@dataclass(frozen=True)
class Processes:
    """Who takes part: the names are those of the report."""

    api: psutil.Process
    worker: psutil.Process
    postgres: psutil.Process
    client: psutil.Process

    @classmethod
    def of(cls, server: Server) -> Processes:
        return cls(server.child("api-1"), server.child("worker-1"), server.postmaster(), psutil.Process(os.getpid()))

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time used so far, user and system; PostgreSQL's with that of all its processes, ended ones too."""
        return {
            "API": own_seconds(self.api),
            "worker": own_seconds(self.worker),
            "PostgreSQL": tree_seconds(self.postgres),
            "client": own_seconds(self.client),
        }


def own_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def tree_seconds(process: psutil.Process) -> float:
    """The process, its living children, and its ended ones, which the kernel adds to the parent."""
    times = process.cpu_times()
    ended = times.children_user + times.children_system
    total = times.user + times.system + ended
    for child in process.children():
        try:
            total += own_seconds(child)
        except psutil.NoSuchProcess:  # it ended between the two looks: counted with its parent the next time
            continue
    return total


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: after[name] - before[name] for name in after}


def quantile(values: Sequence[float], part: float) -> float:
    """The value that `part` of `values` do not exceed; NaN of none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else float("nan")
