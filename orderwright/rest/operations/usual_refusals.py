"""What several groups of operations may refuse."""

from __future__ import annotations

from orderwright.decisions import errors as refusals

INPUT_REFUSALS = (refusals.InvalidInput, refusals.InvalidOperation, refusals.InvalidCrossReference)
CHANGE_REFUSALS = (*INPUT_REFUSALS, refusals.InvalidPicklistValue, refusals.RequiredFieldMissing)
