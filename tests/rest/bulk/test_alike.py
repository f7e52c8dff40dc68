"""Rows that are written together by SQL become what single requests make of them, refusals and all.

Each value of a long list is sent for each field of each object whose records stand alone: once as it is, and once with
the way by SQL closed, so that every row goes the way of a single request.
"""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from orderwright.jobs import bulk_rows
from orderwright.jobs.bulk_rows import Writers
from orderwright.objects.custom_fields import schema_with
from orderwright.objects.definition import Definition, Field
from orderwright.objects.identity import to_18
from orderwright.objects.picklists import STANDARD
from orderwright.rest.bulk.singles import SingleRows
from tests.rest.bulk.bulking import Bulk, csv_of

SCHEMA = schema_with({
    "Account": {
        "Text__c": {"type": "Text", "length": 10},
        "Number__c": {"type": "Number", "precision": 6, "scale": 2},
        "Whole__c": {"type": "Number", "precision": 4, "defaultValue": 7},
        "Price__c": {"type": "Currency"},
        "Sure__c": {"type": "Checkbox", "defaultValue": True},
        "Day__c": {"type": "Date"},
        "When__c": {"type": "DateTime"},
        "Time__c": {"type": "Time"},
        "Pick__c": {"type": "Picklist", "values": ["true", "abc"], "restricted": True},
        "Picks__c": {"type": "MultiselectPicklist", "values": ["true", "abc"], "restricted": True},
        "Friend__c": {"type": "Lookup", "referenceTo": "Account"},
        "Key__c": {"type": "Text", "length": 40, "unique": True, "externalId": True},
        "KeyNumber__c": {"type": "Number", "unique": True, "externalId": True},
    },
    "Contact": {"Needed__c": {"type": "Text", "required": True, "length": 4}},
})  # fmt: skip

TEXTS = (
    "", "#N/A", "abc", " abc ", "ABC", "grüße 🎈", "x" * 40, "x" * 41, "x" * 256, "true", "True", "tRUE",
    "false", "1", "0", "007", "-0", "-3", "+5", "12.5", "12.50", "12.345", "1e3", ".5", "5.",
    "0.000000000000000000001", "123456789012", "1234567890123", "99999999999999999", "2147483647", "2147483648",
    "NaN", "Infinity", "1,5", "2024-02-29", "2026-02-29", "2026-04-31", "2026-12-31", "0999-01-01", "2026-1-1",
    "2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00.123+0000",
    "2026-03-01T12:00:00.5+02:00", "2026-03-01T10:00:00", "2026-03-01T24:00:00Z", "10:00:00.000Z", "25:00:00Z",
    "USD", "usd", "XXX", "EUR", "Active", "CreditCard", "001000000000000", "005", "001000000000000AAA",
    "00300000000000000000", "it's; \"quoted\"", "a\nb", "'; DROP TABLE account; --",
)  # fmt: skip
"""What fields of every type may be sent, and may not."""

FEW = ("", "#N/A", "abc", " abc ", "grüße 🎈", "true", "1", "2026-03-01", 'it\'s; "quoted"', "a\nb")
"""What fields are sent that take any text."""

ANY_TEXT = frozenset({"string", "textarea", "email", "phone", "url", "encryptedstring"})
SENT = ("Account", "Contact", "Location", "PricebookEntry", "Product2", "SalesChannel")
"""Between them they have fields of all types, required ones, unique ones and names that follow from others."""


class Counted:
    """Singles that are counted."""

    def __init__(self, singles: SingleRows) -> None:
        self._singles = singles
        self.rows = 0

    async def __call__(self, transaction: Any, stock: Any, job: Any, definition: Any, rows: Sequence[Any]) -> Any:
        self.rows += len(rows)
        return await self._singles(transaction, stock, job, definition, rows)


