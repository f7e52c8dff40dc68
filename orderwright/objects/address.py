"""Compound addresses: `BillingAddress` is `BillingStreet`, `BillingCity` and so on, read as one."""

from __future__ import annotations

import functools

from orderwright.objects.definition import Definition, Field, to_record_name, to_wire_name

ADDRESS_PARTS = (
    "city", "country", "country_code", "geocode_accuracy", "latitude", "longitude", "postal_code", "state",
    "state_code", "street",
)  # fmt: skip


def part_name(part: str) -> str:
    """How a part is called inside a compound address: `postalCode`."""
    wire_name = to_wire_name(part)
    return wire_name[0].lower() + wire_name[1:]


@functools.cache
def address_parts(definition: Definition, prefix: str) -> tuple[tuple[str, Field | None], ...]:
    """Each part of a compound address with the field that holds it; None where the object has none."""
    start = to_record_name(prefix)
    return tuple((part, definition.stored.get(f"{start}_{part}")) for part in ADDRESS_PARTS)


def address_fields(definition: Definition, prefix: str) -> tuple[Field, ...]:
    """The fields that a compound address is made of."""
    return tuple(field for _, field in address_parts(definition, prefix) if field is not None)


@functools.cache
def address_called(definition: Definition, name: str) -> str | None:
    """The prefix of the compound address called `name`, whatever its case; None when there is none."""
    return next((p for p in definition.about.addresses if f"{p}address".lower() == name.lower()), None)
