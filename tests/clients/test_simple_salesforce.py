"""simple-salesforce, unmodified, against a live server."""

import csv
import datetime as dt
import io
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
import simple_salesforce.bulk
from requests import Session
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from tests.clients.connecting import connected, session_over
from tests.clients.live import PASSWORD, USERNAME, Live

MANY = 450
SMALL_PAGES = {"Sforce-Query-Options": "batchSize=200"}


@pytest.fixture(scope="module")
def session(live: Live, scheme: str) -> Iterator[Session]:
    with session_over(live, scheme) as session:
        yield session


@pytest.fixture(scope="module")
def sf(live: Live, scheme: str, session: Session) -> Salesforce:
    """Signed in as a client, in the API version that the library has when none is named."""
    return connected(live, scheme, session)


@pytest.fixture(scope="module")
def many(sf: Salesforce, scheme: str) -> str:
    """A city that `MANY` accounts bear as their city, made by sObject collections."""
    site = f"{scheme} {time.time_ns()}"
    records = [
        {"attributes": {"type": "Account"}, "Name": f"Account {number:03}", "BillingCity": site}
        for number in range(MANY)
    ]
    for start in range(0, MANY, 200):
        body = {"allOrNone": True, "records": records[start : start + 200]}
        made = sf.restful("composite/sobjects", method="POST", json=body)
        assert all(each["success"] for each in made)
    return site


@pytest.fixture
def own(scheme: str) -> str:
    """A text that no other record has."""
    return f"{scheme}-{time.time_ns() % 10**12}"


# --- signing in


def ways_to_sign_in(live: Live, scheme: str) -> dict[str, dict[str, Any]]:
    client = {"consumer_key": live.client_id, "domain": live.domain(scheme)}
    secret = {**client, "consumer_secret": live.client_secret}
    person = {"username": USERNAME, "password": PASSWORD}
    return {
        "username, password, token": {**person, "security_token": live.security_token, "domain": live.domain(scheme)},
        "username, password": {**person, "security_token": "", "domain": live.domain(scheme)},
        "username, password, organization": {
            **person, "organizationId": "00D000000000001", "domain": live.domain(scheme),
        },
        "username, password, client": {**person, **secret},
        "client": secret,
        "assertion": {**client, "username": USERNAME, "privatekey": live.private_key},
    }  # fmt: skip


@pytest.mark.parametrize(
    "way",
    [
        "username, password, token",
        "username, password",
        "username, password, organization",
        "username, password, client",
        "client",
        "assertion",
    ],
)
def test_each_way_to_sign_in_leads_to_the_same_user(live: Live, scheme: str, session: Session, way: str):
    sf = Salesforce(**ways_to_sign_in(live, scheme)[way], session=session)
    assert sf.query(f"SELECT Name FROM User WHERE Id = '{me(sf)}'")["records"][0]["Name"] == "Ada Lovelace"


def me(sf: Salesforce) -> str:
    """The user's id, asked of the server."""
    return str(sf.oauth2("userinfo")["user_id"])


def test_a_session_id_and_an_instance(live: Live, scheme: str, session: Session, sf: Salesforce):
    for where in ({"instance": f"localhost:{live.port(scheme)}"}, {"instance_url": live.url(scheme)}):
        again = Salesforce(session_id=sf.session_id, session=session, **where)
        assert again.describe()["sobjects"]
    with pytest.raises(SalesforceExpiredSession):
        Salesforce(session_id="wrong", session=session, instance_url=live.url(scheme)).Account.describe()


def test_a_wrong_password_is_told_by_its_code(live: Live, scheme: str, session: Session):
    with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
        Salesforce(
            username="nobody@example.com", password="wrong", security_token="", domain=live.domain(scheme),
            session=session,
        )  # fmt: skip


def test_a_session_that_has_ended_is_renewed(live: Live, scheme: str, session: Session):
    sf = connected(live, scheme, session)
    ended = sf.session_id
    sf.oauth2("revoke", params={"token": ended})
    assert sf.Account.describe()["name"] == "Account"
    assert sf.session_id != ended


