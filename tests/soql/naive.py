"""Queries made at random, and a plain evaluator of them over Python records, which knows nothing of SQL.

A condition is a tuple; `written` is its SOQL and `holds` its truth. Both are as short as the manual's sentences.
"""

import datetime as dt
import functools
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from orderwright.objects.definition import SObject, to_record_name
from orderwright.objects.identity import to_18
from orderwright.objects.registry import BY_NAME

Condition = tuple[Any, ...]
Reach = Callable[[SObject, str], Any]

FIELDS: dict[str, str] = {
    "Type": "text",
    "Quantity": "number",
    "TotalLineAmount": "number",
    "TotalPrice": "number",
    "EndDate": "date",
    "Product2Id": "id",
    "Product2.Name": "text",
    "Product2.ProductCode": "text",
    "Product2.IsActive": "boolean",
    "Order.AccountId": "id",
    "Order.EffectiveDate": "date",
    "Order.OrderedDate": "moment",
    "Order.IsReductionOrder": "boolean",
    "Order.Account.Name": "text",
    "Order.Account.BillingCity": "text",
}
"""Fields of an OrderItem and of what it leads to."""

TYPES = BY_NAME["OrderItem"].stored["type"].values
"""A picklist is sorted in the order of its values."""

GROUPED = [path for path, kind in FIELDS.items() if kind in ("text", "boolean", "id") or kind == "date"]
TEXTS = ["Mug", "mug", "MUG", "Teapot", "É", "é", "a_b", "a%b", "axb", "it's", "x"]
DAYS = [dt.date(2026, 3, 1) + dt.timedelta(days=n) for n in (0, 1, 17, 31)]
MOMENTS = [dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC) + dt.timedelta(hours=n) for n in (0, 1, 48)]
NUMBERS = [Decimal(n) for n in ("0", "1", "2", "2.50", "-1", "10")]


def reach(by_id: dict[str, SObject]) -> Reach:
    """How a value of a record is found over its references."""

    def value(record: SObject, path: str) -> Any:
        *way, name = path.split(".")
        found: SObject | None = record
        for step in way:
            found = by_id.get(getattr(found, to_record_name(step + "Id")) or "")
            if found is None or found.is_deleted:
                return None
        return getattr(found, to_record_name(name))

    return value


# --- conditions -----------------------------------------------------------------------------------------------------


