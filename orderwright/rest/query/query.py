"""GET /query, /queryAll, and /query/{queryLocator}: queries and the pages of their results."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.errors import Undone
from orderwright.rest.query.explain import explained
from orderwright.soql.arguments import Asked
from orderwright.soql.compile import Plan
from orderwright.soql.errors import ExceededIdLimit, InvalidQueryLocator, QueryError, described
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import Prepared, prepare, prepare_afresh
from orderwright.soql.shape import Writer, part_of
from orderwright.store import query as store
from orderwright.store.database import Session

LEAST_BATCH, MOST_BATCH = 200, 2000
"""Records in one answer (documented)."""

_BATCH = re.compile(r"\bbatchSize\s*=\s*(\d{1,9})", re.IGNORECASE | re.ASCII)


async def query(context: Context) -> dict[str, Any]:
    """Runs the SOQL query in `q`, and answers the first 2,000 of its records; with `explain` instead of `q`, says how
    it would be carried out.

    When there are more, `done` is false and `nextRecordsUrl` names the next ones, which are as they were when the query
    was sent. The header `Sforce-Query-Options: batchSize=200` asks for fewer at a time.
    """
    return await _answered(context, all_rows=False)


async def query_all(context: Context) -> dict[str, Any]:
    """Runs a SOQL query that finds deleted records too."""
    return await _answered(context, all_rows=True)


async def query_more(context: Context, query_locator: str) -> dict[str, Any]:
    """Answers the next records of a query, which are as they were when the query was sent.

    They are kept for an hour after they were last asked for, for whoever sent the query.
    """
    try:
        async with context.reading() as session:
            return await _next_page(context, session, query_locator)
    except QueryError as error:
        raise refused(error, "") from None


def refused(error: QueryError, text: str) -> Undone:
    """An error of a query as the platform answers it: code, and message with the place in the query `text`."""
    message = described(error, text) if text else error.message
    return Undone([{"message": message, "errorCode": error.code}], 400)


def dialect_of(context: Context, *, all_rows: bool) -> Dialect:
    """How names are understood in this request."""
    return Dialect(context.schema, context.version, all_rows, context.rights)


def asked_by(context: Context, prepared: Prepared, most_rows: int | None) -> Asked:
    """The moment and the caller of this request, and the picklists of this installation."""
    return Asked(prepared.texts, context.store.now(), context.call.user_id, most_rows, context.picklists)


def ready(context: Context, text: str, most_rows: int | None, *, all_rows: bool) -> tuple[Prepared, list[Any]]:
    """The query `text` with its arguments. Raises QueryError, which names the place in this very text."""
    dialect = dialect_of(context, all_rows=all_rows)
    prepared = prepare(text, dialect)
    try:
        return prepared, prepared.arguments(asked_by(context, prepared, most_rows))
    except QueryError:
        if prepared.is_fresh:
            raise
    prepared = prepare_afresh(text, dialect)
    return prepared, prepared.arguments(asked_by(context, prepared, most_rows))


async def _answered(context: Context, *, all_rows: bool) -> dict[str, Any]:
    text = context.query.get("q") or context.query.get("explain") or ""
    try:
        if "q" not in context.query and "explain" in context.query:
            prepared, arguments = ready(context, text, None, all_rows=all_rows)
            async with context.reading() as session:
                return await explained(session, prepared, arguments)
        return await _first_page(context, text, all_rows=all_rows)
    except QueryError as error:
        raise refused(error, text) from None


async def _first_page(context: Context, text: str, *, all_rows: bool) -> dict[str, Any]:
    size = batch_size(context)
    prepared, arguments = ready(context, text, size + 1, all_rows=all_rows)
    plan = prepared.plan
    async with context.reading() as session:
        if plan.kind == "count":
            # counting stops at the LIMIT of the query, not at that of a page
            _, arguments = ready(context, text, None, all_rows=all_rows)
            return {"totalSize": await store.count(session, plan, arguments), "done": True, "records": []}
        rows = await store.ask(session, plan, arguments)
        keeping = _keeping(context, text, size, all_rows=all_rows)
        if len(rows) <= size:
            records = await _records(context, session, plan, "", rows, keeping)
            return {"totalSize": len(rows), "done": True, "records": records}
        if plan.kind == "groups":
            raise ExceededIdLimit(
                "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
            )
        prepared, arguments = ready(context, text, store.MOST_KEPT_ROWS + 1, all_rows=all_rows)
        cursor = await store.keep(session, prepared.plan, arguments, keeping)
        return await _page(context, session, prepared.plan, cursor, 0, size)


async def _next_page(context: Context, session: Session, locator: str) -> dict[str, Any]:
    cursor, start = await store.find_cursor(session, locator, context.call.user_id, context.store.now())
    plan = prepare(cursor.statement, dialect_of(context, all_rows=cursor.all_rows)).plan
    if store.shape_of(plan) != cursor.shape:
        raise InvalidQueryLocator("the query means something else by now; send it again")
    return await _page(context, session, plan, cursor, start, batch_size(context, cursor.batch_size))


async def _page(
    context: Context, session: Session, plan: Plan, cursor: store.Cursor, start: int, size: int
) -> dict[str, Any]:
    rows = await store.page_of(session, cursor, start, size)
    keeping = _keeping(context, cursor.statement, size, all_rows=cursor.all_rows)
    records = await _records(context, session, plan, cursor.part, rows, keeping)
    after = start + len(rows)
    if after >= cursor.row_count:
        return {"totalSize": cursor.row_count, "done": True, "records": records}
    url = _url(context, cursor.locator(after))
    return {"totalSize": cursor.row_count, "done": False, "nextRecordsUrl": url, "records": records}


async def _records(
    context: Context, session: Session, plan: Plan, part: str, rows: Sequence[store.Row], keeping: store.Keeping
) -> list[dict[str, Any]]:
    """Rows as records. Children that do not fit are kept, and their result says where they are."""
    write = Writer(part_of(plan.record, part), context.version, MOST_BATCH, part)
    records = [write(row) for row in rows]
    for rest in write.rests:
        cursor = await store.keep_children(session, plan, rest.part, rest.rows, keeping)
        rest.result["nextRecordsUrl"] = _url(context, cursor.locator(MOST_BATCH))
    return records


def _keeping(context: Context, text: str, size: int, *, all_rows: bool) -> store.Keeping:
    user_id: Id = context.call.user_id
    return store.Keeping(context.store.database, user_id, text, all_rows, size, context.store.now())


def _url(context: Context, locator: str) -> str:
    return f"/services/data/v{context.version}.0/query/{locator}"


def batch_size(context: Context, usual: int = MOST_BATCH) -> int:
    """How many records an answer holds: what `Sforce-Query-Options` asks for, within bounds."""
    found = _BATCH.search(context.received.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), LEAST_BATCH), MOST_BATCH) if found else usual
