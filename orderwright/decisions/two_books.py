"""Two books beside each other: our movements, the gateway's, and how they differ.

A movement is one authorization, capture, sale, refund or void.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from orderwright.arithmetic.money import EXACT
from orderwright.objects.definition import Id

ZERO = Decimal(0)

Kind = Literal["Authorize", "Capture", "Refund", "Void", "Sale"]
DifferenceKind = Literal[
    "MissingHere",
    "MissingThere",
    "AmountDiffers",
    "CurrencyDiffers",
    "KindDiffers",
    "StateDiffers",
    "Unsettled",
    "Unknown",
    "Twice",
]

LISTED_AS: Mapping[str, Kind] = {
    "Authorization": "Authorize",
    "PostAuth": "Authorize",
    "Capture": "Capture",
    "Reversal": "Void",
    "Sale": "Sale",
    "Refund": "Refund",
}
"""What a gateway calls the movement that a request of a kind makes."""

WAYS_OUT: Mapping[DifferenceKind, str] = {
    "MissingHere": "Money moved under a key of ours that our books have no record for. Look whether the record was "
    "deleted, the database restored from an older copy, or another installation uses this account. Then record it "
    "with this GatewayRefNumber and ProcessingMode External, or undo it at the gateway.",
    "MissingThere": "Our record says Processed, and the gateway did not move this money. Ask the provider about the "
    "number and the key; if it knows neither, set the record's Status to Canceled, so that the amount is open again.",
    "AmountDiffers": "The same movement with two amounts. See the gateway log of our record, and who changed it last; "
    "then correct the record, or settle the rest with the provider.",
    "CurrencyDiffers": "The same movement in two currencies. See the gateway log of our record, and who changed it "
    "last; then correct the record, or settle it with the provider.",
    "KindDiffers": "The key of one kind of movement stands for another at the gateway. Ask the provider; move nothing "
    "more on this authorization until it is explained.",
    "StateDiffers": "Our books say that nothing moved, and the gateway moved the money. Record it with this "
    "GatewayRefNumber and ProcessingMode External, or undo it at the gateway.",
    "Unsettled": "Its outcome is not known here, so its amount is pending. The worker asks again by itself; "
    "`orderwright reconcile --settle` asks now and records the answer.",
    "Unknown": "Made without us, as in the provider's own pages. If it is about one of our orders, record it with this "
    "GatewayRefNumber and ProcessingMode External.",
    "Twice": "One request moved money more than once. Undo this movement at the gateway, and tell whoever runs it: one "
    "key must move money once.",
}


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """One movement in our books: a request with the record that came of it, or a record that others made.

    `id`: the request's, which is the gateway's idempotency key; of the record where `state` is None. `kind` is the
    request's. `status` and `gateway_ref_number` are the record's, and so is `amount` (positive), if there is a record.
    `asked_at`: when the request was made; `at`: when its outcome was recorded, while that is not known when it was
    made. `external`: the record says that it was made elsewhere.
    """

    id: Id
    kind: str
    state: str | None
    amount: Decimal
    currency_iso_code: str
    asked_at: dt.datetime
    at: dt.datetime
    status: str | None = None
    record_id: Id | None = None
    record_number: str | None = None
    gateway_ref_number: str | None = None
    external: bool = False
    order_number: str | None = None
    payment_gateway_id: Id | None = None
    drawn_id: Id | None = None
    """The authorization or the payment that it draws on, with the gateway's number of it and its whole amount."""
    drawn_on: str | None = None
    drawn_amount: Decimal | None = None


class Theirs(msgspec.Struct, frozen=True, kw_only=True):
    """One movement in the gateway's books. `amount` is positive; without a key of ours no request of ours made it."""

    kind: Kind
    gateway_ref_number: str
    idempotency_key: str | None
    drawn_on: str | None
    amount: Decimal
    currency_iso_code: str
    booked_at: dt.datetime


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway says of one key. NoRecord: it has none; Unknown: it could not be asked, or did not say.

    `amount` moved if and only if `status` is Moved. `at` is the gateway's date of it, if it gave one.
    """

    status: Literal["Moved", "Refused", "Pending", "NoRecord", "Unknown"]
    amount: Decimal | None = None
    gateway_ref_number: str | None = None
    at: dt.datetime | None = None
    words: str | None = None


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """From `since` on and before `until`. `listed_since` to `listed_until`: of what time the gateway's list is whole
    and final; None when it has not listed its books. What was asked from `under_way_since` on may still be on its way.
    """

    since: dt.datetime
    until: dt.datetime
    under_way_since: dt.datetime
    listed_since: dt.datetime | None = None
    listed_until: dt.datetime | None = None

    def __contains__(self, moment: dt.datetime) -> bool:
        return self.since <= moment < self.until


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One movement that the two sides do not agree on, with what each of them says. Each movement is in one difference
    at most; that of the most weight, if there are several: kind, currency, amount.
    """

    kind: DifferenceKind
    ours: Ours | None
    theirs: Theirs | None
    said: Said | None = None
    way_out: str


class Total(msgspec.Struct, frozen=True, kw_only=True):
    """What moved in one currency and one kind, on each side, and how often."""

    currency_iso_code: str
    kind: Kind
    ours: Decimal = ZERO
    theirs: Decimal = ZERO
    ours_count: int = 0
    theirs_count: int = 0

    @property
    def difference(self) -> Decimal:
        """What the gateway has more than we have; negative if less."""
        return EXACT.subtract(self.theirs, self.ours)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What came of comparing. The totals differ by what the differences come to.

    `under_way`: how many requests were just made, so that nothing is said of them. `unanswered`: the requests of which
    the gateway did not say what became of them.
    """

    differences: tuple[Difference, ...] = ()
    totals: tuple[Total, ...] = ()
    under_way: int = 0
    unanswered: tuple[Id, ...] = ()
