"""Who lacks a right is refused with 403 and the name of the right, and nothing is written: on every operation."""

import re
from typing import Any

import httpx
import msgspec
import pytest

from orderwright.decisions.rights import ADMINISTER, OBJECT_VERBS, VIEW_PAYMENTS, Rights, read_right
from orderwright.objects.registry import BY_LOWER_NAME, BY_NAME
from orderwright.rest.oauth.session import Sessions
from orderwright.rest.operation import Operation
from orderwright.rest.operations import OPERATIONS, all_actions
from orderwright.store.oauth import digest, token_owner
from orderwright.store.permissions import change_rights, create_permission_set, permission_sets, unassign
from orderwright.store.users import account_called
from tests.rest.calling import BASE, row_counts
from tests.rest.signing_in import TOKEN, client_for, token_of_rights

GUARDED = [operation for operation in OPERATIONS if operation.needs]
NAMES = {"objectName": "Account", "recordId": "001000000000001AAA", "fieldName": "Id", "value": "001000000000001AAA"}
ALL_RIGHTS = frozenset({
    *(f"{verb} {definition.name}" for verb in OBJECT_VERBS for definition in BY_LOWER_NAME.values()),
    *(f"Run {action}" for action in all_actions()), VIEW_PAYMENTS, ADMINISTER,
})  # fmt: skip


def path_of(operation: Operation) -> str:
    """A path that leads to the operation; the records in it need not be there."""

    def part(found: re.Match[str]) -> str:
        if found[1] == "version":
            return "v67.0"
        object_ = operation.parameters[found[1]][1]
        prefix = BY_NAME[object_].about.key_prefix if object_ else None
        return f"{prefix}000000000001" if prefix else NAMES.get(found[1], "x")

    return re.sub(r"\{(\w+)\}", part, operation.full_path)


def needed(operation: Operation) -> tuple[str, ...]:
    said = (right.replace("{objectName}", NAMES["objectName"]) for right in operation.needs)
    return tuple(right.replace("Describe", "Read") for right in said)


async def ask(http: httpx.AsyncClient, operation: Operation, token: str) -> httpx.Response:
    content = b"" if operation.example is None else msgspec.json.encode(operation.example)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": operation.media}
    return await http.request(operation.method, path_of(operation), content=content, headers=headers)


def is_refused_for(answer: httpx.Response, right: str) -> bool:
    body = answer.json()[0]
    return (answer.status_code, body["errorCode"]) == (403, "INSUFFICIENT_ACCESS") and f"'{right}'" in body["message"]


def test_every_operation_says_who_may_use_it():
    """What needs no right but to be signed in is named here, with the reason."""
    open_to_all = {
        operation.handler.__name__ for operation in OPERATIONS if not operation.needs and not operation.public
    }
    assert open_to_all - CHECKED_BY_BODY == {
        "list_resources",  # the names of the API's parts
        "list_objects",  # of which each sees those that the rights are for
        "list_recent", "list_limits",  # records one may read, and the state of the server
        "get_clock",  # what time it is
        "list_action_kinds", "list_standard_actions", "list_custom_actions",  # of which each sees those one may run
    }  # fmt: skip


CHECKED_BY_BODY = {
    operation.handler.__name__
    for operation in OPERATIONS
    if operation.path.startswith("/composite")
    or operation.tag.startswith("Bulk")
    or operation.handler.__name__ == "upsert_record"
} | {
    "query", "query_all", "query_more", "search", "parameterized_search", "parameterized_search_by_body",
    "describe_action", "run_action",
}  # fmt: skip
"""What a request needs is told by its body, its query or what is stored; below, and in the tests of each."""


async def test_who_was_given_nothing_may_do_nothing(http, database, clock):
    token, before = await token_of_rights(http, database, clock()), await row_counts(database)
    wrong = [
        (operation.method, operation.full_path, answer.status_code, answer.text)
        for operation in GUARDED
        if not is_refused_for(answer := await ask(http, operation, token), needed(operation)[0])
    ]
    assert wrong == []
    assert await row_counts(database) == before


