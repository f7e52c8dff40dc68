"""Queries."""

from __future__ import annotations

from orderwright.rest.operation import Operation
from orderwright.rest.query.query import query, query_all, query_more
from orderwright.rest.query.search import parameterized_search, parameterized_search_by_body, search
from orderwright.soql import errors as refusals
from orderwright.soql.words import MalformedSearch

QUERY_REFUSALS = (
    refusals.MalformedQuery, refusals.UnknownField, refusals.InvalidType, refusals.InvalidFilterOperator,
    refusals.InvalidScope, refusals.NumberOutsideRange, refusals.QueryTooComplicated, refusals.ExceededIdLimit,
    refusals.OperationTooLarge, refusals.QueryTimeout,
)  # fmt: skip
LOCATOR_REFUSALS = (refusals.InvalidQueryLocator,)
SEARCH_REFUSALS = (MalformedSearch, *QUERY_REFUSALS)

QUERIES = (
    Operation("GET", "/query", query, "Run a SOQL query", refuses=QUERY_REFUSALS, tag="Queries"),
    Operation(
        "GET", "/queryAll", query_all, "Run a SOQL query over deleted records too",
        refuses=QUERY_REFUSALS, tag="Queries",
    ),
    Operation(
        "GET", "/query/{queryLocator}", query_more, "Read the next records of a query",
        refuses=LOCATOR_REFUSALS, tag="Queries", aliases=("/queryAll/{queryLocator}",),
    ),
    Operation("GET", "/search", search, "Run a SOSL search", refuses=SEARCH_REFUSALS, tag="Queries"),
    Operation(
        "GET", "/parameterizedSearch", parameterized_search, "Look for words in records",
        refuses=SEARCH_REFUSALS, tag="Queries",
    ),
    Operation(
        "POST", "/parameterizedSearch", parameterized_search_by_body, "Look for words in records, sent in the body",
        refuses=SEARCH_REFUSALS, tag="Queries", rights=(),
        example={
            "q": "acme", "fields": ["Id", "Name"], "in": "NAME", "overallLimit": 50,
            "sobjects": [{"name": "Account", "orderBy": "Name DESC"}, {"name": "Contact", "limit": 5}],
        },
    ),
)  # fmt: skip
