"""What is said about a query that cannot be answered: code, place, and the word to look for. Nothing is started."""

import re

import pytest

from orderwright.decisions.rights import VIEW_PAYMENTS, MissingRight, Rights
from orderwright.objects.abilities import is_aggregatable, is_filterable, is_groupable, is_sortable
from orderwright.objects.custom_fields import STANDARD_SCHEMA
from orderwright.objects.picklists import STANDARD, picklists_of
from orderwright.soql.arguments import Asked
from orderwright.soql.errors import QueryError, described
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import prepare, prepare_afresh
from orderwright.soql.read import LONGEST_CHARACTERS
from tests.soql.world import NOW, SCHEMA

MALFORMED, FIELD, TYPE = "MALFORMED_QUERY", "INVALID_FIELD", "INVALID_TYPE"
OPERATOR, COMPLICATED, RANGE = "INVALID_QUERY_FILTER_OPERATOR", "QUERY_TOO_COMPLICATED", "NUMBER_OUTSIDE_VALID_RANGE"

# `»` stands before the character that the caret points at; without one the error is about the whole query.
TABLE = [
    # no SOQL
    ("", MALFORMED, "is empty"),
    ("   ", MALFORMED, "is empty"),
    ("SELECT »FROM Account", MALFORMED, "unexpected token: 'FROM'"),
    ("SELECT Id, »FROM Account", MALFORMED, "unexpected token: 'FROM'"),
    ("SELECT Id»", MALFORMED, "unexpected token: '<EOF>'"),
    ("SELECT Id FROM »WHERE Name = 'x'", MALFORMED, "unexpected token: 'WHERE'"),
    ("»UPDATE Account SET Name = 'x'", MALFORMED, "unexpected token: 'UPDATE'"),
    ("SELECT Id Name »Status FROM Account", MALFORMED, "unexpected token: 'Status'"),
    ("SELECT »* FROM Account", MALFORMED, "character '*'"),
    ("SELECT Id FROM Account »;", MALFORMED, "a query ends without one"),
    ("SELECT Id FROM Account WHERE Name = »\"x\"", MALFORMED, "between single quotes"),
    ("SELECT Id FROM Account WHERE Name = »'x", MALFORMED, "does not end"),
    ("SELECT Id FROM Account WHERE Name = 'O'»Brien'", MALFORMED, "unexpected token: 'Brien'"),
    ("SELECT Id FROM Account WHERE Name =»", MALFORMED, "<EOF>"),
    ("SELECT Id FROM Account WHERE Name ~ 'x'", MALFORMED, "'~'"),
    ("SELECT Id FROM Account WHERE Name = »:name", MALFORMED, "Bind variables only allowed in Apex code"),
    ("SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' »OR Phone = 'c'", MALFORMED, "parentheses"),
    ("SELECT Id FROM Account WHERE Name = 'a' OR Phone = 'b' »AND Phone = 'c'", MALFORMED, "parentheses"),
    ("SELECT Id FROM Account ORDER »Name", MALFORMED, "unexpected token: 'Name'"),
    ("SELECT Id FROM Account LIMIT »x", MALFORMED, "unexpected token: 'x'"),
    ("SELECT Id FROM Account LIMIT »-1", MALFORMED, "whole number"),
    ("SELECT Id FROM Account LIMIT »1.5", MALFORMED, "whole number"),
    ("SELECT Id FROM Account LIMIT 1 »WHERE Name = 'x'", MALFORMED, "unexpected token: 'WHERE'"),
    ("SELECT Id\nFROM Account\nWHERE Name =»= 'a'", MALFORMED, "unexpected token: '='"),
    ("SELECT Id FROM Account WHERE Name = 'a»\\qb'", MALFORMED, "Illegal character sequence"),
    ("SELECT Id FROM Account WHERE Name = 'a»\\%b'", MALFORMED, "Illegal character sequence"),
    ("SELECT Id FROM Account WHERE Name = »'\\u0000'", MALFORMED, "null character"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »2026-02-30", MALFORMED, "Invalid date"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »1066-10-14", MALFORMED, "Invalid date"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »LAST_N_DAYS:9999999", MALFORMED, "1700 to 4000"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »LAST_N_DAYS", MALFORMED, "LAST_N_DAYS:n"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »TODAY:1", MALFORMED, "write TODAY alone"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »TODAX", MALFORMED, "did you mean 'TODAY'"),
    ("SELECT Id FROM Order WHERE EffectiveDate > »EndDate", MALFORMED, "unexpected token: 'ENDDATE'"),
    # names
    ("SELECT Id FROM »Acount", TYPE, "sObject type 'Acount' is not supported; did you mean 'Account'?"),
    ("SELECT Id FROM »GatewayRequest", TYPE, "not supported"),
    ("SELECT »Nmae FROM Account", FIELD, "No such column 'Nmae' on entity 'Account'; did you mean 'Name'?"),
    ("SELECT Id, »Colour__c FROM Account", FIELD, "No such column 'Colour__c'"),
    ("SELECT »shard FROM Account", FIELD, "No such column"),
    ("SELECT »custom FROM Account", FIELD, "No such column"),
    ("SELECT »order_number FROM Order", FIELD, "did you mean 'OrderNumber'?"),
    ("SELECT Id FROM Account WHERE »Foo = 1", FIELD, "No such column 'Foo'"),
    ("SELECT Id FROM Account ORDER BY »Foo", FIELD, "No such column 'Foo'"),
    ("SELECT Id, »Acount.Name FROM Order", FIELD, "Didn't understand relationship 'Acount'"),
    ("SELECT »Contract.Name FROM Order", FIELD, "no object Contract"),
    ("SELECT »AccountId.Name FROM Order", FIELD, "did you mean 'Account'?"),
    ("SELECT TYPEOF »ReferencEntity WHEN Order THEN Id END FROM Invoice", FIELD, "did you mean 'ReferenceEntity'?"),
    ("SELECT »Account.Nmae FROM Order", FIELD, "on entity 'Account'; did you mean 'Name'?"),
    ("SELECT »ReferenceEntity.Status FROM Invoice", FIELD, "use TYPEOF ReferenceEntity"),
    ("SELECT »ReferenceEntity.Owner.Name FROM Invoice", FIELD, "leads no further"),
    ("SELECT (SELECT Id FROM »OrderItem) FROM Order", TYPE, "did you mean 'OrderItems'?"),
    ("SELECT (SELECT »Foo FROM OrderItems) FROM Order", FIELD, "on entity 'OrderItem'"),
    ("SELECT Id FROM »Account.Contacts", MALFORMED, "is a path"),
    ("SELECT Id, »Id FROM Account", FIELD, "duplicate field selected: Id"),
    ("SELECT Account.Name, »account.name FROM Order", FIELD, "duplicate field selected: Name"),
    ("SELECT Id, »FIELDS(ALL) FROM Account LIMIT 200", FIELD, "duplicate field selected: Id"),
    ("SELECT Status, »toLabel(Status) FROM Order", FIELD, "duplicate field selected: Status"),
    # values that do not fit
    ("SELECT Id FROM Account WHERE Id = »'x'", OPERATOR, "invalid ID field: x"),
    ("SELECT Id FROM Account WHERE Id IN ('001000000000000', »'001')", OPERATOR, "invalid ID field: 001"),
    ("SELECT Id FROM Account WHERE Id »LIKE '001%'", OPERATOR, "invalid operator on id field"),
    ("SELECT Id FROM Order WHERE EffectiveDate »LIKE '2026%'", OPERATOR, "invalid operator on date field"),
    ("SELECT Id FROM Order WHERE AccountId = »5", FIELD, "must be of type ID and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE Name = »5", FIELD, "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE Name LIKE »5", FIELD, "must be of type string"),
    ("SELECT Id FROM OrderItem WHERE Quantity = »'5'", FIELD, "must be of type double and should not be enclosed in quotes"),
    ("SELECT Id FROM OrderItem WHERE Quantity > »USD5", FIELD, "must be of type double"),
    ("SELECT Id FROM OrderItem WHERE Quantity = »1e200", MALFORMED, "more digits"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »'2026-03-01'", FIELD, "must be of type date and should not be"),
    ("SELECT Id FROM Order WHERE EffectiveDate = »2026-03-01T00:00:00Z", FIELD, "must be of type date"),
    ("SELECT Id FROM Order WHERE CreatedDate = »2026-03-01", FIELD, "must be of type dateTime"),
    ("SELECT Id FROM Product2 WHERE IsActive = »'true'", FIELD, "must be of type boolean"),
    ("SELECT Id FROM Product2 WHERE IsActive »> TRUE", OPERATOR, "invalid operator on boolean field"),
    ("SELECT Id FROM Product2 WHERE Name »> null", OPERATOR, "compare it with = or !="),
    ("SELECT Id FROM Product2 WHERE CALENDAR_YEAR(CreatedDate) = »THIS_YEAR", FIELD, "must be of type int"),
    ("SELECT Id FROM Product2 WHERE Name »INCLUDES ('a')", OPERATOR, "multi-select picklists"),
    ("SELECT Id FROM Product2 WHERE »Description = 'x'", FIELD, "can not be filtered in a query call"),
    ("SELECT Id FROM Order WHERE »BillingAddress = 'x'", FIELD, "can not be filtered"),
    ("SELECT Id FROM CardPaymentMethod WHERE »GatewayTokenEncrypted = 'x'", FIELD, "can not be filtered"),
    # functions
    ("SELECT Id FROM Order WHERE »CALENDAR_YER(CreatedDate) = 1", MALFORMED, "did you mean 'CALENDAR_YEAR'?"),
    ("SELECT Id FROM Order WHERE »CALENDAR_YEAR(Status) = 1", FIELD, "takes a date or dateTime field"),
    ("SELECT Id FROM Order WHERE »HOUR_IN_DAY(EffectiveDate) = 1", FIELD, "takes a dateTime field"),
    ("SELECT Id FROM Order WHERE »convertTimezone(CreatedDate) = TODAY", MALFORMED, "has no place here"),
    ("SELECT Id FROM Order WHERE »convertCurrency(TotalAmount) > 1", MALFORMED, "has no place here"),
    ("SELECT Id FROM Order WHERE »COUNT(Id) > 1", MALFORMED, "use HAVING"),
    ("SELECT »CALENDAR_YEAR(CreatedDate) FROM Order", MALFORMED, "must be grouped"),
    ("SELECT convertCurrency(»Status) FROM Order", FIELD, "takes a currency field"),
    ("SELECT Id FROM Order WHERE »DISTANCE(BillingAddress, 1, 'mi') < 1", MALFORMED, "no function 'DISTANCE'"),
    # aggregates and groups
    ("SELECT COUNT(), »Id FROM Account", MALFORMED, "COUNT() must be the only element"),
    ("SELECT COUNT() FROM Account ORDER BY »Name", MALFORMED, "ORDER BY"),
    ("SELECT COUNT(Id), »Name FROM Account", MALFORMED, "Field must be grouped or aggregated: Name"),
    ("SELECT Name, »Phone FROM Account GROUP BY Name", MALFORMED, "Field must be grouped or aggregated: Phone"),
    ("SELECT COUNT(Id) FROM Account LIMIT »1", MALFORMED, "cannot also use LIMIT"),
    ("SELECT Name FROM Account GROUP BY Name ORDER BY »Phone", MALFORMED, "Ordered field must be grouped"),
    ("SELECT Name FROM Account GROUP BY Name HAVING »Phone = 'x'", MALFORMED, "must be grouped or aggregated: Phone"),
    ("SELECT Name n, »COUNT(Id) n FROM Account GROUP BY Name", MALFORMED, "duplicate alias: n"),
    ("SELECT »Name n FROM Account", MALFORMED, "only aggregate expressions use field aliasing"),
    ("SELECT »SUM(Name) FROM Account", MALFORMED, "does not support aggregate operator SUM"),
    ("SELECT »MAX(IsActive) FROM Product2", MALFORMED, "does not support aggregate operator MAX"),
    ("SELECT »COUNT(Description) FROM Product2", MALFORMED, "does not support aggregate operator COUNT"),
    ("SELECT CreatedDate FROM Order GROUP BY »CreatedDate", MALFORMED, "can not be grouped"),
    ("SELECT COUNT(Id) FROM Order GROUP BY »TotalAmount", MALFORMED, "can not be grouped"),
    ("SELECT COUNT(Id) FROM Order GROUP BY ROLLUP(Status), »Type", MALFORMED, "stand inside ROLLUP"),
    ("SELECT COUNT(Id) FROM Order GROUP BY »CUBE(Status, Type, AccountId, Name)", MALFORMED, "one to 3 fields"),
    ("SELECT »GROUPING(Status) FROM Order GROUP BY Status", MALFORMED, "ROLLUP or CUBE"),
    ("SELECT Name, (SELECT »Id FROM Contacts) FROM Account GROUP BY Name", MALFORMED, "no subqueries"),
    ("SELECT Description FROM Product2 ORDER BY »Description", MALFORMED, "can not be sorted"),
    # subqueries
    ("SELECT Id FROM Account WHERE Name = 'x' OR Id »IN (SELECT AccountId FROM Order)", MALFORMED, "with OR"),
    ("SELECT Id FROM Account WHERE NOT Id IN (SELECT AccountId FROM Order)", MALFORMED, "write NOT IN"),
    ("SELECT Id FROM Account WHERE »Name IN (SELECT AccountId FROM Order)", MALFORMED, "an id or a reference"),
    ("SELECT Id FROM Order WHERE »Account.Id IN (SELECT AccountId FROM Contact)", MALFORMED, "of Order itself"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT »Name FROM Order)", MALFORMED, "should point to the same object type"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT »Id FROM Order)", MALFORMED, "should point to the same object type"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT »Order.AccountId FROM OrderItem)", MALFORMED, "not of a parent"),
    ("SELECT Id FROM Order WHERE Id IN (SELECT RelatedOrderId FROM »Order)", MALFORMED, "same object type"),
    ("SELECT Id FROM Account WHERE Id IN (SELECT »AccountId FROM Order LIMIT 1)", MALFORMED, "LIMIT"),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Order WHERE Id »IN (SELECT OrderId FROM OrderItem))",
        MALFORMED,
        "Nesting of semi join",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Order) AND Id IN (SELECT AccountId FROM Contact) "
        "AND Id »IN (SELECT AccountId FROM OrderSummary)",
        COMPLICATED,
        "Maximum 2",
    ),
    ("SELECT (SELECT »COUNT(Id) FROM Contacts) FROM Account", MALFORMED, "only root queries"),
    ("SELECT (SELECT Id FROM Contacts LIMIT 5 OFFSET »1) FROM Account", MALFORMED, "needs LIMIT 1"),
    # TYPEOF
    ("SELECT TYPEOF »Account WHEN Account THEN Name END FROM Order", MALFORMED, "always names the same object"),
    ("SELECT TYPEOF ReferenceEntity WHEN »Account THEN Name END FROM Invoice", TYPE, "never names a Account"),
    ("SELECT TYPEOF ReferenceEntity WHEN Order THEN »Nmae END FROM Invoice", FIELD, "on entity 'Order'"),
    ("SELECT TYPEOF ReferenceEntity WHEN Order THEN Id ELSE »Status END FROM Invoice", FIELD, "on entity 'Name'"),
    # FIELDS
    ("SELECT »FIELDS(ALL) FROM Account", MALFORMED, "LIMIT of at most 200"),
    ("SELECT »FIELDS(ALL) FROM Account LIMIT 201", MALFORMED, "LIMIT of at most 200"),
    ("SELECT »FIELDS(CUSTOM) FROM Product2", MALFORMED, "LIMIT of at most 200"),
    ("SELECT FIELDS(»SOME) FROM Account LIMIT 1", MALFORMED, "FIELDS takes ALL, STANDARD, CUSTOM"),
    # limits and clauses
    ("SELECT Id FROM Account LIMIT 1 OFFSET »2001", RANGE, "maximum SOQL offset allowed is 2000"),
    ("SELECT Id FROM Account LIMIT »99999999999", RANGE, "at most"),
    ("SELECT Id FROM Account LIMIT »1e999999999", RANGE, "at most"),
    ("SELECT Id FROM Account LIMIT »1e99999999999999999999", MALFORMED, "exponent"),
    ("SELECT Id FROM Order WHERE TotalAmount > »1e99999999999999999999", MALFORMED, "exponent"),
    ("SELECT (SELECT Id FROM Contacts LIMIT »99999999999999999999) FROM Account", RANGE, "at most"),
    ("SELECT (SELECT Id FROM Contacts OFFSET »99999999999999999999) FROM Account LIMIT 1", RANGE, "at most"),
    ("SELECT Id FROM Account WHERE CreatedDate = »LAST_N_DAYS:" + "9" * 5000, MALFORMED, "too many digits"),
    ("SELECT »RelatedOrder.RelatedOrder.RelatedOrder.RelatedOrder.RelatedOrder.RelatedOrder.Id FROM Order", COMPLICATED, "at most 5"),
    ("SELECT Id FROM Account USING SCOPE »team", "INVALID_QUERY_SCOPE", "has no scope 'team'"),
    ("SELECT Id FROM Product2 USING SCOPE »mine", "INVALID_QUERY_SCOPE", "where records have owners"),
    ("SELECT Id FROM Account »ALL ROWS", MALFORMED, "queryAll"),
    ("SELECT Id FROM Account WITH »NOTHING", MALFORMED, "SECURITY_ENFORCED"),
]  # fmt: skip

