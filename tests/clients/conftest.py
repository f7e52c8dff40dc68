"""One live server for all client libraries of a run, spoken to over HTTP and over HTTPS."""

from collections.abc import Iterator

import pytest

from tests.clients.live import Live, live_server


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    with live_server() as server:
        yield server


@pytest.fixture(params=["http", "https"], scope="session")
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)
