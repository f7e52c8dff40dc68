"""Rows of bulk jobs that are written as requests about single records are: with every rule of the sObject resources.

What all rows need is found together first: the records they name, and the orders they belong to, which are locked and
loaded by two statements. What they make and change is written together at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orderwright.decisions.edit_order import PARTS
from orderwright.decisions.plan_bulk import Single
from orderwright.decisions.read_bulk import Failure
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Definition, Id
from orderwright.objects.identity import to_15
from orderwright.objects.picklists import Picklists
from orderwright.rest.composite.collections import described
from orderwright.rest.sobjects.delete import remove_record
from orderwright.rest.sobjects.update import CHANGE, change_record
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.bulk_jobs import Job
from orderwright.store.bulk_load import lock_many, lock_records
from orderwright.store.fulfillment_stock import Stock
from orderwright.store.load import ORDER
from orderwright.store.records import read_records
from orderwright.store.transaction import Transaction


class SingleRows:
    """Writes rows one by one; what it needs to know of this installation, it is made with."""

    def __init__(self, default_currency: str, picklists: Picklists, schema: Schema) -> None:
        self._default_currency = default_currency
        self._picklists = picklists
        self._schema = schema

    async def __call__(
        self, transaction: Transaction, stock: Stock, job: Job, definition: Definition, rows: Sequence[Single]
    ) -> list[Id | Failure]:
        """What became of each row: the record's id, or why it was not written."""
        user_id = job.created_by_id
        writing = Writing(transaction, user_id, self._default_currency, self._picklists, stock, self._schema)
        await _prepare(writing, definition, rows)
        done = [await _written(writing, definition, row, job.api_version) for row in rows]
        await writing.flush()
        return done


async def _written(writing: Writing, definition: Definition, row: Single, version: int) -> Id | Failure:
    try:
        if row.record_id is None:
            return await writing.create(definition, row.given, version)
        if row.verb == "delete":
            await remove_record(writing, definition, row.record_id)
        else:
            await change_record(writing, definition, row.record_id, row.given, version)
    except Exception as error:  # noqa: BLE001  # `described` raises again what is no refusal of this row
        refused = described(error)
        return Failure(refused.status_code, refused.message, tuple(refused.fields))
    return row.record_id


async def _prepare(writing: Writing, definition: Definition, rows: Sequence[Single]) -> None:
    """Find what the rows name, and load what they change."""
    session = writing.transaction.session
    await writing.look_up([{"id": record_id} for row in rows for record_id in _named(definition, row)])
    ids = [row.record_id for row in rows if row.record_id is not None]
    if definition.name in PARTS:
        writing.know(await read_records(session, definition.record, ids))
    if definition.name == "Order" or definition.name in PARTS:
        for whole in await lock_many(session, ORDER, _orders(writing, definition, rows)):
            writing.take_order(whole)
    elif ids and definition.name not in CHANGE and definition.about.root != "order_summary_id":
        # what belongs to an order summary is locked after it, as everywhere else
        writing.transaction.hold(await lock_records(session, definition.record, ids))


def _named(definition: Definition, row: Single) -> Iterator[Id]:
    for name, text in row.given.items():
        field = definition.by_wire_name.get(name.lower())
        if field is not None and field.type == "reference" and text:
            yield text


def _orders(writing: Writing, definition: Definition, rows: Sequence[Single]) -> set[Id]:
    """The orders that rows change, or add parts to."""
    if definition.name == "Order":
        return {row.record_id for row in rows if row.record_id is not None}
    named = [writing.known(record_id) for row in rows for record_id in (row.record_id, *_ids(row.given, "OrderItemId"))]
    of_known = {getattr(record, "order_id", None) for record in named} - {None}
    return {order_id for order_id in of_known if order_id} | {i for row in rows for i in _ids(row.given, "OrderId")}


def _ids(given: Any, name: str) -> Iterator[Id]:
    for key, text in given.items():
        record_id = to_15(text) if text and key.lower() == name.lower() else None
        if record_id is not None:
            yield record_id
