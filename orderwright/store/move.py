"""Payment records move to the shard of their order, in two transactions of one shard each (decisions.md S4, S5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from orderwright.decisions.errors import DuplicateValue
from orderwright.objects.definition import Id, SObject
from orderwright.objects.registry import definition_of
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Call, NotFound, Store, Transaction, read_record

FORWARDING = "SELECT to_shard, claimed_by, record FROM forwarding WHERE shard = $1 AND id = $2"
FORWARD = """
INSERT INTO forwarding (shard, id, to_shard, claimed_by, record, created_date) VALUES ($1, $2, $3, $4, $5, $6)
"""
TAKE_OUT = 'DELETE FROM "{table}" t WHERE t.shard = $1 AND t.id = $2 RETURNING row_to_json(t)'


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where records go: an order summary and its shard. `check` refuses a record before it leaves."""

    order_summary_id: Id
    shard: int
    check: Callable[[SObject], None]


async def send_to(store: Store, call: Call, ids: Sequence[Id], destination: Destination) -> None:
    """Take the records out of their shards and leave forwardings to their new one, claimed for the order summary.

    Raises NotFound, what `check` raises, and DuplicateValue for a record that another order has claimed.
    """
    for record_id in ids:
        step = msgspec.structs.replace(call, request_key=f"{call.request_key}:{record_id}")

        async def act(transaction: Transaction, record_id: Id = record_id) -> bool:
            return await _send(transaction, record_id, destination)

        await store.submit(step, act, bool)


async def _send(transaction: Transaction, record_id: Id, destination: Destination) -> bool:
    home = shard_of(record_id)
    transaction.stay_on(home)
    session = transaction.session
    if await _is_sent(transaction, record_id, destination):
        return False
    definition = definition_of(record_id)
    if definition is None:
        raise NotFound(record_id)
    row = await session.fetchval(TAKE_OUT.format(table=definition.table), home, record_id)
    if row is None:
        # Another request may have taken it out while this one waited for the row.
        if await _is_sent(transaction, record_id, destination):
            return False
        raise NotFound(record_id)
    destination.check(msgspec.json.decode(row, type=definition.record))
    await session.execute(
        FORWARD, home, record_id, destination.shard, destination.order_summary_id, row, transaction.now
    )
    return True


async def _is_sent(transaction: Transaction, record_id: Id, destination: Destination) -> bool:
    """Whether the record is on its way to this destination; refused when it is on its way to another."""
    sent = await transaction.session.fetchrow(FORWARDING, shard_of(record_id), record_id)
    if sent is not None and sent["claimed_by"] != destination.order_summary_id:
        raise DuplicateValue(f"{record_id} already pays for the order summary {sent['claimed_by']}")
    return sent is not None


async def records_to_send(session: Session, ids: Sequence[Id], order_summary_id: Id) -> list[SObject]:
    """The records of `ids`, wherever they are now; nothing is locked.

    Raises NotFound, and DuplicateValue for a record that another order has claimed.
    """
    found: list[SObject] = []
    for record_id in ids:
        definition = definition_of(record_id)
        if definition is None:
            raise NotFound(record_id)
        sent = await session.fetchrow(FORWARDING, shard_of(record_id), record_id)
        if sent is not None and sent["claimed_by"] != order_summary_id:
            raise DuplicateValue(f"{record_id} already pays for the order summary {sent['claimed_by']}")
        try:
            shard = sent["to_shard"] if sent is not None else shard_of(record_id)
            found.append(await read_record(session, definition.name, shard, record_id))
        except NotFound:
            if sent is None:
                raise
            found.append(msgspec.json.decode(sent["record"], type=definition.record))
    return found


async def arrived_records(
    transaction: Transaction, ids: Sequence[Id], shard: int
) -> tuple[list[SObject], frozenset[Id]]:
    """The records of `ids`, and which of them are not in `shard` yet: those come from their forwarding."""
    records: list[SObject] = []
    arrived: set[Id] = set()
    for record_id in ids:
        definition = definition_of(record_id)
        if definition is None:
            raise NotFound(record_id)
        try:
            records.append(await read_record(transaction.session, definition.name, shard, record_id))
        except NotFound:
            sent = await transaction.session.fetchrow(FORWARDING, shard_of(record_id), record_id)
            if sent is None:
                raise
            records.append(msgspec.json.decode(sent["record"], type=definition.record))
            arrived.add(record_id)
    return records, frozenset(arrived)
