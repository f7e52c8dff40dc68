"""A query made ready: parsed and compiled once for all queries that differ in their quoted texts alone.

Clients write the ids they ask for into the text, so each text is another; without its quoted texts it is one of few.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

from orderwright.objects.custom_fields import Schema
from orderwright.soql.arguments import Asked
from orderwright.soql.compile import Plan, compile_query
from orderwright.soql.errors import QueryError
from orderwright.soql.names import Dialect
from orderwright.soql.read import TEXT, read_query

LONGEST_KEPT = 8_000
"""Plans of longer queries are not kept: they are made by programs, and no two are alike."""

MOST_KEPT = 1024

_TEXTS = re.compile(TEXT, re.DOTALL)
# In a query where one does not end, each quote after it would be looked at as the beginning of another.
_ENDED = re.compile(rf"(?:[^']|{TEXT})*+", re.DOTALL)
_EMPTY = "''"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A query that can be asked: `plan` with the quoted texts of this one."""

    plan: Plan
    text: str
    texts: tuple[str, ...]
    is_fresh: bool
    """Whether the plan was made from this very text, so that places in its errors are right."""

    def arguments(self, asked: Asked) -> list[Any]:
        """The arguments of the statement. Raises QueryError for a text that does not fit its field."""
        return [make(asked) for make in self.plan.makers]


def prepare(text: str, dialect: Dialect) -> Prepared:
    """The query `text`, ready to be asked. Raises QueryError or MissingRight."""
    if len(text) > LONGEST_KEPT or not _ENDED.fullmatch(text):
        return prepare_afresh(text, dialect)
    pieces = _TEXTS.split(text)
    texts = tuple(found[1:-1] for found in _TEXTS.findall(text))
    template = _template(pieces, texts)
    plan = _kept(template, dialect.schema, dialect.version, dialect.all_rows)
    if plan is not None and all(dialect.rights.may_read(*read) for read in plan.reads):
        return Prepared(plan, text, texts, is_fresh=False)
    return prepare_afresh(text, dialect)


def prepare_afresh(text: str, dialect: Dialect) -> Prepared:
    """The query `text` with a plan of its own, so that errors name the places in it. Raises QueryError."""
    plan = compile_query(read_query(text), dialect)
    return Prepared(plan, text, tuple(found[1:-1] for found in _TEXTS.findall(text)), is_fresh=True)


def _template(pieces: list[str], texts: tuple[str, ...]) -> str:
    # an empty text means null, which is another statement
    marks = ["'?'" if text else _EMPTY for text in texts]
    return "".join(piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True))


@functools.lru_cache(MOST_KEPT)
def _kept(template: str, schema: Schema, version: int, all_rows: bool) -> Plan | None:
    """The plan of a query without its texts, for a caller who may read all that it reads; None when there is none."""
    try:
        return compile_query(read_query(template), Dialect(schema, version, all_rows))
    except QueryError:
        return None
