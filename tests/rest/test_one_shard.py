"""One transaction writes to one shard (decisions.md S5; stack.md §5, testing rule c), checked by PostgreSQL itself."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Database
from tests.rest.calling import Caller
from tests.rest.placing import LINES, placement

TABLES = (*(definition.table for definition in BY_NAME.values()), "request_key", "forwarding")

WATCH = """
CREATE FUNCTION one_shard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here text := coalesce(NEW.shard, OLD.shard)::text;
    before text := nullif(current_setting('orderwright.shard', true), '');
BEGIN
    IF before IS NOT NULL AND before <> here THEN
        RAISE EXCEPTION 'a transaction on shard % writes to % of shard %', before, TG_TABLE_NAME, here;
    END IF;
    PERFORM set_config('orderwright.shard', here, true);
    RETURN coalesce(NEW, OLD);
END $$
"""


@pytest.fixture
async def watched(database: Database) -> AsyncIterator[Database]:
    """The database with a trigger on every table; it goes with the test."""
    connection = database.main
    await connection.execute(WATCH)
    for table in TABLES:
        await connection.execute(
            f'CREATE TRIGGER one_shard BEFORE INSERT OR UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION one_shard()"
        )
    yield database
    await connection.execute("DROP FUNCTION one_shard CASCADE")


async def ask(api: Caller, path: str, body: Any) -> Any:
    answer = await api.send("POST", path, body)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def related(api: Caller, record: str, relationship: str) -> list[Any]:
    answer = await api.send("GET", f"/sobjects/OrderSummary/{record}/{relationship}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


@pytest.mark.usefixtures("watched")
async def test_an_orders_life_writes_to_its_own_shard_only(api: Caller):
    """The authorization is made before its order is known, so it begins elsewhere and has to move."""
    om = "/commerce/order-management"
    account = await api.create("Account", Name="Ada")
    location = await api.create("Location", Name="Warehouse", LocationType="Warehouse")
    products = [await api.create("Product2", Name=f"P{n}") for n in range(len(LINES))]
    card = await api.create("CardPaymentMethod", ProcessingMode="External", Status="Active")
    authorization = await api.create(
        "PaymentAuthorization", Amount=500, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed",
        PaymentMethodId=card,
    )  # fmt: skip
    placed = await ask(api, "/composite", placement(products, account))
    order = placed["compositeResponse"][0]["body"]["id"]
    summary = (await ask(api, f"{om}/order-summaries", {"orderId": order}))["orderSummaryId"]
    await ask(
        api,
        f"{om}/order-payment-summaries",
        {"orderSummaryId": summary, "paymentAuthorizationId": authorization},
    )
    items = await related(api, summary, "OrderItemSummaries")
    (group,) = await related(api, summary, "OrderDeliveryGroupSummaries")
    units = [{"orderItemSummaryId": i["Id"], "quantity": 1} for i in items]
    allocated = await ask(
        api,
        "/commerce/fulfillment/fulfillment-orders",
        {
            "orderSummaryId": summary,
            "orderDeliveryGroupSummaryId": group["Id"],
            "fulfillmentGroups": [
                {
                    "fulfilledFromLocationId": location,
                    "fulfillmentType": "Warehouse",
                    "orderItemSummaries": units,
                }
            ],
        },
    )
    fulfillment = allocated["fulfillmentOrderIds"][0]
    await ask(api, f"/commerce/fulfillment/fulfillment-orders/{fulfillment}/actions/create-invoice", {})
    shipped = await api.send("PATCH", f"/sobjects/FulfillmentOrder/{fulfillment}", {"Status": "Fulfilled"})
    assert shipped.status_code == 204
    change = {"quantity": 1, "reason": "Unknown", "shippingReductionFlag": True}
    actions = f"{om}/order-summaries/{summary}/actions"
    await ask(api, f"{actions}/submit-cancel", {"changeItems": [{"orderItemSummaryId": items[0]["Id"], **change}]})
    back = await ask(
        api, f"{actions}/submit-return", {"changeItems": [{"orderItemSummaryId": items[1]["Id"], **change}]}
    )
    await ask(api, f"{actions}/create-credit-memo", {"changeOrderIds": [back["changeOrderId"]]})
    moved = await api.read("PaymentAuthorization", authorization)
    assert moved["OrderPaymentSummaryId"] is not None
