"""Records over HTTP: created, read and changed as the definitions say."""

from decimal import Decimal

import pytest

from tests.rest.calling import Caller, exact


async def test_a_record_is_read_back_as_it_was_sent(api: Caller):
    account = await api.create("Account", Name="Ada Lovelace", billingcity="London", attributes={"type": "Account"})
    assert len(account) == 18
    record = await api.read("Account", account)
    assert record["attributes"] == {"type": "Account", "url": f"/services/data/v67.0/sobjects/Account/{account}"}
    assert (record["Id"], record["Name"], record["BillingCity"]) == (account, "Ada Lovelace", "London")
    assert record["CreatedDate"] == "2026-03-01T10:00:00.123+0000"
    assert record["OwnerId"] == record["CreatedById"] == record["LastModifiedById"]
    assert record["CreatedById"].startswith("005")


async def test_a_record_answers_201_with_its_place(api: Caller):
    answer = await api.send("POST", "/sobjects/Product2/", {"Name": "Mug", "IsActive": "true"})
    body = answer.json()
    assert answer.status_code == 201
    assert body == {"id": body["id"], "success": True, "errors": []}
    assert answer.headers["location"] == f"/services/data/v67.0/sobjects/Product2/{body['id']}"


async def test_a_change_answers_204_and_touches_nothing_else(api: Caller):
    product = await api.create("Product2", Name="Mug", ProductCode="M-1", Description="Blue")
    answer = await api.send("PATCH", f"/sobjects/product2/{product[:15]}", {"Name": "Cup", "Description": None})
    assert (answer.status_code, answer.content) == (204, b"")
    record = await api.read("Product2", product)
    assert (record["Name"], record["ProductCode"], record["Description"]) == ("Cup", "M-1", None)


async def test_only_the_fields_asked_for_are_read(api: Caller):
    product = await api.create("Product2", Name="Mug")
    answer = await api.send("GET", f"/sobjects/Product2/{product}?fields=name,Id")
    assert list(answer.json()) == ["attributes", "Name", "Id"]
    answer = await api.send("GET", f"/sobjects/Product2/{product}?fields=Nmae")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")


async def test_numbers_keep_every_digit(api: Caller):
    book = await api.create("Pricebook2", Name="Shop")
    product = await api.create("Product2", Name="Mug")
    entry = await api.create(
        "PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=Decimal("123456789012345.123456789")
    )
    assert (await api.read("PricebookEntry", entry))["UnitPrice"] == Decimal("123456789012345.123456789")


async def test_addresses_are_also_read_as_compounds(api: Caller):
    order = await api.draft(BillingStreet="1 Way", BillingCity="London", BillingLatitude="51.5")
    record = await api.read("Order", order)
    address = record["BillingAddress"]
    assert (address["street"], address["city"], address["latitude"]) == ("1 Way", "London", Decimal("51.5"))
    assert record["ShippingAddress"] is None


async def test_a_younger_field_is_unknown_to_an_older_version(api: Caller):
    order = await api.draft()
    old = await api.http.get(f"/services/data/v55.0/sobjects/Order/{order}")
    assert "OrderManagementReferenceIdentifier" not in old.json()
    assert "OrderManagementReferenceIdentifier" in await api.read("Order", order)
    refused = await api.http.post(
        "/services/data/v55.0/sobjects/Order",
        json={"EffectiveDate": "2026-03-01", "Status": "Draft", "OrderManagementReferenceIdentifier": "x"},
    )
    assert refused.json()[0]["errorCode"] == "INVALID_FIELD"


async def test_an_object_is_described_from_its_definition(api: Caller):
    answer = await api.send("GET", "/sobjects/Order/describe")
    fields = {field["name"]: field for field in answer.json()["fields"]}
    assert fields["Status"]["restrictedPicklist"]
    assert [value["value"] for value in fields["Status"]["picklistValues"]] == ["Draft", "Activated"]
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert not fields["TotalAmount"]["createable"]
    assert "ChangeClass" not in fields
    assert "Order" in [o["name"] for o in (await api.send("GET", "/sobjects")).json()["sobjects"]]
    assert (await api.send("GET", "/sobjects/Order")).json()["objectDescribe"]["keyPrefix"] == "801"


async def test_a_person_account_takes_its_name_from_the_person(api: Caller):
    record = await api.read("Account", await api.create("Account", FirstName="Ada", LastName="Lovelace"))
    assert (record["Name"], record["IsPersonAccount"]) == ("Ada Lovelace", True)
    contact = await api.create("Contact", FirstName="Ada", LastName="Byron")
    await api.send("PATCH", f"/sobjects/Contact/{contact}", {"LastName": "Lovelace"})
    assert (await api.read("Contact", contact))["Name"] == "Ada Lovelace"


async def test_what_money_did_is_not_changed(api: Caller):
    payment = await api.create(
        "PaymentAuthorization", Amount="12.5", CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed"
    )
    path = f"/sobjects/PaymentAuthorization/{payment}"
    assert (await api.send("PATCH", path, {"Comments": "checked"})).status_code == 204
    refused = await api.send("PATCH", path, {"Amount": 1})
    assert (refused.status_code, refused.json()[0]["fields"]) == (400, ["Amount"])
    record = await api.read("PaymentAuthorization", payment)
    assert (record["Amount"], record["Comments"]) == (Decimal("12.50"), "checked")
    assert record["PaymentAuthorizationNumber"].startswith("PA-")


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("1.005", "GBP", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("1.5", "JPY", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("1e16", "GBP", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("1e-400", "GBP", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("0", "GBP", "INVALID_INPUT"),
        ("-1", "GBP", "INVALID_INPUT"),
        ("NaN", "GBP", "JSON_PARSER_ERROR"),
        ("1", "XAU", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("1", "gbp", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
async def test_an_amount_fits_its_currency(api: Caller, amount: str, currency: str, code: str):
    answer = await api.send(
        "POST",
        "/sobjects/PaymentAuthorization",
        {"Amount": amount, "CurrencyIsoCode": currency, "ProcessingMode": "External", "Status": "Processed"},
    )
    assert (answer.status_code, exact(answer)[0]["errorCode"]) == (400, code)
