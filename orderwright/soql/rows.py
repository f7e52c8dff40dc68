"""SELECT of records: their fields, those of their parents, and their children as results of their own."""

from __future__ import annotations

from collections.abc import Callable

from orderwright.objects.definition import Definition
from orderwright.soql.clauses import check_mode, inner_where_sql, number_of, ordered_by, scoped_by, where_sql
from orderwright.soql.conditions import currency_of
from orderwright.soql.errors import InvalidType, MalformedQuery, QueryTooComplicated, UnknownField
from orderwright.soql.functions import SHOWING, argument_of, date_part, field_of, is_aggregate, operand
from orderwright.soql.layout import Layout
from orderwright.soql.names import child_name
from orderwright.soql.scope import Scope, Several, Term
from orderwright.soql.shape import Record, Show
from orderwright.soql.shards import is_near
from orderwright.soql.shown import FORMATS, formatted_currency, show_of, value_sql
from orderwright.soql.tree import (
    Branch,
    Call,
    Comparison,
    Condition,
    Item,
    Junction,
    Membership,
    Operand,
    Path,
    Query,
    Text,
    TypeOf,
)

FIVE_LEVELS_SINCE = 58
MOST_LEVELS_BEFORE, MOST_LEVELS = 2, 5
"""Levels of records within records, by API version (documented)."""

FIELDS_SINCE = 51
FIELDS = ("ALL", "STANDARD", "CUSTOM")
MOST_WITH_ALL_FIELDS = 200
"""Source: select (documented)."""


def select_rows(scope: Scope, query: Query, window: str) -> tuple[str, Record]:
    """The statement of a SELECT of records, and their shape. Raises QueryError."""
    layout, record = _laid_out(scope, query, level=1)
    conditions = [*scope.not_deleted, *scoped_by(scope, query), *where_sql(scope, query.where)]
    order = ordered_by(scope, query.orderings, _operand_of(scope))
    if order or scope.statement.selective:
        order.append(scope.root.id_sql)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" ORDER BY {', '.join(order)}" if order else ""
    return f"SELECT {layout.row_sql} AS row FROM {scope.from_sql}{where}{by} {window}", record


def _operand_of(scope: Scope) -> Callable[[Operand], Term]:
    return lambda what: operand(scope, what)


def _laid_out(scope: Scope, query: Query, level: int) -> tuple[Layout, Record]:
    layout = Layout(scope)
    id_at = layout.column(scope.root.id_sql)
    for item in query.items:
        _add(layout, scope, query, item, level)
    return layout, layout.record(scope.root.definition.name, id_at)


def _add(layout: Layout, scope: Scope, query: Query, item: Item, level: int) -> None:
    what = item.what
    if isinstance(what, Path):
        if item.alias is not None:
            raise MalformedQuery("only aggregate expressions use field aliasing", item.at)
        layout.path(what)
    elif isinstance(what, Query):
        _add_children(layout, scope, query, what, level)
    elif isinstance(what, TypeOf):
        _add_choice(layout, scope, what)
    elif what.function == "FIELDS":
        _add_fields(layout, scope, query, what)
    else:
        _add_call(layout, scope, what, item.alias)


# --- functions ----------------------------------------------------------------------------------------------------


def _add_call(layout: Layout, scope: Scope, call: Call, alias: str | None) -> None:
    if call.function not in SHOWING:
        date_part(scope, call)
        raise MalformedQuery(f"{call.name} must be grouped: add it to GROUP BY", call.at)
    name, sql, show = shown_call(scope, call, _operand_of(scope))
    layout.add(alias or name, sql, show, call.at)


def shown_call(scope: Scope, call: Call, as_term: Callable[[Operand], Term]) -> tuple[str, str, Show | None]:
    """The name, SQL and show of FORMAT, toLabel or convertCurrency of something. Raises QueryError.

    Nothing is converted: there are no rates, so an amount stays in its currency. Labels of picklists are their values.
    """
    argument = argument_of(call)
    if call.function == "FORMAT":
        if isinstance(argument, Call) and argument.function == "CONVERTCURRENCY":
            argument = field_of(argument)
        return _formatted(scope, as_term(argument))
    term = as_term(argument)
    if call.function == "CONVERTCURRENCY" and (is_aggregate(argument) or term.type != "currency"):
        raise UnknownField(f"convertCurrency takes a currency field; {term.name} is {term.type}", argument.at)
    return term.name, value_sql(term.type, term.sql), show_of(term.type)


