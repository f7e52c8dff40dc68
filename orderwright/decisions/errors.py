"""Every refusal, with its error code: the catalogue (decisions.md W4).

A refusal is raised by a decision and turned into an HTTP answer in `rest/errors.py`, the only place that knows HTTP.
Its message names the field, the value, why it is refused and what to do instead. Codes are stable: clients branch on
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from orderwright.objects.definition import Id


class Refusal(Exception):
    """A rule says no; nothing is written. `code` is the platform's code where one fits, else ours."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, *fields: str) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


class InvalidInput(Refusal):
    """A value that breaks a documented rule."""

    code = "INVALID_INPUT"


class InvalidOperation(Refusal):
    """The action is not possible on this record, as on an UNMANAGED summary."""

    code = "INVALID_OPERATION"


class InvalidStatus(Refusal):
    """The record is in the wrong status for the action."""

    code = "INVALID_STATUS"


class DuplicateValue(Refusal):
    """It exists already, or may exist only once."""

    code = "DUPLICATE_VALUE"


class RequiredFieldMissing(Refusal):
    """A field that must be given is missing."""

    code = "REQUIRED_FIELD_MISSING"


class InvalidPicklistValue(Refusal):
    """Not a value of a restricted picklist."""

    code = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


class InvalidCrossReference(Refusal):
    """The id does not exist, or names a record of the wrong object, or of another order."""

    code = "INVALID_CROSS_REFERENCE_KEY"


class InsufficientFunds(Refusal):
    """Not enough money is left to capture or to refund."""

    code = "INSUFFICIENT_FUNDS"


class InvalidField(Refusal):
    """No such field on this object."""

    code = "INVALID_FIELD"


class InvalidFieldForWrite(Refusal):
    """The field exists and cannot be set by a caller."""

    code = "INVALID_FIELD_FOR_INSERT_UPDATE"


class StringTooLong(Refusal):
    """Text longer than the field."""

    code = "STRING_TOO_LONG"


class NumberOutsideValidRange(Refusal):
    """A number that is too large, or has more decimals than the field or the currency."""

    code = "NUMBER_OUTSIDE_VALID_RANGE"


class CannotUpdate(Refusal):
    """A record that may not be changed (any more), as an activated order."""

    code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


class DeleteFailed(Refusal):
    """A record that may not be deleted: it is processed, or others refer to it."""

    code = "DELETE_FAILED"


class PreviewOutdated(Refusal):
    """A submit that carries a preview's token, and would do something else than the preview showed."""

    code = "PREVIEW_OUTDATED"


class QuantityUnavailable(Refusal):
    """More units were asked for than there are."""

    code = "INVALID_INPUT"

    def __init__(self, item_id: Id, asked: Decimal, available: Decimal, field: str, why: str) -> None:
        super().__init__(
            f"quantity {asked:f} of order item summary {item_id} is not available: {field} is {available:f} ({why}); "
            f"ask for at most {available:f}",
            "quantity",
        )


def named(values: Iterable[str]) -> str:
    """`a, b or c`: choices as people read them."""
    listed = [str(value) for value in values]
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} or {listed[-1]}"
