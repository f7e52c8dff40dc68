"""What the inventory resources share: places in requests and answers, digests, and refusals that tell of every line.

Source: returns-payments-inventory.yaml#oci.types (documented).
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput, Refusal
from orderwright.decisions.inventory import Place
from orderwright.decisions.reserve_inventory import LineOutcome, ReserveLine
from orderwright.rest.codec import Since, encode, to_json
from orderwright.rest.errors import error_of, output_body, status_of
from orderwright.rest.execute import Answer
from orderwright.rest.representations import ErrorResponse

PLACE = ("locationIdentifier", "locationGroupIdentifier")


class ReservationSingleInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one SKU at one place: a location or a location group."""

    location_group_identifier: str | None = None
    location_identifier: str | None = None
    quantity: Decimal
    stock_keeping_unit: str


class ReservationSingleOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of one record; `errorCode` is null when all that was asked for was reserved."""

    error_code: str | None = None
    location_group_identifier: str | None = None
    location_identifier: str | None = None
    quantity: Decimal
    stock_keeping_unit: str


class UpdateSingleOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of one record: `quantity` is reserved now, `adjustment` more (or fewer) than before."""

    adjustment: Decimal
    error_code: str | None = None
    location_group_identifier: str | None = None
    location_identifier: str | None = None
    quantity: Decimal
    stock_keeping_unit: str


def place_of(location: str | None, group: str | None, names: tuple[str, str] = PLACE) -> Place:
    """The one place that is named. Raises InvalidInput for none and for both."""
    if (location is None) == (group is None):
        both = "both are given" if location is not None else "neither is given"
        raise InvalidInput(f"{both}; send exactly one of {names[0]} and {names[1]}", *names)
    return Place(is_group=group is not None, identifier=location if location is not None else group or "")


def reserve_lines(records: tuple[ReservationSingleInput, ...]) -> tuple[ReserveLine, ...]:
    """The records as a decision takes them. Raises InvalidInput for one without exactly one place."""
    return tuple(
        ReserveLine(
            place=place_of(record.location_identifier, record.location_group_identifier),
            stock_keeping_unit=record.stock_keeping_unit,
            quantity=record.quantity,
        )
        for record in records
    )


def single_output(line: LineOutcome) -> ReservationSingleOutput:
    """What came of a line, under its documented names."""
    return ReservationSingleOutput(
        quantity=line.quantity, stock_keeping_unit=line.stock_keeping_unit, error_code=line.error_code, **_place(line)
    )


def update_output(line: LineOutcome) -> UpdateSingleOutput:
    """What came of a line, under its documented names."""
    return UpdateSingleOutput(
        adjustment=line.adjustment,
        quantity=line.quantity,
        stock_keeping_unit=line.stock_keeping_unit,
        error_code=line.error_code,
        **_place(line),
    )


def _place(line: LineOutcome) -> dict[str, str]:
    name = "location_group_identifier" if line.place.is_group else "location_identifier"
    return {name: line.place.identifier}


def digest_of(kind: str, asked: object) -> bytes:
    """What tells two requests apart that carry the same actionRequestId."""
    return hashlib.sha256(msgspec.json.encode([kind, asked])).digest()


def refused(refusal: Refusal, output: msgspec.Struct, version: int) -> Any:
    """The answer to a request that was refused, whose `output` tells more than the refusal (decisions.md W2).

    Typed as any output: the answer is written here, so that it holds the output as documented.
    """
    shown = msgspec.Raw(encode(output, version))
    return Answer(status_of(refusal), to_json(output_body(refusal, shown)))


def errors_of(lines: tuple[LineOutcome, ...]) -> tuple[ErrorResponse, ...]:
    """The lines that lack units, as errors."""
    return tuple(
        ErrorResponse(error_code=line.error_code, message=line.message or "")
        for line in lines
        if line.error_code is not None
    )


def single_error(refusal: Refusal) -> tuple[ErrorResponse, ...]:
    """A refusal of the whole request as its output lists it."""
    error = error_of(refusal)
    return (ErrorResponse(error_code=error["errorCode"], message=error["message"]),)


ReservationId = Annotated[str | None, Since(58)]
