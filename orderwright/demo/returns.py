"""One return: units of a delivered order come back, a credit memo owes their price, and it is refunded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderwright.demo.client import as_decimal
from orderwright.demo.journal import Facts
from orderwright.demo.lifecycle import SUMMARIES, order_subject
from orderwright.demo.plan import PlannedReturn
from orderwright.demo.steps import Case, Step, StepFailed, made_or_named, nothing_to_find, run_operation, take


def return_subject(planned: PlannedReturn) -> str:
    """Under which name the journal knows a return."""
    return f"return {planned.cancellation_no} of {planned.invoice_no}"


async def give_back(case: Case) -> None:
    """Take one return all the way; returns of one order must follow each other. Raises as `lifecycle.live`."""
    if "returned before" not in case.desk.journal.facts(case.subject):
        case.desk.journal.record(case.subject, {"returned before": await returned(case)})
    await take(case, STEPS)


def order_facts(case: Case) -> Mapping[str, Any]:
    return case.desk.journal.facts(order_subject(case.planned.invoice_no))


def item_ids(case: Case) -> dict[int, str]:
    """The item summaries of the return, by line number."""
    items = order_facts(case)["items"]
    return {number: items[str(number)] for number, _ in case.planned.quantities}


async def returned(case: Case) -> dict[str, int]:
    """How many units of each of its lines the order counts as returned, by line number as text."""
    paths = [f"sobjects/OrderItemSummary/{item_id}?fields=QuantityReturned" for item_id in item_ids(case).values()]
    found = [
        record
        for start in range(0, len(paths), 25)
        for record in await case.desk.client.read_together(paths[start : start + 25])
    ]
    return {str(number): int(record["QuantityReturned"]) for number, record in zip(item_ids(case), found, strict=True)}


async def submit_return(case: Case) -> Facts:
    """The change order that takes the units back."""
    items = item_ids(case)
    wish = {
        "changeItems": [
            {
                "orderItemSummaryId": items[number],
                "quantity": units,
                "reason": "Unknown",
                "reasonForChangeText": f"Cancellation {case.planned.cancellation_no}",
                "shippingReductionFlag": False,
            }
            for number, units in case.planned.quantities
        ]
    }
    path = f"{SUMMARIES}/{order_facts(case)['summary']}/actions/submit-return"
    made = await case.desk.client.post(path, wish, case.key("submit return"))
    return {"change_order": made["changeOrderId"]}


async def find_return(case: Case) -> Facts | None:
    """The change order of this return, if it was made: the units it takes are counted as returned.

    The answer that named it is lost; it is the newest change order, for returns of one order follow each other.
    """
    before, now = case["returned before"], await returned(case)
    if now == before:
        return None
    if now != {str(number): before[str(number)] + units for number, units in case.planned.quantities}:
        raise StepFailed(
            f"{case.subject}: {before} units were returned before and {now} are now; who else returns them?"
        )
    path = f"sobjects/Order/{order_facts(case)['order']}/RelatedOrders"
    changes = await case.desk.client.children(path, "Id,CreatedDate")
    return {"change_order": max(changes, key=lambda change: (change["CreatedDate"], change["Id"]))["Id"]}


async def credit(case: Case) -> Facts:
    """The credit memo of the change order."""
    path = f"{SUMMARIES}/{order_facts(case)['summary']}/actions/create-credit-memo"
    making = case.desk.client.post(path, {"changeOrderIds": [case["change_order"]]}, case.key("credit memo"))
    return {"credit_memo": await made_or_named(making, "creditMemoId", "50g")}


async def ensure_refunds(case: Case) -> Facts:
    """The credit memo is refunded; one over nothing (free items) needs no money."""
    if await find_refunds(case) is not None:
        return {}
    path = f"{SUMMARIES}/{order_facts(case)['summary']}/async-actions/ensure-refunds-async"
    try:
        await run_operation(case, path, {"creditMemoId": case["credit_memo"]}, "ensure refunds")
    except StepFailed:
        if await find_refunds(case) is None:
            raise
    return {}


async def find_refunds(case: Case) -> Facts | None:
    """Whether nothing is owed on the credit memo any more."""
    found = await case.desk.client.get(f"sobjects/CreditMemo/{case['credit_memo']}", fields="Balance")
    return {} if as_decimal(found["Balance"]) == 0 else None


STEPS = (
    Step("submit return", submit_return, find_return),
    Step("credit memo", credit, nothing_to_find),
    Step("ensure refunds", ensure_refunds, find_refunds),
)
