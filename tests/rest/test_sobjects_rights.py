"""Rights on records: what only the body or the found record tells is checked there, and answers leave out the rest."""

from typing import Any

import httpx

from orderwright.store.database import Database
from tests.rest.calling import BASE, Caller
from tests.rest.conftest import Hands
from tests.rest.placing import of
from tests.rest.signing_in import token_of_rights


async def limited(api: Caller, database: Database, clock: Hands, *rights: str) -> Any:
    """Asks as a client that has exactly these rights."""
    token = await token_of_rights(api.http, database, clock(), *rights)

    async def ask(method: str, path: str, json: Any = None) -> httpx.Response:
        return await api.http.request(method, BASE + path, json=json, headers={"Authorization": f"Bearer {token}"})

    return ask


async def test_a_record_shows_the_fields_that_may_be_read(api: Caller, database: Database, clock: Hands):
    account = await api.create("Account", Name="Ada", BillingCity="London")
    ask = await limited(api, database, clock, "Read Account.Name")
    record = (await ask("GET", f"/sobjects/Account/{account}")).json()
    assert set(record) == {"attributes", "Id", "Name"}
    refused = await ask("GET", f"/sobjects/Account/{account}?fields=Name,billingcity")
    assert (refused.status_code, "Read Account.BillingCity" in refused.text) == (403, True)
    listed = (await ask("GET", "/sobjects")).json()["sobjects"]
    assert [(head["name"], head["createable"], head["queryable"]) for head in listed] == [("Account", False, True)]


