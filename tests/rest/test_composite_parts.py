"""Trees, batches and graphs: many records and requests in one, with the shapes that clients read."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.rest.composite.composite import CompositePart
from orderwright.rest.composite.graph import in_order
from orderwright.store.database import Database
from tests.rest.calling import Caller, exact, row_counts
from tests.rest.placing import of, part


def named(type_: str, reference: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": type_, "referenceId": reference}, **fields}


def orders() -> list[dict[str, Any]]:
    head = {"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"}
    lines = [named("OrderItem", f"line{n}", Quantity=1, TotalLineAmount="2.50") for n in range(2)]
    return [
        named("Account", "ada", Name="Ada Ltd", Contacts={"records": [named("Contact", "who", LastName="Lovelace")]},
              Orders={"records": [named("Order", "order", **head, OrderItems={"records": lines})]}),
        named("Account", "grace", Name="Grace Ltd"),
    ]  # fmt: skip


async def test_a_tree_makes_parents_and_children_level_by_level(api: Caller):
    answer = await api.send("POST", "/composite/tree/Account", {"records": orders()})
    body = answer.json()
    assert (answer.status_code, set(body), body["hasErrors"]) == (201, {"hasErrors", "results"}, False)
    assert [r["referenceId"] for r in body["results"]] == ["ada", "grace", "who", "order", "line0", "line1"]
    assert all(set(r) == {"referenceId", "id"} for r in body["results"])
    ids = {r["referenceId"]: r["id"] for r in body["results"]}
    order = await api.read("Order", ids["order"])
    assert (order["AccountId"], order["TotalAmount"]) == (ids["ada"], Decimal("5.00"))
    assert (await api.read("Contact", ids["who"]))["AccountId"] == ids["ada"]


async def test_one_wrong_record_refuses_the_tree_and_only_it_is_named(api: Caller, database: Database):
    records = orders()
    records[1]["Nmae"] = "x"
    before = await row_counts(database)
    answer = await api.send("POST", "/composite/tree/Account", {"records": records})
    body = answer.json()
    assert (answer.status_code, body["hasErrors"], len(body["results"])) == (400, True, 1)
    assert body["results"][0]["referenceId"] == "grace"
    assert set(body["results"][0]["errors"][0]) == {"statusCode", "message", "fields"}
    assert await row_counts(database) == before


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([], "INVALID_INPUT"),
        ([named("Account", f"r{n}", Name="x") for n in range(201)], "INVALID_INPUT"),
        ([named("Account", "a-b", Name="x")], "REQUIRED_FIELD_MISSING"),
        ([of("Account", Name="x")], "REQUIRED_FIELD_MISSING"),
        ([named("Contact", "r", LastName="x")], "INVALID_FIELD"),
        ([named("Account", "r", Name="x", Kontakte={"records": []})], "INVALID_FIELD"),
    ],
    ids=["none", "too many", "a name with a hyphen", "no name", "another object", "no such children"],
)
async def test_an_odd_tree_is_refused(api: Caller, records: Any, code: str):
    answer = await api.send("POST", "/composite/tree/Account", {"records": records})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


async def test_only_what_was_refused_is_named_not_what_hangs_on_it(api: Caller):
    head = named("Account", "ada", Nmae="x", Contacts={"records": [named("Contact", "who", LastName="Lovelace")]})
    answer = await api.send("POST", "/composite/tree/Account", {"records": [head, named("Account", "eve", Name="Eve")]})
    assert (answer.status_code, [r["referenceId"] for r in answer.json()["results"]]) == (400, ["ada"])


async def test_records_of_a_tree_with_one_name_are_all_named(api: Caller):
    records = [
        named("Account", "same", Name="x"),
        named("Account", "1other", Name="y"),
        named("Account", "same", Name="z"),
    ]
    answer = await api.send("POST", "/composite/tree/Account", {"records": records})
    body = answer.json()
    assert (answer.status_code, body["hasErrors"]) == (400, True)
    assert [(r["referenceId"], r["errors"][0]["statusCode"]) for r in body["results"]] == [
        ("same", "INVALID_INPUT")
    ] * 2


async def test_a_batch_does_each_request_by_itself(api: Caller):
    product = await api.create("Product2", Name="Mug")
    requests = [
        {"method": "PATCH", "url": f"v67.0/sobjects/Product2/{product}", "richInput": {"Name": "Cup"}},
        {"method": "GET", "url": f"v60.0/sobjects/Product2/{product}?fields=Name"},
        {"method": "POST", "url": "v67.0/sobjects/Product2", "richInput": {"Nmae": "x"}},
        {"method": "GET", "url": "/services/data/v67.0/limits"},
    ]
    body = exact(await api.send("POST", "/composite/batch", {"batchRequests": requests}))
    assert (set(body), body["hasErrors"]) == ({"hasErrors", "results"}, True)
    assert [r["statusCode"] for r in body["results"]] == [204, 200, 400, 200]
    assert (body["results"][0]["result"], body["results"][1]["result"]["Name"]) == (None, "Cup")
    assert body["results"][2]["result"][0]["errorCode"] == "INVALID_FIELD"


async def test_a_batch_can_stop_at_the_first_error(api: Caller):
    requests = [
        {"method": "POST", "url": "v67.0/sobjects/Product2", "richInput": {"Name": "Mug"}},
        {"method": "GET", "url": "v67.0/sobjects/Nothing"},
        {"method": "POST", "url": "v67.0/sobjects/Product2", "richInput": {"Name": "Cup"}},
    ]
    body = exact(await api.send("POST", "/composite/batch", {"haltOnError": True, "batchRequests": requests}))
    assert [r["statusCode"] for r in body["results"]] == [201, 404, 412]
    assert body["results"][2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert await api.read("Product2", body["results"][0]["result"]["id"])


@pytest.mark.parametrize("url", ["v67.0/composite", "v67.0/composite/batch", "v67.0/composite/graph"])
async def test_what_is_made_of_requests_is_no_part_of_a_batch(api: Caller, url: str):
    requests = [{"method": "POST", "url": url, "richInput": {}}]
    body = exact(await api.send("POST", "/composite/batch", {"batchRequests": requests}))
    assert body["results"][0]["result"][0]["errorCode"] == "INVALID_OPERATION"


async def test_each_graph_is_all_or_none(api: Caller, database: Database):
    good = [
        part("PATCH", "/sobjects/Account/@{ada.id}", "renamed", {"Name": "Ada Ltd"}),
        part("POST", "/sobjects/Account", "ada", {"Name": "Ada"}),
        part("POST", "/sobjects/Contact", "who", {"LastName": "Lovelace", "AccountId": "@{ada.id}"}),
    ]
    bad = [
        part("POST", "/sobjects/Product2", "mug", {"Name": "Mug"}),
        part("POST", "/sobjects/Product2", "wrong", {"Nmae": "Cup"}),
    ]
    graphs = [{"graphId": "good", "compositeRequest": good}, {"graphId": "bad", "compositeRequest": bad}]
    before = await row_counts(database)
    answer = await api.send("POST", "/composite/graph", {"graphs": graphs})
    assert answer.status_code == 200, answer.text
    first, second = exact(answer)["graphs"]
    assert set(first) == {"graphId", "graphResponse", "isSuccessful"}
    assert (first["graphId"], first["isSuccessful"], second["isSuccessful"]) == ("good", True, False)
    parts = first["graphResponse"]["compositeResponse"]
    assert [(p["referenceId"], p["httpStatusCode"]) for p in parts] == [("renamed", 204), ("ada", 201), ("who", 201)]
    assert (await api.read("Account", parts[1]["body"]["id"]))["Name"] == "Ada Ltd"
    codes = {p["referenceId"]: p["body"][0]["errorCode"] for p in second["graphResponse"]["compositeResponse"]}
    assert codes == {"mug": "PROCESSING_HALTED", "wrong": "INVALID_FIELD"}
    after = await row_counts(database)
    assert (after["account"] - before["account"], after["product2"]) == (1, before["product2"])


@pytest.mark.parametrize(
    "graphs",
    [
        [],
        [{"graphId": f"g{n}", "compositeRequest": [part("GET", "/limits", "r")]} for n in range(76)],
        [{"graphId": "g", "compositeRequest": [part("GET", "/limits", f"r{n}") for n in range(501)]}],
        [{"graphId": "g", "compositeRequest": [part("GET", "/limits", "r")]}] * 2,
        [{"graphId": "g", "compositeRequest": [part("GET", "/limits", "r")] * 2}],
        [{"graphId": "g", "compositeRequest": []}],
        [{"graphId": "g", "compositeRequest": [part("GET", "/limits", "a b")]}],
        [
            {
                "graphId": "g",
                "compositeRequest": [part("GET", f"/sobjects/Order/@{{r{n}.id}}", f"r{n + 1}") for n in range(16)],
            }
        ],
        [{"graphId": "g", "compositeRequest": [part("GET", f"/sobjects/O{n}/1", f"r{n}") for n in range(16)]}],
    ],
    ids=[
        "none",
        "too many graphs",
        "too many requests",
        "a graph twice",
        "a name twice",
        "an empty graph",
        "no name",
        "too deep",
        "too many kinds",
    ],
)
async def test_an_odd_graph_is_refused(api: Caller, graphs: Any):
    answer = await api.send("POST", "/composite/graph", {"graphs": graphs})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


async def test_after_fifteen_graphs_that_fail_no_other_is_done(api: Caller):
    wrong = [part("POST", "/sobjects/Product2", "x", {"Nmae": "Mug"})]
    graphs: list[Any] = [{"graphId": f"g{n}", "compositeRequest": wrong} for n in range(15)]
    graphs.append({"graphId": "last", "compositeRequest": [part("POST", "/sobjects/Product2", "x", {"Name": "Mug"})]})
    done = (await api.send("POST", "/composite/graph", {"graphs": graphs})).json()["graphs"]
    assert not any(each["isSuccessful"] for each in done)
    codes = [each["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] for each in done]
    assert codes == ["INVALID_FIELD"] * 15 + ["PROCESSING_HALTED"]


def test_requests_of_a_graph_are_done_after_those_they_refer_to():
    def node(name: str, *needs: str) -> CompositePart:
        body = {"x": " ".join(f"@{{{need}.id}}" for need in needs)}
        return CompositePart(method="POST", url="/x", reference_id=name, body=body)

    assert in_order([node("c", "b"), node("b", "a"), node("a"), node("d")]) == [2, 1, 0, 3]
    assert in_order([node("a", "b"), node("b", "a")]) == [0, 1]


async def test_a_url_in_a_part_may_be_percent_encoded(api: Caller):
    name = "a b"
    gateway = await api.create("Product2", Name=name)
    body = {"compositeRequest": [part("GET", f"/sobjects/Product2/{gateway[:15]}%20/..", "odd"),
                                 part("GET", f"/sobjects/Pro%64uct2/{gateway}", "read")]}  # fmt: skip
    parts = exact(await api.send("POST", "/composite", body))["compositeResponse"]
    assert [p["httpStatusCode"] for p in parts][1] == 200
    assert parts[1]["body"]["Name"] == name