DIALECT = Dialect(STANDARD_SCHEMA, 67)


def asked(text: str, dialect: Dialect = DIALECT) -> None:
    prepared = prepare_afresh(text, dialect)
    prepared.arguments(Asked(prepared.texts, NOW, "005000000000000"))


@pytest.mark.parametrize(("marked", "code", "words"), TABLE, ids=[text or "(empty)" for text, *_ in TABLE])
def test_a_wrong_query_is_refused_with_the_place(marked: str, code: str, words: str):
    text = marked.replace("»", "")
    with pytest.raises(QueryError) as refused:
        asked(text)
    message = described(refused.value, text)
    assert (refused.value.code, words in message) == (code, True), message
    if "»" in marked:
        before = marked[: marked.index("»")]
        row, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        assert f"ERROR at Row:{row}:Column:{column}\n" in message
        _, excerpt, caret, *_ = message.split("\n")
        assert excerpt[len(caret) - 1 :][:1] == marked[len(before) + 1 :][:1].split("\n", maxsplit=1)[0]


def test_the_excerpt_is_a_piece_of_a_long_line():
    text = "SELECT " + ", ".join(f"Name a{n}" for n in range(99)) + ", Nmae FROM Account GROUP BY Name"
    with pytest.raises(QueryError) as refused:
        asked(text)
    _, excerpt, caret, place, _ = described(refused.value, text).split("\n")
    assert len(excerpt) < 80
    assert excerpt[len(caret) - 1 :].startswith("Nmae FROM Account")
    assert place == f"ERROR at Row:1:Column:{text.index('Nmae') + 1}"


