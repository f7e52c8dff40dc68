"""How values are shown: in JSON, and as text where FORMAT asks for it.

Users have no locale of their own here: FORMAT writes as in the United States, moments in UTC. Source: inferred.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderwright.arithmetic.money import UnknownCurrency, round_money, scale_of
from orderwright.objects.abilities import MASK, MASKED
from orderwright.soql.shape import Show, show_id

SHOWN_IN_SQL: Mapping[str, str] = {
    "dateTime": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"+0000\"')",
    "time": "to_char({0}, 'HH24:MI:SS.MS\"Z\"')",
    **dict.fromkeys(MASKED, f"(CASE WHEN {{0}} IS NOT NULL THEN '{MASK}' END)"),
}
"""What JSON is given of types that it cannot hold, or must not."""


def show_of(type_: str) -> Show | None:
    """What is done to a value of the type after it was read; None: nothing."""
    return show_id if type_ in ("id", "reference") else None


def value_sql(type_: str, sql: str) -> str:
    """The SQL of a value as JSON takes it."""
    return SHOWN_IN_SQL.get(type_, "{0}").format(sql)


def formatted_currency(value: Any) -> Any:
    """`[GBP, 1234.5]` as GBP 1,234.50; without a currency the number alone."""
    currency, amount = value
    if amount is None:
        return None
    number = Decimal(amount)
    try:
        return f"{currency} {round_money(number, scale_of(currency)):,f}" if currency else f"{number:,f}"
    except UnknownCurrency:
        return f"{currency} {number:,f}"


def formatted_number(value: Any) -> str:
    """1234.5 as 1,234.5."""
    return f"{Decimal(value):,f}"


def formatted_percent(value: Any) -> str:
    """8.25 as 8.25%."""
    return f"{Decimal(value):,f}%"


def formatted_day(value: str) -> str:
    """2026-03-01 as 3/1/2026."""
    day = dt.date.fromisoformat(value)
    return f"{day.month}/{day.day}/{day.year}"


def formatted_moment(value: str) -> str:
    """2026-03-01T14:05:00.000+0000 as 3/1/2026, 2:05 PM."""
    moment = dt.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%f%z")
    hour = moment.hour % 12 or 12
    return f"{moment.month}/{moment.day}/{moment.year}, {hour}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"


FORMATS: Mapping[str, Show] = {
    "double": formatted_number,
    "int": formatted_number,
    "percent": formatted_percent,
    "date": formatted_day,
    "dateTime": formatted_moment,
}
