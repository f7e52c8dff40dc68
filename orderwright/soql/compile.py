"""Tree -> plan: one SQL statement for a whole query, its arguments, and the shape of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from orderwright.objects.definition import Definition
from orderwright.soql.arguments import Maker
from orderwright.soql.clauses import check_mode, number_of, scoped_by, where_sql
from orderwright.soql.errors import MalformedQuery, NumberOutsideRange
from orderwright.soql.functions import is_aggregate
from orderwright.soql.grouped import group_rows
from orderwright.soql.names import Dialect, Names
from orderwright.soql.rows import select_rows
from orderwright.soql.scope import Scope, Statement
from orderwright.soql.shape import Record
from orderwright.soql.tree import Call, Path, Query, Source

MOST_OFFSET = 2000
"""Source: offset (documented)."""

Kind = Literal["rows", "groups", "count"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a query is answered, for all queries that differ in their quoted texts alone."""

    kind: Kind
    object: str
    rows: str
    """The statement: each row as JSON in the column `row`; of COUNT() the number alone."""
    makers: tuple[Maker, ...]
    record: Record
    reads: frozenset[tuple[str, str | None]]
    """The objects and fields that it reads; without a field: the object at all."""
    is_selective: bool
    """Whether it looks at few rows: those of a record that it names by id."""

    @property
    def page(self) -> str:
        """The statement that has all rows as one JSON list, or of COUNT() the number."""
        return self.rows if self.kind == "count" else f"SELECT coalesce(json_agg(q.row), '[]') FROM ({self.rows}) q"


def compile_query(query: Query, dialect: Dialect) -> Plan:
    """The plan of a query. Raises QueryError."""
    names = Names(dialect)
    statement = Statement(names)
    scope = _main_scope(statement, query.sources)
    _check(query, dialect)
    kind, rows, record = _compiled(scope, query)
    return Plan(
        kind=kind,
        object=scope.root.definition.name,
        rows=rows,
        makers=tuple(statement.arguments.makers),
        record=record,
        reads=frozenset(names.reads),
        is_selective=statement.selective,
    )


def _compiled(scope: Scope, query: Query) -> tuple[Kind, str, Record]:
    whats = [item.what for item in query.items]
    if any(isinstance(what, Call) and what.function == "COUNT" and not what.arguments for what in whats):
        return "count", _count(scope, query), Record("AggregateResult", None, ())
    if query.groups or query.having is not None or any(map(is_aggregate, whats)):
        rows, record = group_rows(scope, query, _window(scope, query))
        return "groups", rows, record
    rows, record = select_rows(scope, query, _window(scope, query))
    return "rows", rows, record


def _count(scope: Scope, query: Query) -> str:
    """How many rows there are; a limit counts no further than it says."""
    if len(query.items) > 1:
        raise MalformedQuery("COUNT() must be the only element in the SELECT list", query.items[1].at)
    if query.groups or query.having is not None:
        raise MalformedQuery("Grouped query cannot use COUNT(); use COUNT(Id)", query.at)
    if query.orderings:
        raise MalformedQuery("COUNT() cannot be used with ORDER BY", query.orderings[0].by.at)
    conditions = _conditions(scope, query)
    window = _window(scope, query)
    return f"SELECT count(*) FROM (SELECT 1 FROM {scope.from_sql}{conditions} {window}) q"


def _conditions(scope: Scope, query: Query) -> str:
    found = [*scope.not_deleted, *scoped_by(scope, query), *where_sql(scope, query.where)]
    return f" WHERE {' AND '.join(found)}" if found else ""


def _window(scope: Scope, query: Query) -> str:
    """LIMIT and OFFSET; whoever asks may want fewer rows than the query allows."""
    most = number_of(query.limit, "LIMIT")
    skip = number_of(query.offset, "OFFSET")
    if skip is not None and query.offset is not None and skip > MOST_OFFSET:
        raise NumberOutsideRange(f"maximum SOQL offset allowed is {MOST_OFFSET}", query.offset.at)
    arguments = scope.statement.arguments
    limit = arguments.add(lambda asked: _fewer(most, asked.most_rows), "bigint")
    return f"LIMIT {limit}" + (f" OFFSET {arguments.constant(skip, 'bigint')}" if skip is not None else "")


def _fewer(most: int | None, wanted: int | None) -> int | None:
    return wanted if most is None else most if wanted is None else min(most, wanted)


def _check(query: Query, dialect: Dialect) -> None:
    check_mode(query)
    if query.all_rows_at is not None and not dialect.all_rows:
        raise MalformedQuery("ALL ROWS is not allowed in this context; ask the resource queryAll", query.all_rows_at)


def _main_scope(statement: Statement, sources: tuple[Source, ...]) -> Scope:
    """The object that is selected from, and the names that its query may use for paths."""
    first, *others = sources
    if len(first.path.names) > 1:
        raise MalformedQuery(f"FROM names one object, and '{first.path.text}' is a path", first.path.at)
    definition = statement.names.object(first.path.names[0], first.path.at)
    prefixes: dict[str, tuple[str, ...]] = {first.alias.lower(): ()} if first.alias else {}
    for source in others:
        way = _inside(source.path, definition, prefixes)
        if source.alias is not None:
            prefixes[source.alias.lower()] = way
    scope = Scope(statement, definition, prefixes, is_main=True)
    for source in others:
        scope.reach(_inside(source.path, definition, prefixes), source.path.at)
    return scope


def _inside(path: Path, definition: Definition, prefixes: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    first = path.names[0].lower()
    if first in prefixes:
        return (*prefixes[first], *path.names[1:])
    return path.names[1:] if first == definition.name.lower() and len(path.names) > 1 else path.names
