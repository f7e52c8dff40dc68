"""What can be wrong with a query, with the platform's codes and the place in the text where it is seen.

The message begins as the platform's does, because people and programs look for it there: a piece of the query, a caret
below the place, `ERROR at Row:1:Column:8`, and what is wrong.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from orderwright.decisions.errors import InvalidField, Refusal

BEFORE, AFTER = 44, 30
"""How many characters of the line are repeated around the place."""


class QueryError(Refusal):
    """A query that cannot be answered."""

    code = "MALFORMED_QUERY"

    def __init__(self, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.at = at
        """Where in the text it was seen, in characters from its start; None when it is about the whole."""


class MalformedQuery(QueryError):
    """The text is no SOQL, or asks for a combination that SOQL does not have; the message names the place."""

    code = "MALFORMED_QUERY"


class UnknownField(QueryError, InvalidField):
    """No such field or relationship on this object, or its use here is not possible; the nearest name is given."""

    code = "INVALID_FIELD"


class InvalidType(QueryError):
    """No such object; the nearest name is given."""

    code = "INVALID_TYPE"


class InvalidFilterOperator(QueryError):
    """An operator or a value that this field cannot be compared with, as a text that is no id."""

    code = "INVALID_QUERY_FILTER_OPERATOR"


class InvalidScope(QueryError):
    """USING SCOPE names a scope that this object does not have."""

    code = "INVALID_QUERY_SCOPE"


class NumberOutsideRange(QueryError):
    """LIMIT or OFFSET is larger than can be asked for."""

    code = "NUMBER_OUTSIDE_VALID_RANGE"


class QueryTooComplicated(QueryError):
    """More relationships, subqueries or nested conditions than one query may have."""

    code = "QUERY_TOO_COMPLICATED"


class ExceededIdLimit(QueryError):
    """A grouped query has more groups than one answer holds; more can only be asked for with LIMIT and OFFSET."""

    code = "EXCEEDED_ID_LIMIT"


class OperationTooLarge(QueryError):
    """A query found more rows than are kept for one query; ask for them in parts."""

    code = "OPERATION_TOO_LARGE"


class QueryTimeout(QueryError):
    """The query took longer than it may; make it more selective."""

    code = "QUERY_TIMEOUT"


class InvalidQueryLocator(QueryError):
    """No such cursor, or one of another user, or one that has expired; send the query again."""

    code = "INVALID_QUERY_LOCATOR"


def described(error: QueryError, text: str) -> str:
    """The message of `error` about the query `text`: an excerpt with a caret, row and column, and what is wrong."""
    if error.at is None:
        return error.message
    at = min(error.at, len(text))
    start_of_line = text.rfind("\n", 0, at) + 1
    end_of_line = text.find("\n", at)
    line = text[start_of_line : len(text) if end_of_line < 0 else end_of_line].replace("\t", " ")
    column = at - start_of_line
    first = max(0, column - BEFORE)
    row = text.count("\n", 0, at) + 1
    excerpt = line[first : column + AFTER]
    return f"\n{excerpt}\n{' ' * (column - first)}^\nERROR at Row:{row}:Column:{column + 1}\n{error.message}"


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'X'?`, or nothing when no known name is near."""
    by_lower = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[close[0]]}'?" if close else ""
