"""The clauses that several kinds of SELECT share: WHERE with its semi-joins, USING SCOPE, WITH, ORDER BY, numbers."""

from __future__ import annotations

from collections.abc import Callable

from orderwright.soql.conditions import Conditions
from orderwright.soql.errors import InvalidScope, MalformedQuery, NumberOutsideRange, QueryTooComplicated, nearest
from orderwright.soql.functions import IDS, TEXTS, is_opaque, operand
from orderwright.soql.scope import Key, Scope, Term
from orderwright.soql.shards import is_near, shard_of_id
from orderwright.soql.tree import Condition, Junction, Membership, Number, Operand, Ordering, Path, Query

MOST_SEMI_JOINS = 2
"""Source: comparison-operators (documented)."""

MOST_LIMIT = 2**31 - 1

MODES = ("SECURITY_ENFORCED", "USER_MODE")
"""What may stand after WITH: the rights of the caller hold in any case."""

SCOPES = ("everything", "mine")


def where_sql(scope: Scope, where: Condition | None) -> list[str]:
    """The SQL of WHERE, as a list of none or one condition. Raises QueryError."""
    if where is None:
        return []
    _check_semi_joins(where)
    return [Conditions(scope, _operand_of(scope), _semi_join_of(scope)).sql(where)]


def inner_where_sql(scope: Scope, where: Condition | None) -> list[str]:
    """The SQL of the WHERE of a subquery, which may have no semi-joins. Raises QueryError."""
    if where is None:
        return []

    def refused(_: Term, condition: Membership) -> str:
        raise MalformedQuery("Nesting of semi join sub-selects is not supported", condition.at)

    return [Conditions(scope, _operand_of(scope), refused).sql(where)]


def _operand_of(scope: Scope) -> Callable[[Operand], Term]:
    return lambda what: operand(scope, what)


def _check_semi_joins(where: Condition) -> None:
    found = list(_semi_joins(where))
    if len(found) > MOST_SEMI_JOINS:
        raise QueryTooComplicated(f"Maximum {MOST_SEMI_JOINS} semi join sub-selects are allowed", found[-1].at)


def _semi_joins(where: Condition) -> list[Membership]:
    if isinstance(where, Junction):
        return [found for term in where.terms for found in _semi_joins(term)]
    return [where] if isinstance(where, Membership) and isinstance(where.among, Query) else []


def _semi_join_of(scope: Scope) -> Callable[[Term, Membership], str]:
    return lambda term, condition: _semi_join(scope, term, condition)


def _semi_join(scope: Scope, left: Term, condition: Membership) -> str:
    query = condition.among
    if not isinstance(query, Query):
        raise MalformedQuery("a semi join needs a query", condition.at)
    if left.key is None or left.owner is not scope.root:
        raise MalformedQuery(
            f"Semi join sub-selects compare an id or a reference of {scope.root.definition.name} itself", left.at
        )
    inner, right = _inner(scope, query)
    key = _checked_key(scope, left, left.key, right)
    parts = [f"{right.sql} = {left.sql}", *_same_shard(left.key, key, left.sql)]
    parts += [*inner.not_deleted, *inner_where_sql(inner, query.where)]
    exists = f"EXISTS (SELECT 1 FROM {inner.from_sql} WHERE {' AND '.join(parts)})"
    return f"(NOT {exists})" if condition.negated else f"({exists})"


def _inner(scope: Scope, query: Query) -> tuple[Scope, Term]:
    item, source = query.items[0], query.sources[0]
    if len(query.items) > 1 or not isinstance(item.what, Path) or len(query.sources) > 1 or len(source.path.names) > 1:
        raise MalformedQuery("Semi join sub-selects can only select one field of one object", query.at)
    if (
        query.groups
        or query.having is not None
        or query.orderings
        or query.limit is not None
        or query.offset is not None
    ):
        raise MalformedQuery("Semi join sub-selects have no GROUP BY, ORDER BY, LIMIT or OFFSET", query.at)
    definition = scope.names.object(source.path.names[0], source.path.at)
    if definition is scope.root.definition:
        raise MalformedQuery("The inner and outer selects should not be on the same object type", source.path.at)
    inner = Scope(scope.statement, definition, {source.alias.lower(): ()} if source.alias else {})
    return inner, inner.term(item.what)


