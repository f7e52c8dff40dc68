"""Payment records move to the shard of their order, in two transactions of one shard each (decisions.md S4, S5).

What hangs on a record goes with it: the captures, refunds and reversals of an authorization, its requests and what its
gateway said. A payment that was drawn on an authorization goes with that one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from orderwright.decisions.errors import DuplicateValue, InvalidStatus
from orderwright.objects.definition import Id, SObject
from orderwright.objects.payment import Payment, PaymentAuthorization
from orderwright.objects.registry import definition_of
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import Funds
from orderwright.store import statements
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.load_payment import FAMILY_OF_AUTHORIZATION, FAMILY_OF_PAYMENT
from orderwright.store.transaction import Call, NotFound, Store, Transaction, read, read_record

FORWARDING = "SELECT to_shard, claimed_by, record FROM forwarding WHERE shard = $1 AND id = $2"
FORWARD = """
INSERT INTO forwarding (shard, id, to_shard, claimed_by, record, created_date, travelled_with)
SELECT $1, v.id, $2, $3, v.record, $4, $5 FROM unnest($6::text[], $7::jsonb[]) AS v (id, record)
"""
TRAVELLED = "SELECT id, to_shard, claimed_by, record FROM forwarding WHERE shard = $1 AND travelled_with = $2"
TAKE_OUT = 'DELETE FROM "{table}" t WHERE t.shard = $1 AND t.id = ANY ($2)'


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where records go: an order summary and its shard. `check` refuses a record before it leaves."""

    order_summary_id: Id
    shard: int
    check: Callable[[SObject], None]


async def send_to(store: Store, call: Call, ids: Sequence[Id], destination: Destination) -> None:
    """Take the records out of their shards and leave forwardings to their new one, claimed for the order summary.

    Raises NotFound, what `check` raises, InvalidStatus while a gateway has yet to answer about one, and DuplicateValue
    for a record that another order has claimed.
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
    # Locked first: whoever writes a request about it does the same.
    if not await _lock(session, home, record_id):
        # Another request may have taken it out while this one waited for the row.
        if await _is_sent(transaction, record_id, destination):
            return False
        raise NotFound(record_id)
    records = await family(session, home, record_id)
    destination.check(next(record for record in records if record.id == record_id))
    await _take_out(session, home, records)
    bodies = [msgspec.json.encode(record).decode() for record in records]
    await session.execute(
        FORWARD, home, destination.shard, destination.order_summary_id, transaction.now, record_id,
        [record.id for record in records], bodies,
    )  # fmt: skip
    return True


async def _take_out(session: Session, shard: int, records: Sequence[SObject]) -> None:
    # Children before parents, so that foreign keys hold.
    for name in reversed(statements.write_order()):
        ids = [record.id for record in records if type(record).__name__ == name]
        if ids:
            definition = definition_of(ids[0])
            if definition is not None:
                await session.execute(TAKE_OUT.format(table=definition.table), shard, ids)


async def family(session: Session, shard: int, record_id: Id) -> list[SObject]:
    """An authorization or payment in `shard` with all that hangs on it. Raises NotFound, and InvalidStatus while a
    gateway has yet to answer about any of it.
    """
    is_payment = record_id.startswith(Payment.ABOUT.key_prefix)
    money = await read(session, FAMILY_OF_PAYMENT if is_payment else FAMILY_OF_AUTHORIZATION, shard, record_id)
    for request in money.requests:
        if request.state in OPEN_REQUEST_STATES:
            raise InvalidStatus(
                f"a {request.kind} of {request.amount:f} {request.currency_iso_code} of {record_id} is under way "
                f"({request.state}); put it under the order once its gateway has answered"
            )
    return [record for name in Funds.__struct_fields__ for record in getattr(money, name)]


async def _lock(session: Session, shard: int, record_id: Id) -> bool:
    """Lock an authorization or payment; false when it is not in `shard`."""
    definition = definition_of(record_id)
    return definition is not None and bool(await session.fetchval(statements.lock(definition.table), shard, record_id))


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


def heads_of(records: Sequence[SObject]) -> list[Id]:
    """The ids of what goes as a whole: a payment that was drawn on an authorization goes with that; each once."""
    heads = [
        record.payment_authorization_id
        if isinstance(record, Payment) and record.payment_authorization_id is not None
        else record.id
        for record in records
        if isinstance(record, Payment | PaymentAuthorization)
    ]
    return list(dict.fromkeys(heads))


async def arrived_families(
    transaction: Transaction, heads: Sequence[Id], shard: int
) -> tuple[list[SObject], frozenset[Id]]:
    """All records of the families of `heads`, locked by their heads, and which of them are not in `shard` yet: those
    come from their forwardings.

    Raises NotFound, InvalidStatus while a gateway has yet to answer about one, and DuplicateValue for what another
    order was faster to claim.
    """
    records: list[SObject] = []
    arrived: set[Id] = set()
    for head in sorted(heads):
        # Before it is read, as whoever writes a request about it does: one that is being written would be left behind.
        await _lock(transaction.session, shard, head)
        try:
            records += await family(transaction.session, shard, head)
        except NotFound:
            travelled = await _travelled(transaction.session, shard, head)
            if not travelled:
                raise
            records += travelled
            arrived |= {record.id for record in travelled}
    return records, frozenset(arrived)


async def _travelled(session: Session, shard: int, head: Id) -> list[SObject]:
    found: list[SObject] = []
    for row in await session.fetch(TRAVELLED, shard_of(head), head):
        # Whoever sends records claims them. Who sends none, because they were in its own shard, may come too late.
        if row["to_shard"] != shard:
            raise DuplicateValue(f"{head} already pays for the order summary {row['claimed_by']}")
        definition = definition_of(row["id"])
        if definition is not None:
            found.append(msgspec.json.decode(row["record"], type=definition.record))
    return found
