"""SOSL: `FIND {words} IN … FIELDS RETURNING Object(fields WHERE … LIMIT n), …` as one query of SOQL for each object.

A word is found where it stands in a name, a number, an e-mail address or a phone number of a record, or is its id. What
follows RETURNING is a SELECT of SOQL without its FROM, and compiled as one, with the words as one more condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from orderwright.decisions.errors import named
from orderwright.objects.definition import Field
from orderwright.objects.identity import to_15
from orderwright.soql.compile import compile_query
from orderwright.soql.errors import InvalidType
from orderwright.soql.names import Dialect, Names
from orderwright.soql.prepare import Prepared
from orderwright.soql.read import LONGEST_CHARACTERS, TEXT, read_query
from orderwright.soql.searched import GROUPS, HEADS, SEARCHED, is_searchable, is_searched
from orderwright.soql.tree import Comparison, Condition, Junction, Not, Number, Path, Text, Word
from orderwright.soql.words import Expression, MalformedSearch, read_words

MOST_FOUND = 2000
"""Records of one search (documented)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object of a search: what is selected of it, and the rest of its SELECT after FROM."""

    object: str
    fields: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, where, and what of it is answered."""

    words: Expression
    group: str
    """Which fields are searched: one of `GROUPS`."""
    wanted: tuple[Wanted, ...]
    """None: the ids of records of all objects that are opened by themselves."""
    limit: int


_FIND = re.compile(
    r"\s*FIND\s*\{(?P<words>(?:[^}\\]|\\.)*)\}"
    rf"(?:\s*IN\s+(?P<group>{'|'.join(GROUPS)})\s+FIELDS(?=\s|$))?",
    re.IGNORECASE | re.DOTALL | re.ASCII,
)
_RETURNING = re.compile(r"\s*RETURNING\s+(.*)", re.IGNORECASE | re.DOTALL | re.ASCII)
_LIMIT = re.compile(r"\sLIMIT\s+(\d{1,9})\s*+$", re.IGNORECASE | re.ASCII)
_OBJECT = re.compile(
    rf"\s*+(\w+)\s*+(?:\(((?:{TEXT}|\((?:{TEXT}|[^()'])*\)|[^()'])*)\)\s*+)?(,|$)", re.DOTALL | re.ASCII
)
_REST = re.compile(rf"{TEXT}|\b(WHERE|ORDER\s+BY|LIMIT|OFFSET)\b", re.IGNORECASE | re.DOTALL)


def read_search(text: str) -> Search:
    """What a text of SOSL asks for. Raises MalformedSearch."""
    if len(text) > LONGEST_CHARACTERS:
        raise MalformedSearch(f"the SOSL statement has {len(text)} characters; send at most {LONGEST_CHARACTERS}")
    found = _FIND.match(text)
    rest = text[found.end() :].rstrip() if found is not None else ""
    limit = _LIMIT.search(rest)
    before = rest[: limit.start()] if limit is not None else rest
    returning = _RETURNING.fullmatch(before)
    if found is None or (before and returning is None):
        raise MalformedSearch("write FIND {words} IN ALL FIELDS RETURNING Object(fields), … LIMIT n")
    return Search(
        words=read_words(found["words"]),
        group=(found["group"] or "ALL").upper(),
        wanted=tuple(_wanted(returning[1])) if returning is not None else (),
        limit=min(int(limit[1]), MOST_FOUND) if limit is not None else MOST_FOUND,
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


def prepare_search(search: Search, dialect: Dialect) -> list[Prepared]:
    """A query for each object of a search. Raises QueryError or MissingRight."""
    wanted = search.wanted or [Wanted(name, "Id") for name in HEADS if _is_open(name, dialect)]
    return [_prepared(search, each, dialect) for each in wanted]


def _is_open(name: str, dialect: Dialect) -> bool:
    """Whether an object that nobody named is searched: it is left out for those who may not read it."""
    return dialect.schema.by_name[name].about.since <= dialect.version and dialect.rights.may_read(name)


def _prepared(search: Search, wanted: Wanted, dialect: Dialect) -> Prepared:
    text = f"SELECT {wanted.fields} FROM {wanted.object} {wanted.rest}"
    query = read_query(text)
    texts = [found[1:-1] for found in re.findall(TEXT, text, re.DOTALL)]
    if [source.path.text for source in query.sources] != [wanted.object]:
        raise MalformedSearch(f"'{wanted.fields}' are no fields of {wanted.object}")
    names = Names(dialect)
    definition = names.object(wanted.object, len("SELECT  FROM ") + len(wanted.fields))
    if not is_searchable(definition):
        raise InvalidType(f"sObject type '{definition.name}' is not searched; use {named(SEARCHED)}")
    fields = [f for f in names.fields(definition) if is_searched(definition, f, search.group)]
    condition = _condition(search.words, fields, texts)
    where = condition if query.where is None else Junction("AND", (condition, query.where))
    limit = query.limit or Number(Decimal(search.limit), 0)
    plan = compile_query(replace(query, where=where, limit=limit), dialect)
    return Prepared(plan, text, tuple(texts), is_fresh=True)


def _condition(words: Expression, fields: Sequence[Field], texts: list[str]) -> Condition:
    if isinstance(words, str):
        return _anywhere(words, fields, texts)
    parts = [_condition(part, fields, texts) for part in words.parts]
    return Not(parts[0]) if words.operator == "NOT" else _joined(words.operator, parts)


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