def _checked_key(scope: Scope, left: Term, key: Key, right: Term) -> Key:
    if right.key is None or len(_pointed_at(right.key) & _pointed_at(key)) == 0:
        raise MalformedQuery(
            f"The selected field '{right.name}' in the subquery and the left operand field '{left.name}' in the where "
            f"expression of {scope.root.definition.name} should point to the same object type",
            right.at,
        )
    if right.owner is None or right.owner.link is not None:
        raise MalformedQuery("Semi join sub-selects select a field of their own object, not of a parent", right.at)
    return right.key


def _pointed_at(key: Key) -> frozenset[str]:
    return frozenset({key.definition.name} if key.field is None else key.field.to)


def _same_shard(left: Key, right: Key, left_sql: str) -> list[str]:
    """The condition on shards of a semi-join, as a list of none or one."""
    equal = [f"{right.alias}.shard = {left.alias}.shard"]
    if left.field is None:
        near = right.field is not None and is_near(right.definition, right.field, left.definition)
        return equal if near else []
    if right.field is None:
        if is_near(left.definition, left.field, right.definition):
            return equal
        return [f"{right.alias}.shard = {shard_of_id(left_sql, (right.definition.name,))}"]
    return []


def scoped_by(scope: Scope, query: Query) -> list[str]:
    """The condition that USING SCOPE stands for, as a list of none or one. Raises InvalidScope."""
    if query.scope is None:
        return []
    name = query.scope.text.lower()
    if name == "everything":
        return []
    if name == "mine" and "owner_id" in scope.root.definition.stored:
        placeholder = scope.statement.arguments.add(lambda asked: asked.user_id, "text")
        return [f"{scope.root.alias}.owner_id = {placeholder}"]
    raise InvalidScope(
        f"{scope.root.definition.name} has no scope '{query.scope.text}'{nearest(name, SCOPES)}; use everything, or "
        "mine where records have owners",
        query.scope.at,
    )


def check_mode(query: Query) -> None:
    """Raise MalformedQuery for a WITH that this system does not have."""
    if query.mode is not None and query.mode.text.upper() not in MODES:
        raise MalformedQuery(
            f"unexpected token: '{query.mode.text}'; after WITH use {' or '.join(MODES)}", query.mode.at
        )


def number_of(given: Number | None, word: str) -> int | None:
    """The number after LIMIT or OFFSET. Raises MalformedQuery for one that is negative or has decimals, and
    NumberOutsideRange for one that is larger than any number of rows.
    """
    if given is None:
        return None
    # first of all: a large exponent becomes as many digits
    if given.value > MOST_LIMIT:
        raise NumberOutsideRange(f"{word} is {given.value}; it can be at most {MOST_LIMIT}", given.at)
    if given.value != given.value.to_integral_value() or given.value < 0:
        raise MalformedQuery(f"unexpected token: '{given.value}'; {word} takes a whole number", given.at)
    return int(given.value)


def ordered_by(scope: Scope, orderings: tuple[Ordering, ...], as_term: Callable[[Operand], Term]) -> list[str]:
    """The SQL of the entries of ORDER BY. Raises QueryError."""
    found = []
    for ordering in orderings:
        term = as_term(ordering.by)
        if is_opaque(term) or term.type == "multipicklist":
            raise MalformedQuery(f"field '{term.name}' can not be sorted in a query call", term.at)
        nulls = "LAST" if ordering.nulls_last else "FIRST"
        direction = f"{'DESC' if ordering.descending else 'ASC'} NULLS {nulls}"
        found += [f"{sql} {direction}" for sql in _sort_keys(scope, term)]
    return found


def _sort_keys(scope: Scope, term: Term) -> list[str]:
    """What a value is sorted by: picklists in the order of their values, text without regard to case (documented)."""
    if term.type in IDS:
        return [f'{term.sql} COLLATE "C"']
    if term.type not in TEXTS:
        return [term.sql]
    keys = [f'upper({term.sql}) COLLATE "C"']
    listed = _listed(scope, term)
    if listed is not None:
        other = f"CASE WHEN {term.sql} IS NOT NULL THEN cardinality({listed}) + 1 END"
        keys.insert(0, f"coalesce(array_position({listed}, {term.sql}), {other})")
    return keys


def _listed(scope: Scope, term: Term) -> str | None:
    """The SQL of the values of a picklist, in their order; None for what has none."""
    field, owner = term.field, term.owner
    if field is None or owner is None or not field.values or term.type != "picklist":
        return None
    object_, name, values = owner.definition.name, field.wire_name, list(field.values)
    return scope.statement.arguments.add(
        lambda asked: list(asked.picklists.values_of(object_, name) or values), "text[]"
    )
