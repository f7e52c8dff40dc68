"""Text -> tree: the grammar of SOQL, and what is said about a text that does not follow it."""

from __future__ import annotations

import datetime as dt
import functools
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from orderwright.soql.errors import MalformedQuery
from orderwright.soql.tree import (
    Amount,
    Branch,
    Call,
    Comparison,
    Condition,
    Day,
    Item,
    Junction,
    Membership,
    Moment,
    Not,
    Number,
    Operand,
    Ordering,
    Path,
    Period,
    Query,
    Selection,
    Source,
    Text,
    TimeOfDay,
    TypeOf,
    Value,
    Word,
)

LONGEST_CHARACTERS = 100_000
"""Source: soql-select-syntax (documented)."""

MOST_DIGITS_OF_COUNT = 20

RESERVED = "|".join(
    (
        "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
        "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
    )
)  # fmt: skip
"""Words that name nothing (documented); all other words of the language may be names as well: `FROM Order ORDER BY`."""

TEXT = r"'(?:[^'\\]|\\.)*'"
"""A quoted text. `prepare.py` splits a query at these, so there is one pattern for both."""

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = "(Z|[+-][0-9]{2}:?[0-9]{2})"

GRAMMAR = rf"""
query: _SELECT items _FROM sources scope where mode groups having orderings limit offset _locks all_rows

items: item ("," item)*
?item: operand NAME? -> field
     | type_of
     | "(" query ")" -> subquery

type_of: TYPEOF path branch+ otherwise? _END
branch: _WHEN NAME _THEN paths
otherwise: ELSE paths
paths: path ("," path)*

sources: source ("," source)*
source: path (_AS? NAME)?

scope: [_USING_SCOPE path]
where: [_WHERE condition]
mode: [_WITH path]
groups: [_GROUP_BY operand ("," operand)*]
having: [_HAVING condition]
orderings: [_ORDER_BY ordering ("," ordering)*]
ordering: operand DIRECTION? NULLS?
limit: [_LIMIT number]
offset: [_OFFSET number]
_locks: (_FOR | _UPDATE)*
all_rows: [ALL_ROWS]

?condition: term
          | term (_AND term)+ -> conjunction
          | term (_OR term)+ -> disjunction
?term: "(" condition ")"
     | _NOT term -> negation
     | operand COMPARE value -> comparison
     | operand LIKE value -> comparison
     | operand IN "(" value ("," value)* ")" -> membership
     | operand _NOT IN "(" value ("," value)* ")" -> exclusion
     | operand IN "(" query ")" -> semi_join
     | operand _NOT IN "(" query ")" -> anti_join
     | operand INCLUDES "(" value ("," value)* ")" -> inclusion
     | operand EXCLUDES "(" value ("," value)* ")" -> inclusion

?operand: path | call
call: NAME "(" (argument ("," argument)*)? ")"
?argument: operand | number | TEXT -> text
path: NAME ("." NAME)*

?value: TEXT -> text
      | number
      | DATETIME -> moment
      | DATE -> day
      | TIME -> time_of_day
      | AMOUNT -> amount
      | PERIOD -> period
      | TRUE -> true
      | FALSE -> false
      | NULL -> null
      | NAME -> period
      | BIND -> bind
number: NUMBER

_SELECT: /SELECT\b/i
_FROM: /FROM\b/i
_WHERE: /WHERE\b/i
_WITH: /WITH\b/i
_HAVING: /HAVING\b/i
_GROUP_BY: /GROUP\s+BY\b/i
_ORDER_BY.3: /ORDER\s+BY\b/i
_USING_SCOPE: /USING\s+SCOPE\b/i
_LIMIT: /LIMIT\b/i
_OFFSET.3: /OFFSET\b/i
_FOR.3: /FOR\s+(VIEW|REFERENCE|UPDATE)\b/i
_UPDATE.3: /UPDATE\s+(TRACKING|VIEWSTAT)\b/i
ALL_ROWS.3: /ALL\s+ROWS\b/i
_AS.3: /AS\b(?=\s+[A-Za-z_])/i
TYPEOF.3: /TYPEOF\b(?=\s+[A-Za-z_])/i
_WHEN.3: /WHEN\b/i
_THEN.3: /THEN\b/i
ELSE.3: /ELSE\b/i
_END.3: /END\b/i
_AND: /AND\b/i
_OR: /OR\b/i
_NOT: /NOT\b/i
IN: /IN\b/i
LIKE: /LIKE\b/i
INCLUDES: /INCLUDES\b/i
EXCLUDES: /EXCLUDES\b/i
DIRECTION: /(ASC|DESC)\b/i
NULLS: /NULLS\s+(FIRST|LAST)\b/i
COMPARE: /<=|>=|<>|!=|=|<|>/
NULL: /NULL\b/i
TRUE.3: /TRUE\b/i
FALSE.3: /FALSE\b/i
DATETIME.6: /{_DAY}T[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]+)?)?{_ZONE}/i
DATE.5: /{_DAY}(?![0-9T])/
TIME.5: /[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?Z?/i
AMOUNT.4: /[A-Za-z]{{3}}[0-9]+(\.[0-9]+)?\b/
PERIOD.4: /[A-Za-z_][A-Za-z0-9_]*\s*:\s*[0-9]+/
NUMBER.1: /[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?(?![A-Za-z0-9_.])/
BIND: /:\s*[A-Za-z0-9_]+/
TEXT: /{TEXT}/s
NAME: /(?!(?:{RESERVED})\b)[A-Za-z_][A-Za-z0-9_]*/i

%ignore /\s+/
"""


