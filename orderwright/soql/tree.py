"""The tree of a query: what was written, with its place in the text, before anything is known of objects and fields."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached over relationships: `Account.Owner.Name`."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of fields: an aggregate, a date function, ROLLUP, FIELDS …"""

    name: str
    arguments: tuple[Operand | Value, ...]
    at: int

    @property
    def function(self) -> str:
        """Its name in capitals."""
        return self.name.upper()


Operand = Path | Call


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text as it stands between its quotes; `place` counts the quoted texts of the query from 0."""

    raw: str
    place: int
    at: int


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal
    at: int


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a currency: `USD5000`."""

    currency: str
    value: Decimal
    at: int


@dataclass(frozen=True, slots=True)
class Day:
    value: dt.date
    at: int


@dataclass(frozen=True, slots=True)
class Moment:
    value: dt.datetime
    """In UTC."""
    at: int


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    value: dt.time
    at: int


@dataclass(frozen=True, slots=True)
class Period:
    """A date literal: `TODAY`, `LAST_N_DAYS:30`; the name in capitals."""

    name: str
    count: int | None
    at: int


@dataclass(frozen=True, slots=True)
class Word:
    """TRUE, FALSE, or NULL."""

    value: bool | None
    at: int


Value = Text | Number | Amount | Day | Moment | TimeOfDay | Period | Word


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; the operator is `=`, `!=`, `<`, `<=`, `>`, `>=` or `LIKE`."""

    left: Operand
    operator: str
    right: Value
    at: int
    """Where the operator stands."""


@dataclass(frozen=True, slots=True)
class Membership:
    """`left IN (…)`, a list of values or a query of another object."""

    left: Operand
    among: tuple[Value, ...] | Query
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Selection:
    """`left INCLUDES (…)`: which values of a multi-select picklist are chosen."""

    left: Operand
    among: tuple[Value, ...]
    negated: bool
    at: int


@dataclass(frozen=True, slots=True)
class Not:
    term: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """Two or more conditions, all joined by the same word."""

    word: Literal["AND", "OR"]
    terms: tuple[Condition, ...]


Condition = Comparison | Membership | Selection | Not | Junction


@dataclass(frozen=True, slots=True)
class Branch:
    """`WHEN object THEN fields` of a TYPEOF; the ELSE branch names no object."""

    object: str | None
    fields: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    relationship: Path
    branches: tuple[Branch, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a SELECT list."""

    what: Path | Call | TypeOf | Query
    alias: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of a FROM list: an object, or a relationship of the query around or of an earlier entry."""

    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Ordering:
    by: Operand
    descending: bool
    nulls_last: bool | None
    """None when nothing is said."""


@dataclass(frozen=True, slots=True)
class Query:
    items: tuple[Item, ...]
    sources: tuple[Source, ...]
    at: int
    scope: Path | None = None
    where: Condition | None = None
    mode: Path | None = None
    """What stands after WITH."""
    groups: tuple[Operand, ...] = ()
    having: Condition | None = None
    orderings: tuple[Ordering, ...] = ()
    limit: Number | None = None
    offset: Number | None = None
    all_rows_at: int | None = None
    """Where ALL ROWS stands."""
