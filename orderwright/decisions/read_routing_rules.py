"""How a file of routing rules is read: what cannot be meant is refused with its line, its name, and the way out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from orderwright.arithmetic.money import UnknownCurrency, scale_of
from orderwright.decisions.errors import named
from orderwright.decisions.rank_by_distance import Place, Unit, place_of
from orderwright.decisions.routing_rules import (
    SORT_KEYS,
    STANDARD,
    Counted,
    Exclusion,
    LocationFilter,
    RoutingRules,
    Shortage,
    SortKey,
    Threshold,
)
from orderwright.objects.picklists import Picklists

MOST_SPLITS = 99

Where = tuple[str | int, ...]
"""The way to a value: names of tables and keys, and the number of an entry in a list, from zero."""

C = TypeVar("C", bound=str)


class InvalidRoutingRules(ValueError):
    """Says, in words for people, what in a file of routing rules is wrong, in which line, and what to write instead."""


def read_routing_rules(text: str, picklists: Picklists) -> RoutingRules:
    """The rules that `text`, TOML, states. Raises InvalidRoutingRules; `picklists` say which fulfillment types there
    are.
    """
    try:
        given = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise InvalidRoutingRules(f"it is not TOML: {error}") from None
    file = _Table(text, (), given)
    file.check_names(
        "locations", "exclusions", "sort", "splits", "unallocated", "stock", "fulfillment_types", "postal_codes"
    )
    sort, splits = file.table("sort"), file.table("splits")
    sort.check_names("keys", "distance_unit")
    return RoutingRules(
        text=text,
        locations=_filter(file.table("locations")),
        exclusions=tuple(_exclusion(table) for table in file.tables("exclusions")),
        sort_keys=_sort_keys(sort),
        distance_unit=sort.choice("distance_unit", get_args(Unit), STANDARD.distance_unit),
        most_splits=splits.whole("maximum", STANDARD.most_splits),
        thresholds={currency: _thresholds(splits, currency) for currency in splits.given if currency != "maximum"},
        shortage=_single(file.table("unallocated"), "action", get_args(Shortage), STANDARD.shortage),
        counted=_single(file.table("stock"), "counts", get_args(Counted), STANDARD.counted),
        fulfillment_types=_fulfillment_types(file.table("fulfillment_types"), picklists),
        postal_codes=_postal_codes(file.table("postal_codes")),
    )


class _Table:
    """One table of the file: it gives values of the type asked for, and refuses others with the line they stand in."""

    def __init__(self, text: str, where: Where, given: Any) -> None:
        self._text = text
        self._where = where
        if not isinstance(given, Mapping):
            raise self.wrong("must be a table", "write its keys below a line [name]")
        self.given = given

    def wrong(self, what: str, way_out: str, *below: str | int) -> InvalidRoutingRules:
        """The refusal of what stands at `below` in this table."""
        where = (*self._where, *below)
        line = line_of(self._text, where)
        place = f"line {line}: " if line is not None else ""
        return InvalidRoutingRules(f"{place}{_spelt(where)} {what}; {way_out}")

    def check_names(self, *known: str) -> None:
        """Refuse keys that mean nothing: a misspelt rule must not pass for none."""
        for name in self.given.keys() - set(known):
            near = get_close_matches(name, known, 1)
            way_out = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise self.wrong("is no rule", way_out, name)

    def table(self, name: str) -> _Table:
        return _Table(self._text, (*self._where, name), self.given.get(name, {}))

    def tables(self, name: str) -> Iterator[_Table]:
        found = self.given.get(name, [])
        if not isinstance(found, list):
            line = f"[[{_spelt((*self._where, name))}]]"
            raise self.wrong("must be a list of tables", f"begin each with a line {line}", name)
        for number, one in enumerate(found):
            yield _Table(self._text, (*self._where, name, number), one)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty when it is left out."""
        found = self.given.get(name, [])
        if not isinstance(found, list):
            raise self.wrong(f"is {found!r}", 'write a list of texts, as in ["one", "two"]', name)
        for entry in found:
            if not isinstance(entry, str) or not entry.strip():
                raise self.wrong(f"has the entry {entry!r}", 'each must be a text, as in ["one", "two"]', name)
        if name in self.given and not found:
            raise self.wrong("is empty, and would mean nothing", "name something, or leave the line out", name)
        return tuple(found)

    def text(self, name: str) -> str:
        found = self.given.get(name)
        if not isinstance(found, str) or not found.strip():
            raise self.wrong(
                "is missing" if found is None else f"is {found!r}", f'write a text, as in {name} = "..."', name
            )
        return found

    def choice(self, name: str, choices: Sequence[C], usual: C) -> C:
        found = self.given.get(name, usual)
        for choice in choices:
            if found == choice:
                return choice
        raise self.wrong(f"is {found!r}", f"write {named(choices)}", name)

    def whole(self, name: str, usual: int) -> int:
        found = self.given.get(name, usual)
        if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= MOST_SPLITS:
            raise self.wrong(f"is {found!s}", f"write a whole number from 0 to {MOST_SPLITS}", name)
        return found

    def number(self, name: str) -> Decimal | None:
        """A number above zero; None when it is left out."""
        found = self.given.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal) or not Decimal(found).is_finite():
            raise self.wrong(f"is {found!r}", "write a number, as in 50 or 49.90", name)
        if found <= 0:
            raise self.wrong(f"is {found!s}", "write a number above zero", name)
        return Decimal(found)


