"""GET /search and /parameterizedSearch: records in which words are found."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from orderwright.rest.context import Context
from orderwright.rest.query.query import asked_by, dialect_of, refused
from orderwright.soql.errors import QueryError
from orderwright.soql.search import (
    MOST_FOUND,
    SEARCHED,
    MalformedSearch,
    Search,
    Wanted,
    prepare_search,
    read_search,
    read_words,
)
from orderwright.soql.shape import Writer
from orderwright.store import query as store

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE")
_NAMES = re.compile(r"[\w.,()\s]*", re.ASCII)


async def search(context: Context) -> dict[str, Any]:
    """Runs the SOSL search in `q`: `FIND {words} IN ALL FIELDS RETURNING Account(Id, Name), OrderSummary LIMIT 20`."""
    text = context.query.get("q", "")
    try:
        return await _found(context, read_search(text))
    except QueryError as error:
        raise refused(error, "") from None


async def parameterized_search(context: Context) -> dict[str, Any]:
    """Looks for the words of `q` in the objects of `sobject`, whose `fields` are answered: names, joined by commas."""
    given = context.query
    fields = given.get("fields", "Id")
    names = [name for name in re.split(r"[,\s]+", given.get("sobject", "")) if name] or list(SEARCHED)
    wanted = tuple(Wanted(name, given.get(f"{name}.fields", fields)) for name in names)
    limit = given.get("overallLimit", str(MOST_FOUND))
    group = given.get("in", "ALL").upper()
    try:
        if group not in GROUPS:
            raise MalformedSearch(f"'{group}' is no group of fields; use {', '.join(GROUPS)}")
        if not limit.isdigit() or not all(_NAMES.fullmatch(each.fields) for each in wanted):
            raise MalformedSearch("fields are names, joined by commas, and overallLimit is a number")
        found = Search(read_words(given.get("q", "")), group, wanted, min(int(limit), MOST_FOUND))
        return await _found(context, found)
    except QueryError as error:
        raise refused(error, "") from None


async def _found(context: Context, asked: Search) -> dict[str, Any]:
    """The records of each object in turn, until there are as many as wanted."""
    records: list[dict[str, Any]] = []
    async with context.reading() as session:
        for prepared in prepare_search(asked, dialect_of(context, all_rows=False)):
            left = asked.limit - len(records)
            if left <= 0:
                break
            arguments = prepared.arguments(replace(asked_by(context, prepared, None), most_rows=left))
            rows = await store.ask(session, prepared.plan, arguments)
            write = Writer(prepared.plan.record, context.version, MOST_FOUND)
            records += [write(row) for row in rows]
    return {"searchRecords": records}
