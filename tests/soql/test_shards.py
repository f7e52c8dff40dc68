"""The database reads the bucket in an id as `shard_of` does, and finds no fault with what is no id."""

import random
from typing import Any

import pytest

from orderwright.objects.registry import BY_NAME
from orderwright.soql.shards import MOVABLE, is_near, is_of_an_order
from orderwright.store import transaction
from orderwright.store.ids import DIGITS, shard_of
from orderwright.store.related import is_of_an_order as has_its_shard


@pytest.mark.asyncio(loop_scope="session")
async def test_the_shard_of_an_id_is_the_same_in_sql(world_session: Any):
    chance = random.Random(3)
    ids = ["001" + "".join(chance.choices(DIGITS, k=12)) for _ in range(500)]
    rows = await world_session.fetch("SELECT query.id_shard(id) FROM unnest($1::text[]) id", ids)
    assert [row[0] for row in rows] == [shard_of(record_id) for record_id in ids]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("text", [None, "", "x", "001", "0" * 18, "001" + "é" * 12])
async def test_what_is_no_id_has_no_shard(world_session: Any, text: str | None):
    assert await world_session.fetchval("SELECT query.id_shard($1::text)", text) is None


def test_payment_records_that_move_are_the_same_everywhere():
    assert {BY_NAME[name].about.key_prefix for name in MOVABLE} | {BY_NAME["GatewayRequest"].about.key_prefix} == set(
        transaction.MOVABLE
    )


def test_what_hangs_on_an_order_is_in_its_shard():
    ours = {name for name in BY_NAME if is_of_an_order(name)}
    assert ours <= {name for name, definition in BY_NAME.items() if has_its_shard(definition)}
    assert {"OrderItemSummary", "InvoiceLine", "Payment", "FulfillmentOrderLineItem"} <= ours
    assert not {"Account", "Product2", "User", "PermissionSetAssignment", "LocationGroupAssignment"} & ours


@pytest.mark.parametrize(
    ("child", "field", "parent", "near"),
    [
        ("OrderItem", "order_id", "Order", True),
        ("OrderSummary", "original_order_id", "Order", True),
        ("Order", "related_order_id", "Order", True),
        ("Order", "original_order_id", "Order", False),
        ("OrderSummary", "source_order_summary_id", "OrderSummary", False),
        ("Order", "account_id", "Account", False),
        ("Invoice", "reference_entity_id", "OrderSummary", True),
        ("Payment", "order_payment_summary_id", "OrderPaymentSummary", True),
    ],
)
def test_a_reference_inside_an_order_stays_in_its_shard(child: str, field: str, parent: str, near: bool):
    definition = BY_NAME[child]
    assert is_near(definition, definition.stored[field], BY_NAME[parent]) is near
