"""A pytest plugin: the fixture `orderwright` gives each test an installation of its own, empty and thrown away after.

    def test_a_cancel_gives_the_tax_back(orderwright):
        summary = orderwright.order_summary()
        ...

Loading the plugin imports nothing but pytest. The first test that asks starts a PostgreSQL for the whole run, or goes
to the one at ORDERWRIGHT_TEST_DATABASE_URL, whose user must be allowed to create databases; each gets a copy of a
database that was made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderwright.pytest_plugin.databases import Databases
    from orderwright.pytest_plugin.instance import Instance


@pytest.fixture(scope="session")
def orderwright_databases() -> Iterator[Databases]:
    """Makes the databases of the run."""
    from orderwright.pytest_plugin.databases import opened_databases

    with opened_databases() as databases:
        yield databases


@pytest.fixture
def orderwright_settings() -> dict[str, object]:
    """Settings that differ from the defaults, for projects to define anew: `{"default_currency": "EUR"}`."""
    return {}


@pytest.fixture
def orderwright(orderwright_databases: Databases, orderwright_settings: dict[str, object]) -> Iterator[Instance]:
    """An installation for one test: a connection to it, factories of orders and payments, its clock and its jobs."""
    from orderwright.pytest_plugin.instance import opened_instance

    with orderwright_databases.copy() as url, opened_instance(url, orderwright_settings) as instance:
        yield instance
