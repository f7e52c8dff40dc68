"""SOSL: `FIND {words} IN … FIELDS RETURNING Object(fields WHERE … LIMIT n), …` as one query of SOQL for each object.

A word is found where it stands in a name, a number, an e-mail address or a phone number of a record, or is its id. What
follows RETURNING is a SELECT of SOQL without its FROM, and compiled as one, with the words as one more condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orderwright.objects.definition import Definition, Field
from orderwright.objects.identity import to_15
from orderwright.soql.compile import compile_query
from orderwright.soql.errors import QueryError
from orderwright.soql.functions import TEXTS
from orderwright.soql.names import Dialect, Names
from orderwright.soql.prepare import Prepared
from orderwright.soql.read import TEXT, read_query
from orderwright.soql.tree import Comparison, Condition, Junction, Not, Number, Path, Text, Word

SEARCHED = (
    "Account", "Contact", "Order", "OrderSummary", "FulfillmentOrder", "Invoice", "CreditMemo", "Product2",
)  # fmt: skip
"""The objects that are searched when RETURNING names none."""

MOST_FOUND = 2000
"""Records of one search (documented)."""

SHORTEST_WORD, MOST_WORDS = 2, 20


class MalformedSearch(QueryError):
    """The text is no SOSL, or searches for less than two characters."""

    code = "MALFORMED_SEARCH"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object of a search: what is selected of it, and the rest of its SELECT after FROM."""

    object: str
    fields: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: alternatives of words that must all be there, or must not."""

    alternatives: tuple[tuple[tuple[bool, str], ...], ...]
    """Of each word: whether it must be there, and the word with its wildcards `*` and `?`."""
    group: str
    """Which fields are searched: ALL, NAME, EMAIL or PHONE."""
    wanted: tuple[Wanted, ...]
    limit: int


_SEARCH = re.compile(
    r"\s*FIND\s*\{(?P<words>(?:[^}\\]|\\.)*)\}"
    r"(?:\s*IN\s+(?P<group>ALL|NAME|EMAIL|PHONE|SIDEBAR)\s+FIELDS)?"
    r"(?:\s*RETURNING\s+(?P<wanted>.*?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d{1,9}))?\s*",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_OBJECT = re.compile(rf"\s*(\w+)\s*(?:\(((?:{TEXT}|\((?:{TEXT}|[^()'])*\)|[^()'])*)\))?\s*(,|$)", re.DOTALL | re.ASCII)
_REST = re.compile(rf"{TEXT}|\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)', re.DOTALL)


def read_search(text: str) -> Search:
    """What a text of SOSL asks for. Raises MalformedSearch."""
    found = _SEARCH.fullmatch(text)
    if found is None:
        raise MalformedSearch("write FIND {words} IN ALL FIELDS RETURNING Object(fields), … LIMIT n")
    wanted = tuple(_wanted(found["wanted"])) if found["wanted"] is not None else ()
    group = (found["group"] or "ALL").upper()
    return Search(
        alternatives=read_words(found["words"]),
        group="ALL" if group == "SIDEBAR" else group,
        wanted=wanted or tuple(Wanted(name, "Id") for name in SEARCHED),
        limit=min(int(found["limit"] or MOST_FOUND), MOST_FOUND),
    )


def _wanted(text: str) -> Iterator[Wanted]:
    at = 0
    while at < len(text):
        found = _OBJECT.match(text, at)
        if found is None or (found[3] == "," and found.end() == len(text)):
            raise MalformedSearch(f"unexpected '{text[at : at + 20]}'; RETURNING lists objects, as Account(Id, Name)")
        inside = found[2] or "Id"
        start = next((match.start() for match in _REST.finditer(inside) if match[1]), len(inside))
        yield Wanted(found[1], inside[:start], inside[start:])
        at = found.end()


def read_words(text: str) -> tuple[tuple[tuple[bool, str], ...], ...]:
    """The words of a search: alternatives, joined by OR, of words that must all be there. Raises MalformedSearch."""
    alternatives: list[list[tuple[bool, str]]] = [[]]
    wanted = True
    for quoted, plain in _WORD.findall(text):
        operator = plain.upper()
        if operator == "OR":
            alternatives.append([])
        elif operator == "NOT":
            wanted = False
        elif operator != "AND":
            alternatives[-1].append((wanted, _checked(quoted or plain)))
            wanted = True
    if not all(alternatives) or not wanted or sum(map(len, alternatives)) > MOST_WORDS:
        raise MalformedSearch(f"'{text}' has no words, an operator without a word, or more than {MOST_WORDS} words")
    return tuple(map(tuple, alternatives))


def _checked(word: str) -> str:
    if "(" in word or ")" in word:
        raise MalformedSearch("parentheses have no place between words; write alternatives with OR")
    if len(re.sub(r"[*?\\]", "", word)) < SHORTEST_WORD:
        raise MalformedSearch(f"search term '{word}' must be longer than one character")
    return word


def prepare_search(search: Search, dialect: Dialect) -> list[Prepared]:
    """A query for each object of a search. Raises QueryError."""
    return [_prepared(search, wanted, dialect) for wanted in search.wanted]


def _prepared(search: Search, wanted: Wanted, dialect: Dialect) -> Prepared:
    text = f"SELECT {wanted.fields} FROM {wanted.object} {wanted.rest}"
    query = read_query(text)
    texts = [found[1:-1] for found in re.findall(TEXT, text, re.DOTALL)]
    names = Names(dialect)
    definition = names.object(wanted.object, len("SELECT  FROM ") + len(wanted.fields))
    condition = _condition(search, definition, names, texts)
    where = condition if query.where is None else Junction("AND", (condition, query.where))
    limit = query.limit or Number(Decimal(search.limit), 0)
    plan = compile_query(replace(query, where=where, limit=limit), dialect)
    return Prepared(plan, text, tuple(texts), is_fresh=True)


def _condition(search: Search, definition: Definition, names: Names, texts: list[str]) -> Condition:
    fields = [field for field in names.fields(definition) if _is_searched(definition, field, search.group)]
    return _joined("OR", [_all_of(words, fields, texts) for words in search.alternatives])


def _all_of(words: Sequence[tuple[bool, str]], fields: Sequence[Field], texts: list[str]) -> Condition:
    found = []
    for wanted, word in words:
        condition = _anywhere(word, fields, texts)
        found.append(condition if wanted else Not(condition))
    return _joined("AND", found)


def _joined(word: str, terms: Sequence[Condition]) -> Condition:
    return terms[0] if len(terms) == 1 else Junction("AND" if word == "AND" else "OR", tuple(terms))


def _anywhere(word: str, fields: Sequence[Field], texts: list[str]) -> Condition:
    """That a word stands in one of the fields, between spaces or at an end; or that it is the id of the record."""
    pattern = _pattern(word)
    places = []
    for whole in (pattern, f"{pattern} %", f"% {pattern}", f"% {pattern} %"):
        places.append(Text(whole, len(texts), 0))
        texts.append(whole)
    found: list[Condition] = [
        Comparison(Path((field.wire_name,), 0), "LIKE", place, 0) for field in fields for place in places
    ]
    if to_15(word) is not None:
        texts.append(word)
        found.append(Comparison(Path(("Id",), 0), "=", Text(word, len(texts) - 1, 0), 0))
    return _joined("OR", found or [Comparison(Path(("Id",), 0), "=", Word(None, 0), 0)])


_SIGN = re.compile(r"\\(.)|(.)", re.DOTALL)
_ESCAPED = {"%": "\\%", "_": "\\_", "'": "\\'", "\\": "\\\\"}


def _pattern(word: str) -> str:
    """The raw text of a pattern for LIKE: `*` and `?` are wildcards unless a backslash is before them."""
    return "".join(
        {"*": "%", "?": "_"}.get(plain) or _ESCAPED.get(escaped or plain, escaped or plain)
        for escaped, plain in _SIGN.findall(word)
    )


NUMBERS_AND_NAMES = ("Number", "Name", "Identifier", "Reference", "ProductCode", "StockKeepingUnit", "Username")
"""How the names of fields end that people know a record by."""


def _is_searched(definition: Definition, field: Field, group: str) -> bool:
    if field.type not in TEXTS or field.type in ("picklist", "textarea", "url"):
        return False
    kinds = {"EMAIL" if field.type == "email" else "PHONE" if field.type == "phone" else "TEXT"}
    if field.wire_name in (definition.about.name_field, "Name"):
        kinds.add("NAME")
    if group != "ALL":
        return group in kinds
    is_key = field.autonumber is not None or field.idlookup or field.unique
    return is_key or kinds != {"TEXT"} or field.wire_name.endswith(NUMBERS_AND_NAMES)
