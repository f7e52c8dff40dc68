"""POST /commerce/oci/availability-records/actions/batch-update: say how much of some SKUs lies where."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.inventory import InventoryDecision, Place
from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.decisions.update_inventory import decide_update_inventory, waves
from orderwright.decisions.use_reservation import Refused
from orderwright.rest.codec import Alias
from orderwright.rest.context import Context
from orderwright.rest.inventory.representations import digest_of
from orderwright.store.inventory import actions, known_places
from orderwright.store.inventory_movements import save_inventory
from orderwright.store.inventory_uploads import put_waves
from orderwright.store.transaction import Transaction


class FutureStockInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An expected restock."""

    expected_date: dt.datetime
    quantity: Decimal


class AttributeSetInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The groups for which this SKU does not count at this location; the manual spells the name in two ways."""

    group_eligibility_exclusions: Annotated[tuple[str, ...], Alias("groupEligibilityExclusion")] = ()


class BatchUpdateSingleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state of one SKU at one location; what is left out stays as it is."""

    action_request_id: str
    attribute_set: AttributeSetInput | None = None
    effective_date: dt.datetime | None = None
    external_ref_id: str | None = None
    future_stock: tuple[FutureStockInput, ...] | None = None
    location_identifier: str
    on_hand: Decimal | None = None
    safety_stock_count: Decimal | None = None
    stock_keeping_unit: str


class BatchUpdateInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Source: returns-payments-inventory.yaml#OCIBatchUpdateInput (documented)."""

    records: tuple[BatchUpdateSingleInput, ...]


class BatchUpdateDetails(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which record it is."""

    action_request_id: str
    external_ref_id: str | None = None
    location_identifier: str
    stock_keeping_unit: str


class BatchUpdateError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record that was refused, and why."""

    details: BatchUpdateDetails
    error_code: str
    message: str


class BatchUpdateOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`success` is true when no record was refused."""

    errors: tuple[BatchUpdateError, ...] = ()
    success: bool = True


async def batch_update(context: Context, body: BatchUpdateInput) -> BatchUpdateOutput:
    """Put the records, each alone; one whose actionRequestId was carried out before changes nothing."""
    records = [(_record(entry), digest_of("batch-update", entry)) for entry in body.records]
    places = {Place(is_group=False, identifier=record.location) for record, _ in records}

    async def act(transaction: Transaction) -> tuple[Refused, ...]:
        session = transaction.session
        known = await known_places(session, places)
        done = await actions(session, {record.id for record, _ in records})
        put, new, refused = decide_update_inventory(records, known, done)
        await put_waves(session, waves(put), transaction.now)
        await save_inventory(session, InventoryDecision(done=new), context.call.user_id, transaction.now)
        return refused

    refused: tuple[Refused, ...] = await context.store.submit(context.call, act, tuple[Refused, ...])
    errors = tuple(_error(body.records[one.number], one) for one in refused)
    return BatchUpdateOutput(errors=errors, success=not errors)


def _record(entry: BatchUpdateSingleInput) -> InventoryRecord:
    futures = entry.future_stock
    return InventoryRecord(
        id=entry.action_request_id,
        location=entry.location_identifier,
        stock_keeping_unit=entry.stock_keeping_unit,
        on_hand=entry.on_hand,
        safety_stock_count=entry.safety_stock_count,
        futures=None if futures is None else tuple(Future(f.expected_date, f.quantity) for f in futures),
        effective_date=entry.effective_date,
        exclusions=None if entry.attribute_set is None else entry.attribute_set.group_eligibility_exclusions,
        external_ref_id=entry.external_ref_id,
    )


def _error(entry: BatchUpdateSingleInput, refused: Refused) -> BatchUpdateError:
    details = BatchUpdateDetails(
        action_request_id=entry.action_request_id,
        external_ref_id=entry.external_ref_id,
        location_identifier=entry.location_identifier,
        stock_keeping_unit=entry.stock_keeping_unit,
    )
    return BatchUpdateError(details=details, error_code=refused.code, message=refused.message)
