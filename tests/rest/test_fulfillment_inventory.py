"""Fulfillment orders reserve, ship and give back through the inventory, whatever ends in the middle of it."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.objects.registry import BY_NAME
from orderwright.settings import Settings
from orderwright.store import fulfillment_inventory, fulfillment_stock
from orderwright.store.database import Database
from orderwright.store.fulfillment_inventory import LAPSE_SECONDS, carry_out_left_duties
from orderwright.store.transaction import Store
from orderwright.store.verify import verify_all
from tests.rest.calling import Caller, exact
from tests.rest.changing import FULFILLMENT, Placed, post, refusal
from tests.rest.conftest import Hands
from tests.rest.shipping import MULTIPLE, Group, Shop, allocation


@pytest.fixture(scope="module")
def database_url(module_database_url: str) -> str:
    """A database of its own, since it is verified whole."""
    return module_database_url


@pytest.fixture
async def http(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, Settings(fulfillment_inventory="on"))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as client,
    ):
        yield client


@pytest.fixture
async def shop(api: Caller, database: Database) -> AsyncIterator[Shop]:
    """Five mugs and three towels at A, one mug and no towel at B. In the end the ledger adds up, and no more was
    promised or shipped than what there was.
    """
    made = Shop(api, database)
    await made.open({"A": {"mug": 5, "towel": 3}, "B": {"mug": 1, "towel": 0}})
    yield made
    await made.room.check_ledger()
    await check_links(made)


@pytest.fixture
async def placed(shop: Shop) -> Placed:
    return await shop.order()


HELD = """
SELECT coalesce(sum(quantity), 0) FROM inventory.hold WHERE stock_keeping_unit LIKE $1 AND expiration_time IS NULL
"""
LINKED = "SELECT coalesce(sum(quantity), 0) FROM fulfillment_reservation WHERE stock_keeping_unit LIKE $1"
OPEN = "SELECT count(*) FROM inventory_duty WHERE state = 'Open' AND stock_keeping_unit LIKE $1"


async def check_links(shop: Shop) -> None:
    """Unless something is open, orders hold exactly what the inventory keeps for them."""
    like = f"%{shop.room.name('')}"
    if not await shop.database.main.fetchval(OPEN, like):
        linked = await shop.database.main.fetchval(LINKED, like)
        assert await shop.database.main.fetchval(HELD, like) == linked


async def allocated(shop: Shop, placed: Placed, *groups: Group, **more: Any) -> list[str]:
    """The fulfillment orders of these groups."""
    answer = await post(shop.api, FULFILLMENT, allocation(placed, shop, *groups, **more))
    assert answer.status_code == 201, answer.text
    return list(answer.json()["fulfillmentOrderIds"])


# --- what it does -----------------------------------------------------------------------------------------------------


async def test_a_new_fulfillment_order_holds_its_units_for_good(shop: Shop, placed: Placed, clock: Hands):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2, "towel": 1, "delivery": 1}))
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(5, 2), (3, 1)]
    assert await shop.held(order) == [("A", "mug", 2), ("A", "towel", 1)]
    assert await shop.duties(order) == [("Keep", "Done", 2), ("Keep", "Done", 1)]
    clock.now += dt.timedelta(seconds=2 * LAPSE_SECONDS)
    assert await shop.figures("A", "mug") == (5, 2)


async def test_it_names_its_reservation_as_the_inventory_does(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2, "towel": 1}))
    told = await shop.told(order)
    (name,) = {one["reservationId"] for one in (*told["lines"], *told["duties"])}
    names = await shop.database.main.fetch("SELECT id FROM inventory.reservation WHERE id = $1", name)
    assert [row["id"] for row in names] == [name]


async def test_closing_takes_the_units_off_the_location(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2, "towel": 1}))
    assert (await shop.status(order, "Fulfilled")).status_code == 204
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(3, 0), (2, 0)]
    assert await shop.held(order) == []
    assert [line["quantityFulfilled"] for line in (await shop.told(order))["lines"]] == [2, 1]


@pytest.mark.parametrize("status", ["Cancelled", "Rejected"])
async def test_cancelling_gives_the_units_back(shop: Shop, placed: Placed, status: str):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2, "towel": 1}))
    assert (await shop.status(order, status)).status_code == 204
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(5, 0), (3, 0)]
    (again,) = await allocated(shop, placed, Group("A", {"mug": 4, "towel": 3}))
    assert await shop.held(again) == [("A", "mug", 4), ("A", "towel", 3)]


async def test_cancel_item_gives_back_so_much_and_closing_ships_the_rest(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 4, "towel": 1}))
    await shop.cancel(order, "mug", 1, placed)
    assert await shop.figures("A", "mug") == (5, 3)
    assert await shop.held(order) == [("A", "mug", 3), ("A", "towel", 1)]
    await shop.status(order, "Fulfilled")
    assert await shop.figures("A", "mug") == (2, 0)
    assert await shop.duties(order) == [
        ("Keep", "Done", 4), ("Keep", "Done", 1), ("Release", "Done", 1), ("Fulfill", "Done", 3), ("Fulfill", "Done", 1)
    ]  # fmt: skip


async def test_a_draft_reserves_when_it_is_activated(shop: Shop, placed: Placed):
    api, at_b = shop.api, {"OrderSummaryId": placed.summary, "FulfilledFromLocationId": shop.locations["B"]}
    orders = [await api.create("FulfillmentOrder", Status="Draft", **at_b) for _ in range(2)]
    for order in orders:
        await api.create(
            "FulfillmentOrderLineItem", FulfillmentOrderId=order, OrderItemSummaryId=placed.items["mug"],
            Type="Order Product", Quantity=1, OriginalQuantity=1,
        )  # fmt: skip
    assert await shop.figures("B", "mug") == (1, 0)
    answers = [await shop.status(order, "Allocated") for order in orders]
    assert [answer.status_code for answer in answers] == [204, 400]
    assert answers[1].json()[0]["errorCode"] == "INSUFFICIENT_INVENTORY"
    assert (await api.read("FulfillmentOrder", orders[1]))["Status"] == "Draft"
    assert await shop.held(orders[0]) == [("B", "mug", 1)]


async def test_what_holds_stock_is_not_deleted(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 1}))
    answer = await shop.api.send("DELETE", f"/sobjects/FulfillmentOrder/{order}")
    assert answer.status_code >= 400
    assert await shop.held(order) == [("A", "mug", 1)]


async def test_what_is_not_there_is_refused_by_name_and_nothing_is_left(shop: Shop, placed: Placed):
    body = allocation(placed, shop, Group("A", {"mug": 2}), Group("B", {"mug": 2, "towel": 1}))
    message = refusal(await post(shop.api, FULFILLMENT, body), 400, "INSUFFICIENT_INVENTORY")
    for named in (shop.room.name("B"), shop.room.name("mug"), "2 asked, 1 available", "1 asked, 0 available"):
        assert named in message
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 0), (1, 0)]
    assert [(await placed.item(name))["QuantityAllocated"] for name in ("mug", "towel")] == [0, 0]


async def test_a_request_that_a_rule_refuses_reserves_nothing(shop: Shop, placed: Placed):
    body = allocation(placed, shop, Group("A", {"mug": 5}))
    refusal(await post(shop.api, FULFILLMENT, body), 400, "INVALID_INPUT")
    assert await shop.figures("A", "mug") == (5, 0)
    assert await shop.database.main.fetchval(
        "SELECT count(*) FROM inventory.ledger WHERE stock_keeping_unit = $1 AND kind <> 'Counted'",
        shop.room.name("mug"),
    ) in (0, 1)  # fmt: skip


async def test_groups_of_create_multiple_find_their_stock_each_alone(shop: Shop, placed: Placed):
    entries = [
        allocation(placed, shop, Group("B", {"mug": 2})),
        allocation(placed, shop, Group("B", {"mug": 1}), Group("A", {"towel": 2})),
        allocation(placed, shop, Group("B", {"mug": 1})),
    ]
    answer = await post(shop.api, MULTIPLE, {"fulfillmentOrders": entries})
    assert answer.status_code == 201, answer.text
    made = answer.json()["fulfillmentOrders"]
    assert [one["success"] for one in made] == [False, True, True, False]
    assert [one["errors"][0]["errorCode"] for one in made if one["errors"]] == ["INSUFFICIENT_INVENTORY"] * 2
    assert [await shop.figures("B", "mug"), await shop.figures("A", "towel")] == [(1, 1), (3, 2)]
    assert (await placed.item("mug"))["QuantityAllocated"] == 1


async def test_a_group_without_stock_leaves_the_units_to_those_behind_it(shop: Shop, placed: Placed):
    """Three towels are wanted, and none is at B: what the first group cannot have, the second takes."""
    entries = [
        allocation(placed, shop, Group(at, {"towel": count})) for at, count in (("B", 2), ("A", 2), ("A", 1), ("B", 1))
    ]
    answer = await post(shop.api, MULTIPLE, {"fulfillmentOrders": entries})
    assert answer.status_code == 201, answer.text
    assert [one["success"] for one in answer.json()["fulfillmentOrders"]] == [False, True, True, False]
    assert [await shop.figures(at, "towel") for at in "AB"] == [(3, 3), (0, 0)]
    assert (await placed.item("towel"))["QuantityAllocated"] == 3


async def drafted(shop: Shop, placed: Placed, location: str, name: str) -> str:
    """A draft of one unit."""
    order = await shop.api.create(
        "FulfillmentOrder", Status="Draft", OrderSummaryId=placed.summary,
        FulfilledFromLocationId=shop.locations[location],
    )  # fmt: skip
    await shop.api.create(
        "FulfillmentOrderLineItem", FulfillmentOrderId=order, OrderItemSummaryId=placed.items[name],
        Type="Order Product", Quantity=1, OriginalQuantity=1,
    )  # fmt: skip
    return order


@pytest.mark.parametrize("all_or_none", [True, False])
async def test_a_collection_activates_those_that_find_stock(shop: Shop, placed: Placed, all_or_none: bool):
    """One without stock does not keep the others from theirs, wherever it stands."""
    orders = [await drafted(shop, placed, at, name) for at, name in (("B", "towel"), ("A", "mug"), ("B", "mug"))]
    records = [{"attributes": {"type": "FulfillmentOrder"}, "id": one, "Status": "Allocated"} for one in orders]
    body = {"allOrNone": all_or_none, "records": records}
    answer = await shop.api.send("PATCH", "/composite/sobjects", body)
    assert answer.status_code == 200, answer.text
    codes = [[error["statusCode"] for error in one["errors"]] for one in answer.json()]
    rest = [["ALL_OR_NONE_OPERATION_ROLLED_BACK"]] * 2 if all_or_none else [[], []]
    assert codes == [["INSUFFICIENT_INVENTORY"], *rest]
    held = 0 if all_or_none else 1
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, held), (1, held)]


async def test_many_records_of_one_request_find_their_stock(shop: Shop, placed: Placed):
    """However many need units: what all of them need is known after one look, not one by one."""
    await shop.room.count("A", "mug", 100)
    orders = [await drafted(shop, await shop.order(), "A", "mug") for _ in range(60)]
    records = [{"attributes": {"type": "FulfillmentOrder"}, "id": one, "Status": "Allocated"} for one in orders]
    answer = await shop.api.send("PATCH", "/composite/sobjects", {"allOrNone": True, "records": records})
    assert [one["errors"] for one in answer.json()] == [[]] * 60
    assert await shop.figures("A", "mug") == (100, 60)


async def test_one_that_moves_holds_its_units_at_the_other_location(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 1}))
    path = f"/sobjects/FulfillmentOrder/{order}"
    answer = await shop.api.send("PATCH", path, {"FulfilledFromLocationId": shop.locations["B"]})
    assert answer.status_code == 204, answer.text
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 0), (1, 1)]
    assert await shop.held(order) == [("B", "mug", 1)]
    await shop.status(order, "Fulfilled")
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 0), (0, 0)]


async def test_one_that_finds_no_stock_elsewhere_stays_where_it_is(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2}))
    path = f"/sobjects/FulfillmentOrder/{order}"
    answer = await shop.api.send("PATCH", path, {"FulfilledFromLocationId": shop.locations["B"]})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INSUFFICIENT_INVENTORY")
    assert (await shop.api.read("FulfillmentOrder", order))["FulfilledFromLocationId"] == shop.locations["A"]
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 2), (1, 0)]


async def test_moving_and_closing_at_once_is_refused(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("A", {"mug": 1}))
    answer = await shop.status(order, "Fulfilled", FulfilledFromLocationId=shop.locations["B"])
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_OPERATION")
    assert await shop.held(order) == [("A", "mug", 1)]


async def test_a_composite_moves_several_at_once_or_none(shop: Shop, placed: Placed):
    """Each part may be the next to need stock: the transaction is begun anew until all is reserved, or refused."""
    orders = [(await allocated(shop, placed, Group("A", {"mug": 1})))[0] for _ in range(2)]

    async def move(*ids: str) -> httpx.Response:
        parts = [
            {"method": "PATCH", "url": f"/services/data/v67.0/sobjects/FulfillmentOrder/{one}", "referenceId": f"r{n}",
             "body": {"FulfilledFromLocationId": shop.locations["B"]}}
            for n, one in enumerate(ids)
        ]  # fmt: skip
        return await shop.api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts})

    refused = await move(*orders)
    assert refused.json()["compositeResponse"][1]["body"][0]["errorCode"] == "INSUFFICIENT_INVENTORY"
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 2), (1, 0)]
    await shop.room.count("B", "mug", 2)
    done = await move(*orders)
    assert [p["httpStatusCode"] for p in done.json()["compositeResponse"]] == [204, 204]
    assert [await shop.figures(at, "mug") for at in "AB"] == [(5, 0), (2, 2)]


async def test_a_request_may_say_for_itself_whether_it_reserves(shop: Shop, placed: Placed):
    (order,) = await allocated(shop, placed, Group("B", {"towel": 3}), reserveInventory=False)
    assert (await shop.told(order))["lines"] == []
    await shop.status(order, "Fulfilled")
    assert await shop.figures("B", "towel") == (0, 0)


async def test_a_location_that_is_not_synchronised_has_no_inventory(shop: Shop, placed: Placed):
    shop.locations["C"] = await shop.api.create("Location", Name="C", LocationType="Warehouse")
    (order,) = await allocated(shop, placed, Group("C", {"mug": 4}))
    assert (await shop.told(order)) == {"duties": [], "errors": [], "lines": [], "success": True}


@pytest.mark.parametrize(
    ("object_", "field", "value", "code"),
    [
        ("Product2", "StockKeepingUnit", None, "REQUIRED_FIELD_MISSING"),
        ("Location", "ExternalReference", None, "REQUIRED_FIELD_MISSING"),
        ("Location", "ExternalReference", "nowhere", "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
async def test_what_the_inventory_cannot_name_is_refused(
    shop: Shop, placed: Placed, object_: str, field: str, value: str | None, code: str
):
    record = shop.products["mug"] if object_ == "Product2" else shop.locations["A"]
    answer = await shop.api.send("PATCH", f"/sobjects/{object_}/{record}", {field: value})
    assert answer.status_code == 204, answer.text
    refusal(await post(shop.api, FULFILLMENT, allocation(placed, shop, Group("A", {"mug": 1}))), 400, code)


async def test_units_that_left_without_being_there_are_told_of(shop: Shop, placed: Placed):
    """A count found fewer than were promised; the goods left all the same, and somebody has to count again."""
    (order,) = await allocated(shop, placed, Group("A", {"mug": 4}))
    await shop.room.count("A", "mug", 3)
    await shop.status(order, "Fulfilled")
    assert await shop.figures("A", "mug") == (0, 0)
    (exception,) = await placed.related("AggregatedProcessExceptions")
    assert (exception["AttachedToId"], exception["Category"]) == (order, "Fulfillment")
    assert "4 units" in exception["Description"]
    assert "3 were on hand" in exception["Description"]
    assert (await placed.read())["ActiveProcessExceptionCount"] == 1


# --- crashes ----------------------------------------------------------------------------------------------------------


class Died(RuntimeError):
    """The process was killed here."""


async def dies(*_: Any, **__: Any) -> Any:
    raise Died


def body_of(shop: Shop, placed: Placed) -> dict[str, Any]:
    return allocation(placed, shop, Group("A", {"mug": 2, "towel": 1}), Group("B", {"mug": 1}))


async def everything(shop: Shop) -> list[tuple[int, int]]:
    return [await shop.figures(at, sku) for at, sku in (("A", "mug"), ("A", "towel"), ("B", "mug"))]


async def test_dying_after_reserving_leaves_what_lapses(
    shop: Shop, placed: Placed, clock: Hands, monkeypatch: pytest.MonkeyPatch
):
    reserve = fulfillment_inventory.reserve_stock

    async def reserve_and_die(*arguments: Any) -> Any:
        await reserve(*arguments)
        raise Died

    monkeypatch.setattr(fulfillment_stock, "reserve_stock", reserve_and_die)
    assert (await post(shop.api, FULFILLMENT, body_of(shop, placed))).status_code == 500
    assert await everything(shop) == [(5, 2), (3, 1), (1, 1)]
    assert await placed.related("FulfillmentOrders") == []
    clock.now += dt.timedelta(seconds=LAPSE_SECONDS)
    monkeypatch.undo()
    await allocated(shop, placed, Group("A", {"mug": 4, "towel": 3}))
    assert await everything(shop) == [(5, 4), (3, 3), (1, 0)]


async def test_the_same_key_sent_again_finds_what_it_reserved(
    shop: Shop, placed: Placed, monkeypatch: pytest.MonkeyPatch
):
    """B has one mug: a second reservation of the same request would be refused."""
    reserve = fulfillment_inventory.reserve_stock

    async def reserve_and_die(*arguments: Any) -> Any:
        await reserve(*arguments)
        raise Died

    key = {"Idempotency-Key": shop.room.action()}
    monkeypatch.setattr(fulfillment_stock, "reserve_stock", reserve_and_die)
    assert (await post(shop.api, FULFILLMENT, body_of(shop, placed), headers=key)).status_code == 500
    monkeypatch.undo()
    again = [await post(shop.api, FULFILLMENT, body_of(shop, placed), headers=key) for _ in range(2)]
    assert [answer.status_code for answer in again] == [201, 201]
    assert again[0].json() == again[1].json()
    assert await everything(shop) == [(5, 2), (3, 1), (1, 1)]


@pytest.mark.parametrize("status", [None, "Fulfilled", "Cancelled"])
@pytest.mark.parametrize("step", ["before the inventory", "before it is written down"])
async def test_dying_after_the_order_was_written_loses_nothing_and_ships_once(
    shop: Shop,
    placed: Placed,
    store: Store,
    clock: Hands,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    status: str | None,
):
    """`status`: what the order has come to when the worker finally looks; its duties are done in their order."""
    name = "_do" if step == "before the inventory" else "_settle"
    monkeypatch.setattr(fulfillment_inventory, name, dies)
    orders = (await post(shop.api, FULFILLMENT, body_of(shop, placed))).json()["fulfillmentOrderIds"]
    assert len(orders) == 2
    if status is not None:
        assert (await shop.status(orders[0], status)).status_code == 204
    monkeypatch.undo()
    assert {state for _, state, _ in await shop.duties(orders[0])} == {"Open"}
    await asyncio.gather(*(carry_out_left_duties(store) for _ in range(3)))
    clock.now += dt.timedelta(seconds=2 * LAPSE_SECONDS)
    assert await carry_out_left_duties(store) == 0
    of_first = {None: [(5, 2), (3, 1)], "Fulfilled": [(3, 0), (2, 0)], "Cancelled": [(5, 0), (3, 0)]}[status]
    assert await everything(shop) == [*of_first, (1, 1)]
    assert {state for _, state, _ in await shop.duties(orders[0])} == {"Done"}
    assert await placed.related("AggregatedProcessExceptions") == []


async def test_what_lapsed_before_a_worker_looked_is_reserved_anew(
    shop: Shop, placed: Placed, store: Store, clock: Hands, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fulfillment_inventory, "_do", dies)
    (order,) = await allocated(shop, placed, Group("A", {"mug": 2}))
    monkeypatch.undo()
    clock.now += dt.timedelta(seconds=LAPSE_SECONDS)
    assert await shop.figures("A", "mug") in ((5, 0), (5, 2))
    await carry_out_left_duties(store)
    assert await shop.figures("A", "mug") == (5, 2)
    assert await shop.held(order) == [("A", "mug", 2)]


async def test_what_lapsed_and_went_to_another_order_is_told_of_and_promised_once(
    shop: Shop, placed: Placed, store: Store, clock: Hands, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fulfillment_inventory, "_do", dies)
    (order,) = await allocated(shop, placed, Group("A", {"mug": 4}))
    monkeypatch.undo()
    clock.now += dt.timedelta(seconds=LAPSE_SECONDS)
    other = await shop.order()
    await allocated(shop, other, Group("A", {"mug": 3}))
    await carry_out_left_duties(store)
    assert await shop.figures("A", "mug") == (5, 5)
    (duty,) = (await shop.told(order))["duties"]
    assert (duty["state"], duty["quantity"], duty["quantityDone"]) == ("Done", 4, 2)
    (exception,) = await placed.related("AggregatedProcessExceptions")
    assert exception["AttachedToId"] == order
    assert await other.related("AggregatedProcessExceptions") == []
    await shop.status(order, "Cancelled")
    assert await shop.figures("A", "mug") == (5, 3)


async def test_losing_the_answer_of_a_commit_does_not_give_the_units_back(
    shop: Shop, placed: Placed, monkeypatch: pytest.MonkeyPatch
):
    """A caller whose connection broke does not know whether the order was written; neither do we: it may lapse."""
    submit = Store.submit

    async def submit_and_lose(self: Store, call: Any, act: Any, answer: Any) -> Any:
        result = await submit(self, call, act, answer)
        if call.request_key is not None:
            raise ConnectionResetError
        return result

    monkeypatch.setattr(Store, "submit", submit_and_lose)
    answer = await post(shop.api, FULFILLMENT, body_of(shop, placed))
    monkeypatch.undo()
    assert answer.status_code == 503
    assert len(await placed.related("FulfillmentOrders")) == 2
    assert await everything(shop) == [(5, 2), (3, 1), (1, 1)]


# --- one transaction, one side ---------------------------------------------------------------------------------------

APART = """
CREATE FUNCTION apart() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here text := CASE TG_TABLE_SCHEMA WHEN 'inventory' THEN 'the inventory'
                                      ELSE 'shard ' || (to_jsonb(NEW) ->> 'shard') END;
    before text := nullif(current_setting('orderwright.side', true), '');
