"""WHERE and HAVING -> SQL. Every condition is true or false: where a value is null, a comparison is false and its
opposite true, so `Name != 'x'` finds records without a name. Text is compared without regard to case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from orderwright.objects.registry import BY_NAME
from orderwright.soql import tree
from orderwright.soql.arguments import (
    Arguments,
    Maker,
    all_of,
    day_maker,
    id_maker,
    midnight_maker,
    pattern_maker,
    text_maker,
)
from orderwright.soql.errors import InvalidFilterOperator, MalformedQuery, QueryTooComplicated, UnknownField, nearest
from orderwright.soql.functions import IDS, NUMBERS, TEXTS, is_opaque
from orderwright.soql.periods import COUNTED, EARLIEST, LATEST, PLAIN
from orderwright.soql.scope import Scope, Term
from orderwright.soql.shards import is_near, shard_of_id
from orderwright.soql.tree import Comparison, Condition, Junction, Membership, Not, Operand, Selection, Value

DEEPEST = 100
"""How many conditions may be nested in each other."""

MOST_SELECTIVE = 200
"""A list of at most so many ids still names few records."""

MOST_DIGITS = 100
"""Numbers that have more, before or after the point, are a mistake."""

AsTerm = Callable[[Operand], Term]
SemiJoin = Callable[[Term, Membership], str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the conditions of one clause are compiled: what its operands are, and what a subquery in it becomes."""

    scope: Scope
    term: AsTerm
    semi_join: SemiJoin

    @property
    def arguments(self) -> Arguments:
        return self.scope.statement.arguments

    def sql(self, condition: Condition, depth: int = 0, *, conjunct: bool = True) -> str:
        """The SQL of a condition; `conjunct`: every row must fulfil it. Raises QueryError."""
        if depth > DEEPEST:
            raise QueryTooComplicated(f"conditions are nested in more than {DEEPEST} others; write fewer parentheses")
        if isinstance(condition, Junction):
            keeps = conjunct and condition.word == "AND"
            terms = [self.sql(term, depth + 1, conjunct=keeps) for term in condition.terms]
            return "(" + f" {condition.word} ".join(terms) + ")"
        if isinstance(condition, Not):
            if _has_subquery(condition.term):
                raise MalformedQuery("NOT cannot stand before IN (SELECT …); write NOT IN (SELECT …) instead")
            return f"({self.sql(condition.term, depth + 1, conjunct=False)} IS NOT TRUE)"
        return self._simple(condition, conjunct=conjunct)

    def _simple(self, condition: Comparison | Membership | Selection, *, conjunct: bool) -> str:
        term = self.term(condition.left)
        if is_opaque(term):
            raise UnknownField(f"field '{term.name}' can not be filtered in a query call", term.at)
        if isinstance(condition, Comparison):
            return self._compared(term, condition, conjunct=conjunct)
        if isinstance(condition, Selection):
            return self._selected(term, condition)
        if isinstance(condition.among, tree.Query):
            if not conjunct:
                raise MalformedQuery(
                    "Semi join sub-selects are not supported with OR; join them with AND", condition.at
                )
            return self.semi_join(term, condition)
        return self._among(term, condition.among, condition, conjunct=conjunct)

    # --- one value ----------------------------------------------------------------------------------------------------

    def _compared(self, term: Term, condition: Comparison, *, conjunct: bool) -> str:
        operator, value = condition.operator, condition.right
        if operator == "LIKE":
            return self._like(term, condition)
        if isinstance(value, tree.Word) and (value.value is None or term.type == "boolean"):
            return _of_word(term, operator, value, condition.at)
        if operator == "!=":
            return f"({self._ordered(term, '=', value, condition.at)} IS NOT TRUE)"
        sql = self._ordered(term, operator, value, condition.at)
        if operator == "=" and term.key is not None:
            self._note(term, conjunct=conjunct)
        return sql

    def _note(self, term: Term, *, conjunct: bool) -> None:
        of_main = self.scope.is_main and term.owner is self.scope.root
        if conjunct and of_main and _shard(term, "NULL") is not None:
            self.scope.statement.selective = True

    def _ordered(self, term: Term, operator: str, value: Value, at: int) -> str:
        """`term operator value`, for a value that is not null."""
        if term.type == "boolean":
            raise _wrong_type(term, value)
        if term.type == "multipicklist":
            return self._same_choice(term, operator, value, at)
        if term.type in IDS:
            return self._of_id(term, operator, value)
        if term.type in TEXTS:
            return self._of_text(term, operator, value)
        if isinstance(value, tree.Period):
            return self._of_period(term, operator, value)
        if isinstance(value, tree.Amount):
            return self._of_amount(term, operator, value)
        return f"({term.sql} {operator} {self._plain(term, value)})"

    def _of_id(self, term: Term, operator: str, value: Value) -> str:
        if not isinstance(value, tree.Text):
            raise _wrong_type(term, value)
        if not value.raw:
            return f"({term.sql} IS NULL)" if operator == "=" else "FALSE"
        placeholder = self.arguments.add(id_maker(value), "text")
        if operator != "=" or term.key is None:
            return f"({term.sql} {operator} {placeholder})"
        shard = _shard(term, placeholder)
        there = "" if shard is None else f"{shard[0]} = {shard[1]} AND "
        return f"({there}{term.sql} = {placeholder})"

    def _of_text(self, term: Term, operator: str, value: Value) -> str:
        if not isinstance(value, tree.Text):
            raise _wrong_type(term, value)
        if not value.raw and operator == "=":
            # the platform keeps no empty text, it is null
            return f"(coalesce({term.sql}, '') = '')"
        placeholder = self.arguments.add(text_maker(value), "text")
        if operator == "=":
            same = f"{term.sql} = {placeholder}"
            return f"({same})" if _has_case(term) else f"(lower({term.sql}) = lower({placeholder}))"
        return f'(upper({term.sql}) COLLATE "C" {operator} upper({placeholder}) COLLATE "C")'

    def _of_period(self, term: Term, operator: str, value: tree.Period) -> str:
        _check_period(value)
        if term.type not in ("date", "dateTime"):
            raise _wrong_type(term, value)
        make = day_maker if term.type == "date" else midnight_maker
        type_ = "date" if term.type == "date" else "timestamptz"

        def bound(*, end: bool) -> str:
            return self.arguments.add(make(value, end=end), type_)

        if operator == "=":
            return f"({term.sql} >= {bound(end=False)} AND {term.sql} < {bound(end=True)})"
        # before, and not before, the period begins; or it ends
        sign = "<" if operator in ("<", "<=") else ">="
        return f"({term.sql} {sign} {bound(end=operator in ('<=', '>'))})"

    def _of_amount(self, term: Term, operator: str, value: tree.Amount) -> str:
        """An amount in a currency: nothing is converted, so only records in that currency are found."""
        currency = currency_of(self.scope, term)
        if term.type != "currency" or currency is None:
            raise _wrong_type(term, value)
        code = self.arguments.constant(value.currency, "text")
        number = self.arguments.constant(_possible_number(value), "numeric")
        return f"({currency} = {code} AND {term.sql} {operator} {number})"

    def _plain(self, term: Term, value: Value) -> str:
        if term.type in NUMBERS and isinstance(value, tree.Number):
            return self.arguments.constant(_possible_number(value), "numeric")
        if term.type == "date" and isinstance(value, tree.Day):
            return self.arguments.constant(_possible(value.value, value.at), "date")
        if term.type == "dateTime" and isinstance(value, tree.Moment):
            _possible(value.value.date(), value.at)
            return self.arguments.constant(value.value, "timestamptz")
        if term.type == "time" and isinstance(value, tree.TimeOfDay):
            return self.arguments.constant(value.value, "time")
        raise _wrong_type(term, value)

    def _like(self, term: Term, condition: Comparison) -> str:
        value = condition.right
        if term.type in IDS:
            raise InvalidFilterOperator("invalid operator on id field", condition.at)
        if term.type not in TEXTS:
            raise InvalidFilterOperator(f"invalid operator on {term.type} field; LIKE compares text", condition.at)
        if not isinstance(value, tree.Text):
            raise _wrong_type(term, value)
        placeholder = self.arguments.add(pattern_maker(value), "text")
        if _has_case(term):
            return f"({term.sql} LIKE {placeholder})"
        return f"(lower({term.sql}) LIKE lower({placeholder}))"

    # --- several values -----------------------------------------------------------------------------------------------

    def _among(self, term: Term, values: tuple[Value, ...], condition: Membership, *, conjunct: bool) -> str:
        texts = [value for value in values if isinstance(value, tree.Text) and value.raw]
        others = [value for value in values if not (isinstance(value, tree.Text) and value.raw)]
        parts = [self._other(term, value, condition.at) for value in others]
        if texts:
            parts.append(self._among_texts(term, texts, condition.at))
            if not (others or condition.negated) and term.key is not None and len(texts) <= MOST_SELECTIVE:
                self._note(term, conjunct=conjunct)
        sql = "(" + " OR ".join(parts) + ")"
        return f"({sql} IS NOT TRUE)" if condition.negated else sql

    def _other(self, term: Term, value: Value, at: int) -> str:
        if isinstance(value, tree.Word) and (value.value is None or term.type == "boolean"):
            return _of_word(term, "=", value, at)
        return self._ordered(term, "=", value, at)

    def _among_texts(self, term: Term, texts: list[tree.Text], at: int) -> str:
        if term.type in IDS:
            return self._among_ids(term, texts)
        if term.type not in TEXTS:
            return "(" + " OR ".join(self._ordered(term, "=", text, at) for text in texts) + ")"
        placeholder = self.arguments.add(all_of([text_maker(text) for text in texts]), "text[]")
        if _has_case(term):
            return f"({term.sql} = ANY ({placeholder}))"
        if len(texts) == 1:
            return f"(lower({term.sql}) = lower(({placeholder})[1]))"
        return f"(lower({term.sql}) = ANY (ARRAY(SELECT lower(v) FROM unnest({placeholder}) v)))"

    def _among_ids(self, term: Term, texts: list[tree.Text]) -> str:
        placeholder = self.arguments.add(all_of([id_maker(text) for text in texts]), "text[]")
        shard = _shard(term, "v")
        if shard is None:
            return f"({term.sql} = ANY ({placeholder}))"
        # pairs of shard and id: each is looked up by the primary key
        return f"(({shard[0]}, {term.sql}) IN (SELECT {shard[1]}, v FROM unnest({placeholder}) v))"

    def _selected(self, term: Term, condition: Selection) -> str:
        if term.type != "multipicklist":
            raise InvalidFilterOperator("INCLUDES and EXCLUDES compare multi-select picklists", condition.at)
        makers: list[Maker] = []
        for value in condition.among:
            if not isinstance(value, tree.Text):
                raise _wrong_type(term, value)
            makers.append(text_maker(value))
        placeholder = self.arguments.add(all_of(makers), "text[]")
        chosen = f"string_to_array(lower({term.sql}), ';')"
        sql = f"EXISTS (SELECT 1 FROM unnest({placeholder}) v WHERE {chosen} @> string_to_array(lower(v), ';'))"
        return f"(({sql}) IS NOT TRUE)" if condition.negated else f"({sql})"

    def _same_choice(self, term: Term, operator: str, value: Value, at: int) -> str:
        """Multi-select picklists are equal when the same values are chosen."""
        if operator != "=":
            raise InvalidFilterOperator("invalid operator on multipicklist field", at)
        if not isinstance(value, tree.Text):
            raise _wrong_type(term, value)
        if not value.raw:
            return f"(coalesce({term.sql}, '') = '')"
        chosen = f"string_to_array(lower({term.sql}), ';')"
        asked = f"string_to_array(lower({self.arguments.add(text_maker(value), 'text')}), ';')"
        return f"({chosen} @> {asked} AND {chosen} <@ {asked})"


