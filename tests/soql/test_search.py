"""SOSL: which records of the small world words are found in, and what is said about a search that is none."""

from typing import Any

import pytest

from orderwright.soql.arguments import Asked
from orderwright.soql.errors import QueryError
from orderwright.soql.search import prepare_search, read_search
from orderwright.soql.shape import Writer
from orderwright.store import query
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
        ("FIND {(acme)}", "MALFORMED_SEARCH"),
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
