"""Picklists of a merchant's own: what is left out is as documented, and what cannot work is refused in words."""

from typing import Any

import pytest

from orderwright.objects.picklists import STANDARD, InvalidPicklists, picklists_of

STATUSES = {"Released": "ACTIVATED", "Sent": "CLOSED", "Given up": "CANCELLED"}

EXCEPTIONS = {"Asked the bank": "ACTIVE", "Resolved": "RESOLVED", "New": "ACTIVE"}


def test_nothing_configured_is_the_standard():
    assert picklists_of({}) == STANDARD


def test_a_field_is_defined_wholly_and_the_others_stay():
    found = picklists_of({"FulfillmentOrder": {"Status": STATUSES}})
    assert found.fulfillment_statuses == STATUSES
    assert (found.fulfillment_types, found.reasons) == (STANDARD.fulfillment_types, STANDARD.reasons)


def test_all_of_it():
    given = {
        "FulfillmentOrder": {"Status": STATUSES, "Type": {"Locker": "PHYSICAL"}},
        "OrderItemSummaryChange": {"Reason": ["Too late"]},
        "ProcessException": {"Status": EXCEPTIONS},
    }
    found = picklists_of(given)
    assert (found.fulfillment_types, found.reasons) == ({"Locker": "PHYSICAL"}, ("Too late",))
    assert found.values_of("FulfillmentOrder", "Status") == ("Released", "Sent", "Given up")
    assert found.values_of("FulfillmentOrder", "IsReship") is None
    assert found.exception_statuses == EXCEPTIONS
    assert found.values_of("ProcessException", "Status") == tuple(EXCEPTIONS)


@pytest.mark.parametrize(
    ("statuses", "default"),
    [
        (STATUSES, "Released"),
        ({"First": "ACTIVATED", "Second": "ACTIVATED"} | STATUSES, "First"),
        (STATUSES | {"Allocated": "ACTIVATED"}, "Allocated"),
        (STATUSES | {"Allocated": "FULFILLING"}, "Released"),
    ],
)
def test_the_status_of_a_new_fulfillment_order(statuses: dict[str, str], default: str):
    assert picklists_of({"FulfillmentOrder": {"Status": statuses}}).default_activation_status == default


def statuses(**more: Any) -> dict[str, Any]:
    return {"FulfillmentOrder": {"Status": STATUSES | more}}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"Order": {}}, "Order has no picklist"),
        ({"FulfillmentOrder": {"Colour": {}}}, "Status and Type and nothing else"),
        ({"FulfillmentOrder": "x"}, "Status and Type and nothing else"),
        ({"FulfillmentOrder": {"Status": ["Sent"]}}, "must be a table"),
        (statuses(Lost="MISSING"), "category of 'Lost' is 'MISSING'; it must be one of DRAFT, ACTIVATED"),
        (statuses(Lost=1), "category of 'Lost' is 1"),
        ({"FulfillmentOrder": {"Type": {"Locker": "CLOSED"}}}, "one of PHYSICAL"),
        ({"FulfillmentOrder": {"Status": {"Sent": "CLOSED"}}}, "no value of category ACTIVATED"),
        ({"FulfillmentOrder": {"Status": {"New": "ACTIVATED", "Lost": "CANCELLED"}}}, "category CLOSED"),
        ({"FulfillmentOrder": {"Status": {"New": "ACTIVATED", "Sent": "CLOSED"}}}, "category CANCELLED"),
        ({"FulfillmentOrder": {"Type": {}}}, "must have values"),
        ({"OrderItemSummaryChange": {"Reason": []}}, "must have values"),
        ({"OrderItemSummaryChange": {"Reason": "Too late"}}, "must have values"),
        ({"OrderItemSummaryChange": {"Reason": [1]}}, "must have values"),
        ({"OrderItemSummaryChange": {"Reason": [" "]}}, "empty or longer than 255"),
        ({"OrderItemSummaryChange": {"Reason": ["x" * 256]}}, "empty or longer than 255"),
        ({"FulfillmentOrder": {"Type": {"Locker": "PHYSICAL", "LOCKER": "PHYSICAL"}}}, "'LOCKER' is there twice"),
        ({"ProcessException": {"Severity": []}}, "Status and nothing else"),
        ({"ProcessException": {"Status": {"New": "ACTIVE"}}}, "no 'Resolved' of category RESOLVED"),
        ({"ProcessException": {"Status": EXCEPTIONS | {"New": "INACTIVE"}}}, "no 'New' of category ACTIVE"),
        ({"ProcessException": {"Status": EXCEPTIONS | {"Lost": "CLOSED"}}}, "one of ACTIVE, INACTIVE, RESOLVED"),
    ],
)
def test_what_cannot_work_is_refused_in_words(given: dict[str, Any], words: str):
    with pytest.raises(InvalidPicklists, match=words):
        picklists_of(given)
