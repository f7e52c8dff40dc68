"""SELECT: what is answered of the small world. Values are in the order of the SELECT list, ids under their short names."""

from decimal import Decimal
from typing import Any

import pytest

from tests.soql.conftest import Questioner
from tests.soql.world import with_ids

pytestmark = pytest.mark.asyncio(loop_scope="session")

D = Decimal

TABLE: list[tuple[str, list[Any]]] = [
    # field lists and parents
    ("SELECT Id, Name FROM Account", [("acme", "Acme"), ("bob", "Bob's BBQ"), ("zoe", "zoe")]),
    ("select name from account where name = 'acme'", ["Acme"]),
    ("SELECT Account.Name FROM Account WHERE Account.Name = 'zoe'", ["zoe"]),
    ("SELECT a.Name FROM Account a WHERE a.Name = 'zoe'", ["zoe"]),
    ("SELECT a.Name FROM Account AS a WHERE a.Name = 'zoe'", ["zoe"]),
    ("SELECT Id FROM Order ORDER BY OrderNumber DESC LIMIT 2", ["again", "change"]),
    ("SELECT Id, Account.Name FROM Order WHERE OrderNumber = '00000001'", [("o1", ("Acme",))]),
    ("SELECT Id, Account.Name, Account.Id FROM Order WHERE OrderNumber = '00000004'", [("o4", None)]),
    (
        "SELECT Order.Account.Owner.Name, Order.OrderNumber FROM OrderItem WHERE Id = '{i1}'",
        [((((("Ada Admin"),),), "00000001"),)],
    ),
    ("SELECT i.Order.Account.Name FROM OrderItem i WHERE i.Quantity = 10", [((("Bob's BBQ",),),)]),
    ("SELECT Product2.Name FROM OrderItem WHERE Id IN ('{i1}', '{i3}')", [(("Mug",),), None]),
    ("SELECT OriginalOrder.OrderNumber FROM Order WHERE OriginalOrderId != null", [(("00000001",),)]),
    ("SELECT RelatedOrder.OrderNumber FROM Order WHERE Id = '{change}'", [(("00000001",),)]),
    ("SELECT OrderPaymentSummary.OrderSummary.OrderNumber FROM Payment WHERE Id = '{p1}'", [((("S-1",),),)]),
    ("SELECT Account.Name FROM OrderSummary WHERE Id = '{s1}'", [(("Acme",),)]),
    ("SELECT Maker__r.Name, Colour__c FROM Product2 WHERE Id = '{mug}'", [(("Acme",), "Blue")]),
    ("SELECT count() FROM Contact c, c.Account a WHERE a.Name = 'Acme'", [2]),
    ("SELECT a.Name, Name FROM Contact c, c.Account a WHERE a.Name = 'Bob\\'s BBQ'", [(("Bob's BBQ",), "cat Clay")]),
    # how values are shown
    ("SELECT CreatedDate FROM Product2 WHERE Id = '{mug2}'", ["2026-03-17T23:59:59.999+0000"]),
    ("SELECT EffectiveDate, OrderedDate FROM Order WHERE Id = '{o1}'", [("2026-03-01", "2026-03-01T10:00:00.000+0000")]),
    ("SELECT EarliestEstimatedDeliveryTime FROM OrderItem WHERE Id = '{i1}'", ["08:30:00.000Z"]),
    ("SELECT IsActive, Description FROM Product2 WHERE Id = '{mug2}'", [(False, None)]),
    ("SELECT Quantity, TotalLineAmount FROM OrderItem WHERE Id = '{i1}'", [(2, D("20.00"))]),
    ("SELECT UnitPrice FROM PricebookEntry WHERE Id = '{entry2}'", [D("12.5")]),
    ("SELECT Weight__c, Fragile__c, Launched__c FROM Product2 WHERE Id = '{mug}'", [(D("0.35"), True, "2026-01-15")]),
    ("SELECT Weight__c, Fragile__c, Launched__c FROM Product2 WHERE Id = '{emile}'", [(None, False, None)]),
    ("SELECT QuantityAvailableToCancel, Status FROM OrderItemSummary WHERE Id = '{t2}'", [(0, "CANCELED")]),
    ("SELECT Name FROM Product2 WHERE Id = '{lines}'", ['line\nbreak "q" \\']),
    ("SELECT GatewayTokenEncrypted, NickName FROM CardPaymentMethod", [("********", "Visa")]),
    # references to several objects
    ("SELECT Id, ReferenceEntity.Name FROM Invoice", [("v1", ("S-1",)), ("v2", ("00000004",)), ("v3", None)]),
    (
        "SELECT ReferenceEntity.Id, ReferenceEntity.Type FROM Invoice WHERE ReferenceEntityId != null",
        [(("o4", "Order"),), (("s1", "OrderSummary"),)],
    ),
    ("SELECT Owner.Name, Owner.Type FROM Account WHERE Name = 'zoe'", [(("Ada Admin", "User"),)]),
    (
        "SELECT Id, TYPEOF ReferenceEntity WHEN Order THEN OrderNumber, Status WHEN OrderSummary THEN Status END FROM Invoice",
        [("v1", ("Created",)), ("v2", ("00000004", "Draft")), ("v3", None)],
    ),
    (
        "SELECT TYPEOF ReferenceEntity WHEN Order THEN Status ELSE Name, Type END FROM Invoice WHERE ReferenceEntityId != null",
        [(("Draft",),), (("S-1", "OrderSummary"),)],
    ),
    (
        "SELECT TYPEOF ReferenceEntity WHEN Order THEN Status END FROM Invoice WHERE ReferenceEntityId != null",
        [(("Draft",),), None],
    ),
    # children
    (
        "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account ORDER BY Name",
        [("Acme", [("Berg",), ("Apple",)]), ("Bob's BBQ", [("Clay",)]), ("zoe", None)],
    ),
    ("SELECT (SELECT Id FROM Account.Contacts WHERE LastName LIKE 'b%') FROM Account WHERE Name = 'acme'", [[("ben",)]]),
    ("SELECT a.Id, (SELECT c.Id FROM a.Contacts c LIMIT 1) FROM Account a WHERE Name = 'acme'", [("acme", [("ann",)])]),
    (
        "SELECT Id, (SELECT Quantity, Product2.Name FROM OrderItems) FROM Order WHERE Id = '{o1}'",
        [("o1", [(2, ("Mug",)), (1, ("Teapot",)), (1, None)])],
    ),
    (
        "SELECT (SELECT Id FROM OrderItems WHERE Quantity > 1), (SELECT Id FROM OrderDeliveryGroups) FROM Order "
        "WHERE Id = '{o1}'",
        [([("i1",)], [("g1",)])],
    ),
    ("SELECT Id, (SELECT Id FROM RelatedOrders) FROM Order WHERE Id = '{o1}'", [("o1", [("change",)])]),
    ("SELECT Id, (SELECT Id FROM Orders) FROM Order WHERE Id = '{o1}'", [("o1", [("again",)])]),
    ("SELECT (SELECT Id FROM OrderItemSummaries) FROM OrderSummary WHERE Id = '{s1}'", [[("t1",), ("t2",)]]),
    ("SELECT (SELECT Id FROM Invoices) FROM OrderSummary WHERE Id = '{s1}'", [[("v1",)]]),
    ("SELECT (SELECT Amount FROM Payments) FROM OrderPaymentSummary", [[(D("12.34"),)]]),
    ("SELECT (SELECT Id FROM PaymentGatewayLogs) FROM Payment WHERE Id = '{p1}'", [[("log",)]]),
    ("SELECT (SELECT Id FROM Products__r) FROM Account WHERE Name = 'acme'", [[("mug",)]]),
    ("SELECT (SELECT Colour__c FROM Products__r WHERE Maker__r.Name = 'Acme' ORDER BY Name) FROM Account "
     "WHERE Name = 'acme'", [[("Blue",)]]),
    ("SELECT Name FROM Account WHERE Id IN (SELECT Maker__c FROM Product2 WHERE Colour__c = 'blue')", [("Acme",)]),
    ("SELECT Id FROM Product2 WHERE Maker__c IN (SELECT Id FROM Account WHERE Name = 'acme')", [("mug",)]),
    ("SELECT Id FROM Product2 WHERE Maker__r.Name != NULL ORDER BY Maker__r.Name", [("mug",)]),
    (
        "SELECT Name, (SELECT OrderNumber, (SELECT Id, (SELECT Name FROM OrderItemTaxLineItems) FROM OrderItems "
        "WHERE Quantity = 2) FROM Orders WHERE OrderNumber = '00000001') FROM Account WHERE Name = 'Acme'",
        [("Acme", [("00000001", [("i1", [("VAT",)])])])],
    ),
    ("SELECT Id, (SELECT Id FROM OrderItems LIMIT 5 OFFSET 1) FROM Order WHERE Id = '{o1}' LIMIT 1", [("o1", [("i2",), ("i3",)])]),
    # order, limit, offset
    ("SELECT Name FROM Product2 WHERE Name LIKE 'm%' ORDER BY ProductCode", ["Mug", "mug"]),
    ("SELECT ProductCode FROM Product2 ORDER BY ProductCode", [None, None, "100", "M-1", "m-2", "T_4"]),
    ("SELECT ProductCode FROM Product2 ORDER BY ProductCode DESC", [None, None, "T_4", "m-2", "M-1", "100"]),
    ("SELECT ProductCode FROM Product2 ORDER BY ProductCode ASC NULLS LAST LIMIT 3", ["100", "M-1", "m-2"]),
    ("SELECT ProductCode FROM Product2 ORDER BY ProductCode DESC NULLS LAST LIMIT 2 OFFSET 1", ["m-2", "M-1"]),
    ("SELECT Id FROM OrderItem ORDER BY Quantity, TotalLineAmount DESC", ["i2", "i3", "i6", "i1", "i4", "i5"]),
    ("SELECT Id FROM OrderItem WHERE OrderId = '{o1}'", ["i1", "i2", "i3"]),
    ("SELECT Id FROM Order ORDER BY Account.Name, EffectiveDate", ["o4", "again", "o2", "o1", "change", "o3"]),
    ("SELECT Id FROM Product2 ORDER BY ProductClass, Name LIMIT 3 OFFSET 3", ["emile", "pot", "mug2"]),
    ("SELECT Id FROM Product2 ORDER BY CreatedDate DESC LIMIT 1", ["mug"]),
    ("SELECT Id FROM Product2 ORDER BY IsActive, Id LIMIT 2", ["mug2", "mug"]),
    ("SELECT Id FROM Account LIMIT 0", []),
    ("SELECT Id FROM Invoice ORDER BY ReferenceEntity.Name NULLS LAST", ["v2", "v1", "v3"]),
    # COUNT()
    ("SELECT COUNT() FROM Product2", [6]),
    ("SELECT COUNT() FROM Product2 LIMIT 4", [4]),
    ("SELECT count() FROM Product2 WHERE Name = 'nobody'", [0]),
    # aggregates
    ("SELECT COUNT(Id), COUNT(ProductCode) FROM Product2", [(6, 4)]),
    ("SELECT COUNT_DISTINCT(OrderId) n FROM OrderItem", [4]),
    ("SELECT SUM(Quantity), AVG(Quantity), MIN(Quantity), MAX(Quantity) FROM OrderItem", [(18, 3, 1, 10)]),
    ("SELECT AVG(TotalLineAmount) FROM OrderItem WHERE Quantity = 1", [D("4.1666666666666667")]),
    ("SELECT SUM(ListPrice), COUNT(ListPrice) FROM OrderItem", [(None, 0)]),
    ("SELECT MIN(Name), MAX(CreatedDate) FROM Product2", [("100% cotton_towel", "2026-03-18T09:00:00.000+0000")]),
    ("SELECT MAX(EffectiveDate) FROM Order WHERE Account.Name = 'acme'", ["2026-03-05"]),
    ("SELECT SUM(Weight__c) FROM Product2", [D("10.35")]),
    ("SELECT COUNT(Id) FROM OrderItem WHERE Order.Account.Name = 'acme'", [4]),
    ("SELECT SUM(QuantityAvailableToFulfill) FROM OrderItemSummary", [11]),
    # groups
    ("SELECT Status, COUNT(Id) FROM Order GROUP BY Status", [("Activated", 4), ("Draft", 2)]),
    ("SELECT Status s, COUNT(Id) n FROM Order GROUP BY Status ORDER BY COUNT(Id)", [("Draft", 2), ("Activated", 4)]),
    ("SELECT CurrencyIsoCode FROM Order GROUP BY CurrencyIsoCode ORDER BY CurrencyIsoCode DESC", ["USD", "GBP", "EUR"]),
    ("SELECT Account.Name, COUNT(Id) FROM Order GROUP BY Account.Name ORDER BY Account.Name", [(None, 2), ("Acme", 3), ("Bob's BBQ", 1)]),
    ("SELECT OrderId, SUM(TotalLineAmount) FROM OrderItem GROUP BY OrderId HAVING SUM(TotalLineAmount) > 30", [("o1", D("32.50")), ("o3", D("99.90"))]),
    ("SELECT Status FROM Order GROUP BY Status HAVING COUNT(Id) > 2 AND Status LIKE 'a%'", ["Activated"]),
    ("SELECT Status FROM Order GROUP BY Status HAVING (NOT COUNT(Id) > 2)", ["Draft"]),
    ("SELECT Name, COUNT(Id) FROM Product2 GROUP BY Name HAVING COUNT(Id) IN (2, 3)", []),
    ("SELECT Type, MAX(Quantity) m FROM OrderItem GROUP BY Type ORDER BY MAX(Quantity) DESC LIMIT 1", [("Order Product", 10)]),
    ("SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Product2 GROUP BY CALENDAR_YEAR(CreatedDate) ORDER BY CALENDAR_YEAR(CreatedDate)", [(2024, 1), (2025, 2), (2026, 3)]),
    ("SELECT CALENDAR_MONTH(EffectiveDate) m, COUNT(Id) FROM Order WHERE CALENDAR_YEAR(EffectiveDate) = 2026 GROUP BY CALENDAR_MONTH(EffectiveDate)", [(2, 1), (3, 4)]),
    ("SELECT CALENDAR_YEAR(EffectiveDate) FROM Order WHERE Id = '{o4}' GROUP BY EffectiveDate", [2025]),
    ("SELECT HOUR_IN_DAY(convertTimezone(CreatedDate)) h FROM Product2 WHERE Name = 'émile' GROUP BY HOUR_IN_DAY(convertTimezone(CreatedDate))", [10]),
    ("SELECT DAY_ONLY(CreatedDate) FROM Product2 WHERE Id = '{pot}' GROUP BY DAY_ONLY(CreatedDate)", ["2026-03-01"]),
    ("SELECT Status, CurrencyIsoCode c, COUNT(Id) n FROM Order GROUP BY ROLLUP(Status, CurrencyIsoCode)", [
        ("Activated", "EUR", 1), ("Activated", "GBP", 3), ("Activated", None, 4), ("Draft", "GBP", 1), ("Draft", "USD", 1),
        ("Draft", None, 2), (None, None, 6)]),
    ("SELECT Status, GROUPING(Status) g, COUNT(Id) n FROM Order GROUP BY ROLLUP(Status) ORDER BY GROUPING(Status), Status", [
        ("Draft", 0, 2), ("Activated", 0, 4), (None, 1, 6)]),
    ("SELECT Status, Type, GROUPING(Status), GROUPING(Type), COUNT(Id) FROM Order GROUP BY CUBE(Status, Type)", [
        ("Activated", "Retail", 0, 0, 2), ("Activated", None, 0, 0, 2), ("Activated", None, 0, 1, 4),
        ("Draft", None, 0, 0, 2), ("Draft", None, 0, 1, 2), (None, "Retail", 1, 0, 2), (None, None, 1, 0, 4),
        (None, None, 1, 1, 6)]),
    # functions that change how a value is shown
    ("SELECT toLabel(Status) FROM Order WHERE Id = '{o1}'", ["Activated"]),
    ("SELECT Status, toLabel(Status) label FROM Order WHERE Id = '{o1}'", [("Activated", "Activated")]),
    ("SELECT convertCurrency(UnitPrice) FROM PricebookEntry WHERE Id = '{entry2}'", [D("12.5")]),
    ("SELECT UnitPrice, FORMAT(UnitPrice) shown FROM PricebookEntry WHERE Id = '{entry3}'", [(1200, "JPY 1,200")]),
    ("SELECT FORMAT(UnitPrice) FROM PricebookEntry WHERE Id = '{entry2}'", ["EUR 12.50"]),
    ("SELECT FORMAT(convertCurrency(ChargeAmount)) c FROM InvoiceLine", ["GBP 20.00"]),
    ("SELECT FORMAT(EffectiveDate) d, FORMAT(OrderedDate) m FROM Order WHERE Id = '{o1}'", [("3/1/2026", "3/1/2026, 10:00 AM")]),
    ("SELECT FORMAT(MIN(EffectiveDate)) d FROM Order", ["12/31/2025"]),
    ("SELECT FORMAT(Weight__c) w FROM Product2 WHERE Id = '{mug2}'", ["10"]),
    # clauses that change nothing, or little
    ("SELECT Id FROM Account USING SCOPE mine WHERE Name != null", ["acme", "zoe"]),
    ("SELECT Id FROM Account USING SCOPE everything WHERE Name = 'zoe'", ["zoe"]),
    ("SELECT Id FROM Account WHERE Name = 'zoe' WITH SECURITY_ENFORCED", ["zoe"]),
    ("SELECT Id FROM Account WHERE Name = 'zoe' FOR VIEW", ["zoe"]),
    ("SELECT Id FROM Account WHERE Name = 'zoe' LIMIT 1 FOR REFERENCE", ["zoe"]),
    ("SELECT Id FROM Account WHERE Name = 'zoe' FOR UPDATE", ["zoe"]),
    ("SELECT Id FROM Account WHERE Name = 'zoe' UPDATE TRACKING", ["zoe"]),
    ("  SELECT\n\tId\nFROM\n Account\nWHERE\n Name='zoe'  ", ["zoe"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TABLE, ids=[text for text, _ in TABLE])
async def test_a_query_answers(ask: Questioner, text: str, expected: list[Any]):
    found = await ask.rows(with_ids(text))
    wanted = [each if isinstance(each, tuple) else (each,) for each in expected]
    ordered = "ORDER BY" in text.upper() or "OrderId = '{o1}'" in text
    assert found == (wanted if ordered else sorted(wanted, key=repr))
