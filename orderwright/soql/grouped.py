"""SELECT of groups: aggregates, GROUP BY with subtotals, HAVING."""

from __future__ import annotations

from dataclasses import dataclass

from orderwright.objects.abilities import NOT_GROUPED
from orderwright.soql.clauses import ordered_by, scoped_by, where_sql
from orderwright.soql.conditions import Conditions
from orderwright.soql.errors import MalformedQuery
from orderwright.soql.functions import (
    AGGREGATES,
    SHOWING,
    aggregate,
    argument_of,
    field_of,
    is_opaque,
    operand,
)
from orderwright.soql.layout import Layout
from orderwright.soql.rows import shown_call
from orderwright.soql.scope import Scope, Term
from orderwright.soql.shape import Record, Show
from orderwright.soql.shown import show_of, value_sql
from orderwright.soql.tree import Call, Item, Membership, Operand, Path, Query

SUBTOTALS = ("ROLLUP", "CUBE")
MOST_SUBTOTALED = 3
"""Fields in a ROLLUP or CUBE (documented)."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """What rows are grouped by."""

    terms: tuple[Term, ...]
    subtotals: str | None

    @property
    def sql(self) -> str:
        listed = ", ".join(term.sql for term in self.terms)
        if not listed:
            return ""
        return f" GROUP BY {self.subtotals} ({listed})" if self.subtotals else f" GROUP BY {listed}"

    def has(self, term: Term) -> bool:
        return any(term.sql == each.sql for each in self.terms)


def group_rows(scope: Scope, query: Query, window: str) -> tuple[str, Record]:
    """The statement of a SELECT of groups, and the shape of its lines. Raises QueryError."""
    groups = _grouping(scope, query)
    if not groups.terms and (query.limit is not None or query.offset is not None):
        at = query.limit or query.offset
        raise MalformedQuery(
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT", at.at if at else None
        )
    layout = _laid_out(scope, query, groups)
    conditions = [*scope.not_deleted, *scoped_by(scope, query), *where_sql(scope, query.where)]
    having = _having(scope, query, groups)
    order = ordered_by(scope, query.orderings, lambda what: _term(scope, what, groups, "Ordered field"))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" ORDER BY {', '.join(order)}" if order else ""
    sql = f"SELECT {layout.row_sql} AS row FROM {scope.from_sql}{where}{groups.sql}{having}{by} {window}"
    return sql, layout.record("AggregateResult", None)


def _grouping(scope: Scope, query: Query) -> Grouping:
    operands, subtotals = query.groups, None
    first = operands[0] if operands else None
    if isinstance(first, Call) and first.function in SUBTOTALS:
        if len(operands) > 1:
            raise MalformedQuery(f"all fields that are grouped stand inside {first.function}(…)", operands[1].at)
        subtotals, operands = first.function, _fields_inside(first)
    return Grouping(tuple(_grouped(scope, each) for each in operands), subtotals)


def _fields_inside(call: Call) -> tuple[Operand, ...]:
    found = tuple(each for each in call.arguments if isinstance(each, Path | Call))
    if not found or len(found) != len(call.arguments) or len(found) > MOST_SUBTOTALED:
        raise MalformedQuery(f"{call.function} takes one to {MOST_SUBTOTALED} fields", call.at)
    return found


def _grouped(scope: Scope, what: Operand) -> Term:
    if isinstance(what, Call) and what.function in SUBTOTALS:
        raise MalformedQuery(f"{what.function} must be all of GROUP BY", what.at)
    term = operand(scope, what)
    if is_opaque(term) or term.type in NOT_GROUPED:
        raise MalformedQuery(f"field '{term.name}' can not be grouped in a query call", term.at)
    return term


# --- SELECT -------------------------------------------------------------------------------------------------------


def _laid_out(scope: Scope, query: Query, groups: Grouping) -> Layout:
    layout = Layout(scope)
    unnamed = 0
    used: set[str] = set()
    for item in query.items:
        name, sql, show = _entry(scope, item, groups)
        if item.alias is not None:
            name = item.alias
        elif name is None:
            name, unnamed = f"expr{unnamed}", unnamed + 1
        if name.lower() in used:
            raise MalformedQuery(f"duplicate alias: {name}", item.at)
        used.add(name.lower())
        layout.add(name, sql, show, item.at)
    return layout


def _entry(scope: Scope, item: Item, groups: Grouping) -> tuple[str | None, str, Show | None]:
    """The name of an entry, None where it needs one; its SQL, and how it is shown."""
    what = item.what
    if not isinstance(what, Path | Call):
        raise MalformedQuery("a query with aggregates or GROUP BY has no subqueries and no TYPEOF", item.at)
    if isinstance(what, Call) and what.function == "FIELDS":
        raise MalformedQuery("Field must be grouped or aggregated: FIELDS() stands for fields that are not", what.at)
    if isinstance(what, Call) and what.function in SHOWING:
        inside = argument_of(what)
        name, sql, show = shown_call(scope, what, lambda each: _term(scope, each, groups, "Field"))
        return name if isinstance(inside, Path) else None, sql, show
    term = _term(scope, what, groups, "Field")
    return term.name if isinstance(what, Path) else None, value_sql(term.type, term.sql), show_of(term.type)


def _term(scope: Scope, what: Operand, groups: Grouping, role: str) -> Term:
    """A value that each group has one of. Raises MalformedQuery for any other."""
    if isinstance(what, Call):
        if what.function in AGGREGATES:
            return aggregate(scope, what)
        if what.function == "GROUPING":
            return _level(scope, what, groups)
    term = operand(scope, what)
    if groups.has(term) or (isinstance(what, Call) and term.type != "dateTime" and _of_grouped(scope, what, groups)):
        return term
    shown = what.text if isinstance(what, Path) else what.name
    raise MalformedQuery(f"{role} must be grouped or aggregated: {shown}", what.at)


def _of_grouped(scope: Scope, call: Call, groups: Grouping) -> bool:
    """Whether a function is of a field that is grouped itself, which a date may be."""
    argument = argument_of(call)
    return isinstance(argument, Path) and groups.has(scope.term(argument))


def _level(scope: Scope, call: Call, groups: Grouping) -> Term:
    """1 in a line that is a subtotal over the field, else 0."""
    term = scope.term(field_of(call)) if isinstance(argument_of(call), Path) else operand(scope, argument_of(call))
    if groups.subtotals is None or not groups.has(term):
        raise MalformedQuery(f"GROUPING takes a field of GROUP BY ROLLUP or CUBE; not {term.name}", call.at)
    return Term(f"grouping({term.sql})", "int", call.name, call.at)


def _having(scope: Scope, query: Query, groups: Grouping) -> str:
    if query.having is None:
        return ""
    if not groups.terms:
        raise MalformedQuery("HAVING needs GROUP BY", query.at)

    def refused(_: Term, condition: Membership) -> str:
        raise MalformedQuery("Semi join sub-selects have no place in HAVING", condition.at)

    conditions = Conditions(scope, lambda what: _term(scope, what, groups, "Having field"), refused)
    return f" HAVING {conditions.sql(query.having)}"