# --- records


def test_a_record_is_made_read_changed_and_deleted(sf: Salesforce):
    made = sf.Account.create({"Name": "Grace Hopper", "Since__c": "2024-02-29", "Points__c": 12.5})
    assert (made["success"], made["errors"]) == (True, [])
    read = sf.Account.get(made["id"])
    assert (read["Name"], read["Since__c"], read["Points__c"]) == ("Grace Hopper", "2024-02-29", 12.5)
    assert read["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v{sf.sf_version}/sobjects/Account/{made['id']}",
    }
    assert sf.Account.update(made["id"], {"Name": "Rear Admiral Hopper"}) == 204
    assert sf.Account.get(made["id"], params={"fields": "Name"})["Name"] == "Rear Admiral Hopper"
    assert sf.Account.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Account.get(made["id"])
    assert gone.value.content[0]["errorCode"] in {"NOT_FOUND", "ENTITY_IS_DELETED"}


def test_what_is_refused_names_its_field(sf: Salesforce):
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({"Name": "x", "Nmae": "y"})
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.Account.create({})
    assert refused.value.content[0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert refused.value.content[0]["fields"] == ["Name"]


def test_upsert_by_an_external_id_makes_and_then_changes(sf: Salesforce, own: str):
    assert sf.Account.upsert(f"Shop_Number__c/{own}", {"Name": "first"}) == 201
    assert sf.Account.upsert(f"Shop_Number__c/{own}", {"Name": "second"}) in (200, 204)
    found = sf.Account.get_by_custom_id("Shop_Number__c", own)
    assert (found["Name"], found["Shop_Number__c"]) == ("second", own)


def test_objects_are_listed_and_described(sf: Salesforce):
    listed = {each["name"]: each for each in sf.describe()["sobjects"]}
    assert {"Account", "Order", "OrderSummary", "FulfillmentOrder", "Invoice", "CreditMemo"} <= listed.keys()
    assert listed["OrderSummary"]["keyPrefix"] == "1Os"
    fields = {each["name"]: each for each in sf.Account.describe()["fields"]}
    assert fields["Shop_Number__c"]["externalId"] is True
    assert fields["Id"]["type"] == "id"
    assert sf.Account.metadata()["objectDescribe"]["name"] == "Account"


def test_what_changed_and_what_was_deleted_is_listed(sf: Salesforce):
    start = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)
    kept, deleted = (sf.Account.create({"Name": name})["id"] for name in ("kept", "deleted"))
    sf.Account.delete(deleted)
    end = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)
    assert kept in sf.Account.updated(start, end)["ids"]
    assert deleted in [each["id"] for each in sf.Account.deleted(start, end)["deletedRecords"]]
    found = sf.query(f"SELECT IsDeleted FROM Account WHERE Id = '{deleted}'", include_deleted=True)
    assert [each["IsDeleted"] for each in found["records"]] == [True]


def test_composite_parts_refer_to_each_other(sf: Salesforce, own: str):
    base = f"/services/data/v{sf.sf_version}/sobjects"
    soql = "SELECT LastName FROM Contact WHERE AccountId = '@{account.id}'"
    request = [
        {"method": "POST", "url": f"{base}/Account", "referenceId": "account", "body": {"Name": own}},
        {
            "method": "POST", "url": f"{base}/Contact", "referenceId": "contact",
            "body": {"LastName": "Lovelace", "AccountId": "@{account.id}"},
        },
        {"method": "GET", "url": f"{base}/Contact/@{{contact.id}}?fields=AccountId", "referenceId": "read"},
        {
            "method": "GET", "referenceId": "found",
            "url": f"/services/data/v{sf.sf_version}/query?{urlencode({'q': soql})}",
        },
    ]  # fmt: skip
    answer = sf.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": request})
    account, _, read, found = answer["compositeResponse"]
    assert read["body"]["AccountId"] == account["body"]["id"]
    assert [each["LastName"] for each in found["body"]["records"]] == ["Lovelace"]


