"""Holds real worker processes at a step: by a lock that another session has, or by a gateway that takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from orderwright.gateways.simulator import FaultOperation
from orderwright.objects.definition import Id
from orderwright.store.ids import shard_of
from tests.torture.ground import Ground

TRAPS = ("plan before commit", "booked", "record half written", "before look-up")
"""The steps at which a process can be held from outside. A transaction that waits for its order has not written yet."""
SLOW_SECONDS = 5
SHORT_SECONDS = 1.5
PATIENCE_SECONDS = 20

LOCK = "SELECT 1 FROM order_summary WHERE shard = $1 AND id = $2 FOR UPDATE"
WAITING = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
LEFT = "SELECT coalesce(sum(remaining), 0) AS n FROM simulator.fault WHERE match = ANY ($1)"


@dataclass
class Trap:
    """Holds the operation of one order at `step`. `references`: what it captures from, or refunds."""

    ground: Ground
    step: str
    operation: FaultOperation
    summary_id: Id
    references: Sequence[str]
    _lock: asyncpg.Connection | None = field(default=None, init=False)

    async def set(self) -> None:
        """Before the worker comes."""
        if self.step == "plan before commit":
            await self._take_lock()
        elif self.step == "before look-up":
            await self._tell(self.operation, "timeout_after_success", 0)
            await self._tell("LookUp", "slow", SLOW_SECONDS)
        else:
            await self._tell(self.operation, "slow", SLOW_SECONDS if self.step == "booked" else SHORT_SECONDS)

    async def has_caught(self) -> None:
        """Return once the worker is at the step. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            if self.step != "plan before commit":
                await self._until_struck()
            if self.step == "record half written":
                await self._take_lock()
            if self._lock is not None:
                await self._until_waited_for(self._lock.get_server_pid())

    async def _until_struck(self) -> None:
        """Until as many faults have struck as the step takes: one of those that were told for each reference."""
        told = len(self.references) * (2 if self.step == "before look-up" else 1)
        wanted = 2 if self.step == "before look-up" else 1
        while told - (await self.ground.postgres.fetch(LEFT, list(self.references)))[0]["n"] < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def _until_waited_for(self, process_id: int) -> None:
        while not await self.ground.postgres.fetch(WAITING, process_id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def _take_lock(self) -> None:
        self._lock = await asyncpg.connect(self.ground.postgres.url)
        await self._lock.execute("BEGIN")
        await self._lock.fetch(LOCK, shard_of(self.summary_id), self.summary_id)

    async def _tell(self, operation: FaultOperation, kind: str, seconds: float) -> None:
        for reference in self.references:
            await self.ground.gateway.tell(
                operation=operation,
                kind=kind,  # type: ignore[arg-type]  # one of three
                match=reference,
                seconds=seconds,
            )

    @property
    def sessions(self) -> list[int]:
        """The process id of the session that holds the lock."""
        return [] if self._lock is None else [self._lock.get_server_pid()]

    def open(self) -> None:
        """Let go of the lock, if the server has not done so."""
        if self._lock is not None:
            self._lock.terminate()
