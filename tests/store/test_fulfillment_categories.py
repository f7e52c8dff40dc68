"""Fulfillment orders made before categories were stored get those that their statuses and types had then."""

import asyncpg
import pytest

from orderwright.objects.picklists import STANDARD, TYPE_CATEGORIES
from orderwright.objects.registry import BY_NAME
from orderwright.store.migrate import known_migrations, migrate
from tests.conftest import throw_away_database

BEFORE = 8
"""The last migration of a database without stored categories."""


@pytest.fixture
def old_database_url(server_url):
    with throw_away_database(server_url) as url:
        yield url


EMPTY = {"boolean": "FALSE", "currency": "0", "double": "0"}


async def insert(connection, number, **texts):
    """A fulfillment order with these columns; those that must have a value and are not given are false or zero."""
    stored = BY_NAME["FulfillmentOrder"].stored.values()
    empty = {f.name: EMPTY[f.type] for f in stored if not f.nillable and f.type in EMPTY and f.name != "is_deleted"}
    names = ", ".join(f'"{name}"' for name in ("shard", "id", *texts, *empty))
    values = ", ".join(["0", "$1", *(f"${place}" for place, _ in enumerate(texts, 2)), *empty.values()])
    statement = f"INSERT INTO fulfillment_order ({names}) VALUES ({values})"  # noqa: S608  # names are ours
    await connection.execute(statement, f"0a3{number:012d}", *texts.values())


async def test_statuses_and_types_get_their_documented_categories(old_database_url):
    await migrate(old_database_url, migrations=known_migrations()[:BEFORE])
    connection = await asyncpg.connect(old_database_url)
    try:
        for number, status in enumerate(STANDARD.fulfillment_statuses):
            await insert(connection, number, status=status)
        for number, type_ in enumerate(STANDARD.fulfillment_types, 100):
            await insert(connection, number, status="Allocated", type=type_)
        await migrate(old_database_url)
        rows = await connection.fetch("SELECT status, status_category, type, type_category FROM fulfillment_order")
    finally:
        await connection.close()
    assert {row["status"]: row["status_category"] for row in rows} == STANDARD.fulfillment_statuses
    assert {row["type"]: row["type_category"] for row in rows if row["type"]} == STANDARD.fulfillment_types
    assert {row["type_category"] for row in rows} == {None, *TYPE_CATEGORIES}


@pytest.mark.parametrize(
    "wrong", [{"status_category": "SHIPPED"}, {"type_category": "CLOSED"}, {"status_category": None}]
)
async def test_the_database_refuses_a_category_that_is_none(fresh_database_url, wrong):
    connection = await asyncpg.connect(fresh_database_url)
    right = {"status": "Sent", "status_category": "CLOSED", "type": "Locker", "type_category": "PHYSICAL"}
    try:
        await insert(connection, 1, **right)
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await insert(connection, 2, **right | wrong)
    finally:
        await connection.close()