# --- queries


def test_a_query_has_parents_and_children(sf: Salesforce, own: str):
    account = sf.Account.create({"Name": own})["id"]
    sf.Contact.create({"LastName": "Lovelace", "AccountId": account})
    (found,) = sf.query(f"SELECT Id, Name, (SELECT LastName FROM Contacts) FROM Account WHERE Name = '{own}'")[
        "records"
    ]
    assert [each["LastName"] for each in found["Contacts"]["records"]] == ["Lovelace"]
    (found,) = sf.query(f"SELECT Account.Name FROM Contact WHERE AccountId = '{account}'")["records"]
    assert found["Account"]["Name"] == own
    assert sf.query(f"SELECT count() FROM Contact WHERE AccountId = '{account}'")["totalSize"] == 1


def test_pages_follow_each_other_to_the_last_record(sf: Salesforce, many: str):
    soql = f"SELECT Name FROM Account WHERE BillingCity = '{many}' ORDER BY Name"
    names = [f"Account {number:03}" for number in range(MANY)]
    everything = sf.query_all(soql, headers=SMALL_PAGES)
    assert (everything["totalSize"], everything["done"]) == (MANY, True)
    assert [each["Name"] for each in everything["records"]] == names
    first = sf.query(soql, headers=SMALL_PAGES)
    assert (first["totalSize"], first["done"], len(first["records"])) == (MANY, False, 200)
    by_url = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    by_id = sf.query_more(first["nextRecordsUrl"].rpartition("/")[2])
    assert [each["Name"] for each in by_url["records"]] == names[200:400]
    assert by_id == by_url
    lazy = sf.query_all_iter(soql, headers=SMALL_PAGES)
    assert [next(lazy)["Name"], sum(1 for _ in lazy)] == [names[0], MANY - 1]


def test_a_query_that_is_wrong_says_what_is(sf: Salesforce):
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query("SELECT Nmae FROM Account")
    assert refused.value.content[0]["errorCode"] == "INVALID_FIELD"
    with pytest.raises(SalesforceMalformedRequest) as refused:
        sf.query("SELECT Name FROM Account WHERE")
    assert refused.value.content[0]["errorCode"] == "MALFORMED_QUERY"


def test_a_search_finds_by_name(sf: Salesforce, own: str):
    made = sf.Account.create({"Name": f"Searched {own}"})["id"]
    escaped = own.replace("-", "\\-")
    found = sf.search(f"FIND {{{escaped}}} IN ALL FIELDS RETURNING Account (Id, Name)")
    assert [each["Id"] for each in found["searchRecords"]] == [made]
    assert sf.quick_search("nobody bears this name")["searchRecords"] == []


# --- limits


def test_the_limits_agree_with_what_every_answer_says(sf: Salesforce):
    sf.query("SELECT Id FROM Account LIMIT 1")
    before = sf.api_usage["api-usage"]
    limit = sf.limits()["DailyApiRequests"]
    after = sf.api_usage["api-usage"]
    assert before.total == after.total == limit["Max"]
    assert before.used < after.used
    assert after.used == limit["Max"] - limit["Remaining"]


