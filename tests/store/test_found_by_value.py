"""What is asked for by number, by an external id or by the time of its last change is found through an index."""

import asyncio
import json

import asyncpg
import pytest

from orderwright.objects.custom_fields import schema_with
from orderwright.objects.registry import BY_NAME
from orderwright.store import changes, keys
from orderwright.store.database import ONE_PLAN
from orderwright.store.external_ids import index_external_ids

SCHEMA = schema_with({
    "Account": {
        "Erp__c": {"type": "Text", "length": 40, "externalId": True},
        "Exact__c": {"type": "Text", "length": 40, "externalId": True, "caseSensitive": True},
        "Size__c": {"type": "Number", "precision": 10, "scale": 2, "externalId": True},
        "Only__c": {"type": "Text", "length": 40, "unique": True},
        "Plain__c": {"type": "Text", "length": 40},
    }
})  # fmt: skip
ACCOUNT = SCHEMA.by_name["Account"]
FILL = """
INSERT INTO account (shard, id, is_person_account, name, system_modstamp, last_modified_date, created_date, custom)
SELECT n % 4096, '001' || lpad(n::text, 12, '0'), false, 'A', m, m, m,
       jsonb_build_object('Erp__c', 'E' || n, 'Size__c', n::text)
FROM generate_series(1, 20000) n, LATERAL (SELECT timestamptz '2026-01-01' + n * interval '1 minute') AS at (m)
"""

HEADS_BY_NUMBER = (
    ("Order", "OrderNumber"), ("Order", "OrderReferenceNumber"), ("OrderSummary", "OrderNumber"),
    ("FulfillmentOrder", "FulfillmentOrderNumber"), ("Invoice", "DocumentNumber"), ("CreditMemo", "DocumentNumber"),
    ("ReturnOrder", "ReturnOrderNumber"), ("Shipment", "ShipmentNumber"), ("Payment", "PaymentNumber"),
    ("Payment", "PaymentIntentGuid"), ("PaymentAuthorization", "PaymentAuthorizationNumber"),
    ("PaymentAuthorization", "PaymentIntentGuid"), ("Refund", "RefundNumber"), ("User", "Username"),
)  # fmt: skip


@pytest.fixture
async def session(database_url):
    """A connection that plans as the program's do."""
    connection = await asyncpg.connect(database_url, server_settings=dict(ONE_PLAN))
    yield connection
    await connection.close()


@pytest.fixture
async def filled(session):
    await session.execute(FILL)
    await session.execute("ANALYZE account")
    yield session
    await session.execute("DELETE FROM account")


async def steps(session, statement, *arguments):
    """The names of all indexes in the plan of a statement."""
    found = json.loads(await session.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *arguments))
    return set(_indexes(found[0]["Plan"]))


def _indexes(step):
    if "Index Name" in step:
        yield step["Index Name"]
    for inner in step.get("Plans", ()):
        yield from _indexes(inner)


@pytest.mark.parametrize(("object_", "name"), HEADS_BY_NUMBER)
async def test_a_head_is_found_by_its_number(session, object_, name):
    definition = BY_NAME[object_]
    statement = keys._search(definition, definition.by_wire_name[name.lower()])
    (index,) = await steps(session, statement, "X-1")
    assert "_by_" in index


async def test_declared_fields_get_an_index_once_and_are_found_by_it(filled, database_url):
    made = await index_external_ids(database_url, SCHEMA)
    assert made == ["Account.Erp__c", "Account.Exact__c", "Account.Size__c", "Account.Only__c"]
    assert await index_external_ids(database_url, SCHEMA) == []
    await filled.execute("ANALYZE account")
    for name, value, found in (("Erp__c", "e17", 17), ("Exact__c", "x", None), ("Size__c", 18, 18)):
        field = ACCOUNT.customs[name]
        assert [i for i in await steps(filled, keys._search(ACCOUNT, field), value) if i.startswith("external_id_")]
        expected = [] if found is None else [f"001{found:012}"]
        assert await keys.find_by_value(filled, ACCOUNT, field, value) == expected


async def test_an_index_that_was_left_half_done_is_made_again(session, database_url):
    schema = schema_with({"Contact": {"Erp__c": {"type": "Text", "length": 40, "externalId": True}}})
    assert await index_external_ids(database_url, schema) == ["Contact.Erp__c"]
    valid = (
        "UPDATE pg_index SET indisvalid = $1 FROM pg_class c WHERE c.oid = indexrelid AND c.relname LIKE 'external%' "
    )
    await session.execute(valid + "AND indrelid = 'contact'::regclass", False)
    assert await index_external_ids(database_url, schema) == ["Contact.Erp__c"]
    assert await index_external_ids(database_url, schema) == []


async def test_two_who_make_indexes_at_once_do_not_wait_for_each_other(database_url):
    schema = schema_with({"Product2": {"Erp__c": {"type": "Text", "length": 40, "externalId": True}}})
    async with asyncio.timeout(20):
        made = await asyncio.gather(*(index_external_ids(database_url, schema) for _ in range(4)))
    assert max(made) == ["Product2.Erp__c"]


async def test_changes_are_found_by_ranges_of_pages_and_end_no_update_in_place(filled):
    if filled.get_server_version().major < 16:
        pytest.skip("such an index would end updates in place here, so there is none")
    start, end = await filled.fetchrow("SELECT timestamptz '2026-01-14 12:00', timestamptz '2026-01-14 12:05'")
    for deleted in (False, True):
        assert await steps(filled, changes._statement("Account", deleted=deleted), start, end, 10) == {
            "account_by_moment"
        }
    assert len(await changes.changed_ids(filled, "Account", start, end)) == 5
    tables = {
        row[0] for row in await filled.fetch("SELECT tablename FROM pg_indexes WHERE indexdef LIKE '%USING brin%'")
    }
    assert tables == {definition.table for definition in BY_NAME.values()}