async def test_without_its_own_right_all_others_are_no_help(http, database, clock):
    await create_permission_set(database, "all_but_one", "All", sorted(ALL_RIGHTS), clock())
    form = await client_for(database, clock(), sets=("all_but_one",)) | {"grant_type": "client_credentials"}
    before, wrong = await row_counts(database), []
    for right in sorted({right for operation in GUARDED for right in needed(operation)}):
        taken = [
            each for each in ALL_RIGHTS if each == right or (right == "Read Account" and each.endswith(" Account"))
        ]
        await change_rights(database, "all_but_one", [], taken)
        token = (await http.post(TOKEN, data=form)).json()["access_token"]
        for operation in GUARDED:
            if right in needed(operation):
                answer = await ask(http, operation, token)
                if not is_refused_for(answer, right):
                    wrong.append((operation.method, operation.full_path, right, answer.status_code, answer.text))
        await change_rights(database, "all_but_one", taken, [])
    assert wrong == []
    assert await row_counts(database) == before


async def test_with_its_own_right_each_operation_gets_past_the_check(http, database, clock):
    """On records that are not there most answer 404 or 400; none may answer 403."""
    wrong = []
    for operation in GUARDED:
        if operation.path.startswith("/commerce/order-management/clock"):
            continue  # would stop the clock of the other tests
        token = await token_of_rights(http, database, clock(), *dict.fromkeys(needed(operation)))
        answer = await ask(http, operation, token)
        if answer.status_code in (401, 403):
            wrong.append((operation.method, operation.full_path, answer.text))
    assert wrong == []


# --- what only the body tells -----------------------------------------------------------------------------------------

