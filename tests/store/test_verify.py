"""Clean rows give no violation; each corruption is found by the rules that forbid it, and by no others.

The rows are one order's whole life, with inventory and capacity beside it, written by the decisions. A corruption is
made in a transaction that is rolled back, with foreign keys switched off: PostgreSQL would refuse some by itself.
"""

import pytest
import pytest_asyncio

from orderwright.store.transaction import Call
from orderwright.store.verify import all_checks, verify_all
from orderwright.store.verify.check import MOST_LISTED
from tests.store.corruptions import CORRUPTIONS, NAMED
from tests.store.order_life import live
from tests.store.stock_life import hold_capacity, stock

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHOUT_FOREIGN_KEYS = "SET LOCAL session_replication_role = replica"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lived(module_store):
    await live(module_store)
    await stock(module_store)
    place, user = await module_store.database.main.fetchrow("SELECT id, last_modified_by_id FROM location")
    await hold_capacity(module_store, place, Call(user_id=user))
    return module_store


async def found_after(store, *statements):
    async with store.database.main.acquire() as session:
        transaction = session.transaction(isolation="repeatable_read")
        await transaction.start()
        try:
            await session.execute(WITHOUT_FOREIGN_KEYS)
            await session.execute(NAMED)
            for statement in statements:
                changed = await session.execute(statement)
                assert changed.split()[-1] != "0", f"changed nothing: {statement}"
            return await verify_all(session)
        finally:
            await transaction.rollback()


def rules(violations):
    """Rule and object of each violation; the field is left out."""
    return {f"{violation.rule.partition('.')[0]} {violation.object}" for violation in violations}


async def test_a_whole_life_is_clean(lived):
    assert await found_after(lived) == []


@pytest.mark.asyncio(loop_scope="function")
async def test_an_empty_database_is_clean(store):
    assert await found_after(store) == []


async def test_progress_names_every_check_and_ends(lived):
    heard = []
    async with lived.database.main.acquire() as session:
        await verify_all(session, lambda *step: heard.append(step))
    count = len(all_checks())
    assert [done for _, done, _ in heard] == list(range(count + 1))
    assert {total for _, _, total in heard} == {count}


async def test_a_violation_says_what_is_wrong_where(lived):
    (found,) = await found_after(
        lived, "UPDATE order_item_summary SET quantity_reshipped = 0.5 WHERE description = 'A'"
    )
    assert (found.rule, found.object) == ("quantity-whole.quantity_reshipped", "OrderItemSummary")
    assert (found.expected, found.actual, found.found, found.warning) == ("0", "0.5", 1, False)
    assert found.record_id in found.text
    assert found.text.endswith("expected 0, found 0.5")


async def test_a_flood_is_cut_off_and_counted(lived):
    flood = """INSERT INTO unique_value (shard, field, value, record_id, confirmed, claimed_at)
               SELECT 1, 'x', n::text, '1Os', TRUE, now() FROM generate_series(1, 1005) n"""
    found = await found_after(lived, flood)
    assert len(found) == MOST_LISTED == 1000
    assert {violation.found for violation in found} == {1005}


async def test_an_unmanaged_order_may_hold_what_its_users_wrote(lived):
    found = await found_after(
        lived,
        "UPDATE order_summary SET order_life_cycle_type = 'UNMANAGED', total_product_amount = 1",
        "UPDATE order_item_summary SET quantity_fulfilled = 99, line_amount_pre_fulfillment = 5",
    )
    assert found == []


async def test_a_moved_payment_is_found_by_the_word_it_left(lived):
    moved = [
        "UPDATE payment SET id = '0aQ000000000000'",
        "UPDATE payment_line_invoice SET payment_id = '0aQ000000000000'",
        "UPDATE refund_line_payment SET payment_id = '0aQ000000000000'",
    ]
    word = """INSERT INTO forwarding (shard, id, to_shard, claimed_by, record, created_date)
              SELECT 0, '0aQ000000000000', shard, id, '{}', now() FROM order_payment_summary"""
    assert rules(await found_after(lived, *moved)) == {"id-shard Payment"}
    assert await found_after(lived, *moved, word) == []


async def test_every_rule_has_a_corruption():
    found = {rule.partition(" ")[0] for _, expected in CORRUPTIONS.values() for rule in expected}
    assert {check.rule for check in all_checks()} == found


@pytest.mark.parametrize("corruption", CORRUPTIONS)
async def test_found(lived, corruption):
    statements, expected = CORRUPTIONS[corruption]
    assert rules(await found_after(lived, *statements.split(";"))) == expected
