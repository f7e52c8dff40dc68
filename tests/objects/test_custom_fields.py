"""Declarations of custom fields: what can be declared, what is refused, and how values are kept exactly."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.objects.account import Account
from orderwright.objects.custom_fields import (
    KINDS,
    InvalidCustomFields,
    carried,
    schema_with,
    value_of,
    with_defaults,
    with_values,
)
from orderwright.objects.order import Order
from orderwright.objects.registry import BY_NAME

NEEDED: dict[str, dict[str, Any]] = {
    "Picklist": {"values": ["A", "B"]},
    "MultiselectPicklist": {"values": ["A", "B"]},
    "Lookup": {"referenceTo": "Account"},
}


def declared(**about: Any) -> Any:
    """The one field declared on Account."""
    return schema_with({"Account": {"Field__c": about}}).by_name["Account"].customs["Field__c"]


@pytest.mark.parametrize("type_", KINDS)
def test_every_type_can_be_declared_and_stands_beside_the_standard_fields(type_: str):
    schema = schema_with({"Account": {"Field__c": {"type": type_, **NEEDED.get(type_, {})}}})
    definition = schema.by_lower_name["account"]
    field = definition.by_wire_name["field__c"]
    assert (field.wire_name, field.create, field.update) == ("Field__c", True, True)
    assert (definition.field("Field__c"), definition.by_wire_name["name"]) == (
        field,
        BY_NAME["Account"].by_wire_name["name"],
    )
    assert schema.definition_of("001000000000001") is definition
    assert "field__c" not in BY_NAME["Account"].by_wire_name


@pytest.mark.parametrize(
    "given",
    [
        {"Nothing": {"A__c": {"type": "Text"}}},
        {"GatewayRequest": {"A__c": {"type": "Text"}}},
        {"Account": {"Field": {"type": "Text"}}},
        {"Account": {"_A__c": {"type": "Text"}}},
        {"Account": {"A__B__c": {"type": "Text"}}},
        {"Account": {"A'B__c": {"type": "Text"}}},
        {"Account": {"A" * 41 + "__c": {"type": "Text"}}},
        {"Account": {"A__c": {"type": "text"}}},
        {"Account": {"A__c": {"type": "Text"}, "a__c": {"type": "Text"}}},
        {"Account": {"A__c": "Text"}},
        {"Account": ["A__c"]},
        {"Account": {"A__c": {"type": "Text", "scale": 2}}},
        {"Account": {"A__c": {"type": "Text", "length": 256}}},
        {"Account": {"A__c": {"type": "Text", "length": True}}},
        {"Account": {"A__c": {"type": "Text", "unique": "yes"}}},
        {"Account": {"A__c": {"type": "Number", "precision": 19}}},
        {"Account": {"A__c": {"type": "Number", "precision": 2, "scale": 3}}},
        {"Account": {"A__c": {"type": "Number", "defaultValue": "many"}}},
        {"Account": {"A__c": {"type": "Picklist"}}},
        {"Account": {"A__c": {"type": "Picklist", "values": ["A", "A"]}}},
        {"Account": {"A__c": {"type": "MultiselectPicklist", "values": ["A;B"]}}},
        {"Account": {"A__c": {"type": "Picklist", "values": ["A"], "restricted": True, "defaultValue": "B"}}},
        {"Account": {"A__c": {"type": "Lookup", "referenceTo": "Nothing"}}},
        {"Account": {"A__c": {"type": "Lookup"}}},
        {"Account": {"A__c": {"type": "Checkbox", "required": True}}},
        {"Account": {"A__c": {"type": "Date", "defaultValue": "2026-03-01"}}},
    ],
    ids=str,
)
def test_what_cannot_work_is_refused_where_it_is_declared(given: Any):
    with pytest.raises(InvalidCustomFields):
        schema_with(given)


def test_properties_are_those_of_the_platform():
    number = declared(type="Number", precision=8, scale=3, label="How many", inlineHelpText="Units")
    assert (number.scale, number.custom.precision, number.custom.label, number.custom.help) == (
        3, 8, "How many", "Units",
    )  # fmt: skip
    text = declared(type="Text", externalId=True, unique=True, required=True)
    assert (text.idlookup, text.unique, text.required, text.nillable) == (True, True, True, False)
    lookup = declared(type="Lookup", referenceTo=["Contact"], relationshipName="Fans")
    assert (lookup.to, lookup.children, lookup.relationship) == (("Contact",), "Fans__r", "Field__r")
    assert declared(type="Checkbox", defaultValue=True).has_default


VALUES = {
    "Number": st.decimals(allow_nan=False, allow_infinity=False, places=4),
    "Currency": st.decimals(allow_nan=False, allow_infinity=False, places=3),
    "Date": st.dates(),
    "DateTime": st.datetimes().map(
        lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=dt.UTC)
    ),
    "Time": st.times().map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)),
    "Checkbox": st.booleans(),
    "Text": st.text(min_size=1),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda type_: st.tuples(st.just(type_), VALUES[type_])))
def test_a_value_is_read_as_it_was_kept_through_json_and_no_float_is_in_between(pair: tuple[str, Any]):
    type_, value = pair
    definition = schema_with({"Account": {"Field__c": {"type": type_}}}).by_name["Account"]
    kept = with_values({}, definition.customs, {"Field__c": value})
    record = Account(id="001000000000001", name="x", custom=kept)
    again = msgspec.json.decode(msgspec.json.encode(record), type=Account)
    assert not any(isinstance(each, float) for each in again.custom.values())
    assert value_of(again, definition.customs["Field__c"]) == value
    if isinstance(value, Decimal):
        assert str(value_of(again, definition.customs["Field__c"])) == f"{value:f}"


def test_a_field_that_a_record_does_not_have_is_null_and_a_checkbox_is_false():
    account = Account(id="001000000000001", name="x")
    assert value_of(account, declared(type="Number")) is None
    assert value_of(account, declared(type="Checkbox", defaultValue=True)) is False


def test_defaults_fill_what_a_new_record_comes_without():
    about = {"A__c": {"type": "Text", "defaultValue": "x"}, "B__c": {"type": "Checkbox", "defaultValue": True}}
    definition = schema_with({"Account": about}).by_name["Account"]
    assert with_defaults(definition, {"A__c": "y"}) == {"A__c": "y", "B__c": True}
    assert with_values({"A__c": "y"}, definition.customs, {"A__c": None}) == {}


def test_same_names_and_types_are_carried_but_for_dates():
    """semantics.md §2.8 (documented): Date is the one type that is not copied to the summary."""
    shared = {
        "Gift__c": {"type": "Checkbox"},
        "Note__c": {"type": "Text"},
        "Day__c": {"type": "Date"},
        "Moment__c": {"type": "DateTime"},
    }
    schema = schema_with({
        "Order": {**shared, "Only__c": {"type": "Text"}, "Other__c": {"type": "Text"}},
        "OrderSummary": {**shared, "Other__c": {"type": "Number"}},
    })  # fmt: skip
    custom = {"Gift__c": True, "Note__c": "n", "Day__c": "2026-03-01", "Moment__c": "2026-03-01T10:00:00.000Z",
              "Only__c": "o", "Other__c": "1"}  # fmt: skip
    order = Order(id="801000000000001", effective_date=dt.date(2026, 3, 1), status="Draft", custom=custom)
    found = carried(schema, order, "OrderSummary")
    assert found == {"Gift__c": True, "Note__c": "n", "Moment__c": "2026-03-01T10:00:00.000Z"}
