"""The words between the braces of FIND: which must be there, which must not, and which are as good as each other.

Source: find-searchquery (documented): AND where nothing stands between two words, before OR; parentheses before both.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

from orderwright.soql.errors import QueryError

SHORTEST_WORD, MOST_WORDS = 2, 20
LONGEST_CHARACTERS = 4000
"""Longer ones lose their operators on the platform (documented); here they are refused."""


class MalformedSearch(QueryError):
    """The text is no SOSL, or searches for less than two characters."""

    code = "MALFORMED_SEARCH"


@dataclass(frozen=True, slots=True)
class Combined:
    """Words, or combinations of them, that must all be there, of which one must be there, or the one that must not."""

    operator: Literal["AND", "OR", "NOT"]
    parts: tuple[Expression, ...]


Expression = Combined | str
"""A word as it was written, with its wildcards `*` and `?` and with backslashes; or a combination."""

_GRAMMAR = r"""
?either: both (_OR both)*
?both: each (_AND? each)*
?each: _NOT one -> negation
     | one
?one: _OPEN either _CLOSE
    | PHRASE -> phrase
    | WORD -> word
_OPEN: "("
_CLOSE: ")"
_AND.2: /AND(?=[\s()"]|$)/i
_OR.2: /OR(?=[\s()"]|$)/i
_NOT.2: /NOT(?=[\s()"]|$)/i
PHRASE: /"(?:[^"\\]|\\.)*"/s
WORD: /(?:[^\s()"\\]|\\.)+/s
%ignore /\s+/
"""


@functools.cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, start="either", parser="lalr", lexer="basic", maybe_placeholders=False)


class _Builder(Transformer[Token, Expression]):
    """From the parser's own tree to ours, one method for each rule of the grammar."""

    def either(self, parts: list[Expression]) -> Expression:
        return Combined("OR", tuple(parts))

    def both(self, parts: list[Expression]) -> Expression:
        return Combined("AND", tuple(parts))

    def negation(self, parts: list[Expression]) -> Expression:
        return Combined("NOT", tuple(parts))

    def phrase(self, parts: list[Token]) -> Expression:
        return _checked(str(parts[0])[1:-1])

    def word(self, parts: list[Token]) -> Expression:
        return _checked(str(parts[0]))


def _checked(word: str) -> str:
    if len(re.sub(r"[*?\\]", "", word).strip()) < SHORTEST_WORD:
        raise MalformedSearch(f"search term '{word}' must be longer than one character")
    return word


def read_words(text: str) -> Expression:
    """What a search looks for. Raises MalformedSearch."""
    if len(text) > LONGEST_CHARACTERS:
        raise MalformedSearch(f"the words have {len(text)} characters; send at most {LONGEST_CHARACTERS}")
    try:
        found: Expression = _Builder().transform(_parser().parse(text))
    except UnexpectedInput as error:
        near = str(error.token) if isinstance(error, UnexpectedToken) else text[error.pos_in_stream :][:20]
        shown = f"'{near}'" if near else "end"
        raise MalformedSearch(
            f"unexpected {shown} in the words '{text[:80]}'; quotes and parentheses come in "
            "pairs, and AND, OR and NOT stand before a word"
        ) from None
    except RecursionError:
        raise MalformedSearch("the words are nested too deeply; write fewer parentheses") from None
    except VisitError as error:
        if isinstance(error.orig_exc, MalformedSearch):
            raise error.orig_exc from None
        raise
    if sum(1 for _ in words_of(found)) > MOST_WORDS:
        raise MalformedSearch(f"a search has at most {MOST_WORDS} words")
    return found


def words_of(expression: Expression) -> Iterator[str]:
    """All words of a search."""
    if isinstance(expression, str):
        yield expression
    else:
        for part in expression.parts:
            yield from words_of(part)