@pytest.fixture
def counted(bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> Counted:
    found = Counted(SingleRows("GBP", STANDARD, SCHEMA))
    bulk.writers = Writers(SCHEMA, "GBP", reserves_stock=False, write_singles=found)
    return found


async def existing(bulk: Bulk) -> dict[str, str]:
    """A record of each object that the others refer to."""
    made = {}
    for name, fields in {
        "Account": {"Name": "A"},
        "Product2": {"Name": "P"},
        "Pricebook2": {"Name": "B"},
        "Location": {"Name": "L", "LocationType": "Warehouse"},
        "LocationGroup": {"LocationGroupName": "G"},
        "PaymentGatewayProvider": {"DeveloperName": "P", "MasterLabel": "P"},
    }.items():
        answer = await bulk.api.send("POST", f"/sobjects/{name}", fields)
        if answer.status_code == 201:
            made[name] = str(answer.json()["id"])
    made["User"] = to_18(str(await bulk.store.database.main.fetchval('SELECT id FROM "user" LIMIT 1')))
    return made


def needed(definition: Definition, known: dict[str, str]) -> dict[str, str] | None:
    """The least that a record of the object has to have; None when that cannot be had here."""
    row = {}
    for field in (*definition.stored.values(), *definition.customs.values()):
        if field.required:
            value = good(field, known)
            if value is None:
                return None
            row[field.wire_name] = value
    return row | ({"Name": "N"} if definition.name == "Account" else {})


def good(field: Field, known: dict[str, str]) -> str | None:
    if field.type == "reference":
        return next((known[to] for to in field.to if to in known), None)
    by_type = {"boolean": "true", "currency": "1.50", "double": "1", "int": "1", "date": "2026-03-01"}
    return field.values[0] if field.values else by_type.get(field.type, "abc")


def values_for(field: Field, known: dict[str, str]) -> list[str]:
    lengths = ["y" * (field.length or 1), "y" * ((field.length or 1) + 1)]
    if field.type in ANY_TEXT:
        return list(dict.fromkeys([*FEW, *lengths]))
    ids = [form for i in known.values() for form in (i, i[:15], i.upper())] if field.type == "reference" else []
    return list(dict.fromkeys([*TEXTS, *field.values[:2], *ids, *lengths]))


async def stored(bulk: Bulk, definition: Definition, ids: Sequence[str]) -> list[Any]:
    """Records as they are stored, but for what must differ."""
    statement = f'SELECT t.id, row_to_json(t) FROM "{definition.table}" t WHERE t.id = ANY ($1)'  # noqa: S608  # our name
    rows = await bulk.store.database.main.fetch(statement, [i[:15] for i in ids])
    by_id = {row[0]: json.loads(row[1]) for row in rows}
    own = {"id", "shard", *(field.name for field in definition.stored.values() if field.autonumber)}
    return [{k: v for k, v in by_id[i[:15]].items() if k not in own} for i in ids]


Outcome = tuple[Any, ...]


async def outcomes(bulk: Bulk, definition: Definition, job: str, count: int) -> list[Outcome]:
    """What became of each row, in their order: the record, or the error."""
    batch = await bulk.store.database.main.fetchval("SELECT id FROM bulk.batch WHERE job_id = $1", job[:15])
    found: list[Outcome] = []
    for row in await bulk.store.database.main.fetch(
        "SELECT outcomes FROM bulk.outcome WHERE batch_id = $1 ORDER BY piece, first_row", batch
    ):
        each = json.loads(row[0])
        failures = each["failures"]
        records = iter(await stored(bulk, definition, [i for i in each["ids"] if i is not None]))
        for place, record_id in enumerate(each["ids"]):
            failure = failures.get(str(place))
            assert (record_id is None) == (failure is not None)
            found.append(("made", next(records)) if failure is None else (failure["code"], failure["fields"]))
    assert len(found) == count
    return found


def rows_for(definition: Definition, known: dict[str, str], *, creating: bool) -> list[dict[str, str]] | None:
    base = needed(definition, known)
    if base is None:
        return None
    names = [f for f in definition.by_wire_name.values() if (f.create if creating else f.update) and f.name != "id"]
    every = [(field, value) for field in names for value in values_for(field, known)]
    return [{**(base if creating else {}), field.wire_name: value} for field, value in every]


@pytest.mark.parametrize("object_", SENT)
async def test_new_records(bulk: Bulk, counted: Counted, monkeypatch: pytest.MonkeyPatch, object_: str):
    known, definition = await existing(bulk), SCHEMA.by_name[object_]
    rows = rows_for(definition, known, creating=True)
    assert rows is not None
    content = csv_of(*rows)
    job = await bulk.run(object_, "insert", content)
    by_sql, one_by_one = await outcomes(bulk, definition, job, len(rows)), counted.rows
    assert one_by_one < len(rows)
    await unique_values_are_free_again(bulk)
    monkeypatch.setattr(bulk_rows, "can_insert", lambda *_: False)
    job = await bulk.run(object_, "insert", content)
    for row, first, second in zip(rows, by_sql, await outcomes(bulk, definition, job, len(rows)), strict=True):
        assert first == second, row


@pytest.mark.parametrize("object_", SENT)
async def test_changed_records(bulk: Bulk, counted: Counted, monkeypatch: pytest.MonkeyPatch, object_: str):
    known, definition = await existing(bulk), SCHEMA.by_name[object_]
    rows = rows_for(definition, known, creating=False)
    assert rows is not None
    base = needed(definition, known) or {}
    found = []
    for way in ("sql", "singles"):
        made = await bulk.run(object_, "insert", csv_of(*(base for _ in rows)))
        ids = [row["sf__Id"] for row in await bulk.written(made)]
        await unique_values_are_free_again(bulk)
        counted.rows = 0
        if way == "singles":
            monkeypatch.setattr(bulk_rows, "can_update", lambda *_: False)
        changes = [{"Id": record_id, **row} for record_id, row in zip(ids, rows, strict=True)]
        job = await bulk.run(object_, "update", csv_of(*changes))
        found.append(await outcomes(bulk, definition, job, len(rows)))
        assert (counted.rows == len(rows)) == (way == "singles")
    for row, first, second in zip(rows, *found, strict=True):
        assert first == second, row


async def unique_values_are_free_again(bulk: Bulk) -> None:
    await bulk.store.database.main.execute("DELETE FROM unique_value")


def test_each_type_of_field_is_sent():
    sent = {field.type for name in SENT for field in SCHEMA.by_name[name].by_wire_name.values() if field.create}
    assert sent >= {"string", "boolean", "currency", "double", "date", "dateTime", "time", "picklist", "reference"}
