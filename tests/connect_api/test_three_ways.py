"""The same order told in-process and over HTTP, by ordinary and by `async` code, gives the same answers and records."""

import asyncio

import orderwright
from orderwright.pytest_plugin.databases import Databases
from tests.connect_api.serving import Served
from tests.connect_api.story import tell


def over_http(server: Served) -> dict[str, str]:
    return {"url": server.url, "client_id": server.client_id, "client_secret": server.client_secret}


def copies(databases: Databases, count: int) -> list[str]:
    """URLs of databases that stay until the run ends."""
    return [databases.copy().__enter__() for _ in range(count)]


async def in_async(**how: str) -> dict[str, str]:
    async with orderwright.connect_async(**how) as salesforce:  # type: ignore[arg-type]  # all of them texts
        return await tell(salesforce)


def in_sync(**how: str) -> dict[str, str]:
    with orderwright.connect(**how) as salesforce:  # type: ignore[arg-type]
        return asyncio.run(tell(salesforce))


def test_one_story_three_ways(orderwright_databases, server):
    with orderwright_databases.copy() as first, orderwright_databases.copy() as second:
        inside = in_sync(url=first)
        assert asyncio.run(in_async(url=second)) == inside
    assert in_sync(**over_http(server)) == inside
    assert "'Outcome': 'Succeeded', 'CompletedAmount': Decimal('" in inside["records"]
    assert inside["errors"].startswith("[('INVALID_INPUT', 400, ")


def test_async_over_http_gives_the_same(orderwright_databases, server):
    with orderwright_databases.copy() as url:
        assert asyncio.run(in_async(**over_http(server))) == in_sync(url=url)
