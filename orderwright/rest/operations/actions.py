"""Invocable actions."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.rest.actions.describe import describe_action
from orderwright.rest.actions.lists import list_action_kinds, list_custom_actions, list_standard_actions
from orderwright.rest.actions.run import run_action, status_of
from orderwright.rest.operation import Operation, records

TAG = "Actions"
CANCEL = {
    "inputs": [
        {
            "orderSummaryId": "1Osxx0000004EAqCAM",
            "orderItemSummaryLineItemsToChangeInput": {
                "changeItems": [
                    {
                        "orderItemSummaryId": "10uxx0000004FYDAA2", "quantity": 1, "reason": "Unknown",
                        "shippingReductionFlag": False,
                    }
                ],
            },
        }
    ],
}  # fmt: skip

INVOCABLE_ACTIONS = (
    records("GET", "/actions", list_action_kinds, "List the kinds of actions", tag=TAG),
    records("GET", "/actions/standard", list_standard_actions, "List the actions", tag=TAG),
    records("GET", "/actions/custom", list_custom_actions, "List actions of the merchant's own", tag=TAG),
    # which right an action needs, its operation says: the handlers ask for it
    records("GET", "/actions/standard/{actionName}", describe_action, "Describe an action", tag=TAG, rights=()),
    # in JSON only: what an element of XML is, nobody knows before the action is
    Operation(
        "POST", "/actions/standard/{actionName}", run_action, "Run an action",
        tag=TAG, rights=(), status_for=status_of, refuses=(refusals.InvalidInput,), example=CANCEL,
    ),
)  # fmt: skip
