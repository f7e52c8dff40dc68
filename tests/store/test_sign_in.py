"""What an upgrade leaves of rights, and that guesses at once count as many."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from orderwright.decisions.rights import EVERYTHING
from orderwright.store.database import connected
from orderwright.store.migrate import known_migrations, migrate
from orderwright.store.oauth import digest, issue_token, token_owner
from orderwright.store.users import MOST_ATTEMPTS, LoginRefused, account_called, signed_in
from orderwright.store.verify import verify_all
from tests.conftest import throw_away_database

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
BEFORE = 13
"""The last version in which every client could do everything."""
CLIENT_OF_BEFORE = """
INSERT INTO "user" (shard, id, created_date, created_by_id, last_modified_date, last_modified_by_id, system_modstamp,
                    username, name, is_active)
VALUES (0, $1, $2, $1, $2, $1, $2, 'client_old', 'Old', true)
"""


async def test_clients_that_were_there_keep_what_they_could_do_and_sign_in_again(server_url):
    with throw_away_database(server_url) as url:
        await migrate(url, migrations=known_migrations()[:BEFORE])
        connection = await asyncpg.connect(url)
        await connection.execute(CLIENT_OF_BEFORE, user_id := "005000000000009", NOW)
        await connection.execute(
            "INSERT INTO oauth_client VALUES ('client_old', $1, 'Old', $2, $3)", b"x", user_id, NOW
        )
        await connection.execute("INSERT INTO oauth_token VALUES ($1, 'client_old', $2, $3, $3)", b"t", user_id, NOW)
        await connection.close()
        await migrate(url)
        async with connected(url) as database:
            assert await token_owner(database, b"t") is None
            token = await issue_token(database, "client_old", user_id, NOW, dt.timedelta(hours=1))
            owner = await token_owner(database, digest(token))
            assert owner is not None
            assert owner.rights.granted == EVERYTHING
            found = await account_called(database.main, "CLIENT_OLD")
            assert found is not None
            assert found.id == user_id
            async with database.main.acquire() as session:
                assert await verify_all(session) == []


@pytest.mark.parametrize("username", ["nobody@example.com", "No\x00body", "x" * 300, ""])
async def test_guesses_at_once_count_as_many_whoever_they_are_for(store, username):
    async def guess():
        try:
            await signed_in(store.database, username, "y" * 1001, NOW)
        except LoginRefused as refused:
            return refused.why

    found = await asyncio.gather(*(guess() for _ in range(3 * MOST_ATTEMPTS)))
    assert sorted(found) == ["locked"] * (2 * MOST_ATTEMPTS) + ["wrong"] * MOST_ATTEMPTS
