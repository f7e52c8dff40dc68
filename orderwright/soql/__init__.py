"""SOQL: text -> tree -> one SQL statement with its arguments -> rows as Salesforce shows them. Pure: it asks nobody.

    prepared = prepare("SELECT Id, Name FROM Account WHERE Name LIKE 'A%'", dialect)
    row = await session.fetchval(prepared.page, *prepared.arguments(moment))

`read.py` makes the tree, `compile.py` the statement, `shape.py` the answer; values of a query are always arguments.
"""
