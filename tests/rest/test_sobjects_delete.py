"""What can be deleted, what goes with it, and what is never deleted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderwright.decisions.delete_record import may_delete
from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_LOWER_NAME
from orderwright.store.database import Database
from orderwright.store.verify import verify_all
from tests.rest.calling import Caller
from tests.rest.changing import place
from tests.rest.conftest import Hands
from tests.rest.recording import records_of_all


async def delete(api: Caller, object_: str, record_id: str) -> tuple[int, str]:
    answer = await api.send("DELETE", f"/sobjects/{object_}/{record_id}")
    return answer.status_code, answer.json()[0]["errorCode"] if answer.content else ""


async def gone(api: Caller, object_: str, record_id: str) -> bool:
    answer = await api.send("GET", f"/sobjects/{object_}/{record_id}")
    return answer.status_code == 404 and answer.json()[0]["errorCode"] == "ENTITY_IS_DELETED"


async def test_a_deleted_record_is_gone_for_every_request_but_stays_stored(api: Caller, database: Database):
    product = await api.create("Product2", Name="Mug")
    answer = await api.send("DELETE", f"/sobjects/Product2/{product}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await gone(api, "Product2", product)
    assert await delete(api, "Product2", product) == (404, "ENTITY_IS_DELETED")
    changed = await api.send("PATCH", f"/sobjects/Product2/{product}", {"Name": "Cup"})
    assert (changed.status_code, changed.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    row = await database.main.fetchrow("SELECT is_deleted, name FROM product2 WHERE id = $1", to_15(product))
    assert row is not None
    assert tuple(row) == (True, "Mug")
    book = await api.create("Pricebook2", Name="Shop")
    entry = {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 1}
    refused = await api.send("POST", "/sobjects/PricebookEntry", entry)
    assert refused.json()[0]["errorCode"] == "INVALID_CROSS_REFERENCE_KEY"


async def test_what_others_refer_to_stays_and_children_go_along(api: Caller):
    account = await api.create("Account", Name="Ada Ltd")
    contact = await api.create("Contact", LastName="Lovelace", AccountId=account)
    order = await api.draft(AccountId=account)
    assert await delete(api, "Account", account) == (400, "DELETE_FAILED")
    assert not await gone(api, "Contact", contact)
    assert await delete(api, "Order", order) == (204, "")
    assert await delete(api, "Account", account) == (204, "")
    assert await gone(api, "Contact", contact)


async def test_a_draft_goes_with_its_parts_and_parts_go_with_what_hangs_on_them(api: Caller):
    order = await api.draft()
    lines = [await api.create("OrderItem", OrderId=order, Quantity=1, TotalLineAmount="5.00") for _ in range(2)]
    about = {"Name": "VAT", "Type": "Actual", "TaxEffectiveDate": "2026-03-01", "Amount": "1.00"}
    tax = await api.create("OrderItemTaxLineItem", OrderItemId=lines[0], **about)
    assert (await api.read("Order", order))["GrandTotalAmount"] == Decimal("11.00")
    assert await delete(api, "OrderItem", lines[0]) == (204, "")
    assert (await gone(api, "OrderItemTaxLineItem", tax), await gone(api, "OrderItem", lines[0])) == (True, True)
    assert (await api.read("Order", order))["GrandTotalAmount"] == Decimal("5.00")
    assert await delete(api, "Order", order) == (204, "")
    assert (await gone(api, "OrderItem", lines[1]), await gone(api, "Order", order)) == (True, True)


async def test_a_group_that_items_are_in_stays(api: Caller):
    order = await api.draft()
    group = await api.create("OrderDeliveryGroup", OrderId=order, DeliverToName="Ada")
    await api.create("OrderItem", OrderId=order, Quantity=1, TotalLineAmount=1, OrderDeliveryGroupId=group)
    assert await delete(api, "OrderDeliveryGroup", group) == (400, "DELETE_FAILED")


async def test_placed_orders_and_processed_money_are_never_deleted(api: Caller, database: Database):
    placed = await place(api)
    summary = await placed.read()
    assert await delete(api, "Order", summary["OriginalOrderId"]) == (400, "DELETE_FAILED")
    items = await api.send("GET", f"/sobjects/Order/{summary['OriginalOrderId']}/OrderItems")
    assert await delete(api, "OrderItem", items.json()["records"][0]["Id"]) == (400, "DELETE_FAILED")
    assert await delete(api, "OrderSummary", placed.summary) == (400, "INVALID_TYPE_FOR_OPERATION")
    about = {"Amount": 5, "CurrencyIsoCode": "GBP", "ProcessingMode": "External"}
    processed = await api.create("PaymentAuthorization", Status="Processed", **about)
    assert await delete(api, "PaymentAuthorization", processed) == (400, "DELETE_FAILED")
    draft = await api.create("PaymentAuthorization", Status="Draft", **about)
    assert await delete(api, "PaymentAuthorization", draft) == (204, "")


async def test_what_is_not_deletable_says_so_for_every_object(api: Caller, database: Database):
    known = await records_of_all(api, await place(api), database)
    listed = {o["name"]: o["deletable"] for o in (await api.send("GET", "/sobjects")).json()["sobjects"]}
    for definition in BY_LOWER_NAME.values():
        assert listed[definition.name] == may_delete(definition)
        if not may_delete(definition):
            refused = await delete(api, definition.name, known[definition.name])
            assert refused == (400, "INVALID_TYPE_FOR_OPERATION"), definition.name
            assert not await gone(api, definition.name, known[definition.name])


async def test_changes_and_deletions_are_listed_by_time(api: Caller, clock: Hands):
    start = clock.now.replace(second=0, microsecond=0)
    kept = await api.create("Pricebook2", Name="Shop")
    lost = await api.create("Pricebook2", Name="Sale")
    assert await delete(api, "Pricebook2", lost) == (204, "")
    end = start + dt.timedelta(minutes=5)

    async def ask(what: str, **span: dt.datetime) -> Any:
        query = "&".join(f"{name}={moment.strftime('%Y-%m-%dT%H:%M:%S')}Z" for name, moment in span.items())
        answer = await api.send("GET", f"/sobjects/Pricebook2/{what}/?{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    clock.now += dt.timedelta(minutes=10)
    updated = await ask("updated", start=start, end=end)
    assert kept in updated["ids"]
    assert lost not in updated["ids"]
    assert updated["latestDateCovered"] == end.strftime("%Y-%m-%dT%H:%M:00.000+0000")
    deleted = await ask("deleted", start=start, end=end)
    assert lost in [record["id"] for record in deleted["deletedRecords"]]
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    later = await ask("updated", start=end, end=end + dt.timedelta(minutes=1))
    assert kept not in later["ids"]


async def test_a_span_ends_before_what_is_still_being_written(api: Caller, clock: Hands, database: Database):
    end = clock.now + dt.timedelta(days=1)
    span = f"start={clock.now - dt.timedelta(hours=1):%Y-%m-%dT%H:%M:00Z}&end={end:%Y-%m-%dT%H:%M:00Z}"
    answer = (await api.send("GET", f"/sobjects/Account/updated?{span}")).json()
    assert answer["latestDateCovered"] <= clock.now.strftime("%Y-%m-%dT%H:%M:%S.124+0000")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "REQUIRED_FIELD_MISSING"),
        ("start=2026-03-01T09:00:00Z", "REQUIRED_FIELD_MISSING"),
        ("start=yesterday&end=2026-03-01T09:00:00Z", "JSON_PARSER_ERROR"),
        ("start=2026-03-01T09:00:00Z&end=2026-03-01T09:00:59Z", "INVALID_REPLICATION_DATE"),
        ("start=2026-01-01T09:00:00Z&end=2026-03-01T09:00:00Z", "INVALID_REPLICATION_DATE"),
    ],
)
async def test_an_odd_span_is_refused(api: Caller, query: str, code: str):
    answer = await api.send("GET", f"/sobjects/Account/updated?{query}")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


async def test_verify_finds_nothing_after_deletions(api: Caller, database: Database):
    order = await api.draft()
    line = await api.create("OrderItem", OrderId=order, Quantity=1, TotalLineAmount="5.00")
    await delete(api, "OrderItem", line)
    other = await api.draft()
    await api.create("OrderItem", OrderId=other, Quantity=1, TotalLineAmount="5.00")
    await delete(api, "Order", other)
    mine = {to_15(order), to_15(other), to_15(line)}
    async with database.main.acquire() as session:
        assert [v for v in await verify_all(session) if v.record_id in mine] == []


async def test_where_one_child_has_to_stay_all_do(api: Caller):
    """Of a collection each record stands alone: one that is refused is not half deleted while the request goes on."""
    account = await api.create("Account", Name="Ada Ltd")
    free = await api.create("Contact", LastName="Free", AccountId=account)
    held = await api.create("Contact", LastName="Held", AccountId=account)
    order = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"}
    await api.create("Order", **order, BillToContactId=held)
    other = await api.create("Account", Name="Ben Ltd")
    results = (await api.send("DELETE", f"/composite/sobjects?ids={account},{other}")).json()
    assert [result["success"] for result in results] == [False, True]
    for object_, record in (("Account", account), ("Contact", free), ("Contact", held)):
        assert (await api.send("GET", f"/sobjects/{object_}/{record}")).status_code == 200, (object_, record)
