"""The count of active process exceptions, as people raise them and move them on."""

import itertools
from typing import Any

import msgspec
import pytest

from orderwright.decisions.count_exceptions import decide_change_exception, decide_raise_exception
from orderwright.decisions.errors import InvalidFieldForWrite
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.rules import EXCEPTION_STATUS_CATEGORIES
from tests.builders import Line, order_summary

ACTIVE = {name for name, category in EXCEPTION_STATUS_CATEGORIES.items() if category == "ACTIVE"}


def summary(count: int = 5) -> OrderSummary:
    found = order_summary(Line("A", 1, "100")).whole.summary
    return msgspec.structs.replace(found, active_process_exception_count=count)


def exception(of: OrderSummary, status: str = "New", **more: Any) -> ProcessException:
    about: Any = {"id": "2Pe000000000001", "attached_to_id": of.id, "message": "Look", "order_summary_id": of.id}
    return ProcessException(**{**about, "status": status, **more})


@pytest.mark.parametrize("status", EXCEPTION_STATUS_CATEGORIES)
def test_a_new_one_counts_while_somebody_has_to_look_at_it(status: str):
    of = summary()
    made = exception(of, status)
    decision = decide_raise_exception(of, made)
    [change] = decision.changed
    assert decision.new == (made,)
    assert isinstance(change.after, OrderSummary)
    assert change.after.active_process_exception_count == 5 + (status in ACTIVE)
    assert change.after.version == of.version + 1


@pytest.mark.parametrize(("before", "after"), [*itertools.product(EXCEPTION_STATUS_CATEGORIES, repeat=2)])
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