def literal(kind: str, value: Any) -> str:
    if value is None:
        return "null"
    if kind == "moment":
        return str(value.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if kind in ("text", "id"):
        return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
    return {True: "TRUE", False: "FALSE"}[value] if kind == "boolean" else str(value)


def values(kind: str, ids: Sequence[str]) -> st.SearchStrategy[Any]:
    pools: dict[str, Sequence[Any]] = {
        "text": TEXTS, "number": NUMBERS, "date": DAYS, "moment": MOMENTS, "boolean": [True, False],
        "id": [*ids, *map(to_18, ids)],
    }  # fmt: skip
    return st.sampled_from(pools[kind])


def simple(ids: Sequence[str]) -> st.SearchStrategy[Condition]:
    def of_field(path: str) -> st.SearchStrategy[Condition]:
        kind = FIELDS[path]
        value = values(kind, ids)
        orders = ["=", "!="] if kind in ("boolean", "id") else ["=", "!=", "<", "<=", ">", ">="]
        found = [
            st.tuples(st.just("is"), st.just(path), st.sampled_from(orders), value),
            st.tuples(st.just("is"), st.just(path), st.sampled_from(["=", "!="]), st.none()),
            st.tuples(st.just("in"), st.just(path), st.booleans(), st.lists(st.none() | value, min_size=1, max_size=3)),
        ]
        if kind == "text":
            pattern = st.lists(
                st.sampled_from(["%", "_", "\\%", "\\_", "m", "a", "U", "é", "b"]), min_size=1, max_size=4
            )
            found.append(st.tuples(st.just("like"), st.just(path), pattern.map(tuple), st.none()))
        return st.one_of(found)

    return st.sampled_from(sorted(FIELDS)).flatmap(of_field)


def conditions(ids: Sequence[str]) -> st.SearchStrategy[Condition]:
    """Conditions over the fields of an OrderItem."""
    return st.recursive(
        simple(ids),
        lambda inner: st.one_of(
            st.tuples(st.just("not"), inner),
            st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=6,
    )


def written(condition: Condition) -> str:
    """The SOQL of a condition."""
    word = condition[0]
    if word == "not":
        return f"(NOT {written(condition[1])})"
    if word in ("and", "or"):
        return "(" + f" {word.upper()} ".join(map(written, condition[1])) + ")"
    path, kind = condition[1], FIELDS[condition[1]]
    if word == "like":
        return f"{path} LIKE '{''.join(condition[2])}'"
    if word == "in":
        listed = ", ".join(literal(kind, value) for value in condition[3])
        return f"{path} {'NOT IN' if condition[2] else 'IN'} ({listed})"
    return f"{path} {condition[2]} {literal(kind, condition[3])}"


def holds(condition: Condition, record: SObject, value: Reach) -> bool:
    """Whether a condition is true of a record."""
    word = condition[0]
    if word == "not":
        return not holds(condition[1], record, value)
    if word in ("and", "or"):
        return (all if word == "and" else any)(holds(each, record, value) for each in condition[1])
    found, kind = value(record, condition[1]), FIELDS[condition[1]]
    if word == "like":
        return found is not None and bool(re.fullmatch(pattern(condition[2]), found.lower(), re.DOTALL))
    if word == "in":
        return any(equal(kind, found, each) for each in condition[3]) != bool(condition[2])
    return compares(kind, found, str(condition[2]), condition[3])


def compares(kind: str, found: Any, operator: str, given: Any) -> bool:
    if operator in ("=", "!="):
        return equal(kind, found, given) == (operator == "=")
    if found is None:
        return False
    left, right = (found.upper(), given.upper()) if kind == "text" else (found, given)
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def equal(kind: str, found: Any, given: Any) -> bool:
    if kind == "boolean":
        return bool(found) == bool(given)
    if found is None or given is None:
        return bool(found is given)
    if kind == "text":
        return bool(found.lower() == given.lower())
    return bool(found == (given[:15] if kind == "id" else given))


def pattern(parts: Sequence[str]) -> str:
    return "".join({"%": ".*", "_": ".", "\\%": "%", "\\_": "_"}.get(part, part.lower()) for part in parts)


# --- order ----------------------------------------------------------------------------------------------------------

orderings = st.lists(
    st.tuples(st.sampled_from(sorted(FIELDS)), st.sampled_from(["", " ASC", " DESC"]), st.sampled_from(["", "FIRST", "LAST"])),
    max_size=3, unique_by=lambda ordering: ordering[0],
)  # fmt: skip


def written_order(order: Sequence[tuple[str, str, str]]) -> str:
    entries = ", ".join(f"{path}{way}{' NULLS ' + nulls if nulls else ''}" for path, way, nulls in order)
    return f" ORDER BY {entries}" if entries else ""


def in_order(records: Sequence[SObject], order: Sequence[tuple[str, str, str]], value: Reach) -> list[SObject]:
    """Records by the last key first: each sort keeps what the ones before it made."""
    found = sorted(records, key=lambda record: record.id)
    for path, way, nulls in reversed(order):
        key = functools.partial(_key, path, value)
        present = [record for record in found if value(record, path) is not None]
        absent = [record for record in found if value(record, path) is None]
        present.sort(key=key, reverse=way == " DESC")
        found = present + absent if nulls == "LAST" else absent + present
    return found


def _key(path: str, value: Reach, record: SObject) -> Any:
    found = value(record, path)
    if path == "Type":
        return TYPES.index(found)
    return found.upper() if FIELDS[path] == "text" else found
