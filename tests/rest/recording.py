"""One record of every object: made as callers make them, by actions, or else put into the database as it stands."""

import datetime as dt
import itertools
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderwright.decisions.delete_record import ENDED_BY_STATUS
from orderwright.decisions.write_record import CREATED_BY_CALLER
from orderwright.objects.definition import Definition, Field
from orderwright.objects.identity import to_15, to_18
from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.save import write
from orderwright.store.statements import write_order
from tests.rest.calling import Caller
from tests.rest.changing import Placed

MOMENT = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)

GIVEN: dict[tuple[str, str], Any] = {
    ("Order", "status"): "Draft",
    ("Order", "effective_date"): "2026-03-01",
    ("Account", "last_name"): "Lovelace",
    ("Contact", "last_name"): "Lovelace",
    ("OrderItem", "total_line_amount"): "12.00",
    ("OrderItem", "quantity"): 2,
    ("Payment", "status"): "Draft",
    ("PaymentAuthorization", "status"): "Draft",
    ("PaymentGateway", "status"): "Active",
}
"""Values that fit the object, where not any value of the type does."""

SIMPLE: dict[str, Any] = {
    "boolean": False,
    "currency": Decimal(0),
    "double": Decimal(1),
    "percent": Decimal(5),
    "int": 0,
    "date": MOMENT.date(),
    "dateTime": MOMENT,
    "json": {},
}


async def records_of_all(api: Caller, placed: Placed, database: Database) -> Mapping[str, str]:
    """The id of a record of each object, 18 characters; orders and money are still drafts."""
    known: dict[str, str] = {}
    await placed.shipped(mug=2, delivery=1)
    await placed.done("submit-cancel", placed.of("mug"))
    back = await placed.done("submit-return", placed.of("mug"))
    await placed.done("create-credit-memo", {"changeOrderIds": [back["changeOrderId"]]})
    shard = shard_of(to_15(placed.summary) or "")
    for name in write_order():
        definition = BY_NAME[name]
        if name in CREATED_BY_CALLER - ENDED_BY_STATUS:
            known[name] = await api.create(name, **needed(definition, known))
        elif not definition.about.internal:
            known[name] = await found(database, definition, shard) or await put(database, definition, shard)
    return known


def needed(definition: Definition, known: Mapping[str, str]) -> dict[str, Any]:
    """What a caller has to give for a record of the object."""
    return {
        f.wire_name: value_for(definition, f, known)
        for f in definition.stored.values()
        if f.create and (f.required or (definition.name, f.name) in GIVEN) and not _odd(definition, f)
    }


def _odd(definition: Definition, field: Field) -> bool:
    return (definition.name, field.name) in {("Account", "last_name"), ("OrderItem", "unit_price")}


def value_for(definition: Definition, field: Field, known: Mapping[str, str], *, other: bool = False) -> Any:
    """A value that the field takes; `other` is another than the first of a picklist."""
    given = GIVEN.get((definition.name, field.name))
    if given is not None:
        return given
    if field.name.endswith("currency_iso_code"):
        return "EUR"
    if field.type == "reference":
        return next((known[name] for name in field.to if name in known), "001000000000001AAA")
    if field.values:
        return field.values[-1 if other else 0]
    return VALUES.get(field.type) or f"A{next(_NEW)}"[-9:]


_NEW = itertools.count(int(time.time()))
"""Texts that no other record has: some fields are unique."""

VALUES: dict[str, Any] = {
    "boolean": True,
    "currency": Decimal("2.00"),
    "double": Decimal(3),
    "percent": Decimal(5),
    "int": 3,
    "date": "2026-04-01",
    "dateTime": "2026-04-01T10:00:00.000Z",
    "time": "10:00:00.000Z",
    "id": "001000000000001",
    "email": "ada@example.com",
    "url": "https://example.com",
}


async def found(database: Database, definition: Definition, shard: int) -> str | None:
    """A record that is there already, in the shard of the order."""
    text = f'SELECT id FROM "{definition.table}" WHERE shard = $1 AND NOT is_deleted ORDER BY id LIMIT 1'  # noqa: S608  # our own names
    record_id = await database.main.fetchval(text, shard)
    return to_18(record_id) if record_id else None


async def put(database: Database, definition: Definition, shard: int) -> str:
    """A record with as little in it as there can be, hanging on records of its own shard."""
    root = definition.about.root
    values: dict[str, Any] = {
        f.name: await _bare(database, f, shard)
        for f in definition.stored.values()
        if f.name != "id" and ((not f.nillable and not f.has_default) or f.name == root)
    }
    record_id = database.ids.new_id(definition.about.key_prefix, shard)
    record = definition.record(**{**values, "id": record_id, "shard": shard, "created_date": MOMENT})
    async with database.main.acquire() as session, session.transaction():
        await write(session, shard, [record], [])
    return to_18(record_id)


async def _bare(database: Database, field: Field, shard: int) -> Any:
    if field.type == "reference":
        target = BY_NAME[field.to[0]]
        return to_15(await found(database, target, shard) or await put(database, target, shard))
    if field.name == "status" and "Draft" in field.values:
        return "Draft"
    return field.values[0] if field.values else SIMPLE.get(field.type, "x")
