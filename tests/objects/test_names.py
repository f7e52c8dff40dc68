"""One rule leads from Salesforce's names to ours and back, for every object and field."""

import pytest

from orderwright.objects.definition import to_record_name, to_wire_name
from orderwright.objects.registry import BY_LOWER_NAME, BY_NAME, BY_PREFIX, RECORDS, definition_of

DEFINITIONS = list(BY_NAME.values())


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_every_name_leads_there_and_back(definition):
    for name, field in {**definition.stored, **definition.computed}.items():
        assert field.name == name
        assert to_record_name(to_wire_name(name)) == name
        assert to_wire_name(to_record_name(field.wire_name)) == field.wire_name


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_an_object_and_its_table_share_the_rule(definition):
    assert to_wire_name(definition.table) == definition.name


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_fields_are_found_by_their_name_in_any_case_and_internal_ones_are_not(definition):
    for field in [*definition.stored.values(), *definition.computed.values()]:
        assert (definition.by_wire_name.get(field.wire_name.lower()) is field) == (not field.internal)


def test_every_object_has_its_own_key_prefix():
    assert len(BY_PREFIX) == len(BY_NAME) == len(RECORDS)
    assert all(len(prefix) == 3 and prefix.isalnum() for prefix in BY_PREFIX)


def test_an_id_tells_its_object():
    assert definition_of("1Os000000000001") is BY_NAME["OrderSummary"]
    assert definition_of("zzz000000000001") is None


def test_internal_objects_cannot_be_named_by_a_caller():
    assert "gatewayrequest" not in BY_LOWER_NAME
    assert "ordersummary" in BY_LOWER_NAME


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_roots_and_roll_ups_name_fields_that_exist(definition):
    if definition.about.root:
        assert definition.stored[definition.about.root].type == "reference"
    for rollup in definition.rollups.values():
        child = BY_NAME[rollup.child]
        assert definition.name in child.stored[rollup.by].to
        assert child.field(rollup.of).name == rollup.of


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_a_computed_or_rolled_up_field_cannot_be_written(definition):
    computed = [*definition.computed.values(), *(definition.stored[name] for name in definition.rollups)]
    assert [f.name for f in computed if f.create or f.update] == []