def test_a_text_that_is_too_long_is_not_looked_at():
    with pytest.raises(QueryError, match="cannot be longer than 100000"):
        asked("SELECT Id FROM Account WHERE Name = '" + "x" * LONGEST_CHARACTERS + "'")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Id FROM Account WHERE Name = '" + "\\'" * 49_000,
        "SELECT Id FROM Account WHERE Name = '" + "\\'" * 3_900,
        "SELECT Id FROM Account WHERE Name = 'x" + " " * 49_000,
    ],
    ids=["quotes that are escaped", "in a query that is short enough to be kept", "spaces"],
)
def test_a_text_without_an_end_is_looked_at_once(text: str):
    """Work grows with the length of a query, not with its square: the first of these took more than a minute."""
    with pytest.raises(QueryError, match="does not end"):
        prepare(text, DIALECT)


def test_a_text_with_an_end_is_no_other_query_than_one_without():
    prepare("SELECT Id FROM Account WHERE Name = 'x'", DIALECT)
    with pytest.raises(QueryError, match="does not end"):
        prepare("SELECT Id FROM Account WHERE Name = 'x", DIALECT)


def test_a_long_list_costs_as_much_as_it_is_long():
    """Each value was compared with each other one, which took a minute."""
    values = ",".join(["'a'"] * 24_000)
    asked(f"SELECT Id FROM Account WHERE Name IN ({values})")