# --- bulk


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library rests five seconds before it looks at a batch again; what it asks for stays the same."""
    rest = time.sleep
    monkeypatch.setattr(simple_salesforce.bulk, "sleep", lambda _: rest(0.05))


@pytest.mark.usefixtures("impatient")
def test_bulk_1_inserts_updates_upserts_queries_and_deletes(sf: Salesforce, own: str):
    bulk = sf.bulk.Account
    made = bulk.insert([{"Name": own, "Shop_Number__c": f"{own}-{n}", "Points__c": n} for n in range(3)], batch_size=2)
    assert [(each["success"], each["created"], each["errors"]) for each in made] == [(True, True, [])] * 3
    ids = [each["id"] for each in made]
    changed = bulk.update([{"Id": ids[0], "Points__c": 70}, {"Id": ids[1], "Points__c": "no number"}])
    assert [each["success"] for each in changed] == [True, False]
    assert changed[1]["errors"][0]["message"]
    upserted = bulk.upsert(
        [{"Shop_Number__c": f"{own}-{n}", "Name": own, "Points__c": 90 + n} for n in (2, 3)], "Shop_Number__c"
    )
    assert [each["created"] for each in upserted] == [False, True]
    soql = f"SELECT Id, Points__c FROM Account WHERE Name = '{own}' ORDER BY Points__c"
    assert [float(each["Points__c"]) for each in bulk.query(soql)] == [1, 70, 92, 93]
    removed = bulk.delete([{"Id": each} for each in ids])
    assert all(each["success"] for each in removed)
    assert len(bulk.query(soql)) == 1
    assert len(bulk.query_all(soql)) == 4


@pytest.mark.usefixtures("impatient")
def test_bulk_1_shows_requests_beside_results(sf: Salesforce, own: str):
    (detailed,) = sf.bulk.Account.insert([{"Name": own}], include_detailed_results=True)
    assert (detailed["Name"], detailed["success"]) == (own, True)
    (begun,) = sf.bulk.Account.insert([{"Name": own}], bypass_results=True)[:1]
    assert begun == {"bypass_results": True}


def test_bulk_2_inserts_updates_upserts_queries_and_deletes(sf: Salesforce, own: str):
    bulk = sf.bulk2.Account
    rows = [{"Name": own, "Shop_Number__c": f"{own}-{n}", "Points__c": str(n)} for n in range(3)]
    (job,) = bulk.insert(records=rows, wait=0.05)
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 0)
    made = read(bulk.get_successful_records(job["job_id"]))
    assert sorted((each["Name"], each["sf__Created"]) for each in made) == [(own, "true")] * 3
    ids = {each["Shop_Number__c"]: each["sf__Id"] for each in made}
    (job,) = bulk.update(
        records=[
            {"Id": ids[f"{own}-0"], "Points__c": "70"},
            {"Id": ids[f"{own}-1"], "Points__c": "no number"},
        ],
        wait=0.05,
    )
    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
    everything = bulk.get_all_ingest_records(job["job_id"])
    assert [each["sf__Id"] for each in everything["successfulRecords"]] == [ids[f"{own}-0"]]
    assert everything["failedRecords"][0]["sf__Error"]
    assert everything["unprocessedRecords"] == []
    again = [{"Name": own, "Shop_Number__c": f"{own}-{n}", "Points__c": str(90 + n)} for n in (2, 3)]
    (job,) = bulk.upsert(records=again, external_id_field="Shop_Number__c", wait=0.05)
    created = {each["Shop_Number__c"]: each["sf__Created"] for each in read(bulk.get_successful_records(job["job_id"]))}
    assert created == {f"{own}-2": "false", f"{own}-3": "true"}
    soql = f"SELECT Id, Points__c FROM Account WHERE Name = '{own}' ORDER BY Points__c"
    pages = list(bulk.query(soql, max_records=3, wait=0.05))
    assert [[float(row["Points__c"]) for row in read(page)] for page in pages] == [[1, 70, 92], [93]]
    (job,) = bulk.delete(records=[{"Id": each} for each in ids.values()], wait=0.05)
    assert job["numberRecordsFailed"] == 0
    assert len(read("".join(bulk.query_all(soql, wait=0.05)))) == 4


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# --- what the library leaves to `restful`


@pytest.mark.parametrize(
    "path",
    ["sobjects", "sobjects/", "limits", "recent", "recent/", "query?q=SELECT+Id+FROM+Account+LIMIT+1"],
)
def test_resources_are_reached_by_their_paths(sf: Salesforce, path: str):
    assert sf.restful(path) is not None
