"""GET /search, GET and POST /parameterizedSearch: records in which words are found."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.properties import About
from orderwright.rest.query.query import asked_by, dialect_of, refused
from orderwright.soql.errors import NumberOutsideRange, QueryError
from orderwright.soql.search import MOST_FOUND, Search, Wanted, prepare_search, read_search
from orderwright.soql.searched import GROUPS
from orderwright.soql.shape import Writer
from orderwright.soql.words import MalformedSearch, read_words
from orderwright.store import query as store

_NULLS = re.compile(r"\bNULLS_(FIRST|LAST)\b", re.IGNORECASE)


class SearchedObject(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One object of a search, and what is wanted of it."""

    name: str
    fields: Annotated[list[str] | None, About("Fields to answer; without them those of the whole search.")] = None
    where: Annotated[str | None, About("A condition as after WHERE in SOQL.")] = None
    order_by: Annotated[str | None, About("As `Name DESC NULLS_LAST`.")] = None
    limit: Annotated[int | None, About("Most records of this object.")] = None


class SearchInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is searched for."""

    q: Annotated[str, About("Words, with AND, OR, AND NOT, parentheses and the wildcards * and ?.")]
    fields: Annotated[list[str] | None, About("Fields to answer of each object; Id without them.")] = None
    sobjects: Annotated[list[SearchedObject] | None, About("Where to search; everywhere without them.")] = None
    group: Annotated[str, About(f"Which fields are searched: {', '.join(GROUPS)}.")] = msgspec.field(
        default="ALL", name="in"
    )
    overall_limit: Annotated[int, About("Most records of the whole answer.")] = MOST_FOUND
    default_limit: Annotated[int | None, About("Most records of each object that has no limit of its own.")] = None
    offset: Annotated[int | None, About("How many records of the only object are left out.")] = None
    spell_correction: Annotated[bool, About("Nothing is corrected here, whatever is sent.")] = True
    update_tracking: Annotated[bool, About("Of articles, which are not kept here.")] = False
    update_view_stat: Annotated[bool, About("Of articles, which are not kept here.")] = False


async def search(context: Context) -> dict[str, Any]:
    """Runs the SOSL search in `q`: `FIND {words} IN ALL FIELDS RETURNING Account(Id, Name), OrderSummary LIMIT 20`."""
    try:
        return await _found(context, read_search(context.query.get("q", "")))
    except QueryError as error:
        raise refused(error, "") from None


async def parameterized_search(context: Context) -> dict[str, Any]:
    """Looks for the words of `q` in the objects of `sobject`, whose `fields` are answered: names, joined by commas.

    `sobject` can be sent several times, and `Account.fields`, `Account.where`, `Account.orderBy` and `Account.limit`
    for each of them.
    """
    return await _searched(context, _sent_in_path(context))


async def parameterized_search_by_body(context: Context, body: SearchInput) -> dict[str, Any]:
    """Looks for the words of `q` in the objects of `sobjects`, each with its own fields, condition, order and limit."""
    return await _searched(context, body)


def _sent_in_path(context: Context) -> SearchInput:
    given = context.query
    named = [name for key, value in context.received.pairs if key == "sobject" for name in _names(value)]
    return SearchInput(
        q=given.get("q", ""),
        fields=_names(given["fields"]) if "fields" in given else None,
        sobjects=[_object_in_path(context, name) for name in named] or None,
        group=given.get("in", "ALL"),
        overall_limit=_number(context, "overallLimit") or MOST_FOUND,
        default_limit=_number(context, "defaultLimit"),
        offset=_number(context, "offset"),
    )


def _object_in_path(context: Context, name: str) -> SearchedObject:
    given = context.query
    return SearchedObject(
        name=name,
        fields=_names(given[f"{name}.fields"]) if f"{name}.fields" in given else None,
        where=given.get(f"{name}.where"),
        order_by=given.get(f"{name}.orderBy"),
        limit=_number(context, f"{name}.limit"),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _number(context: Context, name: str) -> int | None:
    text = context.query.get(name)
    if text is not None and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise HttpError("INVALID_FIELD", f"{name} is '{text[:20]}'; send a whole number", name)
    return int(text) if text is not None else None


async def _searched(context: Context, asked: SearchInput) -> dict[str, Any]:
    try:
        return await _found(context, _search_of(asked))
    except QueryError as error:
        raise refused(error, "") from None


def _search_of(asked: SearchInput) -> Search:
    group, objects = asked.group.upper(), asked.sobjects or []
    if group not in GROUPS:
        raise MalformedSearch(f"'{asked.group}' is no group of fields; use {', '.join(GROUPS)}")
    if (asked.offset is not None or asked.default_limit is not None) and not objects:
        raise MalformedSearch("offset and defaultLimit are for the objects that are named; name at least one")
    if asked.offset is not None and len(objects) > 1:
        raise MalformedSearch("offset is for a search of one object")
    if asked.fields and not objects:
        raise MalformedSearch("fields are for the objects that are named; name at least one")
    wanted = tuple(_wanted(asked, each) for each in objects)
    return Search(read_words(asked.q), group, wanted, _within(asked.overall_limit, "overallLimit"))


def _wanted(asked: SearchInput, each: SearchedObject) -> Wanted:
    limit = each.limit if each.limit is not None else asked.default_limit
    clauses = (
        ("WHERE", each.where),
        ("ORDER BY", each.order_by and _NULLS.sub(r"NULLS \1", each.order_by)),
        ("LIMIT", limit if limit is None else _within(limit, f"the limit of {each.name}")),
        ("OFFSET", asked.offset if asked.offset is None else _within(asked.offset, "offset")),
    )
    rest = " ".join(f"{word} {value}" for word, value in clauses if value is not None)
    return Wanted(each.name, _joined(each.fields or asked.fields or ["Id"]), rest)


def _joined(fields: Iterable[str]) -> str:
    return ", ".join(fields)


def _within(number: int, name: str) -> int:
    if not 0 <= number <= MOST_FOUND:
        raise NumberOutsideRange(f"{name} is {number}; it can be at most {MOST_FOUND}")
    return number


async def _found(context: Context, asked: Search) -> dict[str, Any]:
    """The records of each object in turn, until there are as many as wanted."""
    records: list[dict[str, Any]] = []
    async with context.reading() as session:
        deadline = store.Deadline(store.SEARCH_LIMIT_SECONDS)
        for prepared in prepare_search(asked, dialect_of(context, all_rows=False)):
            left = asked.limit - len(records)
            if left <= 0:
                break
            arguments = prepared.arguments(replace(asked_by(context, prepared, None), most_rows=left))
            rows = await store.ask(session, prepared.plan, arguments, deadline.left_seconds)
            write = Writer(prepared.plan.record, context.version, MOST_FOUND)
            records += [write(row) for row in rows]
    return {"searchRecords": records}