def test_more_values_than_a_statement_takes_are_refused():
    numbers = ", ".join(["1"] * 31_000)
    with pytest.raises(QueryError, match="at most 30000 values") as refused:
        asked(f"SELECT Id FROM Order WHERE TotalAmount IN ({numbers})")
    assert refused.value.code == COMPLICATED


def test_parentheses_cost_nothing():
    asked("SELECT Id FROM Account WHERE " + "(" * 5000 + "Name = 'x'" + ")" * 5000)


@pytest.mark.parametrize("times", [101, 5000])
def test_deep_conditions_are_refused(times: int):
    with pytest.raises(QueryError, match=r"nested"):
        asked("SELECT Id FROM Account WHERE " + "NOT " * times + "Name = 'x'")


def test_twenty_one_relationships_to_children_are_too_many():
    names = (
        "OrderItems", "OrderDeliveryGroups", "OrderAdjustmentGroups", "OrderItemAdjustmentLineItems", "Orders",
        "OrderItemTaxLineItems", "OrderSummaries", "RelatedOrders", "FulfillmentOrders", "Invoices",
    )  # fmt: skip
    ten = ", ".join(f"(SELECT Id FROM {name})" for name in names)
    twenty = ten.replace("(SELECT Id FROM Orders)", f"(SELECT {ten} FROM Orders)")
    asked(f"SELECT {twenty} FROM Order")
    with pytest.raises(QueryError, match="at most 20"):
        asked(f"SELECT {twenty}, (SELECT Id FROM CreditMemos) FROM Order")