def currency_of(scope: Scope, term: Term) -> str | None:
    """The SQL of the currency of an amount: that of its record, or of the record this one hangs on; None for none, and
    for one that the caller may not read.
    """
    entity = term.owner
    while entity is not None:
        field = entity.definition.by_wire_name.get("currencyisocode")
        if field is not None:
            may_read = scope.names.may_read(entity.definition.name, field.wire_name)
            return entity.definition.expression(field.name, entity.alias) if may_read else None
        entity = scope.above(entity)
    return None


def _shard(term: Term, id_sql: str) -> tuple[str, str] | None:
    """The column and the SQL of the shard in which records with this key are; None where it is not known."""
    key = term.key
    if key is None:
        return None
    column = f"{key.alias}.shard"
    if key.field is None:
        return column, shard_of_id(id_sql, (key.definition.name,))
    targets = [BY_NAME[each] for each in key.field.to if each in BY_NAME]
    if not targets or not all(is_near(key.definition, key.field, target) for target in targets):
        return None
    return column, shard_of_id(id_sql, key.field.to)


def _has_case(term: Term) -> bool:
    return term.field is not None and term.field.custom is not None and term.field.custom.case_sensitive


def _has_subquery(condition: Condition) -> bool:
    if isinstance(condition, Junction):
        return any(map(_has_subquery, condition.terms))
    if isinstance(condition, Not):
        return _has_subquery(condition.term)
    return isinstance(condition, Membership) and isinstance(condition.among, tree.Query)


