"""Records that follow more rules than their own fields have: orders and their parts, money, what is referred to."""

from decimal import Decimal
from typing import Any

from orderwright.store.database import Database
from tests.rest.bulk.bulking import Bulk, csv_of
from tests.rest.placing import LINES


def order(**more: Any) -> dict[str, Any]:
    return {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"} | more


async def ids(bulk: Bulk, job: str, count: int) -> list[str]:
    written = await bulk.written(job)
    assert len(written) == count, await bulk.failed(job)
    return [row["sf__Id"] for row in written]


async def made(bulk: Bulk, object_: str, *rows: dict[str, Any], **more: Any) -> list[str]:
    return await ids(bulk, await bulk.run(object_, "insert", csv_of(*rows), **more), len(rows))


async def test_orders_with_their_parts_keep_their_totals(bulk: Bulk):
    orders = await made(bulk, "Order", *(order(OrderReferenceNumber=f"bulk-{n}") for n in range(12)))
    lines = [
        {"OrderId": each, "Quantity": quantity, "UnitPrice": price, "TotalLineAmount": quantity * Decimal(price)}
        for each in orders
        for quantity, price in LINES
    ]
    items = await made(bulk, "OrderItem", *lines)
    adjustments = [{"OrderItemId": item, "Amount": "-1.00", "Name": "Spring"} for item in items[::2]]
    await made(bulk, "OrderItemAdjustmentLineItem", *adjustments)
    net = sum((quantity * Decimal(price) for quantity, price in LINES), Decimal(0))
    found = await bulk.query(
        "SELECT TotalAmount, OrderReferenceNumber FROM Order WHERE OrderReferenceNumber LIKE 'bulk-%'"
    )
    cut = {f"bulk-{n}": sum(1 for i in range(0, len(items), 2) if i // len(LINES) == n) for n in range(12)}
    assert {row["OrderReferenceNumber"]: Decimal(str(row["TotalAmount"])) for row in found} == {
        name: net - count for name, count in cut.items()
    }
    job = await bulk.run("Order", "update", csv_of(*({"Id": i, "Status": "Activated"} for i in orders)))
    assert len(await bulk.written(job)) == 12
    job = await bulk.run("OrderItem", "update", csv_of({"Id": items[0], "Quantity": "3"}))
    assert (await bulk.failed(job))[0]["sf__Error"].startswith("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:")


async def test_a_bad_part_costs_its_own_row_only(bulk: Bulk):
    [first, second] = await made(bulk, "Order", order(), order(CurrencyIsoCode="JPY"))
    rows: list[dict[str, Any]] = [
        {"OrderId": first, "Quantity": "2", "UnitPrice": "1.50"},
        {"OrderId": first, "Quantity": "-1", "UnitPrice": "1"},
        {"OrderId": second, "Quantity": "1", "TotalLineAmount": "1.50"},
        {"OrderId": second, "Quantity": "1", "UnitPrice": "7"},
        {"OrderId": "801000000000001AAA", "Quantity": "1", "UnitPrice": "7"},
        {"OrderId": "", "Quantity": "1", "UnitPrice": "7"},
    ]
    job = await bulk.run("OrderItem", "insert", csv_of(*rows))
    codes = [row["sf__Error"].partition(":")[0] for row in await bulk.failed(job)]
    assert codes == [
        "INVALID_INPUT", "NUMBER_OUTSIDE_VALID_RANGE", "INVALID_CROSS_REFERENCE_KEY", "REQUIRED_FIELD_MISSING",
    ]  # fmt: skip
    assert [row["UnitPrice"] for row in await bulk.written(job)] == ["1.50", "7"]
    totals = [(await bulk.api.read("Order", each))["TotalAmount"] for each in (first, second)]
    assert totals == [Decimal("3.00"), Decimal(7)]


async def test_what_only_shows_at_the_end_of_a_transaction_costs_its_own_rows_only(bulk: Bulk):
    """A total that is too large is seen when totals are made: the rows are then written one at a time."""
    [large, other] = await made(bulk, "Order", order(), order())
    rows = [
        {"OrderId": order_id, "Quantity": "1", "TotalLineAmount": amount}
        for order_id, amount in ((large, "6" + "0" * 15), (other, "1"), (large, "5" + "0" * 15), (other, "2"))
    ]
    job = await bulk.run("OrderItem", "insert", csv_of(*rows))
    [failed] = await bulk.failed(job)
    assert failed["sf__Error"].startswith("NUMBER_OUTSIDE_VALID_RANGE:")
    assert failed["TotalLineAmount"] == rows[2]["TotalLineAmount"]
    assert len(await bulk.written(job)) == 3
    assert (await bulk.api.read("Order", other))["TotalAmount"] == 3


async def test_orders_by_an_external_id(keyed: Bulk):
    rows = [order(Shop_Key__c=f"s{n}", Description="first") for n in range(3)]
    await keyed.run("Order", "upsert", csv_of(*rows), externalIdFieldName="Shop_Key__c")
    again = [{**rows[1], "Description": "second"}, order(Shop_Key__c="s9"), {"Shop_Key__c": "s2", "Status": "Nonsense"}]
    job = await keyed.run("Order", "upsert", csv_of(*again), externalIdFieldName="Shop_Key__c")
    assert [(row["Shop_Key__c"], row["sf__Created"]) for row in await keyed.written(job)] == [
        ("s1", "false"), ("s9", "true"),
    ]  # fmt: skip
    items = [{"Order.Shop_Key__c": key, "Quantity": "1", "UnitPrice": "2"} for key in ("s0", "S1", "s9", "s8")]
    job = await keyed.run("OrderItem", "insert", csv_of(*items))
    assert [row["Order.Shop_Key__c"] for row in await keyed.written(job)] == ["s0", "S1", "s9"]


async def test_what_others_refer_to_is_not_deleted_and_children_go_along(bulk: Bulk, database: Database):
    accounts = await made(bulk, "Account", *({"Name": f"A{n}"} for n in range(4)))
    await made(bulk, "Order", order(AccountId=accounts[1]))
    [contact] = await made(bulk, "Contact", {"LastName": "L", "AccountId": accounts[2]})
    job = await bulk.run("Account", "delete", csv_of(*({"Id": i} for i in accounts)))
    assert [row["Id"] for row in await bulk.written(job)] == [accounts[0], accounts[2], accounts[3]]
    [failed] = await bulk.failed(job)
    assert (failed["sf__Id"], failed["sf__Error"][:14]) == (accounts[1], "DELETE_FAILED:")
    assert (await bulk.api.send("GET", f"/sobjects/Contact/{contact}")).status_code == 404
    deleted = await database.main.fetchval(
        "SELECT count(*) FROM account WHERE is_deleted AND id = ANY ($1)", [i[:15] for i in accounts]
    )
    assert deleted == 3


async def test_payments_keep_the_scale_of_their_currency(bulk: Bulk):
    rows = [
        {"Amount": amount, "CurrencyIsoCode": code, "Status": "Draft", "Type": "Capture", "ProcessingMode": "External"}
        for amount, code in (("12.5", "GBP"), ("12.5", "JPY"), ("0", "GBP"), ("1", "GBP"))
    ]
    job = await bulk.run("Payment", "insert", csv_of(*rows))
    assert [row["Amount"] for row in await bulk.written(job)] == ["12.5", "1"]
    assert [row["sf__Error"].partition(":")[0] for row in await bulk.failed(job)] == [
        "NUMBER_OUTSIDE_VALID_RANGE", "INVALID_INPUT",
    ]  # fmt: skip
    ids_ = [row["sf__Id"] for row in await bulk.written(job)]
    job = await bulk.run("Payment", "update", csv_of(*({"Id": i, "Amount": "3"} for i in ids_)))
    assert len(await bulk.written(job)) == 2
    assert (await bulk.api.read("Payment", ids_[0]))["Amount"] == 3


async def test_what_only_actions_make_is_refused(bulk: Bulk):
    job = await bulk.run("OrderSummary", "insert", csv_of({"Description": "x"}))
    assert (await bulk.failed(job))[0]["sf__Error"].startswith("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:")
    job = await bulk.run("User", "delete", csv_of({"Id": "005000000000001AAA"}))
    assert (await bulk.failed(job))[0]["sf__Error"].startswith("INVALID_TYPE_FOR_OPERATION:")