# --- versions and rights --------------------------------------------------------------------------------------------

DEEP = "SELECT Id, (SELECT Id, (SELECT Id FROM OrderItems) FROM Orders) FROM Account"


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("SELECT Maker__c.Name FROM Product2", FIELD, "did you mean 'Maker__r'?"),
        ("SELECT Id FROM Product2 WHERE Makr__r.Name = 'x'", FIELD, "did you mean 'Maker__r'?"),
        ("SELECT Maker__r.Nmae FROM Product2", FIELD, "on entity 'Account'; did you mean 'Name'?"),
        ("SELECT (SELECT Id FROM Product__r) FROM Account", TYPE, "did you mean 'Products__r'?"),
        ("SELECT (SELECT Id FROM Products) FROM Account", TYPE, "did you mean 'Products__r'?"),
        ("SELECT Colour__r.Name FROM Product2", FIELD, "Didn't understand relationship 'Colour__r'"),
    ],
)
def test_relationships_of_custom_fields_are_named_when_they_are_missed(text: str, code: str, words: str):
    with pytest.raises(QueryError, match=re.escape(words)) as refused:
        asked(text, Dialect(SCHEMA, 67))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "version", "words"),
    [
        (DEEP, 57, "at most 2 levels"),
        ("SELECT FIELDS(ALL) FROM Account LIMIT 1", 50, "since version 51"),
        ("SELECT Id FROM CreditMemoLineInvoiceLine", 63, "not supported"),
        ("SELECT TypeCategory FROM SalesChannel", 52, "No such column"),
    ],
)
def test_older_versions_know_less(text: str, version: int, words: str):
    with pytest.raises(QueryError, match=words):
        asked(text, Dialect(STANDARD_SCHEMA, version))
    asked(text)


