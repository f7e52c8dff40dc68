"""A property that nobody knows is refused by every resource (decisions.md W6), also by those that take none at all."""

import re
from typing import Any

import pytest

from orderwright.objects.registry import BY_NAME
from orderwright.rest.operation import Operation
from orderwright.rest.operations import OPERATIONS
from orderwright.rest.properties import is_struct, properties_of
from tests.rest.calling import Caller

CHANGING = [o for o in OPERATIONS if o.method in {"POST", "PATCH", "PUT"} and not (o.raw or o.streamed or o.absolute)]
"""What reads a body of JSON; the others take files, forms, and what gateways send."""
OF_PROPERTIES = [o for o in CHANGING if o.input is not None and is_struct(o.input)]
WITHOUT_ANY = [o for o in OF_PROPERTIES if not properties_of(o.input)]


def path_of(operation: Operation) -> str:
    """Its path, with the id of a record that there is not in each place."""

    def part(found: re.Match[str]) -> str:
        _, object_ = operation.parameters[found[1]]
        return f"{BY_NAME[object_].about.key_prefix}000000000001" if object_ else "x"

    return re.sub(r"\{(\w+)\}", part, operation.path)


def test_every_resource_says_what_its_body_is():
    assert [f"{o.method} {o.path}" for o in CHANGING if o.input is None] == []
    assert len(WITHOUT_ANY) >= 5


@pytest.mark.parametrize("operation", OF_PROPERTIES, ids=lambda o: f"{o.method} {o.path}")
async def test_an_unknown_property_is_refused(api: Caller, operation: Operation):
    answer = await api.send(operation.method, path_of(operation), {"notAnyProperty": 1})
    assert (answer.status_code, error(answer)["errorCode"]) == (400, "INVALID_FIELD"), answer.text
    assert "unknown property 'notAnyProperty'" in error(answer)["message"]


@pytest.mark.parametrize("body", [None, {}])
@pytest.mark.parametrize("operation", WITHOUT_ANY, ids=lambda o: f"{o.method} {o.path}")
async def test_where_there_are_none_nothing_may_be_sent_or_an_empty_object(
    api: Caller, operation: Operation, body: dict[str, Any] | None
):
    answer = await api.send(operation.method, path_of(operation), body)
    assert "INVALID_FIELD" not in answer.text
    assert "JSON_PARSER_ERROR" not in answer.text
    refused = await api.send(operation.method, path_of(operation), {"at": None})
    assert "there are none here: send {} or nothing" in error(refused)["message"]
    assert (await api.send(operation.method, path_of(operation), [])).status_code == 400


def error(answer: Any) -> dict[str, str]:
    (found,) = answer.json()
    return dict(found)
