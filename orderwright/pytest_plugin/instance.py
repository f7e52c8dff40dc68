"""What the fixture `orderwright` gives: a whole installation in the test's own process."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderwright import app
from orderwright.connect_api.connecting import Inside, RunJobs, in_this_process
from orderwright.connect_api.connection import Connection
from orderwright.connect_api.in_process import Wiring
from orderwright.pytest_plugin import orders, payments, stock
from orderwright.pytest_plugin.orders import Line, PlacedOrder, Summary
from orderwright.pytest_plugin.payments import Paid
from orderwright.pytest_plugin.stock import Place
from orderwright.settings import Settings

CLOCK = "/commerce/order-management/clock"


class Instance:
    """An installation for one test. `salesforce` is the open connection to it, through which `ConnectApi.…` goes too.

    Every factory has defaults for all it needs, makes what is missing, and takes fields of the record by their own
    names, as `order(Name="Spring")`. No worker runs: background operations happen in `run_jobs`.
    """

    def __init__(self, salesforce: Connection, run_jobs: RunJobs) -> None:
        self.salesforce = salesforce
        self._run_jobs = run_jobs
        self._products: dict[str, str] = {}
        self._till: payments.Till | None = None

    def order(
        self,
        *lines: Line,
        delivery: Decimal | None = orders.DELIVERY,
        currency: str = orders.CURRENCY,
        activated: bool = True,
        **fields: Any,
    ) -> PlacedOrder:
        """A placed order: these lines (two mugs at 10.00, a towel at 7.00), each with its tax, and a delivery charge,
        None for none. `fields` are those of the Order.
        """
        wanted = orders.Wanted(lines or orders.LINES, delivery, currency, activated, fields)
        return orders.place(self.salesforce, wanted, self._products)

    def order_summary(self, order: PlacedOrder | None = None, **about: Any) -> Summary:
        """The order summary of an order, or of a new one: `about` is then what `order` takes, `lines` a sequence."""
        if order is None:
            lines: Sequence[Line] = about.pop("lines", ())
            order = self.order(*lines, **about)
        return orders.summarise(self.salesforce, order)

    def payment(self, summary: Summary, amount: Decimal | None = None) -> Paid:
        """An authorization of the simulator under the order, of its grand total or of `amount`; nothing is captured."""
        if self._till is None:
            self._till = payments.open_till(self.salesforce)
        return payments.authorize(self.salesforce, self._till, summary, amount)

    def location(self, name: str = "Warehouse", stock_of: Mapping[str, int | Decimal] | None = None) -> Place:
        """A location that inventory knows, with units on hand by SKU; a line's SKU is its name unless it has one."""
        return stock.open_location(self.salesforce, name, stock_of or {})

    def fulfillment_order(
        self, summary: Summary, place: Place | None = None, quantities: Mapping[str, int | Decimal] | None = None
    ) -> str:
        """The id of a fulfillment order over these units by the lines' names, or over all that can be allocated."""
        return stock.allocate(self.salesforce, summary, place or self.location(), quantities)

    def run_jobs(self) -> int:
        """Carry out what waits in the background: operations, bulk jobs, uploads, notifications. Returns how many
        operations ran.

        What failed is put off: it is due again when the clock has gone on.
        """
        return self._run_jobs()

    @property
    def now(self) -> dt.datetime:
        """What the clock of this installation shows."""
        return dt.datetime.fromisoformat(self.salesforce.request("GET", CLOCK)["now"])

    def freeze(self, at: dt.datetime | None = None) -> None:
        """Stop the clock, where it is or at a moment to come."""
        self.salesforce.request("POST", f"{CLOCK}/actions/freeze", {"at": at})

    def advance(self, by: dt.timedelta) -> None:
        """Set the clock ahead; a frozen one stays frozen."""
        seconds = Decimal(by // dt.timedelta(milliseconds=1)).scaleb(-3)
        self.salesforce.request("POST", f"{CLOCK}/actions/advance", {"seconds": seconds})


@contextlib.contextmanager
def opened_instance(url: str, settings: Mapping[str, object]) -> Iterator[Instance]:
    """An installation on the migrated database at `url`, for a block. Raises SettingsError."""
    wanted = Inside(settings=Settings().changed(instance="test", **settings, database_url=url), worker=False)
    connection, run_jobs = in_this_process(Wiring(app.create_app, app.work, app.writers_of), wanted)
    with connection as salesforce:
        yield Instance(salesforce, run_jobs)
