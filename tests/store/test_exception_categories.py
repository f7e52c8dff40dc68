"""Process exceptions made before categories were stored get those that their statuses had then, and count as before."""

import asyncpg
import pytest

from orderwright.objects.picklists import STANDARD
from orderwright.store.migrate import known_migrations, migrate
from tests.conftest import throw_away_database

BEFORE = next(n for n, m in enumerate(known_migrations()) if "exception_categories" in m.name)
"""How many migrations a database without stored categories has."""

INSERT = """
INSERT INTO process_exception (shard, id, attached_to_id, message, status)
VALUES (0, $1, '1Os000000000001', 'Look', $2)
"""


async def test_statuses_get_their_documented_categories_and_what_was_not_active_is_not(server_url):
    with throw_away_database(server_url) as url:
        await migrate(url, migrations=known_migrations()[:BEFORE])
        connection = await asyncpg.connect(url)
        try:
            for number, status in enumerate([*STANDARD.exception_statuses, "Of somebody's own"]):
                await connection.execute(INSERT, f"2Pe{number:012d}", status)
            await migrate(url)
            rows = await connection.fetch("SELECT status, status_category FROM process_exception")
        finally:
            await connection.close()
    assert {row["status"]: row["status_category"] for row in rows} == {
        **STANDARD.exception_statuses, "Of somebody's own": "INACTIVE",
    }  # fmt: skip


@pytest.mark.parametrize("category", ["CLOSED", None])
async def test_the_database_refuses_a_category_that_is_none(fresh_database_url, category):
    connection = await asyncpg.connect(fresh_database_url)
    statement = INSERT.replace("status)", "status, status_category)").replace("$2)", "$2, $3)")
    try:
        await connection.execute(statement, "2Pe000000000001", "Asked the bank", "ACTIVE")
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(statement, "2Pe000000000002", "Asked the bank", category)
    finally:
        await connection.close()