async def test_each_record_of_a_collection_needs_its_right(api: Caller, database: Database, clock: Hands):
    ask = await limited(api, database, clock, "Create Product2", "Read Account")
    body = {"records": [of("Product2", Name="Mug"), of("Account", Name="Ada")]}
    results = (await ask("POST", "/composite/sobjects", body)).json()
    assert [r["success"] for r in results] == [True, False]
    assert results[1]["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS"
    product = results[0]["id"]
    for method, path in (
        ("PATCH", "/composite/sobjects"),
        ("DELETE", f"/composite/sobjects?ids={product}"),
    ):
        change = {"records": [{"id": product, "Name": "Cup"}]} if method == "PATCH" else None
        (refused,) = (await ask(method, path, change)).json()
        assert refused["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS"
    assert (await api.read("Product2", product))["Name"] == "Mug"


async def test_a_tree_and_a_batch_need_the_rights_of_their_parts(api: Caller, database: Database, clock: Hands):
    ask = await limited(api, database, clock, "Create Account", "Read Account")
    who = {"attributes": {"type": "Contact", "referenceId": "who"}, "LastName": "Lovelace"}
    head = {"attributes": {"type": "Account", "referenceId": "ada"}, "Name": "Ada", "Contacts": {"records": [who]}}
    refused = await ask("POST", "/composite/tree/Account", {"records": [head]})
    assert refused.json()["results"][0]["errors"][0]["statusCode"] == "INSUFFICIENT_ACCESS"
    requests = [{"method": "GET", "url": "v67.0/sobjects/Product2/01t000000000001AAA"}]
    batch = (await ask("POST", "/composite/batch", {"batchRequests": requests})).json()
    assert batch["results"][0]["statusCode"] == 403


async def test_an_upsert_needs_the_right_for_what_it_does(api: Caller, database: Database, clock: Hands):
    order = await api.read("Order", await api.draft())
    ask = await limited(api, database, clock, "Create Order")
    refused = await ask("PATCH", f"/sobjects/Order/OrderNumber/{order['OrderNumber']}", {"Name": "x"})
    assert (refused.status_code, "Edit Order" in refused.text) == (403, True)
    ask = await limited(api, database, clock, "Edit Order")
    refused = await ask("PATCH", "/sobjects/Order/OrderNumber/none", {"EffectiveDate": "2026-03-01", "Status": "Draft"})
    assert (refused.status_code, "Create Order" in refused.text) == (403, True)


async def test_a_relationship_needs_the_right_to_read_what_it_leads_to(api: Caller, database: Database, clock: Hands):
    account = await api.create("Account", Name="Ada")
    contact = await api.create("Contact", LastName="Lovelace", AccountId=account)
    ask = await limited(api, database, clock, "Read Contact")
    assert (await ask("GET", f"/sobjects/Contact/{contact}/Account")).status_code == 403
    ask = await limited(api, database, clock, "Read Account")
    assert (await ask("GET", f"/sobjects/Account/{account}/Contacts")).status_code == 403


async def test_a_relationship_needs_the_right_to_read_the_reference(api: Caller, database: Database, clock: Hands):
    """Who may not read AccountId is not told it as the way to the account, nor by what the account lists."""
    account = await api.create("Account", Name="Ada")
    contact = await api.create("Contact", LastName="Lovelace", AccountId=account)
    ask = await limited(api, database, clock, "Read Contact.LastName", "Read Account")
    for path in (f"/sobjects/Contact/{contact}/Account", f"/sobjects/Account/{account}/Contacts"):
        refused = await ask("GET", path)
        assert (refused.status_code, "'Read Contact.AccountId'" in refused.text) == (403, True), path
    ask = await limited(api, database, clock, "Read Contact.AccountId", "Read Account")
    assert (await ask("GET", f"/sobjects/Contact/{contact}/Account")).json()["Name"] == "Ada"
    (found,) = (await ask("GET", f"/sobjects/Account/{account}/Contacts")).json()["records"]
    assert set(found) == {"attributes", "Id", "AccountId"}


async def test_whoever_reads_some_fields_sees_how_these_are_made(api: Caller, database: Database, clock: Hands):
    ask = await limited(api, database, clock, "Read Order.Status", "Read Order.BillingCity", "Read OrderItem.OrderId")
    described = (await ask("GET", "/sobjects/Order/describe")).json()
    assert [field["name"] for field in described["fields"]] == ["Id", "BillingCity", "Status"]
    assert (described["createable"], described["queryable"], described["searchable"]) == (False, True, True)
    assert [child["childSObject"] for child in described["childRelationships"]] == ["OrderItem"]
    assert (await ask("GET", "/sobjects/Order")).status_code == 200
    listed = (await ask("GET", "/sobjects")).json()["sobjects"]
    assert {head["name"] for head in listed} == {"Order", "OrderItem"}
    refused = await ask("GET", "/sobjects/Account/describe")
    assert (refused.status_code, "'Read Account'" in refused.text) == (403, True)
    ask = await limited(api, database, clock, "Create Order")
    assert "Status" in {field["name"] for field in (await ask("GET", "/sobjects/Order/describe")).json()["fields"]}


async def test_an_address_is_shown_to_who_may_read_all_its_parts(api: Caller, database: Database, clock: Hands):
    order = await api.draft()
    parts = [f["name"] for f in (await api.send("GET", "/sobjects/Order/describe")).json()["fields"]
             if f["compoundFieldName"] == "BillingAddress"]  # fmt: skip
    ask = await limited(api, database, clock, *(f"Read Order.{part}" for part in parts))
    assert "BillingAddress" in (await ask("GET", f"/sobjects/Order/{order}")).json()
    ask = await limited(api, database, clock, *(f"Read Order.{part}" for part in parts[1:]))
    assert "BillingAddress" not in (await ask("GET", f"/sobjects/Order/{order}")).json()
    refused = await ask("GET", f"/sobjects/Order/{order}?fields=BillingAddress")
    assert (refused.status_code, f"'Read Order.{parts[0]}'" in refused.text) == (403, True)
    described = (await ask("GET", "/sobjects/Order/describe")).json()["fields"]
    assert "BillingAddress" not in {field["name"] for field in described}


async def test_a_secret_is_told_nowhere(api: Caller):
    account = await api.create("Account", Name="Ada")
    secret = {"GatewayTokenEncrypted": "tok_1", "ProcessingMode": "External", "Status": "Active"}
    card = await api.create("CardPaymentMethod", AccountId=account, CardType="Visa", NickName="Shown", **secret)
    bare = await api.create("CardPaymentMethod", AccountId=account, CardType="Visa", ProcessingMode="External",
                            Status="Active")  # fmt: skip
    paths = (
        f"/sobjects/CardPaymentMethod/{card}",
        f"/sobjects/CardPaymentMethod/{card}?fields=GatewayTokenEncrypted,NickName",
        f"/sobjects/Account/{account}/CardPaymentMethods",
        f"/composite/sobjects/CardPaymentMethod?ids={card}&fields=GatewayTokenEncrypted",
        "/query?q=SELECT+GatewayTokenEncrypted+FROM+CardPaymentMethod+WHERE+NickName+=+'Shown'",
    )
    for path in paths:
        answer = await api.send("GET", path)
        assert (answer.status_code, "********" in answer.text, "tok_1" in answer.text) == (200, True, False), path
    assert (await api.read("CardPaymentMethod", bare))["GatewayTokenEncrypted"] is None