LEAST = Rights(frozenset({
    "Read Refund.Id", "Read Order.Id", "Read Order.AccountId", "Read Order.OwnerId", "Read PaymentLineInvoice",
    "Read OrderPaymentSummary", "Read Invoice", "Read Contact.Id", "Read Contact.MailingCity", VIEW_PAYMENTS,
}))  # fmt: skip
"""Some fields of some objects."""


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("SELECT Id FROM Payment", "Read Payment"),
        ("SELECT COUNT() FROM Payment", "Read Payment"),
        ("SELECT Id, TotalAmount FROM Order", "Read Order.TotalAmount"),
        ("SELECT Id FROM Order WHERE TotalAmount > 1", "Read Order.TotalAmount"),
        ("SELECT Id FROM Order ORDER BY TotalAmount", "Read Order.TotalAmount"),
        ("SELECT SUM(TotalAmount) FROM Order", "Read Order.TotalAmount"),
        ("SELECT COUNT(Id) FROM Order GROUP BY Status", "Read Order.Status"),
        ("SELECT BillingAddress FROM Order", "Read Order.BillingCity"),
        ("SELECT Account.Name FROM Order", "Read Account"),
        ("SELECT Id FROM Order WHERE Account.Name = 'x'", "Read Account"),
        ("SELECT OrderPaymentSummary.Method FROM Refund", "Read Refund.OrderPaymentSummaryId"),
        ("SELECT (SELECT Id FROM Payments) FROM OrderPaymentSummary", "Read Payment"),
        ("SELECT (SELECT Id FROM Refunds) FROM OrderPaymentSummary", "Read Refund.OrderPaymentSummaryId"),
        ("SELECT Id FROM OrderPaymentSummary WHERE Id IN (SELECT OrderPaymentSummaryId FROM Payment)", "Read Payment"),
        ("SELECT Payment.Amount FROM PaymentLineInvoice", "Read Payment"),
        ("SELECT TYPEOF ReferenceEntity WHEN OrderSummary THEN Status END FROM Invoice", "Read OrderSummary"),
        ("SELECT TYPEOF ReferenceEntity WHEN Order THEN Status END FROM Invoice", "Read Order.Status"),
    ],
)
def test_the_right_that_a_query_lacks_is_named(text: str, missing: str):
    with pytest.raises(MissingRight) as refused:
        prepare(text, Dialect(STANDARD_SCHEMA, 67, rights=LEAST))
    assert refused.value.rights == (missing,)
    prepare(text, DIALECT)


