"""The fault matrix: every step of a capture or refund × every fault of the gateway × every way to be killed there.

A cell is one combination. Steps are named as they happen: the plan is written and committed, the request goes to the
gateway and is booked there, the answer comes back and is recorded. `on its way` is a request that has left us and has
not arrived yet: it arrives later, after we have asked what became of it.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import NamedTuple

OPERATIONS = ("Capture", "Refund")

PLANNING = ("plan half written", "plan before commit", "plan commit lost", "plan committed")
SENDING = ("before sending", "on its way", "booked", "answered")
RECORDING = ("record half written", "record before commit", "record commit lost", "record committed")
RESUMING = ("before look-up", "looked up", "finishing")
"""Steps that only an operation takes which was interrupted before, or which got no answer."""
STEPS = (*PLANNING, *SENDING, *RECORDING, *RESUMING)

KILLS = ("worker", "connection", "server")

PENDING = "pending"
"""The provider is asynchronous: it takes the request, and what became of it is known later."""
FAULTS = (
    "none", "decline", "permanent_fail", "error_before", "flapping", "lost_request", "lost_answer",
    "timeout_after_success", "slow", "duplicate_notification", "late_notification", "lost_notification", PENDING,
    "look_up error_before", "look_up flapping", "look_up lost_answer", "look_up slow",
)  # fmt: skip
CAPTURE_FAULTS = (*FAULTS, "expired")

NOTHING = "none"


class Cell(NamedTuple):
    """One combination. `step` and `kill` are both `none` where the gateway's fault is all that happens."""

    operation: str
    step: str
    fault: str
    kill: str

    def __str__(self) -> str:
        return ":".join(self)


def faults_of(operation: str) -> tuple[str, ...]:
    """Every way in which the gateway can misbehave at captures, or at refunds."""
    return CAPTURE_FAULTS if operation == "Capture" else FAULTS


def all_cells() -> list[Cell]:
    """Every combination, once."""
    cells = []
    for operation in OPERATIONS:
        for fault in faults_of(operation):
            cells.append(Cell(operation, NOTHING, fault, NOTHING))
            cells += [Cell(operation, step, fault, kill) for step, kill in itertools.product(STEPS, KILLS)]
    return cells


def chosen_cells(only: str | None) -> list[Cell]:
    """The cells that `only` leaves: `step:fault:kill` or `operation:step:fault:kill`, `*` or nothing for any.

    Raises ValueError when none is left.
    """
    if only is None:
        return all_cells()
    parts = only.split(":")
    wanted = ["*"] * (4 - len(parts)) + parts
    cells = [cell for cell in all_cells() if all(w in {"*", "", had} for w, had in zip(wanted, cell, strict=True))]
    if not cells:
        raise ValueError(f"no cell of the matrix is {only!r}; a cell is operation:step:fault:kill, as {all_cells()[1]}")
    return cells


def cell_of(run: int, seed: int, cells: Sequence[Cell]) -> Cell:
    """The cell of one run: all cells in a random order, again and again, so that a part of the runs is a fair sample.

    The order depends on the seed alone, so that one run can be repeated by itself.
    """
    order = random.Random(f"matrix {seed}").sample(range(len(cells)), len(cells))
    return cells[order[run % len(cells)]]
