"""Queries made at random find in PostgreSQL what the plain evaluator of `naive.py` finds in Python records."""

import asyncio
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderwright.objects.custom_fields import STANDARD_SCHEMA
from orderwright.objects.definition import SObject
from orderwright.objects.identity import to_15
from orderwright.soql.names import Dialect
from tests.conftest import throw_away_database
from tests.soql.conftest import Questioner, insert
from tests.soql.naive import (
    DAYS,
    FIELDS,
    GROUPED,
    MOMENTS,
    NUMBERS,
    TEXTS,
    Condition,
    conditions,
    holds,
    in_order,
    orderings,
    reach,
    written,
    written_order,
)
from tests.soql.world import World

EXAMPLES = 60


def make_records() -> World:
    """Accounts, products, orders and 60 items, all with values of a few pools, some empty, some deleted."""
    chance, world = random.Random(6), World()

    def some(pool: Sequence[Any]) -> Any:
        return chance.choice([None, *pool])

    def gone() -> bool:
        return chance.random() < 0.15

    for n in range(5):
        world.add(f"a{n}", "Account", name=chance.choice(TEXTS), billing_city=some(TEXTS), is_deleted=gone())
    for n in range(6):
        world.add(
            f"p{n}", "Product2", name=chance.choice(TEXTS), product_code=some(TEXTS), is_active=chance.random() < 0.5,
            is_deleted=gone(),
        )  # fmt: skip
    for n in range(10):
        account = some(range(5))
        world.add(
            f"o{n}", "Order", effective_date=chance.choice(DAYS), status="Draft", ordered_date=some(MOMENTS),
            is_reduction_order=chance.random() < 0.3, account_id=None if account is None else world[f"a{account}"],
            is_deleted=gone(),
        )  # fmt: skip
    for n in range(60):
        order, product = f"o{chance.randrange(10)}", some(range(6))
        world.add(
            f"i{n}", "OrderItem", near=order, order_id=world[order], quantity=chance.choice(NUMBERS),
            total_line_amount=chance.choice(NUMBERS), rounded_line_amount=chance.choice(NUMBERS), type=chance.choice(["Order Product", "Delivery Charge"]),
            product2_id=None if product is None else world[f"p{product}"], end_date=some(DAYS), is_deleted=gone(),
        )  # fmt: skip
    return world


RECORDS = make_records()
BY_ID = {record.id: record for record in RECORDS.records.values()}
ITEMS: list[SObject] = [item for item in RECORDS.of("OrderItem") if not item.is_deleted]
IDS = [record.id for name, record in RECORDS.records.items() if name[0] in "ap"]
VALUE = reach(BY_ID)


class Runner:
    """One connection in a loop of its own, so that examples need not wait for a new one."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.session = self.loop.run_until_complete(asyncpg.connect(url, server_settings={"timezone": "UTC"}))
        self.loop.run_until_complete(insert(self.session, RECORDS.records.values()))
        self.questioner = Questioner(self.session, Dialect(STANDARD_SCHEMA, 67))

    def __call__(self, text: str) -> list[dict[str, Any]]:
        return self.loop.run_until_complete(self.questioner.records(text))

    def close(self) -> None:
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


@pytest.fixture(scope="module")
def run(server_url: str, migrated_database: str) -> Iterator[Runner]:
    with throw_away_database(server_url, migrated_database) as url:
        runner = Runner(url)
        yield runner
        runner.close()


# The fixture is one connection that only reads: it may serve all examples.
often = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_there_is_something_to_find():
    assert len(ITEMS) > 40
    assert all(any(VALUE(item, path) is None for item in ITEMS) for path in ("Product2.Name", "Order.Account.Name"))
    assert all(any(VALUE(item, path) for item in ITEMS) for path in FIELDS)


@often
@given(condition=conditions(IDS), order=orderings, limit=st.none() | st.integers(0, 20), offset=st.integers(0, 5))
def test_records(run: Runner, condition: Condition, order: Any, limit: int | None, offset: int):
    text = f"SELECT Id FROM OrderItem WHERE {written(condition)}{written_order(order)}"
    found = [to_15(record["Id"]) for record in run(text)]
    wanted = in_order([item for item in ITEMS if holds(condition, item, VALUE)], order, VALUE)
    if not order:
        assert sorted(map(str, found)) == sorted(record.id for record in wanted)
        return
    assert found == [record.id for record in wanted]
    window = f" LIMIT {limit} OFFSET {offset}" if limit is not None else f" OFFSET {offset}"
    part = [record.id for record in wanted][offset : None if limit is None else offset + limit]
    assert [to_15(record["Id"]) for record in run(text + window)] == part


@often
@given(condition=conditions(IDS), groups=st.lists(st.sampled_from(GROUPED), min_size=1, max_size=2, unique=True))
def test_groups(run: Runner, condition: Condition, groups: list[str]):
    named = ", ".join(f"{path} g{n}" for n, path in enumerate(groups))
    text = (
        f"SELECT {named}, COUNT(Id), SUM(Quantity), MIN(TotalLineAmount), MAX(EndDate), COUNT_DISTINCT(Product2Id) "
        f"FROM OrderItem WHERE {written(condition)} GROUP BY {', '.join(groups)}"
    )
    by_key: dict[tuple[Any, ...], list[SObject]] = {}
    for item in ITEMS:
        if holds(condition, item, VALUE):
            by_key.setdefault(tuple(VALUE(item, path) for path in groups), []).append(item)
    wanted = sorted((*map(plain, key), *summed(items)) for key, items in by_key.items())
    assert sorted(tuple(map(plain, list(record.values())[1:])) for record in run(text)) == wanted


def summed(items: list[SObject]) -> tuple[Any, ...]:
    of = [vars_of(item) for item in items]
    days = [each["end_date"] for each in of if each["end_date"] is not None]
    products = {each["product2_id"] for each in of} - {None}
    return tuple(
        map(plain, (len(of), sum(e["quantity"] for e in of), min(e["total_line_amount"] for e in of),
                    max(days) if days else None, len(products)))
    )  # fmt: skip


def vars_of(item: SObject) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("quantity", "total_line_amount", "end_date", "product2_id")}


def plain(value: Any) -> str:
    """A value as text: numbers by what they are worth, ids in 15 characters."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int | Decimal):
        return str(Decimal(value).normalize() + 0)
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(to_15(value) or value) if len(str(value)) == 18 else str(value)