@pytest.mark.parametrize(
    ("text", "shown", "hidden"),
    [
        ("SELECT FIELDS(ALL) FROM Order LIMIT 1", "'AccountId'", "'Status'"),
        ("SELECT FIELDS(STANDARD) FROM Order", "'AccountId'", "'BillingAddress'"),
    ],
)
def test_fields_of_a_list_are_those_that_may_be_read(text: str, shown: str, hidden: str):
    everything = str(prepare(text, DIALECT).plan.record)
    less = str(prepare(text, Dialect(STANDARD_SCHEMA, 67, rights=LEAST)).plan.record)
    assert (shown in less, hidden in less, hidden in everything) == (True, False, True)


def test_the_name_of_a_record_of_whatever_object_is_left_out_where_it_may_not_be_read():
    text = "SELECT ReferenceEntity.Name, ReferenceEntity.Type FROM Invoice"
    assert "order_number" in prepare(text, DIALECT).plan.page
    assert "order_number" not in prepare(text, Dialect(STANDARD_SCHEMA, 67, rights=LEAST)).plan.page


def test_no_hint_names_what_may_not_be_read():
    with pytest.raises(QueryError) as refused:
        prepare("SELECT TotalAmoun FROM Order", Dialect(STANDARD_SCHEMA, 67, rights=LEAST))
    assert "TotalAmount" not in refused.value.message