def _filter(table: _Table) -> LocationFilter:
    table.check_names("references", "types", "groups", "farthest")
    return LocationFilter(
        references=table.texts("references"),
        types=table.texts("types"),
        groups=table.texts("groups"),
        farthest=table.number("farthest"),
    )


def _exclusion(table: _Table) -> Exclusion:
    table.check_names("why", "references", "types", "skus", "countries")
    countries = table.texts("countries")
    for code in countries:
        if len(code) != 2 or not code.isascii() or not code.isupper():
            raise table.wrong(f"has {code!r}", "write the two letters of ISO 3166-1, as in US", "countries")
    found = Exclusion(
        why=table.text("why"),
        references=table.texts("references"),
        types=table.texts("types"),
        skus=table.texts("skus"),
        countries=countries,
    )
    if not (found.references or found.types or found.skus or found.countries):
        raise table.wrong("would leave out everything", "name references, types, skus or countries", "why")
    return found


def _sort_keys(table: _Table) -> tuple[SortKey, ...]:
    given = table.texts("keys") or SORT_KEYS
    found = tuple(key for name in given for key in SORT_KEYS if key == name)
    if len(found) != len(given):
        wrong = next(name for name in given if name not in SORT_KEYS)
        raise table.wrong(f"has {wrong!r}", f"there are {', '.join(SORT_KEYS)}", "keys")
    if len(set(found)) != len(found):
        raise table.wrong("names a key twice", "name each once", "keys")
    if found[0] != "splits":
        raise table.wrong(
            f"begins with {found[0]!r}", 'begin with "splits": only routes with the fewest splits are compared', "keys"
        )
    return found


def _single(table: _Table, name: str, choices: Sequence[C], usual: C) -> C:
    table.check_names(name)
    return table.choice(name, choices, usual)


def _thresholds(splits: _Table, currency: str) -> tuple[Threshold, ...]:
    try:
        scale_of(currency)
    except UnknownCurrency as error:
        raise splits.wrong("is no rule", f"it is maximum, or a currency, and {error}", currency) from None
    found: list[Threshold] = []
    for table in splits.tables(currency):
        table.check_names("below", "maximum")
        below = table.number("below")
        if below is None or "maximum" not in table.given:
            raise table.wrong("lacks below or maximum", "write both, as in below = 50 and maximum = 0")
        if found and below <= found[-1].below:
            raise table.wrong(f"is {below}", f"write the lowest first: it follows {found[-1].below}", "below")
        found.append(Threshold(below=below, maximum=table.whole("maximum", 0)))
    return tuple(found)


def _fulfillment_types(table: _Table, picklists: Picklists) -> dict[str, str]:
    choices = tuple(picklists.fulfillment_types)
    return {name: table.choice(name, choices, choices[0]) for name in table.given}


def _postal_codes(table: _Table) -> dict[str, Place]:
    found = {}
    for name in table.given:
        country, _, code = table.text(name).strip().partition(" ")
        if len(country) != 2 or not country.isalpha() or not code.strip():
            raise table.wrong(f"is {table.given[name]!r}", 'write country and postal code, as in "US 89101"', name)
        found[name] = place_of(country, code)
    return found


# --- where something stands -------------------------------------------------------------------------------------------

_NAME = r"(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*\]")
_KEY = re.compile(rf"\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*=")


def line_of(text: str, where: Where) -> int | None:
    """The line, counted from 1, of the key or table that is nearest to `where` on the way to it; None for none."""
    best, line, current = 0, None, Where()
    seen: dict[Where, int] = {}
    for number, written in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(written):
            current = _entered(_parts(header[2]), seen, is_list=header[1] == "[[")
            found = current
        elif key := _KEY.match(written):
            found = (*current, *_parts(key[1]))
        else:
            continue
        common = min(len(found), len(where))
        if found[:common] == where[:common] and common > best:
            best, line = common, number
    return line


def _entered(names: Sequence[str], seen: dict[Where, int], *, is_list: bool) -> Where:
    """The table that a header opens: in a list of tables it is the next one, and below one it is in the last."""
    where: Where = ()
    for place, name in enumerate(names):
        where = (*where, name)
        if is_list and place == len(names) - 1:
            seen[where] = seen.get(where, -1) + 1
        if where in seen:
            where = (*where, seen[where])
    return where


def _parts(names: str) -> list[str]:
    return [name.strip("\"'") for name in re.findall(_NAME, names)]


def _spelt(where: Collection[str | int]) -> str:
    """`exclusions[2].why`: as people count, from one."""
    text = ""
    for part in where:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
