"""Invocable actions: listed, described from the inputs and outputs they have, and run as their resources are."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.objects.identity import to_15
from orderwright.objects.registry import BY_NAME
from orderwright.rest.actions.action import Invocable, invocables_of
from orderwright.rest.actions.table import ACTIONS
from orderwright.rest.operation import Operation
from orderwright.rest.operations import OPERATIONS
from orderwright.store.database import Database
from tests.rest.calling import BASE, Caller, exact, row_counts
from tests.rest.changing import LINES, Nothing, Placed, parts, place, post
from tests.rest.contract import FILES, resources
from tests.rest.funding import simulated
from tests.rest.payments.till import till
from tests.rest.signing_in import token_of_rights

STANDARD = "/actions/standard"
RESULT = {
    "actionName", "errors", "invocationId", "isSuccess", "outcome", "outputValues", "sortOrder", "version",
}  # fmt: skip


INVOCABLES = invocables_of(OPERATIONS, ACTIONS)


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


async def invoke(
    api: Caller, name: str, *inputs: Any, version: int = 67, headers: dict[str, str] | None = None
) -> httpx.Response:
    return await post(api, f"{STANDARD}/{name}", {"inputs": list(inputs)}, version, headers)


async def output(api: Caller, name: str, given: Any) -> Any:
    """What an action answers that goes well, without the wrapping."""
    answer = await invoke(api, name, given)
    assert answer.status_code == 200, answer.text
    [result] = exact(answer)
    assert (set(result), result["actionName"], result["errors"], result["isSuccess"]) == (RESULT, name, None, True)
    [(_, value)] = result["outputValues"].items()
    return value


def change(placed: Placed, name: str, quantity: Any, **more: Any) -> dict[str, Any]:
    """One input of a cancel or return, as a B2C Commerce shop builds it."""
    item = {
        "orderItemSummaryId": placed.items[name], "quantity": quantity, "reason": "Unknown",
        "shippingReductionFlag": False,
    }  # fmt: skip
    return {
        "orderSummaryId": placed.summary, "orderItemSummaryLineItemsToChangeInput": {"changeItems": [item]}, **more,
    }  # fmt: skip


# --- what there is ----------------------------------------------------------------------------------------------------


def test_every_action_has_its_operation_and_a_name_of_its_own():
    assert set(INVOCABLES) == {action.name for action in ACTIONS}
    assert len(INVOCABLES) == len(ACTIONS)


@pytest.mark.skipif(not FILES, reason="the reference is not at hand")
def test_every_resource_that_we_have_has_the_action_that_it_should():
    wanted = {
        str(action).partition(" ")[0]: resource.operation
        for resource in resources()
        if (action := resource.about.get("flow_action") or resource.about.get("invocable_action"))
    }
    assert len(wanted) >= 18
    assert wanted.items() <= {name: one.operation for name, one in INVOCABLES.items()}.items()


async def test_kinds_of_actions_and_lists_of_them(api: Caller):
    kinds = await api.send("GET", "/actions")
    assert kinds.json() == {"standard": f"{BASE}/actions/standard", "custom": f"{BASE}/actions/custom"}
    assert (await api.send("GET", "/actions/custom")).json() == {"actions": []}
    listed = (await api.send("GET", STANDARD)).json()["actions"]
    assert {one["name"] for one in listed} == {action.name for action in ACTIONS}
    assert all(one["url"] == f"{BASE}/actions/standard/{one['name']}" for one in listed)
    in_xml = await api.http.get(BASE + STANDARD, headers={"Accept": "application/xml"})
    assert in_xml.text.count("<name>") == len(ACTIONS)
    [cancel] = [one for one in listed if one["name"] == "cancelOrderItemSummariesSubmit"]
    assert (cancel["label"], cancel["type"]) == (
        "Cancel Order Item Summaries Submit", "CANCEL_ORDER_ITEM_SUMMARIES_SUBMIT",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "since"),
    [("adjustOrderItemSummariesSubmit", 49), ("createFulfillmentOrders", 51), ("ociUpdateReservation", 61)],
)
async def test_an_action_is_there_since_its_first_version(api: Caller, name: str, since: int):
    for version, there in ((since - 1, False), (since, True)):
        base = f"/services/data/v{version}.0{STANDARD}"
        listed = {one["name"] for one in (await api.http.get(base)).json()["actions"]}
        described = await api.http.get(f"{base}/{name}")
        run = await invoke(api, name, version=version)
        assert (name in listed, described.status_code == 200, run.status_code != 404) == (there, there, there)


async def test_the_description_says_what_an_action_takes_and_gives(api: Caller):
    found = (await api.send("GET", f"{STANDARD}/cancelOrderItemSummariesPreview")).json()
    assert (found["name"], found["standard"], found["type"]) == (
        "cancelOrderItemSummariesPreview", True, "CANCEL_ORDER_ITEM_SUMMARIES_PREVIEW",
    )  # fmt: skip
    summary, items = found["inputs"]
    assert (summary["name"], summary["type"], summary["required"]) == ("orderSummaryId", "REFERENCE", True)
    assert (items["name"], items["apexClass"], items["required"], items["maxOccurs"]) == (
        "orderItemSummaryLineItemsToChangeInput", "ConnectApi.ChangeInputRepresentation", True, 1,
    )  # fmt: skip
    [balances] = found["outputs"]
    assert (balances["name"], balances["apexClass"]) == (
        "previewCancelOutput", "ConnectApi.PreviewCancelOutputRepresentation",
    )  # fmt: skip
    assert {"byteLength", "description", "label", "picklistValues", "sobjectType"} < set(items)


async def test_the_description_holds_what_its_version_knows(api: Caller):
    def inside(version: int, described: Any) -> set[str]:
        [items] = described["inputs"][1]["properties"]
        return {one["name"] for one in items["properties"]}

    known = {
        version: inside(
            version,
            (await api.http.get(f"/services/data/v{version}.0{STANDARD}/cancelOrderItemSummariesSubmit")).json(),
        )
        for version in (48, 57, 59)
    }
    assert known[48] == {"orderItemSummaryId", "quantity", "reason", "shippingReductionFlag"}
    assert known[57] - known[48] == {"changeItemFees"}
    assert known[59] - known[57] == {"reasonForChangeText"}


async def test_every_action_is_described_with_the_names_it_is_run_with(api: Caller):
    for invocable in INVOCABLES.values():
        answer = await api.send("GET", f"{STANDARD}/{invocable.action.name}")
        assert answer.status_code == 200, answer.text
        assert [one["name"] for one in answer.json()["inputs"]] == list(given_to(invocable))
        assert [one["name"] for one in answer.json()["outputs"]] == [invocable.action.output.name]


# --- each runs what its resource runs ---------------------------------------------------------------------------------


def ids_of(operation: Operation) -> dict[str, str]:
    """Ids for the path of an operation, of records that are not there."""
    return {
        name: f"{BY_NAME[object_].about.key_prefix}000000000001"
        for name, (_, object_) in operation.parameters.items()
        if object_ is not None
    }


def given_to(invocable: Invocable) -> dict[str, Any]:
    """An input of an action: the example of its operation."""
    action, example = invocable.action, invocable.operation.example
    if action.inputs is not None:
        return {
            "amount": 50, "currencyIsoCode": "USD", "idempotencyKey": "k", "paymentGatewayId": "0b0000000000001",
            "paymentMethodId": "03O000000000001",
        }  # fmt: skip
    body = example if action.one_of is None else example[action.one_of[0]][0]
    return ids_of(invocable.operation) | ({} if action.body is None else {action.body.name: body})


def asked_of(invocable: Invocable) -> Any:
    """The same as the resource is asked it."""
    action, example = invocable.action, invocable.operation.example
    if action.inputs is not None:
        given = given_to(invocable)
        return {
            "amount": 50, "currencyIsoCode": "USD", "paymentGatewayId": given["paymentGatewayId"],
            "paymentMethod": {"id": given["paymentMethodId"]},
        }  # fmt: skip
    return example if action.one_of is None else {action.one_of[0]: example[action.one_of[0]][:1]}


@pytest.mark.parametrize("name", INVOCABLES)
async def test_an_action_answers_what_its_resource_answers(api: Caller, name: str):
    """Whether that is done, is refused, or lacks a record: as the example of the resource has it."""
    invocable = INVOCABLES[name]
    path = invocable.operation.path.format(**ids_of(invocable.operation))
    direct = await post(api, path, asked_of(invocable))
    answer = await invoke(api, name, given_to(invocable))
    [result] = exact(answer)
    assert (result["actionName"], answer.status_code) == (name, 200 if result["isSuccess"] else 400)
    told = exact(direct)
    if isinstance(told, list):
        assert result["isSuccess"] is False
        assert [(e["statusCode"], e["message"]) for e in result["errors"]] == [
            (error["errorCode"], error["message"]) for error in told
        ]
        return
    if invocable.action.one_of is not None:
        [told_of_it] = told[invocable.action.one_of[1]]
        assert result["outputValues"] == {invocable.action.output.name: told_of_it}
    else:
        assert set(result["outputValues"]) == {invocable.action.output.name}
        assert steady(result["outputValues"][invocable.action.output.name]) == steady(told)
    assert result["isSuccess"] == told.get("success", True)
    assert (result["errors"] is None) == result["isSuccess"]


def steady(value: Any) -> Any:
    """An answer without what is another at each time."""
    return {k: v for k, v in value.items() if k not in {"expirationTime", "reservationTime"}}


async def test_a_shop_cancels_as_it_does_elsewhere(placed: Placed, database: Database):
    async with Nothing(database, placed):
        seen = await output(placed.api, "cancelOrderItemSummariesPreview", change(placed, "mug", 1))
    assert seen == await placed.done("preview-cancel", placed.of("mug", 1))
    done = await output(placed.api, "cancelOrderItemSummariesSubmit", change(placed, "mug", "1"))
    assert done["changeBalances"] == seen["changeBalances"]
    assert seen["changeBalances"]["totalAdjustedProductAmount"] == Decimal("9.00")
    assert (await placed.item("mug"))["QuantityCanceled"] == 1
    assert (await placed.api.read("Order", done["changeOrderId"]))["GrandTotalAmount"] == Decimal("-10.80")


async def summarised(api: Caller) -> Placed:
    """The order of `changing`, its summary made by an action."""
    product = await api.create("Product2", Name="Mug")
    location = await api.create("Location", Name="Warehouse", LocationType="Warehouse")
    made = (await api.send("POST", "/composite", {"allOrNone": True, "compositeRequest": parts(product)})).json()
    order = made["compositeResponse"][0]["body"]["id"]
    summary = await output(api, "createOrderSummary", {"createOrderSummaryInput": {"orderId": order}})
    placed = Placed(api, summary["orderSummaryId"], "", {}, product, location)
    amounts = {item["TotalLineAmount"]: item["Id"] for item in await placed.related("OrderItemSummaries")}
    items = dict(zip(LINES, (amounts[Decimal(n)] for n in ("40.00", "21.00", "6.00")), strict=True))
    [group] = await placed.related("OrderDeliveryGroupSummaries")
    return replace(placed, group=group["Id"], items=items)


def group_of(placed: Placed, name: str, quantity: int, **more: Any) -> dict[str, Any]:
    """One fulfillment group."""
    items = [{"orderItemSummaryId": placed.items[name], "quantity": quantity}]
    return {
        "fulfilledFromLocationId": placed.location, "fulfillmentType": "Warehouse", "orderItemSummaries": items, **more,
    }  # fmt: skip


def allocation(placed: Placed, *groups: dict[str, Any]) -> dict[str, Any]:
    return {
        "orderSummaryId": placed.summary, "orderDeliveryGroupSummaryId": placed.group, "fulfillmentGroups": groups,
    }  # fmt: skip


async def test_an_order_is_made_discounted_shipped_and_credited_by_actions_alone(api: Caller):
    placed = await summarised(api)
    discount = {"orderSummaryId": placed.summary, "orderItemSummariesToAdjust": placed.off("towel", "-3.00")}
    seen = await output(api, "adjustOrderItemSummariesPreview", discount)
    adjusted = await output(api, "adjustOrderItemSummariesSubmit", discount)
    assert seen["changeBalances"] == adjusted["changeBalances"]

    wanted = allocation(placed, group_of(placed, "mug", 3))
    made = await output(api, "createFulfillmentOrder", {"fulfillmentOrderInput": wanted})
    [fulfillment] = made["fulfillmentOrderIds"]
    related = await api.send("GET", f"/sobjects/FulfillmentOrder/{fulfillment}/FulfillmentOrderLineItems")
    [line] = [one["Id"] for one in exact(related)["records"] if one["OrderItemSummaryId"] == placed.items["mug"]]
    taken = {"fulfillmentOrderLineItemsToCancel": [{"fulfillmentOrderLineItemId": line, "quantity": 1}]}
    given_back = {"fulfillmentOrderId": fulfillment, "fulfillmentOrderLineItemsToCancelInput": taken}
    assert (await output(api, "cancelFulfillmentOrderItem", given_back))["success"] is True
    invoiced = await output(api, "createInvoiceFromFulfillmentOrder", {"fulfillmentOrderId": fulfillment})
    await api.send("PATCH", f"/sobjects/FulfillmentOrder/{fulfillment}", {"Status": "Fulfilled"})
    assert (await api.read("Invoice", invoiced["invoiceId"]))["TotalAmount"] == Decimal("18.00")

    back = change(placed, "mug", 1)
    back["orderItemSummaryLineItemsToChangeInput"]["changeItems"][0]["changeItemFees"] = [placed.fee(2)]
    returned = await output(api, "returnOrderItemSummariesSubmit", back)
    credit = {"orderSummaryId": placed.summary, "creditMemoInput": {"changeOrderIds": [returned["changeOrderId"]]}}
    memo = await output(api, "createCreditMemoOrderSummary", credit)
    fee = {"orderSummaryId": placed.summary, "changeOrderIds": [returned["feeChangeOrderId"]]}
    charged = await output(api, "createInvoiceFromChangeOrders", {"createInvoiceFromChangeOrdersInput": fee})
    assert (await api.read("CreditMemo", memo["creditMemoId"]))["TotalAmount"] == Decimal("9.00")
    assert (await api.read("Invoice", charged["invoiceId"]))["TotalAmount"] == Decimal("2.00")
    mug = await placed.item("mug")
    assert (mug["QuantityFulfilled"], mug["QuantityReturned"], mug["QuantityAllocated"]) == (2, 1, 2)


# --- many inputs ------------------------------------------------------------------------------------------------------


async def test_each_input_succeeds_or_fails_alone_and_is_done_once_under_a_key(placed: Placed):
    other = await place(placed.api)
    inputs = (change(placed, "mug", 1), change(placed, "mug", 9), change(other, "towel", 2), {"orderSummaryId": "x"})
    key = {"Idempotency-Key": f"cancel {placed.summary}"}
    # one was refused, so the key is not used up: sent again, what was done is not done again
    answer, again = [await invoke(placed.api, "cancelOrderItemSummariesSubmit", *inputs, headers=key) for _ in range(2)]
    results = exact(answer)
    assert (answer.status_code, again.status_code, exact(again)) == (400, 400, results)
    assert [one["isSuccess"] for one in results] == [True, False, True, False]
    assert [one["errors"] is None for one in results] == [True, False, True, False]
    refused, wrong = results[1]["errors"][0], results[3]["errors"][0]
    assert (set(refused), refused["statusCode"]) == ({"statusCode", "message", "fields"}, "INVALID_INPUT")
    assert (wrong["statusCode"], wrong["fields"]) == ("INVALID_ID_FIELD", ["orderSummaryId"])
    assert results[3]["outputValues"] is None
    assert [(await placed.item("mug"))["QuantityCanceled"], (await other.item("towel"))["QuantityCanceled"]] == [1, 2]


async def test_of_an_input_that_is_done_in_part_the_output_says_which(placed: Placed):
    groups = (group_of(placed, name, units, referenceId=name) for name, units in (("mug", 1), ("towel", 99)))
    wanted = allocation(placed, *groups)
    answer = await invoke(
        placed.api, "createFulfillmentOrders", {"multipleFulfillmentOrderInput": {"fulfillmentOrders": [wanted]}}
    )
    [result] = exact(answer)
    made, refused = result["outputValues"]["multipleFulfillmentOrderOutput"]["fulfillmentOrders"]
    assert (answer.status_code, result["isSuccess"], made["success"], refused["success"]) == (400, False, True, False)
    assert result["errors"][0]["statusCode"] == refused["errors"][0]["errorCode"]
    assert await placed.api.read("FulfillmentOrder", made["fulfillmentOrderId"])


async def test_what_one_of_several_previews_showed_is_held_to(placed: Placed):
    seen = await invoke(placed.api, "cancelOrderItemSummariesPreview", change(placed, "mug", 1))
    token = {"Preview-Token": seen.headers["Preview-Token"]}
    two = await invoke(
        placed.api, "cancelOrderItemSummariesPreview", change(placed, "mug", 1), change(placed, "mug", 2)
    )
    assert "Preview-Token" not in two.headers
    assert (await placed.act("submit-cancel", placed.of("towel", 1))).status_code == 201
    answer = await invoke(placed.api, "cancelOrderItemSummariesSubmit", change(placed, "mug", 1), headers=token)
    assert (answer.status_code, answer.json()[0]["errors"][0]["statusCode"]) == (400, "PREVIEW_OUTDATED")
    assert (await placed.item("mug"))["QuantityCanceled"] == 0


# --- what is refused --------------------------------------------------------------------------------------------------


ONE = "1Os000000000001"
ODD: list[tuple[Any, str, str]] = [
    ({}, "REQUIRED_FIELD_MISSING", "orderSummaryId, orderItemSummaryLineItemsToChangeInput"),
    ({"orderSummaryId": ONE}, "REQUIRED_FIELD_MISSING", "orderItemSummaryLineItemsToChangeInput"),
    ({"orderSummaryId": "001000000000001"}, "INVALID_ID_FIELD", "OrderSummary"),
    ({"orderSummaryid": ONE}, "INVALID_FIELD", "did you mean 'orderSummaryId'?"),
    ({"orderSummaryId": ONE, "changeInput": {"changeItem": []}}, "INVALID_FIELD", "'changeItems'?"),
    ({"orderSummaryId": ONE, "changeInput": "all"}, "JSON_PARSER_ERROR", "'all' is not an object"),
    ({"orderSummaryId": ONE, "changeInput": {"changeItems": [1]}}, "JSON_PARSER_ERROR", "changeItems[0]"),
    ({"orderSummaryId": ONE, "changeInput": {"changeItems": []}}, "NOT_FOUND", "1Os000000000001CAA"),
]


@pytest.mark.parametrize(("given", "code", "text"), ODD)
async def test_an_odd_input_is_refused_by_itself(api: Caller, given: Any, code: str, text: str):
    answer = await invoke(api, "cancelOrderItemSummariesSubmit", given)
    [result] = answer.json()
    [error] = result["errors"]
    assert (answer.status_code, result["isSuccess"], error["statusCode"]) == (400, False, code)
    assert text in error["message"]


@pytest.mark.parametrize(
    ("name", "body", "status", "code", "text"),
    [
        ("cancelOrderItemSummarySubmit", {"inputs": [{}]}, 404, "NOT_FOUND", "'cancelOrderItemSummariesSubmit'?"),
        ("x", {"inputs": [{}]}, 404, "NOT_FOUND", "lists all there are"),
        ("createOrderSummary", {"inputs": []}, 400, "INVALID_INPUT", "send 1 to 200"),
        ("createOrderSummary", {"inputs": [{}] * 201}, 400, "INVALID_INPUT", "send 1 to 200"),
        ("createOrderSummary", {"input": [{}]}, 400, "INVALID_FIELD", "'inputs'?"),
        ("createOrderSummary", {"inputs": ["x"]}, 400, "JSON_PARSER_ERROR", "inputs[0]"),
        ("createOrderSummary", {}, 400, "REQUIRED_FIELD_MISSING", "inputs"),
    ],
)
async def test_a_request_that_is_none_is_refused_whole(
    api: Caller, name: str, body: Any, status: int, code: str, text: str
):
    answer = await post(api, f"{STANDARD}/{name}", body)
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"]) == (status, code)
    assert text in error["message"]


async def test_an_action_needs_the_right_of_its_resource(http: httpx.AsyncClient, placed: Placed, database, clock):
    own, other = [
        {"Authorization": f"Bearer {await token_of_rights(http, database, clock(), right)}"}
        for right in ("Run submit-cancel", "Run submit-return")
    ]
    path = f"{BASE}{STANDARD}/cancelOrderItemSummariesSubmit"
    body = {"inputs": [change(placed, "mug", 1)]}
    async with Nothing(database, placed):
        for asked in (http.post(path, json=body, headers=other), http.get(path, headers=other)):
            answer = await asked
            assert (answer.status_code, answer.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS")
            assert "'Run submit-cancel'" in answer.json()[0]["message"]
    listed = (await http.get(BASE + STANDARD, headers=own)).json()["actions"]
    assert [one["name"] for one in listed] == ["cancelOrderItemSummariesSubmit"]
    assert (await http.post(path, json=body, headers=own)).status_code == 200


@pytest.mark.parametrize("all_or_none", [True, False])
async def test_an_action_can_be_part_of_a_composite_that_is_not_atomic(
    placed: Placed, database: Database, all_or_none: bool
):
    part = {
        "method": "POST", "url": f"{BASE}{STANDARD}/cancelOrderItemSummariesSubmit", "referenceId": "cancel",
        "body": {"inputs": [change(placed, "mug", 1)]},
    }  # fmt: skip
    answer = await placed.api.send("POST", "/composite", {"allOrNone": all_or_none, "compositeRequest": [part]})
    [done] = answer.json()["compositeResponse"]
    assert done["httpStatusCode"] == (400 if all_or_none else 200)
    assert (await placed.item("mug"))["QuantityCanceled"] == (0 if all_or_none else 1)


# --- payments ---------------------------------------------------------------------------------------------------------


async def test_a_payment_under_a_key_is_made_once_whichever_way_it_is_asked_for(api: Caller, store, database: Database):
    shop = await till(api)
    given = {
        "amount": 50, "currencyIsoCode": "GBP", "idempotencyKey": f"sale {shop.account}",
        "paymentGatewayId": shop.gateway, "paymentMethodId": shop.card,
    }  # fmt: skip
    async with simulated(store):
        first = await output(api, "paymentSale", given)
        before = await row_counts(database)
        assert await output(api, "paymentSale", given) == first
        another = await invoke(api, "paymentSale", given | {"amount": 60})
        direct = {k: v for k, v in given.items() if k != "paymentMethodId"} | {"paymentMethod": {"id": shop.card}}
        again = await shop.call("/sales", direct | {"amount": 60})
    assert another.json()[0]["errors"][0]["statusCode"] == "IDEMPOTENCY_KEY_REUSED"
    assert again.json()[0]["errorCode"] == "IDEMPOTENCY_KEY_REUSED"
    assert await row_counts(database) == before
    payment = await api.read("Payment", to_15(first["payment"]["id"]) or "")
    assert (payment["Amount"], payment["Type"]) == (Decimal("50.00"), "Sale")


async def test_a_declined_payment_is_no_success_and_says_what_the_gateway_said(api: Caller, store):
    shop = await till(api)
    async with simulated(store) as simulator:
        await simulator.tell(operation="Authorize", kind="decline")
        answer = await invoke(api, "authorizePayment", {"paymentAuthorizationRequest": shop.charge(50)})
    [result] = exact(answer)
    told = result["outputValues"]["paymentAuthorizationResponse"]
    assert (answer.status_code, result["isSuccess"]) == (400, False)
    assert [(e["statusCode"], e["message"]) for e in result["errors"]] == [
        (told["error"]["errorCode"], told["error"]["message"])
    ]
    assert told["gatewayResponse"]["salesforceResultCode"] != "Success"