FLAGS = {
    "filterable": (is_filterable, "SELECT Id FROM {object} WHERE {field} = NULL"),
    "sortable": (is_sortable, "SELECT Id FROM {object} ORDER BY {field}"),
    "groupable": (is_groupable, "SELECT COUNT(Id) FROM {object} GROUP BY {field}"),
    "aggregatable": (is_aggregatable, "SELECT COUNT({field}) FROM {object}"),
}


@pytest.mark.parametrize("flag", FLAGS)
def test_queries_do_with_a_field_what_describe_says(flag: str):
    says, text = FLAGS[flag]
    wrong = [
        f"{definition.name}.{field.wire_name}"
        for definition in SCHEMA.by_lower_name.values()
        for field in definition.by_wire_name.values()
        if "query" in definition.about.calls
        and says(field) != can_be_asked(text.format(object=definition.name, field=field.wire_name))
    ]
    assert not wrong


def can_be_asked(text: str) -> bool:
    try:
        prepare(text, Dialect(SCHEMA, 67))
    except QueryError:
        return False
    return True


def test_a_plan_serves_all_queries_that_differ_in_their_texts_alone():
    one = prepare("SELECT Id FROM Account WHERE Name = 'a' AND Phone = ''", Dialect(SCHEMA, 67))
    two = prepare("SELECT Id FROM Account WHERE Name = 'it\\'s' AND Phone = ''", Dialect(SCHEMA, 67))
    other = prepare("SELECT Id FROM Account WHERE Name = '' AND Phone = ''", Dialect(SCHEMA, 67))
    assert one.plan is two.plan
    assert other.plan is not one.plan
    assert [
        prepared.arguments(Asked(prepared.texts, NOW, "", 7)) for prepared in (one, two)
    ] == [[7, "a"], [7, "it's"]]  # fmt: skip


def test_picklists_sort_as_this_installation_has_them():
    prepared = prepare("SELECT Id FROM FulfillmentOrder ORDER BY Status, Type", DIALECT)
    own = picklists_of({"FulfillmentOrder": {"Status": {"Zeta": "ACTIVATED", "Alpha": "CLOSED", "No": "CANCELLED"}}})
    asked = prepared.arguments(Asked(prepared.texts, NOW, "", 5, own))
    assert ["Zeta", "Alpha", "No"] in asked
    assert list(STANDARD.fulfillment_types) in asked
    assert list(STANDARD.fulfillment_statuses) in prepared.arguments(Asked(prepared.texts, NOW, "", 5))


def test_no_value_of_a_query_is_in_its_statement():
    text = "SELECT Id FROM Order WHERE OrderNumber = 'x-1' AND TotalAmount > 4711 AND CreatedDate > 2026-03-01T00:00:00Z LIMIT 4712"
    prepared = prepare_afresh(text, DIALECT)
    assert not any(value in prepared.plan.page for value in ("x-1", "4711", "2026", "4712"))


@pytest.mark.parametrize("right", ["Read Order", "Read Order.CurrencyIsoCode"])
def test_an_amount_is_formatted_without_a_currency_that_may_not_be_read(right: str):
    text = "SELECT FORMAT(TotalAmount) FROM Order"
    amount = "Read Order.TotalAmount"
    assert (
        "currency_iso_code"
        in prepare(text, Dialect(STANDARD_SCHEMA, 67, rights=Rights(frozenset({amount, right})))).plan.rows
    )
    with_one_field = Dialect(STANDARD_SCHEMA, 67, rights=Rights(frozenset({amount})))
    assert "currency_iso_code" not in prepare(text, with_one_field).plan.rows
    with pytest.raises(QueryError, match="currency"):
        prepare("SELECT Id FROM Order WHERE TotalAmount > GBP5", with_one_field)