def _of_word(term: Term, operator: str, value: tree.Word, at: int) -> str:
    """A comparison with TRUE, FALSE or NULL; a boolean is never null, it is false then (documented)."""
    if operator not in ("=", "!="):
        raise InvalidFilterOperator(f"invalid operator on {term.type} field; compare it with = or !=", at)
    if term.type == "boolean":
        is_true = bool(value.value) == (operator == "=")
        return f"({term.sql} IS TRUE)" if is_true else f"({term.sql} IS NOT TRUE)"
    empty = f"(coalesce({term.sql}, '') = '')" if term.type in TEXTS else f"({term.sql} IS NULL)"
    return empty if operator == "=" else f"(NOT {empty})"


def _check_period(value: tree.Period) -> None:
    known = PLAIN if value.count is None else COUNTED
    if value.name in known:
        return
    if value.name in PLAIN or value.name in COUNTED:
        how = f"write {value.name}:n" if value.count is None else f"write {value.name} alone"
        raise MalformedQuery(f"unexpected token: '{value.name}'; {how}", value.at)
    raise MalformedQuery(f"unexpected token: '{value.name}'{nearest(value.name, [*PLAIN, *COUNTED])}", value.at)


def _possible_number(given: tree.Number | tree.Amount) -> Decimal:
    if given.value.adjusted() >= MOST_DIGITS or given.value.adjusted() < -MOST_DIGITS:
        raise MalformedQuery(f"{given.value} has more digits than any number here", given.at)
    return given.value


def _possible(day: dt.date, at: int) -> dt.date:
    if not EARLIEST <= day <= LATEST:
        raise MalformedQuery(f"Invalid date: {day}; dates are from {EARLIEST} to {LATEST}", at)
    return day


_WANTED = {
    "boolean": "boolean", "date": "date", "dateTime": "dateTime", "time": "time", "int": "int", "double": "double",
    "currency": "currency", "percent": "percent",
}  # fmt: skip


def _wrong_type(term: Term, value: Value) -> UnknownField:
    if isinstance(value, tree.Period):
        _check_period(value)
    wanted = _WANTED.get(term.type)
    how = f"must be of type {wanted} and should not be enclosed in quotes" if wanted else (
        f"must be of type {'ID' if term.type in IDS else 'string'} and should be enclosed in quotes"
    )  # fmt: skip
    return UnknownField(f"value of filter criterion for field '{term.name}' {how}", value.at)
