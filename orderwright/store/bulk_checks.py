"""Which texts are surely good values of a field, said in SQL, and what values they are then.

A check lets through only what `decisions/read_value.py` reads to the very same value; what it does not let through may
still be good, and is read there. So there is one place that says what is refused and why, and SQL that finds, in whole
columns at once, what need not go there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from iso4217 import Currency

from orderwright.arithmetic.money import UnknownCurrency, scale_of
from orderwright.decisions.read_value import LONGEST_PICKLIST_VALUE, LONGEST_TEXT
from orderwright.objects.definition import Field, sql_type
from orderwright.objects.expression import literal
from orderwright.objects.registry import BY_NAME
from orderwright.store.transaction import MOVABLE

MOST_DECIMALS, MOST_DIGITS = 18, 12

DAY = (
    r"[12]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)  # fmt: skip
CLOCK_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"


@dataclass(frozen=True, slots=True)
class Check:
    """Of a column whose text is neither null nor empty: whether it is surely good, and the value it has then."""

    condition: str
    value: str


def check_of(field: Field, column: str) -> Check:
    """How the text in `column` is checked as a value of `field`. Types that are rare are never surely good."""
    if field.name.endswith("currency_iso_code"):
        return Check(f"{column} IN ({_literals(CURRENCIES)})", column)
    return CHECKS.get(field.type, _text)(field, column)


def _currencies() -> tuple[str, ...]:
    found = []
    for currency in Currency:
        try:
            scale_of(currency.code)
        except UnknownCurrency:
            continue
        found.append(currency.code)
    return tuple(found)


CURRENCIES = _currencies()


def _literals(values: tuple[str, ...]) -> str:
    return ", ".join(map(literal, values))


def _text(field: Field, column: str) -> Check:
    return Check(f"length({column}) <= {field.length or LONGEST_TEXT}", column)


def _picklist(field: Field, column: str) -> Check:
    if field.restricted:
        return Check(f"{column} IN ({_literals(field.values)})" if field.values else "FALSE", column)
    return Check(f"length({column}) <= {field.length or LONGEST_PICKLIST_VALUE}", column)


def _boolean(_: Field, column: str) -> Check:
    return Check(f"{column} IN ('true', 'false', 'True', 'False', 'TRUE', 'FALSE')", f"{column}::boolean")


def _number(field: Field, column: str) -> Check:
    exact = field.type == "double" or field.custom is not None
    decimals = field.scale if exact and field.scale is not None else MOST_DECIMALS
    digits = MOST_DIGITS if field.custom is None else min(MOST_DIGITS, field.custom.precision - decimals)
    whole = rf"(?:0|[1-9]\d{{0,{digits - 1}}})" if digits > 0 else "0"
    part = rf"(?:\.\d{{1,{decimals}}})?" if decimals else ""
    return Check(f"{column} ~ '^{whole}{part}$'", f"{column}::numeric")


def _whole(_: Field, column: str) -> Check:
    return Check(rf"{column} ~ '^(?:0|[1-9]\d{{0,8}})$'", f"{column}::integer")


def _day(_: Field, column: str) -> Check:
    return Check(f"{column} ~ '^{DAY}$'", f"{column}::date")


def _moment(field: Field, column: str) -> Check:
    # a custom field keeps the text itself, which has one form only
    zone = r"\.\d{3}Z" if field.custom is not None else r"(?:\.\d{1,3})?(?:Z|\+00:?00)"
    return Check(f"{column} ~ '^{DAY}T{CLOCK_TIME}{zone}$'", f"{column}::timestamp(3) with time zone")


def _reference(field: Field, column: str) -> Check:
    """The record exists where its id says; one that moved is looked for elsewhere. Ids have 15 characters here."""
    targets = [BY_NAME[name] for name in field.to if name in BY_NAME and not BY_NAME[name].about.internal]
    found = " OR ".join(
        f"(left({column}, 3) = '{target.about.key_prefix}' AND EXISTS (SELECT FROM \"{target.table}\" p "
        f"WHERE p.shard = query.id_shard({column}) AND p.id = {column} AND NOT p.is_deleted))"
        for target in targets
        if target.about.key_prefix not in MOVABLE
    )
    return Check(f"({found})" if found else "FALSE", column)


def _never(_: Field, column: str) -> Check:
    return Check("FALSE", column)


CHECKS: Mapping[str, Callable[[Field, str], Check]] = {
    "boolean": _boolean,
    "picklist": _picklist,
    "multipicklist": _never,
    "reference": _reference,
    "currency": _number,
    "double": _number,
    "percent": _number,
    "int": _whole,
    "date": _day,
    "dateTime": _moment,
    "time": _never,
    "address": _never,
    "json": _never,
}


def given(field: Field, column: str) -> str:
    """The value in `column` where it has one, else null."""
    if sql_type(field.type) == "text":
        return f"nullif({column}, '')"
    return check_of(field, f"nullif({column}, '')").value


def default_literal(value: object) -> str:
    """A default as SQL."""
    return f"{value:f}" if isinstance(value, Decimal) else literal(value)
