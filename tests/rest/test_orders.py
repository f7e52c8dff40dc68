"""Orders before and after they are activated, over HTTP."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller, row_counts


async def refused(api: Caller, method: str, path: str, body: dict[str, Any]) -> tuple[int, str, list[str]]:
    answer = await api.send(method, path, body)
    error = answer.json()[0]
    assert set(error) == {"message", "errorCode", "fields"}
    return answer.status_code, error["errorCode"], error["fields"]


@pytest.fixture
async def order(api: Caller) -> str:
    return await api.draft()


@pytest.fixture
async def item(api: Caller, order: str) -> str:
    return await api.create("OrderItem", OrderId=order, Quantity=2, TotalLineAmount="20.00")


async def test_totals_follow_every_single_change(api: Caller, order: str, item: str):
    assert (await api.read("Order", order))["TotalAmount"] == Decimal("20.00")
    adjustment = await api.create("OrderItemAdjustmentLineItem", OrderItemId=item, Name="Off", Amount="-2.5")
    tax = await api.create(
        "OrderItemTaxLineItem", OrderItemId=item, Name="VAT", Amount="4", Type="Actual", TaxEffectiveDate="2026-03-01"
    )
    record = await api.read("Order", order)
    assert (record["TotalAmount"], record["TotalTaxAmount"]) == (Decimal("17.50"), Decimal("4.00"))
    await api.send("PATCH", f"/sobjects/OrderItemAdjustmentLineItem/{adjustment}", {"Amount": -5})
    await api.send("PATCH", f"/sobjects/OrderItemTaxLineItem/{tax}", {"Amount": "3.00"})
    await api.send("PATCH", f"/sobjects/OrderItem/{item}", {"TotalLineAmount": 30})
    record = await api.read("Order", order)
    assert (record["TotalAmount"], record["TotalTaxAmount"]) == (Decimal("25.00"), Decimal("3.00"))


async def test_changing_a_groups_type_moves_its_adjustments(api: Caller, order: str, item: str):
    group = await api.create("OrderAdjustmentGroup", OrderId=order, Name="Spring", Type="Header")
    await api.create(
        "OrderItemAdjustmentLineItem", OrderItemId=item, Name="Off", Amount=-1, OrderAdjustmentGroupId=group
    )
    assert (await api.read("OrderItem", item))["TotalAdjustmentDistAmount"] == -1
    await api.send("PATCH", f"/sobjects/OrderAdjustmentGroup/{group}", {"Type": "SplitLine"})
    record = await api.read("OrderItem", item)
    assert (record["TotalAdjustmentDistAmount"], record["TotalLineAdjustmentAmount"]) == (0, -1)


async def test_the_product_and_the_currency_come_from_the_price_book_entry(api: Caller, order: str):
    book, product = await api.create("Pricebook2", Name="Shop"), await api.create("Product2", Name="Mug")
    about = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": "9.99"}
    entry = await api.create("PricebookEntry", **about, CurrencyIsoCode="GBP")
    dollars = await api.create("PricebookEntry", **about)
    line = {"OrderId": order, "Quantity": 3, "UnitPrice": "9.995"}
    record = await api.read("OrderItem", await api.create("OrderItem", **line, PricebookEntryId=entry))
    assert (record["Product2Id"], record["TotalPrice"]) == (product, Decimal("29.99"))
    assert await refused(api, "POST", "/sobjects/OrderItem", line | {"PricebookEntryId": dollars}) == (
        400, "INVALID_INPUT", ["PricebookEntryId"],
    )  # fmt: skip


async def test_an_order_without_items_cannot_be_activated(api: Caller, order: str):
    assert await refused(api, "PATCH", f"/sobjects/Order/{order}", {"Status": "Activated"}) == (
        400, "INVALID_STATUS", ["Status"],
    )  # fmt: skip


async def test_an_activated_order_takes_descriptive_fields_only(api: Caller, database: Database, order: str, item: str):
    path = f"/sobjects/Order/{order}"
    assert (await api.send("PATCH", path, {"Status": "Activated"})).status_code == 204
    assert (await api.send("PATCH", path, {"Description": "Gate", "ShippingCity": "York"})).status_code == 204
    before = await row_counts(database)
    frozen = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    for body in (
        {"Status": "Draft"},
        {"EffectiveDate": "2026-04-01"},
        {"SalesChannelId": None, "TaxLocaleType": "Net"},
    ):
        assert (await refused(api, "PATCH", path, body))[:2] == (400, frozen)
    line = {"OrderId": order, "Quantity": 1, "TotalLineAmount": 1}
    assert (await refused(api, "POST", "/sobjects/OrderItem", line))[1] == frozen
    assert (await refused(api, "PATCH", f"/sobjects/OrderItem/{item}", {"Quantity": 5}))[1] == frozen
    assert await row_counts(database) == before


@pytest.mark.parametrize("body", [{"StatusCode": "Superseded"}, {"ActivatedDate": "2026-03-01T00:00:00Z"}])
async def test_what_follows_from_the_status_is_not_set_alone(api: Caller, order: str, item: str, body: dict[str, Any]):
    assert (await refused(api, "PATCH", f"/sobjects/Order/{order}", body))[:2] == (400, "INVALID_STATUS")


async def test_a_currency_never_changes(api: Caller, order: str):
    path = f"/sobjects/Order/{order}"
    assert (await api.send("PATCH", path, {"CurrencyIsoCode": "GBP"})).status_code == 204
    assert await refused(api, "PATCH", path, {"CurrencyIsoCode": "USD"}) == (
        400, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CurrencyIsoCode"],
    )  # fmt: skip


async def test_a_part_of_another_order_is_refused(api: Caller, order: str, item: str):
    other = await api.draft()
    group = await api.create("OrderAdjustmentGroup", OrderId=other, Name="Theirs", Type="Header")
    delivery = await api.create("OrderDeliveryGroup", OrderId=other)
    adjustment = {"OrderItemId": item, "Name": "Off", "Amount": -1, "OrderAdjustmentGroupId": group}
    assert (await refused(api, "POST", "/sobjects/OrderItemAdjustmentLineItem", adjustment))[1:] == (
        "INVALID_CROSS_REFERENCE_KEY", ["OrderAdjustmentGroupId"],
    )  # fmt: skip
    assert (await refused(api, "PATCH", f"/sobjects/OrderItem/{item}", {"OrderDeliveryGroupId": delivery}))[1:] == (
        "INVALID_CROSS_REFERENCE_KEY", ["OrderDeliveryGroupId"],
    )  # fmt: skip


async def test_an_order_is_created_as_a_draft(api: Caller):
    body = {"EffectiveDate": "2026-03-01", "Status": "Activated"}
    assert await refused(api, "POST", "/sobjects/Order", body) == (400, "INVALID_STATUS", ["Status"])
