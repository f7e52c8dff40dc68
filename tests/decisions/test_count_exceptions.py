"""The count of active process exceptions, as people raise them and move them on."""

import itertools
from typing import Any

import msgspec
import pytest

from orderwright.decisions.count_exceptions import (
    decide_change_exception,
    decide_exception_category,
    decide_raise_exception,
)
from orderwright.decisions.errors import InvalidFieldForWrite, InvalidPicklistValue
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.picklists import STANDARD, picklists_of
from orderwright.objects.process_exception import ProcessException
from tests.builders import Line, order_summary

STATUSES = STANDARD.exception_statuses
ACTIVE = {name for name, category in STATUSES.items() if category == "ACTIVE"}


def summary(count: int = 5) -> OrderSummary:
    found = order_summary(Line("A", 1, "100")).whole.summary
    return msgspec.structs.replace(found, active_process_exception_count=count)


def exception(of: OrderSummary, status: str = "New", **more: Any) -> ProcessException:
    about: Any = {"id": "2Pe000000000001", "attached_to_id": of.id, "message": "Look", "order_summary_id": of.id}
    made = ProcessException(**{**about, "status": status, **more})
    return decide_exception_category(made, STANDARD)


@pytest.mark.parametrize("status", STATUSES)
def test_a_new_one_counts_while_somebody_has_to_look_at_it(status: str):
    of = summary()
    made = exception(of, status)
    decision = decide_raise_exception(of, made)
    [change] = decision.changed
    assert decision.new == (made,)
    assert isinstance(change.after, OrderSummary)
    assert change.after.active_process_exception_count == 5 + (status in ACTIVE)
    assert change.after.version == of.version + 1


@pytest.mark.parametrize(("before", "after"), [*itertools.product(STATUSES, repeat=2)])
def test_a_change_of_status_changes_the_count_by_what_it_changes(before: str, after: str):
    of = summary()
    decision = decide_change_exception(of, exception(of, before), exception(of, after))
    changed = {type(c.after).__name__: c.after for c in decision.changed}
    assert changed["ProcessException"] == exception(of, after)
    step = (after in ACTIVE) - (before in ACTIVE)
    count = getattr(changed["OrderSummary"], "active_process_exception_count", None)
    assert count == 5 + step


def test_it_stays_with_its_order():
    of = summary()
    with pytest.raises(InvalidFieldForWrite, match="OrderSummaryId"):
        decide_change_exception(of, exception(of), exception(of, order_summary_id="1Os000000000099"))


OWN = picklists_of({
    "ProcessException": {"Status": {"New": "ACTIVE", "Asked the bank": "ACTIVE", "Resolved": "RESOLVED"}}
})  # fmt: skip


def test_a_status_of_the_merchants_own_has_the_category_that_it_was_given():
    made = decide_exception_category(exception(summary(), "Resolved"), OWN)
    assert made.status_category == "RESOLVED"
    asked = decide_exception_category(msgspec.structs.replace(made, status="Asked the bank"), OWN)
    [_, change] = decide_change_exception(summary(), made, asked).changed
    assert (asked.status_category, change.after) == (
        "ACTIVE", msgspec.structs.replace(summary(6), version=summary().version + 1),
    )  # fmt: skip


def test_a_status_that_is_none_here_is_refused_with_those_that_are():
    with pytest.raises(InvalidPicklistValue, match="use New, Asked the bank or Resolved"):
        decide_exception_category(exception(summary(), "Triaged"), OWN)


def test_what_an_exception_counts_as_is_what_its_status_meant_when_it_got_it():
    """`Triaged` is no status of this installation any more: its category still says that somebody has to look."""
    of, before = summary(), exception(summary(), "Triaged")
    decision = decide_change_exception(of, before, decide_exception_category(exception(of, "Resolved"), OWN))
    [_, change] = decision.changed
    assert isinstance(change.after, OrderSummary)
    assert change.after.active_process_exception_count == 4
