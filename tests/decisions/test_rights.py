"""What a right lets through, and nothing else."""

import pytest

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.rights import EVERYTHING, NOTHING, MissingRight, Rights, read_right
from orderwright.objects.registry import BY_LOWER_NAME

ACTIONS = frozenset({"submit-cancel", "create-invoice"})


def rights(*granted: str) -> Rights:
    return Rights(frozenset(granted))


@pytest.mark.parametrize(
    ("granted", "right", "has"),
    [
        (("Read Order",), "Read Order", True),
        (("Read Order",), "Read Order.Status", True),
        (("Read Order",), "Read OrderItem", False),
        (("Read Order",), "Edit Order", False),
        (("Edit Order",), "Read Order", False),
        (("Create Order",), "Edit Order", False),
        (("Edit Order",), "Delete Order", False),
        (("Read *",), "Read Order", True),
        (("Read *",), "Create Order", False),
        (("Read *",), "Read *", True),
        (("Read Order",), "Read *", False),
        (("Read Order.Status",), "Read Order", True),
        (("Read Order.Status",), "Read Order.Status", True),
        (("Read Order.Status",), "Read Order.Id", True),
        (("Read Order.Status",), "Read Order.TotalAmount", False),
        (("Read Order.Status",), "Read OrderSummary", False),
        (("Read *",), "Read Payment", False),
        (("View Payments",), "Read Payment", False),
        (("Read *", "View Payments"), "Read Payment", True),
        (("Read Payment",), "Read Payment.Amount", False),
        (("Create Payment",), "Create Payment", True),
        (("Read *", "Create *", "Edit *", "Delete *", "Run *", "View Payments"), "Read PermissionSet", False),
        (("Edit PermissionSetAssignment",), "Edit PermissionSetAssignment", False),
        (("Administer",), "Read PermissionSetAssignment", True),
        (("Administer",), "Read Order", False),
        (("Run submit-cancel",), "Run submit-cancel", True),
        (("Run submit-cancel",), "Run submit-return", False),
        (("Run *",), "Run submit-return", True),
        (("Run *",), "Administer", False),
        (("Run *",), "View Payments", False),
        (("Edit Order",), "Describe Order", True),
        (("Edit Order",), "Describe Account", False),
        ((), "Read Order", False),
        ((), "Administer", False),
    ],
)
def test_a_right_lets_through_what_it_says_and_nothing_else(granted, right, has):
    assert rights(*granted).has(right) is has


@pytest.mark.parametrize(
    ("granted", "needed", "missing"),
    [
        ((), ("Read Order", "Administer"), "Read Order"),
        (("Read Order",), ("Read Order", "Administer"), "Administer"),
        (("Read *",), ("Read Payment",), "View Payments"),
        (("View Payments",), ("Read Payment",), "Read Payment"),
        ((), ("Read Payment",), "Read Payment"),
        (("Edit *",), ("Edit PermissionSet",), "Administer"),
        ((), ("Describe Order",), "Read Order"),
    ],
)
def test_the_refusal_names_what_is_missing(granted, needed, missing):
    with pytest.raises(MissingRight, match=f"'{missing}'"):
        rights(*granted).refuse_without(*needed)


def test_nothing_is_what_everybody_begins_with():
    assert Rights() == NOTHING
    assert not any(NOTHING.has(f"{verb} {name}") for verb in ("Read", "Create", "Edit", "Delete") for name in OBJECTS)


OBJECTS = [definition.name for definition in BY_LOWER_NAME.values()]


def test_everything_is_everything():
    all_ = Rights(EVERYTHING)
    assert all(all_.has(f"{verb} {name}") for verb in ("Read", "Create", "Edit", "Delete") for name in OBJECTS)
    assert all_.may_administer
    assert all_.may_see_payments
    assert all_.may_run("anything")


def test_a_token_that_only_reads_keeps_no_other_right():
    left = Rights(EVERYTHING).only_reading()
    assert left.granted == {"Read *", "View Payments"}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("read ordersummary", "Read OrderSummary"),
        ("READ OrderSummary.totalamount", "Read OrderSummary.TotalAmount"),
        ("  run   Submit-Cancel ", "Run submit-cancel"),
        ("view payments", "View Payments"),
        ("ADMINISTER", "Administer"),
        ("delete *", "Delete *"),
        ("Read Order.Gift_Wrap__c", "Read Order.Gift_Wrap__c"),
    ],
)
def test_a_right_is_read_in_any_letter_case(text, right):
    assert read_right(text, ACTIONS) == right


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Read Ordr", "did you mean 'Order'"),
        ("Run submit-cancl", "did you mean 'submit-cancel'"),
        ("Read Order.Statsu", "did you mean 'Status'"),
        ("Edit Order.Status", "whole objects"),
        ("See Order", "is no right"),
        ("Read", "is no right"),
        ("", "is no right"),
        ("Describe Order", "is no right"),
    ],
)
def test_what_is_no_right_is_refused_with_what_may_be_meant(text, words):
    with pytest.raises(InvalidInput, match=words):
        read_right(text, ACTIONS)
