"""What a caller says of a SKU at a location, in a batch or an upload: how much is on hand, withheld and expected."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import msgspec

from orderwright.arithmetic.money import MONEY_LIMIT, plain
from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.reserve_inventory import MOST_DECIMALS, check_external_reference, check_name

MOST_FUTURES = 100
MOST_GROUPS = 100
ZERO, ONE = Decimal(0), Decimal(1)


class Future(msgspec.Struct, frozen=True, rename="camel"):
    """An expected restock."""

    expected_date: dt.datetime
    quantity: Decimal


class InventoryRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The state of one SKU at one location. What is None stays as it is; `futures` and `exclusions` are whole lists."""

    id: str
    """Idempotent: the record with this id changes this SKU at this location once."""
    location: str
    stock_keeping_unit: str
    on_hand: Decimal | None = None
    safety_stock_count: Decimal | None = None
    futures: tuple[Future, ...] | None = None
    effective_date: dt.datetime | None = None
    exclusions: tuple[str, ...] | None = None
    external_ref_id: str | None = None


def check_record(record: InventoryRecord) -> None:
    """Raise InvalidInput for a record that cannot be kept.

    On hand and safety stock are zero or more, a restock is any number but zero; below 10^16, at most nine decimals.
    Source: returns-payments-inventory.yaml#oci.upload_file_format (documented); the limits are inferred.
    """
    check_name(record.id, "the id")
    check_name(record.location, "the location")
    check_name(record.stock_keeping_unit, "the SKU")
    _check_count("onHand", record.on_hand)
    _check_count("safetyStockCount", record.safety_stock_count)
    if record.futures:
        _check_futures(record.futures)
    if record.exclusions:
        _check_groups(record.exclusions)
    check_external_reference(record.external_ref_id)
    if record.effective_date is not None:
        _check_moment("effectiveDate", record.effective_date)


def _check_count(name: str, value: Decimal | None) -> None:
    # Nearly all are whole numbers that are in order; to look closer takes five times as long.
    if value is None or (value.same_quantum(ONE) and ZERO <= value < MONEY_LIMIT):
        return
    _check_number(name, value)
    if value < 0:
        raise InvalidInput(f"{name} is {plain(value)}; send zero or more", name)


def _check_number(name: str, value: Decimal) -> None:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or value.adjusted() >= 16:
        raise InvalidInput(f"{name} is {plain(value)}; numbers stay below {MONEY_LIMIT:f}", name)
    if exponent < -MOST_DECIMALS:
        raise InvalidInput(f"{name} is {plain(value)}; at most {MOST_DECIMALS} decimals are kept", name)


def _check_moment(name: str, moment: dt.datetime) -> None:
    # At either end there are moments, in other zones than UTC, of which no UTC can be told.
    if not dt.MINYEAR < moment.year < dt.MAXYEAR:
        raise InvalidInput(
            f"{name} is {moment.isoformat()}; send a year from {dt.MINYEAR + 1} to {dt.MAXYEAR - 1}", name
        )


def _check_futures(futures: tuple[Future, ...]) -> None:
    if len(futures) > MOST_FUTURES:
        raise InvalidInput(f"{len(futures)} restocks are expected; send at most {MOST_FUTURES}", "futures")
    for future in futures:
        _check_moment("expectedDate", future.expected_date)
        _check_number("quantity of a restock", future.quantity)
        if future.quantity == 0:
            raise InvalidInput("a restock of zero is none; leave it out", "futures")


def _check_groups(exclusions: tuple[str, ...]) -> None:
    if len(exclusions) > MOST_GROUPS:
        raise InvalidInput(f"{len(exclusions)} groups are excluded; send at most {MOST_GROUPS}", "attributeSet")
    for group in exclusions:
        check_name(group, "groupEligibilityExclusions")
