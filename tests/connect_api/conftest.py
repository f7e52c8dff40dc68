"""The plugin's own fixture on the PostgreSQL of the whole run, and a server over HTTP on a database of its own."""

from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from orderwright.pytest_plugin.databases import Databases
from tests.connect_api.serving import Served, served


@pytest.fixture(scope="session")
def orderwright_databases(server_url: str, migrated_database: str) -> Iterator[Databases]:
    """Saves the start of a second server; test_pytest_plugin.py lets the plugin start its own."""
    with start_blocking_portal() as portal:
        yield Databases(portal, server_url, migrated_database)


@pytest.fixture
def server(fresh_database_url: str) -> Iterator[Served]:
    """A live server with a worker."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served(fresh_database_url)) as running:
        yield running
