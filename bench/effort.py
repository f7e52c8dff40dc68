"""How much is measured: enough for figures to believe, or as little as shows that all of it works."""

from __future__ import annotations

import msgspec


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How often and how long; the command line says what each is for."""

    concurrency: tuple[int, ...] = (1, 8)
    seconds: int = 15
    rounds: int = 3
    idle: int = 50
    funds: int = 60
    warm_up: int = 20
    """Lifecycles, and operations of ensure funds, that come first and do not count."""
    counted: int = 10
    """Lifecycles whose statements are counted."""
    changed: int = 24
    """Orders that previews and submits are asked for."""
    routing: tuple[int, ...] = (50, 200, 1000)
    """Numbers of locations."""
    cases: int = 3
    solver_seconds: float = 1
    """That the solver gets for each case."""
    records: int = 200_000
    """Inventory records in each upload."""
    bulk: int = 100_000
    """Rows in each bulk ingest."""
    availabilities: int = 40
    reservations: int = 300
    """Requests that are measured one at a time."""


SHORT = Effort(
    concurrency=(2,),
    seconds=1,
    rounds=1,
    idle=1,
    funds=2,
    warm_up=2,
    counted=2,
    changed=1,
    routing=(50,),
    cases=1,
    records=10_000,
    bulk=3_000,
    availabilities=2,
    reservations=4,
)
