"""Formulas over one record: written once, evaluated in Python and rendered to SQL (decisions.md S2).

A rule is a plain function of a record. Given a record it computes a value; given a `Column` stand-in it
builds an SQL expression, because the operators used are the same. Only what both sides can do is allowed:
`+ - *`, comparisons, `&`, `|`, and the functions of this module.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

Rule = Callable[[Any], Any]


class Sql:
    """One SQL expression under construction; its operators build larger ones."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __add__(self, other: object) -> Sql:
        return Sql(f"({self.text} + {literal(other)})")

    def __radd__(self, other: object) -> Sql:
        return Sql(f"({literal(other)} + {self.text})")

    def __sub__(self, other: object) -> Sql:
        return Sql(f"({self.text} - {literal(other)})")

    def __rsub__(self, other: object) -> Sql:
        return Sql(f"({literal(other)} - {self.text})")

    def __mul__(self, other: object) -> Sql:
        return Sql(f"({self.text} * {literal(other)})")

    def __neg__(self) -> Sql:
        return Sql(f"(- {self.text})")

    def __eq__(self, other: object) -> Sql:  # type: ignore[override]  # builds SQL, does not compare
        return Sql(f"({self.text} = {literal(other)})")

    def __ne__(self, other: object) -> Sql:  # type: ignore[override]  # builds SQL, does not compare
        return Sql(f"({self.text} <> {literal(other)})")

    def __gt__(self, other: object) -> Sql:
        return Sql(f"({self.text} > {literal(other)})")

    def __ge__(self, other: object) -> Sql:
        return Sql(f"({self.text} >= {literal(other)})")

    def __lt__(self, other: object) -> Sql:
        return Sql(f"({self.text} < {literal(other)})")

    def __le__(self, other: object) -> Sql:
        return Sql(f"({self.text} <= {literal(other)})")

    def __and__(self, other: object) -> Sql:
        return Sql(f"({self.text} AND {literal(other)})")

    def __or__(self, other: object) -> Sql:
        return Sql(f"({self.text} OR {literal(other)})")

    def __bool__(self) -> bool:
        raise TypeError("use & and | in formulas: Python's `and` and `or` cannot be rendered to SQL")

    __hash__ = None  # type: ignore[assignment]  # equality builds SQL, so these cannot be keys


def literal(value: object) -> str:
    """The SQL text of a constant or of an expression; strings are quoted, nothing else is accepted."""
    if isinstance(value, Sql):
        return value.text
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    raise TypeError(f"{value!r} has no place in a formula")


def absent(value: Any) -> Any:
    """True when `value` is null."""
    return Sql(f"({value.text} IS NULL)") if isinstance(value, Sql) else value is None


def or_zero(value: Any) -> Any:
    """`value`, or 0 when it is null."""
    if isinstance(value, Sql):
        return Sql(f"coalesce({value.text}, 0)")
    return Decimal(0) if value is None else value


def at_least_zero(value: Any) -> Any:
    """`value`, or 0 when it is negative."""
    return Sql(f"greatest({value.text}, 0)") if isinstance(value, Sql) else max(value, Decimal(0))


def is_one_of(value: Any, *choices: str) -> Any:
    """True when `value` equals one of `choices`; false for null."""
    if isinstance(value, Sql):
        return Sql(f"coalesce({value.text} IN ({', '.join(map(literal, choices))}), FALSE)")
    return value in choices


def first_match(*cases: tuple[Any, Any], otherwise: Any) -> Any:
    """The value of the first case whose condition holds, else `otherwise`."""
    if any(isinstance(condition, Sql) for condition, _ in cases):
        whens = " ".join(f"WHEN {literal(condition)} THEN {literal(value)}" for condition, value in cases)
        return Sql(f"(CASE {whens} ELSE {literal(otherwise)} END)")
    return next((value for condition, value in cases if condition), otherwise)
