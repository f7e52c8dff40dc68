"""The ExternalReferences that Locations had before they had to be unique are held by those that have them."""

import asyncpg
import pytest

from orderwright.store.migrate import known_migrations, migrate
from orderwright.store.unique import shard_of_value
from tests.conftest import throw_away_database

BEFORE = 16
"""The last migration of a database in which two Locations could have the same reference."""
ADD = """
INSERT INTO location (shard, id, is_deleted, external_reference, location_type, name, is_inventory_location, is_mobile,
                      should_sync_with_oci, is_eligible_for_pickup, should_track_fo_capacity)
VALUES (0, $1, $2, $3, 'Store', 'x', false, false, false, false, false)
"""
ADD_GROUP = """
INSERT INTO location_group (shard, id, external_reference, location_group_name, is_enabled, should_sync_with_oci)
VALUES (0, $1, $2, 'x', true, true)
"""
REFERENCES = ["NORTH", "Süd 7", "a" * 255, "x-1", "x-2", "x-3"]


@pytest.fixture
def old_database_url(server_url):
    with throw_away_database(server_url) as url:
        yield url


async def test_references_are_registered_once_where_they_are_looked_for(old_database_url):
    await migrate(old_database_url, migrations=known_migrations()[:BEFORE])
    connection = await asyncpg.connect(old_database_url)
    try:
        for number, reference in enumerate([*REFERENCES, "NORTH", None]):
            await connection.execute(ADD, f"131{number:012d}", False, reference)
        await connection.execute(ADD, "131000000000099", True, "GONE")
        await connection.execute(ADD_GROUP, "0gh000000000001", "NORTH")
        await migrate(old_database_url)
        rows = await connection.fetch("SELECT shard, field, value, record_id, confirmed FROM unique_value")
    finally:
        await connection.close()
    held = {(f"131{number:012d}", "Location", reference) for number, reference in enumerate(REFERENCES)}
    held.add(("0gh000000000001", "LocationGroup", "NORTH"))
    assert {tuple(row) for row in rows} == {
        (shard_of_value(reference), f"{object_}.ExternalReference", reference, record_id, True)
        for record_id, object_, reference in held
    }