@functools.cache
def _parser() -> Lark:
    # contextual: a word is a keyword only where the grammar has one, so an object may be called Order
    return Lark(GRAMMAR, start="query", parser="lalr", lexer="contextual", maybe_placeholders=False)


def read_query(text: str) -> Query:
    """The tree of a query. Raises MalformedQuery with the place of the first word that does not belong there."""
    if not text.strip():
        raise MalformedQuery("the SOQL statement is empty; send SELECT fields FROM object")
    if len(text) > LONGEST_CHARACTERS:
        raise MalformedQuery(
            f"the SOQL statement has {len(text)} characters; it cannot be longer than {LONGEST_CHARACTERS}"
        )
    try:
        parsed = _parser().parse(text)
        query: Query = _Builder(text).transform(parsed)
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    except VisitError as error:
        if isinstance(error.orig_exc, MalformedQuery):
            raise error.orig_exc from None
        raise
    except RecursionError:
        raise MalformedQuery("the SOQL statement is nested too deeply; write fewer parentheses") from None
    return query


def _unexpected(error: UnexpectedInput, text: str) -> MalformedQuery:
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            return MalformedQuery("unexpected token: '<EOF>'", len(text))
        mixes = error.token.type in ("_AND", "_OR")
        hint = "; put parentheses where AND and OR are mixed" if mixes else ""
        return MalformedQuery(f"unexpected token: '{error.token}'{hint}", error.token.start_pos)
    at = error.pos_in_stream if isinstance(error, UnexpectedCharacters) else len(text)
    character = text[at : at + 1] if at is not None else ""
    hint = {
        "'": "; the text that begins here does not end",
        '"': "; text stands between single quotes",
        ";": "; a query ends without one",
    }.get(character, "")
    return MalformedQuery(f"no viable alternative at character '{character}'{hint}", at)


_OFFSET = re.compile(r"([+-]\d\d):?(\d\d)$")


Clause = tuple[str, Any] | None
"""The field of `Query` that a clause fills; None when the clause is not there."""


