"""Many orders at once: one task reads the file and prepares customers and products, others take orders and returns.

A return waits for its order, which an earlier place in the queue has, so nobody waits for something nobody works on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from orderwright.demo.client import ApiError
from orderwright.demo.lifecycle import live, order_subject
from orderwright.demo.plan import Plan, PlannedOrder, PlannedReturn, Reason, Skipped
from orderwright.demo.proof import Expected
from orderwright.demo.returns import give_back, return_subject
from orderwright.demo.steps import Case, Desk, StepFailed
from orderwright.demo.tenders import tenders_of

PLANS_AHEAD = 40
"""How many invoices are prepared together: their new products and customers share a few requests."""
MOST_FAILURES = 20

ZERO = Decimal(0)


class TooManyFailures(Exception):
    """Something is wrong in general: going on would only repeat it."""


@dataclass(frozen=True)
class Failure:
    """An order or return that ended before its end, and why."""

    subject: str
    why: str


@dataclass
class SkippedRows:
    """Rows with one reason: how many, their units and amount, and the first of them."""

    example: Skipped
    rows: int = 0
    units: int = 0
    amount: Decimal = ZERO

    def add(self, skipped: Skipped) -> None:
        self.rows += 1
        self.units += skipped.units
        self.amount += skipped.amount


@dataclass
class Tally:
    """What the run did, for the report."""

    orders: int = 0
    guests: int = 0
    lines: int = 0
    units: int = 0
    returns: int = 0
    returned_units: int = 0
    lifecycles: int = 0
    """Orders taken all the way in this run; the others were done by an earlier one."""
    seconds: float = 0.0
    skipped: dict[Reason, SkippedRows] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    expected: dict[str, Expected] = field(default_factory=dict)

    def skip(self, skipped: Skipped) -> None:
        self.skipped.setdefault(skipped.reason, SkippedRows(skipped)).add(skipped)

    def add_order(self, order: PlannedOrder) -> None:
        self.orders += 1
        self.guests += order.customer_id is None
        self.lines += len(order.lines)
        self.units += sum(line.quantity for line in order.lines if line.type == "Order Product")
        self.expected[order.invoice_no] = Expected(tenders_of(order))

    def add_return(self, planned: PlannedReturn) -> None:
        self.returns += 1
        self.returned_units += sum(units for _, units in planned.quantities)
        self.expected[planned.invoice_no].refunded += planned.amount


Advance = Callable[[PlannedOrder | PlannedReturn], None]


class Replay:
    """One run over the plans of a file."""

    def __init__(self, desk: Desk, advance: Advance) -> None:
        self.tally = Tally()
        self._desk = desk
        self._advance = advance
        self._delivered: dict[str, asyncio.Future[bool]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def run(self, plans: Iterable[Plan], concurrency: int) -> None:
        """Replay `plans`, `concurrency` orders at once. Raises Unreachable and TooManyFailures."""
        began = time.perf_counter()
        queue: asyncio.Queue[PlannedOrder | PlannedReturn | None] = asyncio.Queue(PLANS_AHEAD)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._read(plans, queue, concurrency))
            for _ in range(concurrency):
                group.create_task(self._work(queue))
        self.tally.seconds = time.perf_counter() - began

    async def _read(
        self, plans: Iterable[Plan], queue: asyncio.Queue[PlannedOrder | PlannedReturn | None], concurrency: int
    ) -> None:
        batch: list[Plan] = []
        for plan in plans:
            batch.append(plan)
            if len(batch) == PLANS_AHEAD:
                await self._offer(batch, queue)
                batch = []
        await self._offer(batch, queue)
        for _ in range(concurrency):
            await queue.put(None)

    async def _offer(self, batch: Sequence[Plan], queue: asyncio.Queue[PlannedOrder | PlannedReturn | None]) -> None:
        await self._desk.shop.prepare([plan.order for plan in batch if plan.order is not None])
        for plan in batch:
            for skipped in plan.skipped:
                self.tally.skip(skipped)
            if plan.order is not None:
                self.tally.add_order(plan.order)
                self._delivered[plan.order.invoice_no] = asyncio.get_running_loop().create_future()
                await queue.put(plan.order)
            for planned in plan.returns:
                self.tally.add_return(planned)
                await queue.put(planned)

    async def _work(self, queue: asyncio.Queue[PlannedOrder | PlannedReturn | None]) -> None:
        while (planned := await queue.get()) is not None:
            if isinstance(planned, PlannedOrder):
                await self._order(planned)
            else:
                await self._return(planned)
            self._advance(planned)

    async def _order(self, order: PlannedOrder) -> None:
        subject = order_subject(order.invoice_no)
        was_done = "fulfil" in self._desk.journal.facts(subject)
        is_delivered = await self._carried(subject, live(Case(self._desk, subject, order)))
        self.tally.lifecycles += is_delivered and not was_done
        self._delivered[order.invoice_no].set_result(is_delivered)

    async def _return(self, planned: PlannedReturn) -> None:
        subject = return_subject(planned)
        if not await self._delivered[planned.invoice_no]:
            self._fail(subject, "its order was not delivered")
            return
        async with self._turns.setdefault(planned.invoice_no, asyncio.Lock()):
            await self._carried(subject, give_back(Case(self._desk, subject, planned)))

    async def _carried(self, subject: str, work: Awaitable[None]) -> bool:
        """Whether `work` went well; if not, why is noted."""
        try:
            await work
        except (ApiError, StepFailed) as error:
            self._fail(subject, str(error))
            return False
        return True

    def _fail(self, subject: str, why: str) -> None:
        self.tally.failures.append(Failure(subject, why))
        if len(self.tally.failures) >= MOST_FAILURES:
            raise TooManyFailures(f"{MOST_FAILURES} orders and returns failed; the last: {subject}: {why}")
