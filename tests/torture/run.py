"""One run: an order is placed, its invoices are funded, parts of it are refunded; in the stage that the cell names,
faults strike and things are killed. Then everything is recovered from, and the books have to agree.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from orderwright.decisions.start_operation import ENSURE_FUNDS, ENSURE_REFUNDS
from orderwright.gateways.protocol import CaptureRequest
from orderwright.gateways.simulator import FaultKind, FaultOperation
from orderwright.objects.definition import Id
from orderwright.objects.identity import to_15
from orderwright.store.ids import shard_of
from tests.rest.changing import Placed
from tests.torture.books import ZERO, Ours, differences, read_ours, read_theirs, total
from tests.torture.demands import NOTHING_STAYS_PENDING, OUTCOMES_ARE_TRUE
from tests.torture.ground import Ground
from tests.torture.matrix import OPERATIONS, Cell
from tests.torture.scenario import SCALES, Scenario
from tests.torture.story import Story

MOST_ROUNDS = 10
SOON_SECONDS = 0.02
HOUR = dt.timedelta(hours=1)
SOME_SECONDS = dt.timedelta(seconds=20)
TYPES = {"Capture": ENSURE_FUNDS, "Refund": ENSURE_REFUNDS}


@dataclass
class Result:
    """What came of a run. `problems`: what was not as it has to be; `counts`: what is worth counting."""

    name: str
    cell: Cell
    again: str = ""
    """The command that repeats it."""
    shard: int = -1
    seconds: float = 0
    struck: bool = False
    problems: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    story: str = ""


async def carry_out(ground: Ground, scenario: Scenario) -> Result:
    """One run from beginning to end."""
    result = Result(f"run {scenario.name}", scenario.cell)
    began = time.monotonic()
    story = ground.blows.story = Story()
    ground.blows.fallen.clear()
    try:
        run = Run(ground, scenario, result.counts, await ground.shop.place(scenario), ground.crew)
        result.shard = run.shard
        for operation in OPERATIONS:
            await run.stage(operation)
        result.problems += await run.problems()
    except Exception as error:  # noqa: BLE001 - whatever stops a run is a finding, and the next run goes on
        result.problems.append(f"{type(error).__name__}: {error}")
    await (ground.crew.dismiss() if result.problems else ground.crew.rest())
    ground.late.clear()
    wanted = len(scenario.blows)
    result.struck = len(ground.blows.fallen) >= wanted
    result.counts["kills"] += len(ground.blows.fallen)
    result.seconds = time.monotonic() - began
    result.story = f"{scenario}\n{story}"
    return result


class Queue(Protocol):
    """Who runs operations until they have finished: workers in this process, or real ones."""

    async def work_off(self, operations: Sequence[Id], scenario: Scenario) -> None: ...
    async def go_round(self, scenario: Scenario) -> None: ...


@contextlib.asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do `work` while the block runs, and drop it then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class Run:
    """The stages of one run."""

    def __init__(self, ground: Ground, scenario: Scenario, counts: Counter[str], placed: Placed, queue: Queue) -> None:
        self._ground = ground
        self._queue = queue
        self._scenario = scenario
        self._counts = counts
        self._placed = placed
        self.summary_id: Id = to_15(placed.summary) or ""
        self.shard = shard_of(self.summary_id)
        self._memos: dict[str, Decimal] = {}
        self._excess = ZERO

    async def stage(self, operation: str) -> None:
        """Run what is asked for, in trouble if the cell says so; then recover."""
        asked = await self.asked_for(operation)
        is_troubled = operation == self._scenario.cell.operation
        story = self._ground.blows.story
        story.tell(f"--- {operation}: {len(asked)} operations, {'in trouble' if is_troubled else 'calm'}")
        if is_troubled:
            await self._trouble()
        async with beside(self._arrive_soon()), beside(self._go_round_meanwhile()):
            await self._work_off(asked)
        self._ground.blows.arm(self._scenario.later_blows if is_troubled else ())
        await self.recover(operation)

    async def finish(self, operation: str, asked: list[Id]) -> None:
        """Run what was asked for and disturbed elsewhere, recover, and go through the stage that is left."""
        await self._work_off(asked)
        await self.recover(operation)
        if operation == "Capture":
            await self.stage("Refund")

    async def asked_for(self, operation: str) -> list[Id]:
        """The operations of this stage, all asked for at once."""
        return await (self._captures() if operation == "Capture" else self._refunds())

    async def _captures(self) -> list[Id]:
        """The funds of all invoices, each as often as the scenario says."""
        invoices = [invoice["Id"] for invoice in await self._placed.related("Invoices")]
        return [await self._ask_funds(invoice) for invoice in invoices * self._scenario.asked_at_once]

    async def _refunds(self) -> list[Id]:
        """Parts of the order are returned: the refunds of all credit memos, and of excess funds.

        Nothing where an invoice could not be funded: how much there is to refund is then not known.
        """
        if await self._open_debts():
            self._counts["refunds left out"] += 1
            return []
        for units in self._scenario.returns:
            memo, amount = await self._ground.shop.credit(self._placed, units)
            self._memos[memo] = amount
        asked = [await self._ask_refund(memo) for memo in [*self._memos] * self._scenario.asked_at_once]
        return asked + [await self._ask_excess(amount) for amount in await self._excess_amounts()]

    async def problems(self) -> list[str]:
        """Everything that is not as it has to be, at the end of it all."""
        ours = await self._ours()
        found = differences(ours, await read_theirs(self._ground.postgres, ours))
        lost = ours.unsettled
        self._counts["requests that stay pending"] += len(lost)
        if NOTHING_STAYS_PENDING:
            found += [f"{row['kind']} {row['id']} of {row['amount']} stays {row['state']}" for row in lost]
        if NOTHING_STAYS_PENDING or not lost:
            found += [f"{name} is not settled: {left}" for name, left in (await self._open_debts()).items()]
        found += self._wrong_excess(ours, lost=bool(lost))
        found += self._untrue(ours)
        self._count(ours)
        return found

    # --- trouble ------------------------------------------------------------------------------------------------------

    async def _trouble(self) -> None:
        for fault in self._scenario.faults:
            what: FaultOperation = fault.operation  # type: ignore[assignment]  # one of them, by the matrix
            kind: FaultKind = fault.kind  # type: ignore[assignment]  # likewise
            await self._ground.gateway.tell(operation=what, kind=kind, times=fault.times, seconds=fault.seconds)
        self._ground.blows.arm(self._scenario.blows)

    async def _arrive_soon(self) -> None:
        while self._scenario.arrival == "soon":
            await asyncio.sleep(SOON_SECONDS)
            await self._ground.postgres.started()
            await self._arrive()

    async def _go_round_meanwhile(self) -> None:
        while self._scenario.goes_round_meanwhile:
            await asyncio.sleep(SOON_SECONDS)
            self._ground.clock.forward(SOME_SECONDS)
            await self._queue.go_round(self._scenario)

    async def _arrive(self) -> None:
        """Carry out what was held up on its way to the gateway."""
        late = self._ground.late
        while late:
            request = late.pop(0)
            send = self._ground.gateway.capture if isinstance(request, CaptureRequest) else self._ground.gateway.refund
            answer = await send(request)  # type: ignore[arg-type]  # the one that takes this kind of request
            again = " again" * answer.duplicate
            self._ground.blows.story.tell(f"arrived late {request.idempotency_key}: {answer.sf_result_code}{again}")
            self._counts["requests that arrived late"] += 1

    # --- recovery -----------------------------------------------------------------------------------------------------

    async def recover(self, operation: str) -> None:
        """The faults are over, and what was killed runs again: settle everything that is not settled."""
        self._ground.blows.story.tell("--- recovery")
        await self._ground.postgres.started()
        await self._ground.calm()
        if self._scenario.arrival == "healed":
            await self._arrive()
        await self._settle(operation)
        self._ground.blows.arm(())
        if self._ground.late:
            await self._arrive()
            await self._settle(operation)

    async def _settle(self, operation: str) -> None:
        """Retry and ask again, until nothing is open or nothing changes any more."""
        before: object = None
        for number in range(MOST_ROUNDS):
            if number and self._scenario.arrival == "recovering":
                await self._arrive()
            self._ground.clock.forward(HOUR)
            if self._scenario.goes_round or number > MOST_ROUNDS // 2:
                await self._queue.go_round(self._scenario)
            ours = await self._ours()
            asked = await self._asked_again(operation, ours)
            if not asked:
                return
            self._counts["operations to recover"] += len(asked)
            await self._work_off(asked)
            after = self._state(await self._ours())
            if number > MOST_ROUNDS // 2 + 1 and after == before:
                return
            before = after

    def _state(self, ours: Ours) -> object:
        return [row["amount"] for row in ours.payments], [row["amount"] for row in ours.refunds], ours.unsettled

    async def _asked_again(self, operation: str, ours: Ours) -> list[Id]:
        """Operations for what is still open. Excess funds are only ever retried: asked for anew they move again."""
        asked = await self._retried(operation, ours)
        if not (self._scenario.retries_first and asked):
            for debt in await self._open_debts():
                asked.append(await (self._ask_funds(debt) if debt in self._invoices else self._ask_refund(debt)))
        if ours.unsettled and not asked:
            # Whatever is asked for, the job first asks the gateway about requests without an answer.
            asked.append(await self._ask_funds(self._invoices[0]))
        return asked

    async def _retried(self, operation: str, ours: Ours) -> list[Id]:
        shop = self._ground.shop
        return [
            row["id"]
            for row in ours.operations
            if row["type"] == TYPES[operation] and row["outcome"] != "Succeeded"
            if self._scenario.retries_first or row["reference_entity_id"] is None
            if await shop.retried(row["id"])
        ]

    async def _open_debts(self) -> dict[str, Decimal]:
        """Invoices and credit memos with what is still to be paid of each."""
        invoices = await self._placed.related("Invoices")
        self._invoices = [invoice["Id"] for invoice in invoices]
        memos = await self._placed.related("CreditMemos")
        return {record["Id"]: record["Balance"] for record in (*invoices, *memos) if record["Balance"]}

    # --- asking -------------------------------------------------------------------------------------------------------

    async def _ask_funds(self, invoice: str) -> Id:
        return await self._ask("ensure-funds", {"invoiceId": invoice})

    async def _ask_refund(self, memo: str) -> Id:
        return await self._ask("ensure-refunds", {"creditMemoId": memo})

    async def _ask_excess(self, amount: Decimal) -> Id:
        self._excess += amount
        return await self._ask("ensure-refunds", {"excessFundsAmount": amount})

    async def _ask(self, what: str, body: dict[str, Any]) -> Id:
        self._counts["operations"] += 1
        return to_15(await self._ground.shop.ask(self._placed, what, body)) or ""

    async def _excess_amounts(self) -> list[Decimal]:
        """Parts of what was captured and is not owed to a credit memo, all of them together less than that."""
        left = (await self._ours()).captured - total(self._memos.values())
        step = Decimal(1).scaleb(-SCALES[self._scenario.currency])
        amounts = [(left * share / 100 // step) * step for share in self._scenario.excess_shares]
        return [amount for amount in amounts if amount > 0]

    async def _work_off(self, asked: list[Id]) -> None:
        await self._queue.work_off(asked, self._scenario)

    async def _ours(self) -> Ours:
        return await read_ours(self._ground.postgres, self.summary_id)

    # --- at the end ---------------------------------------------------------------------------------------------------

    def _wrong_excess(self, ours: Ours, *, lost: bool) -> list[str]:
        """What is refunded of excess funds is what was asked for, to the last unit and not twice."""
        moved = total(row["amount"] for row in ours.refunds if row["credit_memo_id"] is None)
        is_short = moved < self._excess and not (lost and not NOTHING_STAYS_PENDING)
        if moved > self._excess or is_short:
            return [f"{self._excess} of excess funds were to be refunded, {moved} were"]
        return []

    def _untrue(self, ours: Ours) -> list[str]:
        open_ones = {row["background_operation_id"] for row in ours.unsettled}
        stale = [row["id"] for row in ours.operations if row["outcome"] == "Unknown" and row["id"] not in open_ones]
        self._counts["operations that still say Unknown"] += len(stale)
        return [f"operation {i} says Unknown, and all is known" for i in stale] if OUTCOMES_ARE_TRUE else []

    def _count(self, ours: Ours) -> None:
        self._counts["captures"] += sum(row["payment_authorization_id"] is not None for row in ours.payments)
        self._counts["refunds"] += len(ours.refunds)
        for row in ours.operations:
            self._counts[f"outcome {row['outcome']}"] += 1
        for row in ours.requests:
            self._counts[f"request {row['state']}"] += 1
