"""Every property and every example of the Connect contract, compared with what the API reads and writes.

What the contract does not know has to call itself an extension.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from orderwright.rest.codec import parse_json
from orderwright.rest.operation import NEWEST_VERSION
from orderwright.rest.properties import properties_of
from tests.rest.contract import FILES, Resource, resources, struct_in, version_of, with_good_ids

pytestmark = pytest.mark.skipif(not FILES, reason="the reference is not at hand")

OUTCOME = {"errors", "error", "success", "results", "explanation"}
"""What every output has, or has on demand, whether its page lists it or not (decisions.md W1, W2)."""

NOT_LISTED = {
    "POST payments/authorizations": {
        "email",
        "ipAddress",
        "macAddress",
        "phone",
        "additionalData",
    },  # its own example has them
    "POST payments/payment-methods": {"idempotencyKey"},  # all other payment calls have it
}
RESOURCES = resources()


def examples(side: str) -> Iterator[Any]:
    for resource in RESOURCES:
        found = resource.requests() if side == "request" else resource.responses()
        for number, body in enumerate(found):
            yield pytest.param(resource, body, id=f"{resource.name} {number}")


def differences(resource: Resource, declared: Any, struct: Any, where: str) -> Iterator[str]:
    ours = {about.wire_name: about for about in properties_of(struct)}
    for about in declared:
        known = ours.pop(about["name"], None)
        if known is None:
            yield f"{where}.{about['name']} is missing"
            continue
        wanted = version_of(about.get("since"), resource.since)
        # inside an object that is younger itself, a property needs no version of its own
        if where in {"request", "response"} and max(wanted, resource.since) != max(known.since, resource.since):
            yield f"{where}.{about['name']} is since {known.since}, not {wanted}"
        inner, inside = resource.inner(about), struct_in(known.hint)
        if inner and inside and where.count(".") < 6:
            yield from differences(resource, inner, inside, f"{where}.{about['name']}")
    allowed = OUTCOME | NOT_LISTED.get(resource.name, set())
    for name, about in ours.items():
        if name not in allowed and not about.text.startswith("Extension") and not about.only_when_set:
            yield f"{where}.{name} is ours, and does not say so"


@pytest.mark.parametrize("side", ["request", "response"])
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_property_is_there_since_its_version(resource: Resource, side: str):
    hint = resource.operation.input if side == "request" else resource.operation.output
    declared, struct = resource.declared(side), struct_in(hint)
    if not declared or struct is None:
        pytest.skip("the contract lists no properties here")
    assert list(differences(resource, declared, struct, side)) == []


@pytest.mark.parametrize(("resource", "body"), list(examples("request")))
def test_every_request_of_the_manual_is_read(resource: Resource, body: Any):
    operation = resource.operation
    sent = parse_json(json.dumps(with_good_ids(body, operation.input), default=str).encode())
    read = operation.read(sent, operation.input, NEWEST_VERSION)
    assert read is not None


def names_in(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{where}.{name}"
            yield from names_in(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner, where)


def names_of(hint: Any, where: str = "") -> Iterator[str]:
    struct = struct_in(hint)
    if struct is None or where.count(".") > 6:
        return
    for about in properties_of(struct):
        yield f"{where}.{about.wire_name}"
        yield from names_of(about.hint, f"{where}.{about.wire_name}")


@pytest.mark.parametrize(("resource", "body"), list(examples("response")))
def test_every_answer_of_the_manual_could_be_ours(resource: Resource, body: Any):
    assert set(names_in(body)) <= set(names_of(resource.operation.output))


def test_the_contract_is_read():
    assert len(RESOURCES) >= 40
    assert len(list(examples("request"))) >= 40
    assert len(list(examples("response"))) >= 20