BEGIN
    IF before IS NOT NULL AND before <> here THEN
        RAISE EXCEPTION 'a transaction on % writes to % of %', before, TG_TABLE_NAME, here;
    END IF;
    PERFORM set_config('orderwright.side', here, true);
    RETURN NEW;
END $$
"""
SIDES = (
    *(f'"{definition.table}"' for definition in BY_NAME.values()), "request_key",
    *(f"inventory.{table}" for table in ("stock", "hold", "ledger", "reservation", "action")),
)  # fmt: skip


async def test_no_transaction_writes_to_an_order_and_to_the_inventory(shop: Shop, placed: Placed):
    """decisions.md S5, checked by PostgreSQL itself."""
    database = shop.database.main
    await database.execute(APART)
    try:
        for table in SIDES:
            await database.execute(
                f"CREATE TRIGGER apart BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION apart()"
            )
        first, second = await allocated(shop, placed, Group("A", {"mug": 2, "towel": 1}), Group("A", {"mug": 1}))
        await shop.cancel(first, "mug", 1, placed)
        path = f"/sobjects/FulfillmentOrder/{second}"
        moved = await shop.api.send("PATCH", path, {"FulfilledFromLocationId": shop.locations["B"]})
        done = [await shop.status(first, "Fulfilled"), await shop.status(second, "Cancelled")]
        assert [answer.status_code for answer in (moved, *done)] == [204, 204, 204]
    finally:
        await database.execute("DROP FUNCTION apart CASCADE")
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(4, 0), (2, 0)]


# --- many at once -----------------------------------------------------------------------------------------------------


async def test_many_orders_want_the_last_units_and_get_what_there_is(shop: Shop, store: Store):
    """Twelve orders of four mugs and three towels from a location with ten and seven: two of them are allocated. Then
    one closes and one is cancelled at once, and a worker looks on all the while.
    """
    await shop.room.count("A", "mug", 10)
    await shop.room.count("A", "towel", 7)
    orders = [await shop.order() for _ in range(12)]

    async def allocate(placed: Placed) -> list[str]:
        answer = await post(shop.api, FULFILLMENT, allocation(placed, shop, Group("A", {"mug": 4, "towel": 3})))
        return list(answer.json()["fulfillmentOrderIds"]) if answer.status_code == 201 else []

    *got, _ = await asyncio.gather(*(allocate(placed) for placed in orders), carry_out_left_duties(store))
    won = [ids[0] for ids in got if isinstance(ids, list) and ids]
    assert len(won) == 2
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(10, 8), (7, 6)]
    await asyncio.gather(shop.status(won[0], "Fulfilled"), shop.status(won[1], "Cancelled"),
                         *(carry_out_left_duties(store) for _ in range(3)))  # fmt: skip
    assert [await shop.figures("A", sku) for sku in ("mug", "towel")] == [(6, 0), (4, 0)]
    async with shop.database.main.acquire() as session:
        assert [found for found in await verify_all(session) if not found.warning] == []


async def test_switched_off_nothing_is_reserved(database: Database, store: Store, client_secret: tuple[str, str]):
    """Off is the default: clients whose flows call the inventory themselves are not disturbed."""
    app = create_app(store, Settings())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as client:
        form = dict(zip(("client_id", "client_secret"), client_secret, strict=True))
        answer = await client.post("/services/oauth2/token", data=form | {"grant_type": "client_credentials"})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        shop = Shop(Caller(client), database)
        await shop.open({"A": {"mug": 1}})
        placed = await shop.order()
        (order,) = await allocated(shop, placed, Group("A", {"mug": 4}))
        assert await shop.figures("A", "mug") == (1, 0)
        (asked,) = await allocated(shop, placed, Group("A", {"towel": 1}), reserveInventory=False)
        body = allocation(placed, shop, Group("A", {"towel": 1}), reserveInventory=True)
        refusal(await post(shop.api, FULFILLMENT, body), 400, "INSUFFICIENT_INVENTORY")
        assert (await shop.told(order))["lines"] == (await shop.told(asked))["lines"] == []
        await shop.status(order, "Fulfilled")
        assert await shop.figures("A", "mug") == (1, 0)
        assert exact(await shop.api.send("GET", f"/sobjects/FulfillmentOrder/{order}"))["Status"] == "Fulfilled"


async def test_switched_off_one_that_reserved_does_so_wherever_it_is_moved(
    database: Database, store: Store, client_secret: tuple[str, str]
):
    """Also back from a place without inventory, where it held nothing."""
    app = create_app(store, Settings())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as client:
        form = dict(zip(("client_id", "client_secret"), client_secret, strict=True))
        answer = await client.post("/services/oauth2/token", data=form | {"grant_type": "client_credentials"})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        shop = Shop(Caller(client), database)
        await shop.open({"A": {"mug": 5}, "B": {"mug": 1}})
        shop.locations["C"] = await shop.api.create("Location", Name="C", LocationType="Warehouse")
        (order,) = await allocated(shop, await shop.order(), Group("A", {"mug": 2}), reserveInventory=True)
        for at, status, held in (("C", 204, (5, 0)), ("B", 400, (5, 0)), ("A", 204, (5, 2))):
            path, body = f"/sobjects/FulfillmentOrder/{order}", {"FulfilledFromLocationId": shop.locations[at]}
            answer = await shop.api.send("PATCH", path, body)
            assert (answer.status_code, await shop.figures("A", "mug")) == (status, held)
        await shop.status(order, "Fulfilled")
        assert await shop.figures("A", "mug") == (3, 0)
