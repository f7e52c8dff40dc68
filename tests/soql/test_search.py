"""SOSL: which records of the small world words are found in, and what is said about a search that is none."""

from typing import Any

import pytest

from orderwright.decisions.rights import MissingRight, Rights
from orderwright.objects.custom_fields import STANDARD_SCHEMA
from orderwright.soql.arguments import Asked
from orderwright.soql.errors import QueryError, QueryTimeout
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import prepare
from orderwright.soql.search import prepare_search, read_search
from orderwright.soql.shape import Writer
from orderwright.store import query
from orderwright.store.database import Database
from orderwright.store.query import Deadline, limited
from tests.rest.calling import BASE, Caller
from tests.soql.conftest import Questioner, in_short
from tests.soql.world import NOW, with_ids

TABLE: list[tuple[str, list[Any]]] = [
    ("FIND {{acme}} RETURNING Account", ["acme"]),
    ("FIND {{ACME}} IN NAME FIELDS RETURNING Account(Name)", ["Acme"]),
    ("find {{bob@bbq.example}} in email fields returning Account(Id)", ["bob"]),
    ("FIND {{bob@bbq.example}} IN NAME FIELDS RETURNING Account", []),
    ("FIND {{apple}} RETURNING Contact, Account", ["ann"]),
    ("FIND {{app*}} RETURNING Contact", ["ann"]),
    ("FIND {{app}} RETURNING Contact", []),
    ("FIND {{a?n}} RETURNING Contact", ["ann"]),
    ('FIND {{"ann apple"}} RETURNING Contact', ["ann"]),
    ("FIND {{apple ann}} RETURNING Contact", ["ann"]),
    ("FIND {{ann AND berg}} RETURNING Contact", []),
    ("FIND {{apple OR berg}} RETURNING Contact(Id ORDER BY LastName DESC)", ["ben", "ann"]),
    ("FIND {{be* AND NOT apple}} RETURNING Contact", ["ben"]),
    ("FIND {{Bob's}} RETURNING Account(Id WHERE BillingCity = 'london' LIMIT 5)", ["bob"]),
    ("FIND {{Bob's}} RETURNING Account(Id WHERE Name IN (')', 'x'))", []),
    ("FIND {{00000001}} RETURNING Order(OrderNumber, Account.Name)", [("00000001", ("Acme",))]),
    ("FIND {{S-1}} RETURNING OrderSummary(Id), Order(Id)", ["s1"]),
    ("FIND {{s1@x.example}} IN EMAIL FIELDS RETURNING OrderSummary", ["s1"]),
    ("FIND {{{o1}}} RETURNING Order, OrderSummary", ["o1"]),
    ("FIND {{{s1:18}}}", ["s1"]),
    ("FIND {{DOC-v1}} RETURNING Invoice", ["v1"]),
    ("FIND {{SKU-1}} RETURNING Product2", ["mug"]),
    ("FIND {{M-*}} RETURNING Product2(Id ORDER BY Id) LIMIT 1", ["mug"]),
    ("FIND {{100% AND cotton_towel}} RETURNING Product2", ["towel"]),
    ("FIND {{10\\* OR t_*}} RETURNING Product2", ["towel"]),
    ("FIND {{0000010?}} RETURNING Order(Id ORDER BY OrderNumber)", ["change", "again"]),
    ("FIND {{gone}} RETURNING Product2", []),
    ("FIND {{ann (apple OR berg)}} RETURNING Contact", ["ann"]),
    ("FIND {{(ann AND berg) OR (apple AND ann)}} RETURNING Contact", ["ann"]),
    ("FIND {{(apple OR berg) AND NOT (ann OR nobody)}} RETURNING Contact", ["ben"]),
    ("FIND {{NOT (ann OR apple) be*}} RETURNING Contact", ["ben"]),
    ("FIND {{apple AND nobody OR berg}} RETURNING Contact", ["ben"]),
    ("FIND {{apple AND (nobody OR berg)}} RETURNING Contact", []),
    ('FIND {{("ann apple")or(berg)}} RETURNING Contact(Id ORDER BY LastName)', ["ann", "ben"]),
    ("FIND {{acme}} IN SIDEBAR FIELDS RETURNING Account", ["acme"]),
]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
async def test_a_search_finds(ask: Questioner, text: str, expected: list[Any]):
    search = read_search(with_ids(text))
    found: list[Any] = []
    for prepared in prepare_search(search, ask.dialect):
        arguments = prepared.arguments(Asked(prepared.texts, NOW, ""))
        write = Writer(prepared.plan.record, 67, 2000)
        found += [in_short(write(row)) for row in await query.ask(ask.session, prepared.plan, arguments)]
    assert found == [each if isinstance(each, tuple) else (each,) for each in expected]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_SEARCH"),
        ("FIND acme", "MALFORMED_SEARCH"),
        ("FIND {}", "MALFORMED_SEARCH"),
        ("FIND {a}", "MALFORMED_SEARCH"),
        ("FIND {*}", "MALFORMED_SEARCH"),
        ("FIND {acme OR}", "MALFORMED_SEARCH"),
        ("FIND {acme NOT}", "MALFORMED_SEARCH"),
        ("FIND {(acme}", "MALFORMED_SEARCH"),
        ("FIND {acme)}", "MALFORMED_SEARCH"),
        ("FIND {acme ()}", "MALFORMED_SEARCH"),
        ("FIND {AND acme}", "MALFORMED_SEARCH"),
        ("FIND {acme OR OR bob}", "MALFORMED_SEARCH"),
        ('FIND {"acme bob}', "MALFORMED_SEARCH"),
        ("FIND {" + "acme " * 21 + "}", "MALFORMED_SEARCH"),
        ("FIND {" + "(acme " * 600 + ")" * 300 + "}", "MALFORMED_SEARCH"),
        ("FIND {" + "(acme " * 600 + ")" * 600 + "}", "MALFORMED_SEARCH"),
        ("FIND {acme NOT NOT bob}", "MALFORMED_SEARCH"),
        ("FIND {" + "(" * 3000 + "acme" + ")" * 3000 + "}", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account(Id FROM User)", "MALFORMED_QUERY"),
        ("FIND {acme} RETURNING Account(Id FROM User WHERE Id IN (SELECT OwnerId)", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING OrderItem", "INVALID_TYPE"),
        ("FIND {acme} IN SOME FIELDS", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account,", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Account(Id", "MALFORMED_SEARCH"),
        ("FIND {acme} RETURNING Acount", "INVALID_TYPE"),
        ("FIND {acme} RETURNING Account(Nmae)", "INVALID_FIELD"),
        ("FIND {acme} RETURNING Account(WHERE Name = 'x')", "MALFORMED_QUERY"),
    ],
)
def test_what_is_no_search_is_refused(ask_dialect: Any, text: str, code: str):
    with pytest.raises(QueryError) as refused:
        prepare_search(read_search(text), ask_dialect)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "text",
    ["FIND {acme} RETURNING a" + " " * 90_000 + "x", "FIND {acme} RETURNING" + " " * 90_000 + "x;"],
    ids=["after a name", "before it"],
)
def test_spaces_are_looked_at_once(text: str):
    """Work grows with the length of a search, not with its square: these took minutes."""
    with pytest.raises(QueryError, match="RETURNING lists objects"):
        read_search(text)


