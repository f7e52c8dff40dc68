"""Functions of SOQL: parts of dates, and aggregates; which types they take, and what they are in SQL."""

from __future__ import annotations

from collections.abc import Mapping

from orderwright.objects.abilities import OPAQUE, is_filterable
from orderwright.soql.errors import MalformedQuery, UnknownField, nearest
from orderwright.soql.scope import Scope, Term
from orderwright.soql.tree import Call, Operand, Path

_DAY_OF_YEAR = "extract(doy FROM {0})::int"
_QUARTER = "extract(quarter FROM {0})::int"
_MONTH = "extract(month FROM {0})::int"
_YEAR = "extract(year FROM {0})::int"

DATE_FUNCTIONS: Mapping[str, str] = {
    "CALENDAR_MONTH": _MONTH,
    "CALENDAR_QUARTER": _QUARTER,
    "CALENDAR_YEAR": _YEAR,
    "DAY_IN_MONTH": "extract(day FROM {0})::int",
    "DAY_IN_WEEK": "(extract(dow FROM {0})::int + 1)",
    "DAY_IN_YEAR": _DAY_OF_YEAR,
    "DAY_ONLY": "({0})::date",
    "FISCAL_MONTH": _MONTH,
    "FISCAL_QUARTER": _QUARTER,
    "FISCAL_YEAR": _YEAR,
    "HOUR_IN_DAY": "extract(hour FROM {0})::int",
    "WEEK_IN_MONTH": "((extract(day FROM {0})::int - 1) / 7 + 1)",
    "WEEK_IN_YEAR": f"(({_DAY_OF_YEAR} - 1) / 7 + 1)",
}
"""Each over a date, or over a moment without its zone. The fiscal year is the calendar year (inferred)."""

ONLY_OF_MOMENTS = frozenset({"DAY_ONLY", "HOUR_IN_DAY"})

NUMBERS = frozenset({"currency", "double", "percent", "int"})
TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist"})
IDS = frozenset({"id", "reference"})
MOMENTS = frozenset({"date", "dateTime"})
COUNTABLE = NUMBERS | TEXTS | IDS | MOMENTS

AGGREGATES: Mapping[str, frozenset[str]] = {
    "COUNT": COUNTABLE,
    "COUNT_DISTINCT": COUNTABLE,
    "MIN": COUNTABLE,
    "MAX": COUNTABLE,
    "SUM": NUMBERS,
    "AVG": NUMBERS,
}
"""The types that each takes (documented)."""

SHOWING = frozenset({"FORMAT", "TOLABEL", "CONVERTCURRENCY"})
"""Functions that change how a value is shown."""


def is_aggregate(what: object) -> bool:
    """Whether an entry is an aggregate, or has one inside."""
    if not isinstance(what, Call):
        return False
    return what.function in AGGREGATES or what.function == "GROUPING" or any(map(is_aggregate, what.arguments))


def is_opaque(term: Term) -> bool:
    """Whether a value can only be read: secrets, addresses and long texts."""
    return term.type in OPAQUE or (term.field is not None and not is_filterable(term.field))


def argument_of(call: Call) -> Operand:
    """The only argument of a function, a field or another function. Raises MalformedQuery."""
    if len(call.arguments) != 1 or not isinstance(call.arguments[0], Path | Call):
        raise MalformedQuery(f"{call.name} takes one field", call.at)
    return call.arguments[0]


def field_of(call: Call) -> Path:
    """The only argument of a function, a field. Raises MalformedQuery."""
    argument = argument_of(call)
    if isinstance(argument, Call):
        raise MalformedQuery(f"{call.name} takes a field, not a function", argument.at)
    return argument


def date_part(scope: Scope, call: Call) -> Term:
    """A part of a date. Raises UnknownField for a field that is none, or for a function that there is not."""
    pattern = DATE_FUNCTIONS.get(call.function)
    if pattern is None:
        known = [*DATE_FUNCTIONS, *AGGREGATES, "FORMAT", "toLabel", "convertCurrency", "convertTimezone"]
        raise MalformedQuery(f"there is no function '{call.name}' here{nearest(call.name, known)}", call.at)
    argument = argument_of(call)
    if isinstance(argument, Call):
        if argument.function != "CONVERTTIMEZONE":
            raise MalformedQuery(f"{call.name} takes a field, or convertTimezone of one", argument.at)
        term = scope.term(field_of(argument))
        # users have no time zone of their own: theirs is UTC
        allowed = frozenset({"dateTime"})
    else:
        term = scope.term(argument)
        allowed = frozenset({"dateTime"}) if call.function in ONLY_OF_MOMENTS else MOMENTS
    if term.type not in allowed:
        raise UnknownField(
            f"{call.name} takes a {' or '.join(sorted(allowed))} field; {term.name} is {term.type}", call.at
        )
    base = f"({term.sql} AT TIME ZONE 'UTC')" if term.type == "dateTime" else term.sql
    type_ = "date" if call.function == "DAY_ONLY" else "int"
    return Term(pattern.format(base), type_, call.name, call.at)


def aggregate(scope: Scope, call: Call) -> Term:
    """An aggregate over the rows of a group. Raises MalformedQuery or UnknownField."""
    function = call.function
    if function == "COUNT" and not call.arguments:
        return Term("count(*)", "int", call.name, call.at)
    term = scope.term(field_of(call))
    if is_opaque(term) or term.type not in AGGREGATES[function]:
        raise MalformedQuery(f"field {term.name} does not support aggregate operator {function}", call.at)
    if function in ("COUNT", "COUNT_DISTINCT"):
        distinct = "DISTINCT " if function == "COUNT_DISTINCT" else ""
        return Term(f"count({distinct}{term.sql})", "int", call.name, call.at)
    if function == "AVG":
        return Term(f"trim_scale(avg({term.sql}))", term.type, call.name, call.at)
    collated = f'{term.sql} COLLATE "C"' if term.type in TEXTS | IDS else term.sql
    return Term(f"{function.lower()}({collated})", term.type, call.name, call.at)


def operand(scope: Scope, what: Operand) -> Term:
    """A field or a part of a date, as WHERE and GROUP BY take them. Raises MalformedQuery or UnknownField."""
    if isinstance(what, Path):
        return scope.term(what)
    if what.function == "TOLABEL":
        return scope.term(field_of(what))
    if is_aggregate(what):
        raise MalformedQuery(f"{what.name} is an aggregate and has no place here; use HAVING", what.at)
    if what.function in ("CONVERTCURRENCY", "FORMAT", "CONVERTTIMEZONE"):
        raise MalformedQuery(f"{what.name} has no place here", what.at)
    return date_part(scope, what)
