"""The plugin as a project of its own finds it, and what its factories make."""

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal

import pytest

from orderwright import ConnectApi
from orderwright.connect_api import carry_out_jobs
from orderwright.pytest_plugin.orders import Line

PROJECT = """
import sys
from decimal import Decimal

import pytest

LOADED = {"asyncpg", "httpx", "orderwright.app", "orderwright.connect_api"} & set(sys.modules)


def test_nothing_was_loaded_for_the_plugin():
    assert LOADED == set()


@pytest.fixture
def orderwright_settings():
    return {"default_currency": "EUR"}


def test_an_instance_with_these_settings(orderwright):
    account = orderwright.salesforce.create("Account", {"Name": "Ada"})
    order = orderwright.salesforce.create("Order", {"EffectiveDate": "2026-01-01", "Status": "Draft"})
    assert orderwright.salesforce.read("Order", order)["CurrencyIsoCode"] == "EUR"


def test_each_is_empty(orderwright):
    assert orderwright.salesforce.query("SELECT Id FROM Account") == []
"""


def test_a_project_of_its_own_gets_a_server_of_its_own(tmp_path):
    (tmp_path / "test_project.py").write_text(PROJECT, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ORDERWRIGHT_", "PYTEST"))}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", str(tmp_path)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 passed" in run.stdout


def test_an_order_is_placed_with_all_that_belongs_to_it(orderwright):
    order = orderwright.order(Line("Pen", 3, Decimal("1.25")), delivery=None, currency="EUR", PoNumber="P-1")
    read = orderwright.salesforce.read("Order", order.id)
    assert (read["Status"], read["PoNumber"], read["CurrencyIsoCode"]) == ("Activated", "P-1", "EUR")
    assert list(order.items) == ["Pen"]
    item = orderwright.salesforce.read("OrderItem", order.items["Pen"])
    assert (item["TotalPrice"], item["TotalTaxAmount"]) == (Decimal("3.75"), Decimal("0.75"))
    assert orderwright.salesforce.read("Order", orderwright.order(activated=False).id, "Status")["Status"] == "Draft"


def test_a_summary_a_payment_and_an_invoice_until_the_money_is_captured(orderwright):
    summary = orderwright.order_summary()
    paid = orderwright.payment(summary)
    assert paid.amount == Decimal("38.40")  # 27.00 of goods and 5.00 of delivery, 20 % of tax each
    fulfillment = orderwright.fulfillment_order(summary)
    nothing = ConnectApi.FulfillmentOrderInvoiceInputRepresentation()
    invoice = ConnectApi.FulfillmentOrder.create_invoice(fulfillment, nothing).invoice_id
    wanted = ConnectApi.EnsureFundsAsyncInputRepresentation(invoice_id=invoice or "")
    queued = ConnectApi.OrderSummary.ensure_funds_async(summary.id, wanted)
    assert orderwright.run_jobs() == 1
    operation = orderwright.salesforce.wait_for(queued.background_operation_id or "", timeout_seconds=0)
    assert (operation["Outcome"], operation["CompletedAmount"]) == ("Succeeded", Decimal("38.40"))
    payments = orderwright.salesforce.read("OrderPaymentSummary", paid.order_payment_summary_id)
    assert payments["CapturedAmount"] == Decimal("38.40")
    assert orderwright.run_jobs() == 0


def test_units_lie_where_they_were_put(orderwright):
    place = orderwright.location("East", {"Mug": 7})
    asked = ConnectApi.OCIGetInventoryAvailabilityInputRepresentation(
        location_identifiers=(place.external_reference,), stock_keeping_units=("Mug",)
    )
    (found,) = ConnectApi.OmnichannelInventoryService.get_inventory_availability(asked).locations
    assert found.inventory_records[0].on_hand == Decimal(7)


def test_a_file_of_stock_is_carried_out_by_the_jobs(orderwright):
    place = orderwright.location()
    line = f'{{"location": "{place.external_reference}"}}\n{{"sku": "Pen", "onHand": 5, "id": "1"}}\n'
    inventory = ConnectApi.OmnichannelInventoryService
    upload = inventory.submit_inventory_availability_upload(ConnectApi.BinaryInput(line.encode())).upload_id or ""
    orderwright.run_jobs()
    status = inventory.get_inventory_availability_upload_status(upload)
    assert (status.status, status.records_read_count) == ("COMPLETED", 1), status


def test_a_bulk_query_is_carried_out_by_the_jobs(orderwright):
    job = orderwright.salesforce.request(
        "POST", "jobs/query", {"operation": "query", "query": "SELECT Id FROM Account"}
    )
    orderwright.run_jobs()
    assert orderwright.salesforce.request("GET", f"jobs/query/{job['id']}")["state"] == "JobComplete"


def test_what_fails_is_put_off_until_the_clock_has_gone_on(orderwright, monkeypatch):
    summary = orderwright.order_summary()
    orderwright.payment(summary)
    fulfillment = orderwright.fulfillment_order(summary)
    nothing = ConnectApi.FulfillmentOrderInvoiceInputRepresentation()
    invoice = ConnectApi.FulfillmentOrder.create_invoice(fulfillment, nothing).invoice_id or ""
    wanted = ConnectApi.EnsureFundsAsyncInputRepresentation(invoice_id=invoice)
    operation = ConnectApi.OrderSummary.ensure_funds_async(summary.id, wanted).background_operation_id or ""

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the provider is away")

    with monkeypatch.context() as patch:
        patch.setattr(carry_out_jobs, "run_operation", fail)
        assert orderwright.run_jobs() == 1
    with pytest.raises(TimeoutError, match="the provider is away"):
        orderwright.salesforce.wait_for(operation, timeout_seconds=0)
    assert orderwright.run_jobs() == 0
    orderwright.freeze()
    orderwright.advance(dt.timedelta(hours=1))
    assert orderwright.run_jobs() == 1
    assert orderwright.salesforce.wait_for(operation, timeout_seconds=0)["Outcome"] == "Succeeded"


def test_the_part_of_an_order_that_is_wrong_is_named(orderwright):
    with pytest.raises(ConnectApi.RefusedException, match="No_Such_Field"):
        orderwright.order(No_Such_Field=1)