def _formatted(scope: Scope, term: Term) -> tuple[str, str, Show | None]:
    if term.type == "currency":
        currency = currency_of(scope, term)
        return term.name, f"json_build_array({currency or 'NULL'}, {term.sql})", formatted_currency
    if term.type == "address":
        raise UnknownField(f"FORMAT cannot show {term.name}", term.at)
    return term.name, value_sql(term.type, term.sql), FORMATS.get(term.type, show_of(term.type))


# --- FIELDS(…) ----------------------------------------------------------------------------------------------------


def _add_fields(layout: Layout, scope: Scope, query: Query, call: Call) -> None:
    which = _which(call, scope.names.version)
    if which != "STANDARD" and not _is_bounded(query, scope.root.definition):
        raise MalformedQuery(
            f"The SOQL FIELDS function must have a LIMIT of at most {MOST_WITH_ALL_FIELDS}; add LIMIT "
            f"{MOST_WITH_ALL_FIELDS}",
            call.at,
        )
    definition = scope.root.definition
    fields = [
        field
        for field in scope.names.fields(definition)
        if which == "ALL" or (field.custom is not None) == (which == "CUSTOM")
    ]
    if not fields and len(query.items) == 1:
        raise MalformedQuery(f"{definition.name} has no custom fields; select at least one field", call.at)
    for field in fields:
        layout.path(Path((field.wire_name,), call.at))
    if which != "CUSTOM":
        for prefix in definition.about.addresses:
            if scope.names.reads_address(definition, prefix):
                layout.path(Path((f"{prefix}Address",), call.at))


def _which(call: Call, version: int) -> str:
    argument = field_of(call)
    which = argument.text.upper()
    if version < FIELDS_SINCE:
        raise MalformedQuery(f"FIELDS exists since version {FIELDS_SINCE}.0", call.at)
    if which not in FIELDS:
        raise MalformedQuery(f"FIELDS takes {', '.join(FIELDS)}; not '{argument.text}'", argument.at)
    return which


def _is_bounded(query: Query, definition: Definition) -> bool:
    """Whether few rows can be found: by LIMIT, or by a list of ids."""
    if query.limit is not None and query.limit.value <= MOST_WITH_ALL_FIELDS:
        return True
    terms = query.where.terms if isinstance(query.where, Junction) else (query.where,)
    is_or = isinstance(query.where, Junction) and query.where.word == "OR"
    found = [_names_ids(term, definition) for term in terms]
    return all(found) if is_or else any(found)


def _names_ids(term: Condition | None, definition: Definition) -> bool:
    if not isinstance(term, Comparison | Membership) or not isinstance(term.left, Path):
        return False
    names = [name.lower() for name in term.left.names]
    if names[-1] != "id" or (len(names) > 1 and names[0] != definition.name.lower()):
        return False
    if isinstance(term, Comparison):
        return term.operator == "=" and isinstance(term.right, Text)
    return not term.negated and isinstance(term.among, tuple) and len(term.among) <= MOST_WITH_ALL_FIELDS


# --- TYPEOF -------------------------------------------------------------------------------------------------------


def _add_choice(layout: Layout, scope: Scope, what: TypeOf) -> None:
    way = scope.inside(what.relationship)
    if len(way) > 1:
        raise MalformedQuery("TYPEOF takes a relationship of the object that is selected from", what.relationship.at)
    place = scope.reach(way, what.relationship.at)
    if not isinstance(place, Several):
        raise MalformedQuery(
            f"'{what.relationship.text}' always names the same object; TYPEOF is for references to several",
            what.relationship.at,
        )
    layout.choice(place, tuple(_branch(scope, place, branch) for branch in what.branches), what.at)


