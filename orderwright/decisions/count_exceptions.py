"""What a process exception that a person raises or moves on does: its category, and the count of active ones."""

from __future__ import annotations

import msgspec

from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.errors import InvalidFieldForWrite, InvalidPicklistValue, named
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.rules import active_exception


def decide_exception_category(exception: ProcessException, picklists: Picklists) -> ProcessException:
    """Return `exception` with the category that its Status has now.

    Raises InvalidPicklistValue for a status that is none here.
    Source: data-model.yaml#status_machines.ProcessException (documented categories; that the values are a merchant's to
    define is inferred from FulfillmentOrder).
    """
    category = picklists.exception_statuses.get(exception.status)
    if category is None:
        raise InvalidPicklistValue(
            f"Status '{exception.status}' is not a value of ProcessException.Status; use "
            f"{named(picklists.exception_statuses)}",
            "Status",
        )
    return msgspec.structs.replace(exception, status_category=category)


def decide_raise_exception(summary: OrderSummary, exception: ProcessException) -> Decision:
    """Return the new exception, and its order with it counted.

    Source: data-model.yaml#ProcessException, OrderSummary.ActiveProcessExceptionCount (documented).
    """
    return Decision(new=(exception,), changed=_counted(summary, int(active_exception(exception))))


def decide_change_exception(summary: OrderSummary, before: ProcessException, after: ProcessException) -> Decision:
    """Return the changed exception, and its order with the count made true.

    Raises InvalidFieldForWrite for another OrderSummaryId: it lives beside its order.
    Source: data-model.yaml#status_machines.ProcessException (documented).
    """
    if after.order_summary_id != before.order_summary_id:
        raise InvalidFieldForWrite(
            f"OrderSummaryId of {before.id} never changes; raise another exception for the other order",
            "OrderSummaryId",
        )
    step = int(active_exception(after)) - int(active_exception(before))
    return Decision(changed=(Change(before, after), *_counted(summary, step)))


def _counted(summary: OrderSummary, step: int) -> tuple[Change, ...]:
    count = summary.active_process_exception_count + step
    after = msgspec.structs.replace(summary, active_process_exception_count=count, version=summary.version + 1)
    return (Change(summary, after),)
