"""The arguments of a statement: each value of a query is one, made when the query is asked.

A plan is made once for all queries that differ in their quoted texts alone, so an argument is a function of those texts
and of the moment, not a value.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orderwright.objects.identity import to_15
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.soql import tree
from orderwright.soql.errors import InvalidFilterOperator, MalformedQuery, QueryTooComplicated
from orderwright.soql.periods import span_of


@dataclass(frozen=True, slots=True)
class Asked:
    """One asking of a query: what its plan does not know."""

    texts: tuple[str, ...]
    """The quoted texts of the query as they stand between their quotes, in order."""
    now: dt.datetime
    user_id: str
    most_rows: int | None = None
    """How many rows are wanted at most, whatever the query says; None: all of them."""
    picklists: Picklists = STANDARD
    """What the values of picklists are in this installation, and their order."""


Maker = Callable[[Asked], Any]

MOST_ARGUMENTS = 30_000
"""PostgreSQL's protocol counts them in sixteen bits."""


class Arguments:
    """The arguments of a statement under construction."""

    def __init__(self) -> None:
        self.makers: list[Maker] = []

    def add(self, make: Maker, type_: str) -> str:
        """The placeholder of another argument, with its PostgreSQL type."""
        if len(self.makers) >= MOST_ARGUMENTS:
            raise QueryTooComplicated(f"a query has at most {MOST_ARGUMENTS} values besides texts in lists")
        self.makers.append(make)
        return f"${len(self.makers)}::{type_}"

    def constant(self, value: Any, type_: str) -> str:
        """The placeholder of a value that is known now."""
        return self.add(lambda _: value, type_)


ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


def unescaped(raw: str, at: int, *, pattern: bool = False) -> str:
    """The text that `raw`, found between quotes at `at`, stands for.

    For LIKE (`pattern`) it is a pattern of PostgreSQL: what is escaped there stays escaped.
    Raises MalformedQuery for an escape that SOQL does not have.
    """

    def replaced(match: re.Match[str]) -> str:
        sign = match[1]
        if len(sign) == 5:
            letter = _checked(chr(int(sign[1:], 16)), at)
            return "\\\\" if pattern and letter == "\\" else letter
        if pattern and sign in "%_\\":
            return "\\" + sign
        # \N and \n are both a new line (documented)
        found = ESCAPES.get(sign) or ESCAPES.get(sign.lower())
        if found is None:
            raise MalformedQuery(
                f"Illegal character sequence '\\{sign}' in a text; write \\\\ for a backslash", at + 1 + match.start()
            )
        return found

    return _checked(_ESCAPE.sub(replaced, raw) if "\\" in raw else raw, at)


def _checked(text: str, at: int) -> str:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise MalformedQuery("a text has the null character, or half of a character; leave it out", at)
    return text


def text_maker(literal: tree.Text) -> Maker:
    """Makes the text itself."""
    return lambda asked: unescaped(asked.texts[literal.place], literal.at)


def pattern_maker(literal: tree.Text) -> Maker:
    """Makes a pattern for LIKE."""
    return lambda asked: unescaped(asked.texts[literal.place], literal.at, pattern=True)


def id_maker(literal: tree.Text) -> Maker:
    """Makes the 15 characters of an id."""

    def make(asked: Asked) -> str:
        text = unescaped(asked.texts[literal.place], literal.at)
        found = to_15(text)
        if found is None:
            raise InvalidFilterOperator(f"invalid ID field: {text}", literal.at)
        return found

    return make


def all_of(makers: list[Maker]) -> Maker:
    """Makes a list of what `makers` make."""
    return lambda asked: [make(asked) for make in makers]


def day_maker(literal: tree.Period, *, end: bool) -> Maker:
    """Makes the first day of a period, or the day after its last."""

    def make(asked: Asked) -> dt.date:
        found = span_of(literal.name, literal.count, asked.now.astimezone(dt.UTC).date())
        if found is None:
            raise MalformedQuery("this date literal reaches beyond the years 1700 to 4000", literal.at)
        return found[1] if end else found[0]

    return make


def midnight_maker(literal: tree.Period, *, end: bool) -> Maker:
    """Makes the first moment of a period, or the one after its last."""
    make = day_maker(literal, end=end)
    return lambda asked: dt.datetime.combine(make(asked), dt.time(), dt.UTC)
