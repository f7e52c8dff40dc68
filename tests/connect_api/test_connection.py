"""What a connection does beside the documented methods, and how it ends."""

import datetime as dt
import threading
from decimal import Decimal

import httpx
import pytest

import orderwright as package
from orderwright import ConnectApi
from orderwright.store.migrate import MigrationError
from tests.conftest import throw_away_database
from tests.connect_api.serving import Served

NOTHING = ConnectApi.ChangeInputRepresentation(change_items=())


def test_records_are_made_read_changed_queried_and_deleted(orderwright):
    salesforce = orderwright.salesforce
    account = salesforce.create("Account", {"Name": "Ada"})
    salesforce.update("Account", account, {"Name": "Ada Lovelace", "Phone": "7"})
    found = salesforce.read("Account", account, "Name", "Phone")
    assert (found["Name"], found["Phone"]) == ("Ada Lovelace", "7")
    assert [row["Id"] for row in salesforce.query("SELECT Id FROM Account")] == [account]
    salesforce.delete("Account", account)
    with pytest.raises(ConnectApi.NotFoundException, match="ENTITY_IS_DELETED"):
        salesforce.read("Account", account)
    assert salesforce.query("SELECT Id FROM Account") == []


def test_amounts_of_records_are_decimals_without_a_fraction_too(orderwright):
    summary = orderwright.order_summary(currency="JPY", delivery=Decimal(500))
    (found,) = orderwright.salesforce.query(
        "SELECT GrandTotalAmount, (SELECT Quantity, TotalPrice FROM OrderItemSummaries) FROM OrderSummary"
    )
    numbers = [found["GrandTotalAmount"], *(row["TotalPrice"] for row in found["OrderItemSummaries"]["records"])]
    numbers += [row["Quantity"] for row in found["OrderItemSummaries"]["records"]]
    assert {type(number) for number in numbers} == {Decimal}
    assert orderwright.salesforce.read("OrderSummary", summary.id)["GrandTotalAmount"] == found["GrandTotalAmount"]


def test_all_pages_of_a_query_are_read(orderwright):
    records = [{"attributes": {"type": "Account"}, "Name": f"{number:03}"} for number in range(200)]
    for _ in range(11):
        orderwright.salesforce.request("POST", "composite/sobjects", {"allOrNone": True, "records": records})
    assert len(orderwright.salesforce.query("SELECT Id FROM Account")) == 2200


def test_under_one_key_a_write_is_done_once(orderwright):
    summary = orderwright.order_summary()
    item = ConnectApi.ChangeItemInputRepresentation(
        order_item_summary_id=summary.items["Mug"], quantity=Decimal(1), reason="Unknown", shipping_reduction_flag=False
    )
    change = ConnectApi.ChangeInputRepresentation(change_items=(item,))
    once = orderwright.salesforce.with_headers({"Idempotency-Key": "cancel-1"})
    first = once.OrderSummary.submit_cancel(summary.id, change)
    assert once.OrderSummary.submit_cancel(summary.id, change) == first
    with once, pytest.raises(ConnectApi.ConflictException, match="IDEMPOTENCY_KEY_REUSED"):
        ConnectApi.OrderSummary.submit_return(summary.id, change)
    read = orderwright.salesforce.read("OrderItemSummary", summary.items["Mug"], "QuantityCanceled")
    assert read["QuantityCanceled"] == Decimal(1)


def test_a_method_of_nobody_goes_through_the_connection_of_the_block(orderwright):
    with pytest.raises(ConnectApi.NotFoundException):
        ConnectApi.OrderSummary.preview_cancel("1Os000000000001", NOTHING)


def test_without_a_connection_it_says_what_to_do(orderwright):
    raised: list[Exception] = []

    def call() -> None:
        try:
            ConnectApi.OrderSummary.preview_cancel("1Os000000000001", NOTHING)
        except ConnectApi.NoConnectionException as error:
            raised.append(error)

    thread = threading.Thread(target=call)  # a new thread is in no block
    thread.start()
    thread.join()
    assert "with orderwright.connect()" in str(raised[0])


def test_the_inner_block_counts_and_the_outer_one_after_it(orderwright, server: Served):
    account = orderwright.salesforce.create("Account", {"Name": "Inside"})
    outer = ConnectApi.OrderSummary.connection
    with package.connect(server.url, client_id=server.client_id, client_secret=server.client_secret) as salesforce:
        with pytest.raises(ConnectApi.NotFoundException):
            salesforce.read("Account", account)
        over_http = ConnectApi.OmnichannelInventoryService.publish_location_structure().upload_id
        assert salesforce.OmnichannelInventoryService.get_publish_location_structure_status(over_http or "").success
    with pytest.raises(ConnectApi.NotFoundException):
        ConnectApi.OmnichannelInventoryService.get_publish_location_structure_status(over_http or "")
    assert outer is ConnectApi.OrderSummary.connection


def test_wrong_credentials_missing_rights_and_no_server_are_told_apart(server: Served):
    unknown = package.connect(server.url, client_id=server.client_id, client_secret="wrong")
    client_id, secret = server.powerless
    powerless = package.connect(server.url, client_id=client_id, client_secret=secret)
    nowhere = package.connect("http://127.0.0.1:9", token="x")
    stranger = package.connect(server.url, token="00D000000000001!made-up")
    found = []
    for connection in (unknown, powerless, nowhere, stranger):
        with connection as salesforce, pytest.raises(ConnectApi.ConnectApiException) as caught:
            salesforce.create("Account", {"Name": "Ada"})
        found.append((type(caught.value).__name__, caught.value.error_code, caught.value.status))
    assert found == [
        ("SessionException", "invalid_client", 400),
        ("ForbiddenException", "INSUFFICIENT_ACCESS", 403),
        ("UnavailableException", "SERVER_UNAVAILABLE", 0),
        ("SessionException", "INVALID_SESSION_ID", 401),
    ]
    with pytest.raises(TypeError, match="client_id"):
        package.connect(server.url)


def test_a_token_that_ended_is_renewed(orderwright):
    orderwright.freeze()
    before = orderwright.now
    orderwright.advance(dt.timedelta(days=30))
    assert orderwright.now - before == dt.timedelta(days=30)
    assert orderwright.salesforce.create("Account", {"Name": "Ada"})


def test_a_token_over_http_is_renewed_once(monkeypatch):
    tokens = iter(["old", "new"])
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/prefix/services/oauth2/token":
            assert request.content == b"grant_type=client_credentials&client_id=id&client_secret=secret"
            return httpx.Response(200, json={"access_token": next(tokens)})
        seen.append(request.headers["Authorization"])
        return httpx.Response(200, json={"Name": "Ada"}) if seen[-1] == "Bearer new" else httpx.Response(401, json=[])

    connection = package.connect("https://shop.example/prefix", client_id="id", client_secret="secret")
    monkeypatch.setattr(connection._http, "_transport", httpx.MockTransport(answer))
    assert connection.read("Account", "001000000000001") == {"Name": "Ada"}
    assert seen == ["Bearer old", "Bearer new"]


def test_a_database_that_lacks_migrations_is_not_changed_unasked(server_url, orderwright):
    with throw_away_database(server_url) as url:
        with pytest.raises(MigrationError, match="lacks migrations"):
            package.connect(url)
        with package.connect(url, migrate=True, worker=False) as salesforce:
            assert salesforce.query("SELECT Id FROM Account") == []
        with package.connect(url, worker=False) as salesforce:
            assert [row["Username"] for row in salesforce.query("SELECT Username FROM User")] == [
                "in-process@python.orderwright"
            ]