class _Builder(Transformer[Token, Any]):
    """From the parser's own tree to ours, one method for each rule of the grammar."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._places = {match.start(): place for place, match in enumerate(re.finditer(TEXT, text, re.DOTALL))}

    def query(self, parts: list[Any]) -> Query:
        items, sources, *clauses = parts
        return Query(items, sources, items[0].at, **dict(clause for clause in clauses if clause is not None))

    def items(self, parts: list[Item]) -> tuple[Item, ...]:
        return tuple(parts)

    def field(self, parts: list[Any]) -> Item:
        return Item(parts[0], str(parts[1]) if len(parts) > 1 else None, parts[0].at)

    def subquery(self, parts: list[Query]) -> Item:
        return Item(parts[0], None, parts[0].at)

    def type_of(self, parts: list[Any]) -> Item:
        word, relationship, *branches = parts
        return Item(TypeOf(relationship, tuple(branches), word.start_pos), None, word.start_pos)

    def branch(self, parts: list[Any]) -> Branch:
        return Branch(str(parts[0]), parts[1], parts[0].start_pos)

    def otherwise(self, parts: list[Any]) -> Branch:
        return Branch(None, parts[1], parts[0].start_pos)

    def paths(self, parts: list[Path]) -> tuple[Path, ...]:
        return tuple(parts)

    def sources(self, parts: list[Source]) -> tuple[Source, ...]:
        return tuple(parts)

    def source(self, parts: list[Any]) -> Source:
        return Source(parts[0], str(parts[1]) if len(parts) > 1 else None)

    def scope(self, parts: list[Path]) -> Clause:
        return ("scope", parts[0]) if parts else None

    def where(self, parts: list[Condition]) -> Clause:
        return ("where", parts[0]) if parts else None

    def mode(self, parts: list[Path]) -> Clause:
        return ("mode", parts[0]) if parts else None

    def groups(self, parts: list[Operand]) -> Clause:
        return "groups", tuple(parts)

    def having(self, parts: list[Condition]) -> Clause:
        return ("having", parts[0]) if parts else None

    def orderings(self, parts: list[Ordering]) -> Clause:
        return "orderings", tuple(parts)

    def all_rows(self, parts: list[Token]) -> Clause:
        return ("all_rows_at", parts[0].start_pos) if parts else None

    def ordering(self, parts: list[Any]) -> Ordering:
        words = [str(token).upper() for token in parts[1:]]
        nulls = next((word.split()[1] == "LAST" for word in words if word.startswith("NULLS")), None)
        return Ordering(parts[0], "DESC" in words, nulls)

    def limit(self, parts: list[Number]) -> Clause:
        return ("limit", parts[0]) if parts else None

    def offset(self, parts: list[Number]) -> Clause:
        return ("offset", parts[0]) if parts else None

    def conjunction(self, parts: list[Condition]) -> Junction:
        return Junction("AND", tuple(parts))

    def disjunction(self, parts: list[Condition]) -> Junction:
        return Junction("OR", tuple(parts))

    def negation(self, parts: list[Condition]) -> Not:
        return Not(parts[0])

    def comparison(self, parts: list[Any]) -> Comparison:
        operator = str(parts[1]).upper()
        return Comparison(parts[0], "!=" if operator == "<>" else operator, parts[2], parts[1].start_pos)

    def membership(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], tuple(parts[2:]), negated=False, at=parts[1].start_pos)

    def exclusion(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], tuple(parts[2:]), negated=True, at=parts[1].start_pos)

    def semi_join(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], parts[2], negated=False, at=parts[1].start_pos)

    def anti_join(self, parts: list[Any]) -> Membership:
        return Membership(parts[0], parts[2], negated=True, at=parts[1].start_pos)

    def inclusion(self, parts: list[Any]) -> Selection:
        negated = str(parts[1]).upper() == "EXCLUDES"
        return Selection(parts[0], tuple(parts[2:]), negated, parts[1].start_pos)

    def call(self, parts: list[Any]) -> Call:
        return Call(str(parts[0]), tuple(parts[1:]), parts[0].start_pos)

    def path(self, parts: list[Token]) -> Path:
        return Path(tuple(str(part) for part in parts), parts[0].start_pos or 0)

    @v_args(inline=True)
    def text(self, token: Token) -> Text:
        at = token.start_pos or 0
        return Text(str(token)[1:-1], self._places[at], at)

    @v_args(inline=True)
    def number(self, token: Token) -> Number:
        try:
            return Number(Decimal(str(token)), token.start_pos or 0)
        except InvalidOperation:
            raise MalformedQuery("this number has an exponent beyond all numbers here", token.start_pos) from None

    @v_args(inline=True)
    def amount(self, token: Token) -> Amount:
        return Amount(str(token)[:3].upper(), Decimal(str(token)[3:]), token.start_pos or 0)

    @v_args(inline=True)
    def day(self, token: Token) -> Day:
        try:
            return Day(dt.date.fromisoformat(str(token)), token.start_pos or 0)
        except ValueError:
            raise MalformedQuery(f"Invalid date: {token}", token.start_pos) from None

    @v_args(inline=True)
    def moment(self, token: Token) -> Moment:
        written = _OFFSET.sub(r"\1:\2", str(token).upper())
        try:
            return Moment(dt.datetime.fromisoformat(written).astimezone(dt.UTC), token.start_pos or 0)
        except (ValueError, OverflowError):
            raise MalformedQuery(f"Invalid dateTime: {token}", token.start_pos) from None

    @v_args(inline=True)
    def time_of_day(self, token: Token) -> TimeOfDay:
        try:
            return TimeOfDay(dt.time.fromisoformat(str(token).upper().removesuffix("Z")), token.start_pos or 0)
        except ValueError:
            raise MalformedQuery(f"Invalid time: {token}", token.start_pos) from None

    @v_args(inline=True)
    def period(self, token: Token) -> Period:
        name, colon, count = str(token).partition(":")
        if len(count) > MOST_DIGITS_OF_COUNT:
            raise MalformedQuery(f"the number after {name.strip()} has too many digits", token.start_pos)
        return Period(name.strip().upper(), int(count) if colon else None, token.start_pos or 0)

    @v_args(inline=True)
    def true(self, token: Token) -> Word:
        return Word(True, token.start_pos or 0)

    @v_args(inline=True)
    def false(self, token: Token) -> Word:
        return Word(False, token.start_pos or 0)

    @v_args(inline=True)
    def null(self, token: Token) -> Word:
        return Word(None, token.start_pos or 0)

    @v_args(inline=True)
    def bind(self, token: Token) -> Value:
        raise MalformedQuery("Bind variables only allowed in Apex code; write the value itself", token.start_pos)