def test_a_search_that_is_too_long_is_not_looked_at():
    with pytest.raises(QueryError, match="at most 100000"):
        read_search("FIND {acme} RETURNING Account" + " " * 100_000)


def test_objects_that_may_not_be_read_are_left_out_unless_they_are_named():
    dialect = Dialect(STANDARD_SCHEMA, 67, rights=Rights(frozenset({"Read Contact"})))
    assert [p.plan.object for p in prepare_search(read_search("FIND {acme}"), dialect)] == ["Contact"]
    with pytest.raises(MissingRight, match="Read Account"):
        prepare_search(read_search("FIND {acme} RETURNING Account"), dialect)


async def test_a_search_over_http(api: Caller):
    account = await api.create("Account", Name="Zanzibar Ltd")
    answer = await api.http.get(f"{BASE}/search", params={"q": "FIND {zanzibar} RETURNING Account(Name)"})
    assert answer.json() == {
        "searchRecords": [
            {"attributes": {"type": "Account", "url": f"{BASE}/sobjects/Account/{account}"}, "Name": "Zanzibar Ltd"}
        ]
    }
    asked = {"q": "zanzi*", "sobject": "Account", "fields": "Id,Name", "in": "NAME", "overallLimit": "1"}
    (found,) = (await api.http.get(f"{BASE}/parameterizedSearch", params=asked)).json()["searchRecords"]
    assert (found["Id"], found["Name"]) == (account, "Zanzibar Ltd")
    answer = await api.http.get(f"{BASE}/search", params={"q": "FIND {x}"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "MALFORMED_SEARCH")


@pytest.fixture
async def named_alike(api: Caller, database: Database):
    for object_, fields in (
        ("Account", {"Name": "Qux One"}), ("Account", {"Name": "Qux Two"}), ("Contact", {"LastName": "Qux"}),
        ("Product2", {"Name": "Qux", "ProductCode": "QX"}),
    ):  # fmt: skip
        await api.create(object_, **fields)
    yield
    for table in ("account", "contact", "product2"):
        await database.main.execute(f"DELETE FROM {table} WHERE name LIKE 'Qux%'")


IN_PATH_AND_BODY: list[tuple[str, dict[str, Any], list[tuple[str, ...]]]] = [
    (
        "q=qux&sobject=Account&sobject=Contact&fields=Name&Account.orderBy=Name%20DESC%20NULLS_LAST&Account.limit=1",
        {
            "q": "qux", "fields": ["Name"],
            "sobjects": [{"name": "Account", "orderBy": "Name DESC NULLS_LAST", "limit": 1}, {"name": "Contact"}],
        },
        [("Qux Two",), ("Qux",)],
    ),
    (
        "q=qux AND NOT (two OR three)&sobject=Account,Product2&fields=Name&Product2.fields=ProductCode,Name",
        {
            "q": "qux AND NOT (two OR three)", "fields": ["Name"],
            "sobjects": [{"name": "Account"}, {"name": "Product2", "fields": ["ProductCode", "Name"]}],
        },
        [("Qux One",), ("QX", "Qux")],
    ),
    (
        "q=qux&sobject=Account&fields=Name&Account.where=Name LIKE '%25two'&in=name",
        {"q": "qux", "fields": ["Name"], "sobjects": [{"name": "Account", "where": "Name LIKE '%two'"}], "in": "name"},
        [("Qux Two",)],
    ),
    (
        "q=qux&sobject=Account&fields=Name&Account.orderBy=Name&offset=1&defaultLimit=5",
        {
            "q": "qux", "fields": ["Name"], "sobjects": [{"name": "Account", "orderBy": "Name"}],
            "offset": 1, "defaultLimit": "5",
        },
        [("Qux Two",)],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "expected"), IN_PATH_AND_BODY, ids=[path for path, *_ in IN_PATH_AND_BODY])
async def test_what_is_searched_for_stands_in_the_path_or_in_the_body(
    api: Caller, named_alike: None, path: str, body: dict[str, Any], expected: list[tuple[str, ...]]
):
    by_path = await api.http.get(f"{BASE}/parameterizedSearch?{path}")
    by_body = await api.send("POST", "/parameterizedSearch", body)
    assert by_path.status_code == by_body.status_code == 200, by_path.text + by_body.text
    assert [in_short(record) for record in by_body.json()["searchRecords"]] == expected
    assert by_path.json() == by_body.json()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"fields": ["Id"]}, "REQUIRED_FIELD_MISSING"),
        ({"q": "qux", "fields": ["Id"]}, "MALFORMED_SEARCH"),
        ({"q": "qux", "in": "TITLE"}, "MALFORMED_SEARCH"),
        ({"q": "qux", "offset": 1, "sobjects": [{"name": "Account"}, {"name": "Contact"}]}, "MALFORMED_SEARCH"),
        ({"q": "qux", "overallLimit": 2001}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"q": "qux", "sobjects": [{"name": "Account", "limit": 2001}]}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"q": "qux", "sobjects": [{"name": "Acount"}]}, "INVALID_TYPE"),
        ({"q": "qux", "sobjects": [{"name": "Account", "where": "Nmae = 'x'"}]}, "INVALID_FIELD"),
        ({"q": "qux", "dataCategories": []}, "INVALID_FIELD"),
    ],
)
async def test_a_search_in_a_body_that_is_none_is_refused(api: Caller, body: dict[str, Any], code: str):
    answer = await api.send("POST", "/parameterizedSearch", body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


async def test_a_search_ends_when_its_time_is_over(database: Database):
    deadline = Deadline(1)
    plan = prepare("SELECT Id FROM Account", Dialect(STANDARD_SCHEMA, 67)).plan
    async with database.main.acquire() as session:
        with pytest.raises(QueryTimeout):
            async with limited(session, plan, deadline.left_seconds):
                await session.execute("SELECT pg_sleep(1.5)")
    assert deadline.left_seconds == 1