def _branch(scope: Scope, place: Several, branch: Branch) -> tuple[str | None, tuple[Term, ...]]:
    if branch.object is None:
        return None, tuple(scope.value(place, _only_name(path), path.at) for path in branch.fields)
    entity = next((e for e in place.entities if e.definition.name.lower() == (branch.object or "").lower()), None)
    if entity is None:
        _need_target(scope, place, branch.object)
        known = ", ".join(e.definition.name for e in place.entities)
        raise InvalidType(f"{place.field.relationship} never names a {branch.object}; it may name {known}", branch.at)
    terms = tuple(scope.value(entity, _only_name(path), path.at) for path in branch.fields)
    return entity.definition.about.key_prefix, terms


def _need_target(scope: Scope, place: Several, name: str) -> None:
    """Raise MissingRight for an object that the reference may name and the caller may not read."""
    target = next((each for each in place.field.to if each.lower() == name.lower()), None)
    if target is not None and scope.names.known(target) is not None:
        scope.names.need(target)


def _only_name(path: Path) -> str:
    if len(path.names) > 1:
        raise MalformedQuery("inside TYPEOF only fields of the record itself can be selected", path.at)
    return path.names[0]


# --- children -----------------------------------------------------------------------------------------------------


def _add_children(layout: Layout, scope: Scope, query: Query, child: Query, level: int) -> None:
    most = MOST_LEVELS if scope.names.version >= FIVE_LEVELS_SINCE else MOST_LEVELS_BEFORE
    if level >= most:
        raise QueryTooComplicated(f"a query has at most {most} levels of records within records", child.at)
    scope.statement.count_child(child.at)
    name, sql, record = _children(scope, query, child, level + 1)
    layout.children(name, sql, record, child.at)


def _children(parent: Scope, query: Query, child: Query, level: int) -> tuple[str, str, Record]:
    source = child.sources[0]
    if len(child.sources) > 1:
        raise MalformedQuery("a subquery selects from one relationship", child.sources[1].path.at)
    way = parent.inside(source.path)
    if len(way) > 1:
        raise MalformedQuery(
            f"'{source.path.text}' is no relationship of {parent.root.definition.name}", source.path.at
        )
    definition, field = parent.names.children(parent.root.definition, way[0], source.path.at)
    prefixes: dict[str, tuple[str, ...]] = {source.alias.lower(): ()} if source.alias else {}
    scope = Scope(parent.statement, definition, prefixes)
    _check_child(query, child)
    layout, record = _laid_out(scope, child, level)
    conditions = [f"{definition.expression(field.name, scope.root.alias)} = {parent.root.id_sql}"]
    if is_near(definition, field, parent.root.definition):
        conditions.insert(0, f"{scope.root.alias}.shard = {parent.root.alias}.shard")
    conditions += [*scope.not_deleted, *inner_where_sql(scope, child.where)]
    order = [*ordered_by(scope, child.orderings, _operand_of(scope)), scope.root.id_sql]
    rows = (
        f"SELECT {layout.row_sql} AS row FROM {scope.from_sql} WHERE {' AND '.join(conditions)} "
        f"ORDER BY {', '.join(order)}{_window(scope, child)}"
    )
    return child_name(field), f"(SELECT json_agg(q.row) FROM ({rows}) q)", record


def _window(scope: Scope, child: Query) -> str:
    arguments = scope.statement.arguments
    found = ""
    for word, given in (("LIMIT", child.limit), ("OFFSET", child.offset)):
        number = number_of(given, word)
        found += f" {word} {arguments.constant(number, 'bigint')}" if number is not None else ""
    return found


def _check_child(query: Query, child: Query) -> None:
    check_mode(child)
    if child.groups or child.having is not None or any(is_aggregate(item.what) for item in child.items):
        raise MalformedQuery("only root queries support aggregate expressions", child.at)
    if child.scope is not None:
        raise MalformedQuery("USING SCOPE has no place in a subquery", child.scope.at)
    if child.all_rows_at is not None:
        raise MalformedQuery("ALL ROWS has no place in a subquery", child.all_rows_at)
    if child.offset is not None and (query.limit is None or query.limit.value != 1):
        raise MalformedQuery("OFFSET in a subquery needs LIMIT 1 in the query around it", child.offset.at)