PRODUCT = {"attributes": {"type": "Product2"}, "Name": "Mug"}
BY_BODY: list[tuple[str, str, Any, str]] = [
    ("POST", "/composite/sobjects", {"allOrNone": True, "records": [PRODUCT]}, "Create Product2"),
    ("POST", "/composite/sobjects", {"allOrNone": False, "records": [PRODUCT]}, "Create Product2"),
    (
        "PATCH", "/composite/sobjects",
        {"records": [{"attributes": {"type": "Account"}, "id": "001000000000001AAA", "Name": "x"}]}, "Edit Account",
    ),
    ("DELETE", "/composite/sobjects?ids=001000000000001AAA", None, "Delete Account"),
    *(
        (
            "POST", "/composite",
            {"allOrNone": all_or_none, "compositeRequest": [{
                "method": "POST", "url": "/services/data/v67.0/sobjects/Product2", "referenceId": "a",
                "body": {"Name": "Mug"},
            }]},
            "Create Product2",
        )
        for all_or_none in (True, False)
    ),
    (
        "POST", "/composite",
        {"compositeRequest": [{
            "method": "POST", "referenceId": "a", "body": {},
            "url": f"{BASE}/commerce/order-management/order-summaries/1Os000000000001/actions/submit-cancel",
        }]},
        "Run submit-cancel",
    ),
    ("GET", "/query?q=SELECT+Id+FROM+Payment", None, "View Payments"),
    ("GET", "/query?q=SELECT+Id+FROM+Order+WHERE+CreatedBy.Username+%3D+'x'", None, "Read User"),
    ("GET", "/actions/standard/cancelOrderItemSummariesSubmit", None, "Run submit-cancel"),
    (
        "POST", "/actions/standard/cancelOrderItemSummariesSubmit",
        {"inputs": [{"orderSummaryId": "1Os000000000001AAA", "changeOrderInput": {"changeItems": []}}]},
        "Run submit-cancel",
    ),
    (
        "POST", "/composite/batch",
        {"batchRequests": [{"method": "POST", "url": "v67.0/sobjects/Product2", "richInput": {"Name": "Mug"}}]},
        "Create Product2",
    ),
    (
        "POST", "/composite/tree/Account",
        {"records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "x"}]}, "Create Account",
    ),
    (
        "POST", "/composite/graph",
        {"graphs": [{"graphId": "1", "compositeRequest": [{
            "method": "POST", "url": "/services/data/v67.0/sobjects/Product2", "referenceId": "a",
            "body": {"Name": "Mug"},
        }]}]},
        "Create Product2",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "right"), BY_BODY, ids=[f"{m} {p} {r}" for m, p, _, r in BY_BODY])
async def test_a_part_is_refused_like_a_request_of_its_own(http, database, clock, method, path, body, right):
    readable = [f"Read {definition.name}" for definition in BY_LOWER_NAME.values() if definition.name != "User"]
    token = await token_of_rights(http, database, clock(), *readable, "Create PricebookEntry", "Edit Order")
    before = await row_counts(database)
    before.pop("request_key")  # an answer in which single records are refused is an answer, and kept
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = await http.request(
        method, BASE + path, content=msgspec.json.encode(body) if body else b"", headers=headers
    )
    assert f"the right '{right}' is missing" in answer.text
    assert "INSUFFICIENT_ACCESS" in answer.text
    assert before.items() <= (await row_counts(database)).items()


# --- what is seen -----------------------------------------------------------------------------------------------------


async def test_payments_are_seen_only_with_the_right_to(http, api, database, clock):
    payment = await api.create("PaymentGroup", SourceObjectId=await api.draft())
    for rights, status in ((("Read *",), 403), (("Read *", VIEW_PAYMENTS), 200)):
        token = await token_of_rights(http, database, clock(), *rights)
        answer = await http.get(f"{BASE}/sobjects/PaymentGroup/{payment}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status, answer.text


async def test_of_a_record_only_the_fields_are_shown_that_may_be_read(http, api, database, clock):
    account = await api.create("Account", Name="Ada", Phone="12345")
    token = await token_of_rights(http, database, clock(), "Read Account.Name")
    headers, path = {"Authorization": f"Bearer {token}"}, f"{BASE}/sobjects/Account/{account}"
    shown = (await http.get(path, headers=headers)).json()
    assert set(shown) == {"attributes", "Id", "Name"}
    assert (await http.get(f"{path}?fields=Name", headers=headers)).json()["Name"] == "Ada"
    assert is_refused_for(await http.get(f"{path}?fields=Phone", headers=headers), "Read Account.Phone")


async def test_permission_sets_are_seen_by_administrators_only(http, api, database, clock):
    path = f"{BASE}/sobjects/PermissionSet/0PS000000000001"
    assert (await http.get(path)).json()["Name"] == "SystemAdministrator"
    token = await token_of_rights(http, database, clock(), "Read *")
    assert is_refused_for(await http.get(path, headers={"Authorization": f"Bearer {token}"}), ADMINISTER)
    assert (await api.send("PATCH", "/sobjects/PermissionSet/0PS000000000001", {"Label": "x"})).status_code >= 400


# --- scopes, changes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "read", "written"), [("api", 200, 201), ("api_read", 200, 403), ("id", 403, 403), ("full", 200, 201)]
)
async def test_a_token_does_no_more_than_its_scopes_say(http, database, clock, scope, read, written):
    form = await client_for(database, clock(), sets=("SystemAdministrator",), scopes=(scope,))
    token = (await http.post(TOKEN, data=form | {"grant_type": "client_credentials"})).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert (await http.get(f"{BASE}/sobjects/Account/describe", headers=headers)).status_code == read
    answer = await http.post(f"{BASE}/sobjects/Account", json={"Name": "Ada"}, headers=headers)
    assert answer.status_code == written


async def test_a_right_that_was_taken_away_works_five_seconds_more_at_most(http, store, database, clock, monkeypatch):
    form = await client_for(database, clock(), sets=("ReadOnly",))
    token = (await http.post(TOKEN, data=form | {"grant_type": "client_credentials"})).json()["access_token"]
    seconds = 100.0
    monkeypatch.setattr("orderwright.rest.oauth.session.time.monotonic", lambda: seconds)
    sessions = Sessions(store)
    assert (await sessions.owner(token)).rights.may_read("Account")
    user = await account_called(database.main, form["client_id"])
    assert user is not None
    assert await unassign(database.main, user.id, "ReadOnly", clock())
    seconds = 104.9
    assert (await sessions.owner(token)).rights.may_read("Account")
    seconds = 105.0
    assert (await sessions.owner(token)).rights == Rights()


async def test_rights_of_several_permission_sets_add_up(http, database, clock):
    form = await client_for(database, clock(), sets=("ReadOnly", "FulfillmentOperator"))
    token = (await http.post(TOKEN, data=form | {"grant_type": "client_credentials"})).json()["access_token"]
    owner = await token_owner(database, digest(token))
    assert owner is not None
    assert owner.rights.may_read("Account")
    assert owner.rights.may_run("cancel-item")
    assert not owner.rights.may_run("submit-cancel")


async def test_the_sets_that_come_with_it_hold_rights_that_exist(database):
    known = [right for each in await permission_sets(database.main) if each.name[0].isupper() for right in each.rights]
    assert len(known) > 50
    assert [read_right(right, all_actions()) for right in known] == known
