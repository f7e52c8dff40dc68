"""One run of the demo against a server that answers: open the shop, replay the file, prove the money."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from orderwright.demo.client import ApiError, Client, Unreachable
from orderwright.demo.declined import Declined, arrange_decline, read_declined
from orderwright.demo.journal import Journal, OtherOrders, fingerprint
from orderwright.demo.lifecycle import order_subject
from orderwright.demo.online_retail import OrdersFileError, invoices, read_rows
from orderwright.demo.pay import CARD_REFERENCE
from orderwright.demo.plan import Plan, PlannedOrder, PlannedReturn, plans
from orderwright.demo.proof import Proof, prove
from orderwright.demo.replay import Replay, Tally, TooManyFailures
from orderwright.demo.shop import SHOP, Shop
from orderwright.demo.steps import Desk, Measured
from orderwright.demo.tenders import tenders_of

SAMPLE = Path(__file__).parent / "data" / "online-retail-sample.csv"


class DemoFailed(Exception):
    """Says, in words for people, why the demo could not go on, and what to do."""


@dataclass(frozen=True)
class Wish:
    """What to replay: `limit` None takes every order of the file."""

    orders: Path = SAMPLE
    limit: int | None = None
    concurrency: int = 8


@dataclass(frozen=True)
class Access:
    """Where the API is, and the OAuth client to call it as.

    `database_url`: where the simulated gateway keeps its books, if they are ours to touch; with it, the card of one
    order is declined at first.
    """

    url: str
    client_id: str
    client_secret: str
    database_url: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What happened."""

    tally: Tally
    proof: Proof
    measured: Measured
    declined: Sequence[Declined]

    @property
    def is_right(self) -> bool:
        """Whether every order went all the way and its money agrees."""
        return not self.tally.failures and not self.proof.differences


def check_orders(wish: Wish) -> None:
    """Raise DemoFailed when the file of orders cannot be read or has other columns: before anything is started."""
    try:
        for _ in read_rows(wish.orders):
            return
    except OrdersFileError as error:
        raise DemoFailed(str(error)) from error
    raise DemoFailed(f"{wish.orders} has no rows.")


async def run(access: Access, journal_path: Path, wish: Wish, bar: Progress) -> Outcome:
    """Replay and prove. What an earlier run with the same journal did is not done again. Raises DemoFailed."""
    failed: BaseExceptionGroup[Exception] | None = None
    try:
        with closing(Journal(journal_path, fingerprint(wish.orders))) as journal:
            client = Client(access.url, access.client_id, access.client_secret)
            with closing(client):
                return await replay_and_prove(client, journal, wish, bar, access.database_url)
    except* (OrdersFileError, OtherOrders, Unreachable, TooManyFailures, ApiError, OSError) as problems:
        failed = problems
    # Raised out here: what is raised inside except* comes out wrapped in a group of its own by some releases of 3.11.
    raise DemoFailed(said(first_of(failed), journal_path)) from failed


async def replay_and_prove(
    client: Client, journal: Journal, wish: Wish, bar: Progress, database_url: str | None
) -> Outcome:
    measured = Measured()
    desk = Desk(client, journal, Shop(client, journal), measured)
    await refuse_other_database(desk)
    await desk.shop.open()
    ahead = survey(wish)
    if database_url is not None and ahead.to_decline is not None:
        reference = journal.key(order_subject(ahead.to_decline), CARD_REFERENCE)
        await arrange_decline(desk, database_url, ahead.to_decline, reference)
    order_bar = bar.add_task("orders", total=ahead.orders)
    return_bar = bar.add_task("returns", total=ahead.returns)

    def advance(planned: PlannedOrder | PlannedReturn) -> None:
        bar.advance(order_bar if isinstance(planned, PlannedOrder) else return_bar)

    replay = Replay(desk, advance)
    await replay.run(plans(invoices(read_rows(wish.orders)), wish.limit), wish.concurrency)
    expected = replay.tally.expected
    proof_bar = bar.add_task("reading back", total=ahead.orders)
    proof = await prove(desk, expected, wish.concurrency, lambda number: bar.advance(proof_bar, number))
    facts = {number: journal.facts(order_subject(number)) for number in expected}
    return Outcome(replay.tally, proof, measured, await read_declined(desk, facts))


@dataclass
class Ahead:
    """What there is to replay; `to_decline` is the first order with two tenders: its card is declined at first."""

    orders: int = 0
    returns: int = 0
    to_decline: str | None = None

    def add(self, plan: Plan) -> None:
        self.orders += plan.order is not None
        self.returns += len(plan.returns)
        if self.to_decline is None and plan.order is not None and len(tenders_of(plan.order)) > 1:
            self.to_decline = plan.order.invoice_no


def survey(wish: Wish) -> Ahead:
    """What there is to replay. Raises OrdersFileError."""
    ahead = Ahead()
    for plan in plans(invoices(read_rows(wish.orders)), wish.limit):
        ahead.add(plan)
    return ahead


async def refuse_other_database(desk: Desk) -> None:
    """Raise DemoFailed when the journal speaks of records that this server does not have."""
    known = desk.journal.facts(SHOP)
    if not known:
        return
    try:
        await desk.client.get(f"sobjects/SalesChannel/{known['channel']}", fields="Id")
    except ApiError as error:
        if error.status != 404:
            raise
        raise OtherOrders("The journal of the demo belongs to another database.") from error


def first_of(problems: BaseExceptionGroup[BaseException]) -> BaseException:
    """One of the problems: tasks that fail together mostly have one cause."""
    problem: BaseException = problems
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def said(problem: BaseException, journal_path: Path) -> str:
    """What to tell people."""
    text = str(problem).rstrip(".")
    if isinstance(problem, OtherOrders):
        return f"{text} Name another folder with --data, or delete {journal_path} to begin anew."
    if isinstance(problem, Unreachable):
        return f"{text}. Nothing is lost: the same command continues where this one stopped."
    return f"{text}."
