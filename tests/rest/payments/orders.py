"""An order with an invoice, and money that was moved before it belonged to any order."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from orderwright.objects.identity import to_15
from orderwright.store.database import Database
from tests.rest.changing import Placed, place
from tests.rest.payments.till import Till, home_of, told

SUMS = (
    "AuthorizationAmount", "AuthorizationReversalAmount", "CapturedAmount", "RefundedAmount", "BalanceAmount",
    "AvailableToCaptureAmount", "AvailableToRefundAmount", "PendingCaptureAmount", "PendingRefundAmount",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """An authorization of 100: 30 and 20 captured, 10 of the 30 given back, 15 released, and one capture refused."""

    authorization: str
    payments: tuple[str, str]
    refund: str
    reversal: str
    logs: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (self.authorization, *self.payments, self.refund, self.reversal, *self.logs)


MOVED_SUMS = tuple(Decimal(n) for n in (100, 15, 50, 10, 40, 35, 40, 0, 0))
"""What a payment summary of `Moved` says, by `SUMS`."""


async def before_its_order(shop: Till, simulator: Any) -> Moved:
    """Money that was moved while it belonged to no order."""
    made = await shop.made("/authorizations", shop.charge(100))
    authorization = str(made["paymentAuthorization"]["id"])
    answers = [
        made, told(await shop.capture(authorization, 30)), told(await shop.capture(authorization, 20)),
        told(await shop.reverse(authorization, 15)),
    ]  # fmt: skip
    first, second = (str(answer["payment"]["id"]) for answer in answers[1:3])
    answers.append(told(await shop.refund(first, 10)))
    await simulator.tell(operation="Capture", kind="decline")
    answers.append(told(await shop.capture(authorization, 1)))
    logs = tuple(str(answer["paymentGatewayLogs"][0]["id"]) for answer in answers)
    return Moved(
        authorization, (first, second), str(answers[4]["refund"]["id"]), str(answers[3]["paymentAuthAdjustment"]["id"]),
        logs,
    )  # fmt: skip


@dataclass(frozen=True)
class Sold:
    """An order over 28.80 invoiced, of two mugs and the delivery; see `changing`."""

    placed: Placed
    invoice: str

    @property
    def shard(self) -> int:
        return home_of(self.placed.summary)


async def invoiced(shop: Till) -> Sold:
    placed = await place(shop.api)
    await placed.shipped(mug=2, delivery=1)
    (invoice,) = await placed.related("Invoices")
    return Sold(placed, invoice["Id"])


def start_in(database: Database, monkeypatch: pytest.MonkeyPatch, shard: int) -> None:
    """Let records that begin something of their own begin in this shard from now on."""
    monkeypatch.setattr(database.ids, "new_bucket", lambda: shard)


async def sums(shop: Till, payment_summary: str) -> tuple[Any, ...]:
    read = await shop.api.read("OrderPaymentSummary", payment_summary)
    return tuple(read[name] for name in SUMS)


async def forwarded(database: Database, *record_ids: str) -> int:
    """How many of the records have left the shard they were made in."""
    return int(
        await database.main.fetchval(
            "SELECT count(*) FROM forwarding WHERE id = ANY ($1)", [to_15(record_id) for record_id in record_ids]
        )
    )


async def put(shop: Till, sold: Sold, **paid: Any) -> str:
    """The payment summary of an authorization or payments that are put under the order."""
    answer = await shop.under(sold.placed.summary, **paid)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["orderPaymentSummaryId"])
