"""The one clock of an instance."""

from __future__ import annotations

from orderwright.decisions import errors as refusals
from orderwright.decisions.rights import ADMINISTER
from orderwright.rest.clock import advance_clock, freeze_clock, get_clock, run_clock
from orderwright.rest.operation import connect

CLOCK = "/commerce/order-management/clock"
CLOCK_REFUSALS = (refusals.InvalidInput, refusals.InvalidOperation)

THE_CLOCK = (
    connect("GET", CLOCK, get_clock, "See the one clock (extension)", status=200, tag="Clock", rights=()),
    connect(
        "POST", f"{CLOCK}/actions/freeze", freeze_clock, "Stop the clock of a test instance (extension)",
        refuses=CLOCK_REFUSALS, example={"at": "2026-03-01T10:00:00.000Z"}, tag="Clock",
        rights=(ADMINISTER,),
    ),
    connect(
        "POST", f"{CLOCK}/actions/advance", advance_clock, "Set the clock of a test instance ahead (extension)",
        refuses=CLOCK_REFUSALS, example={"seconds": 86400}, tag="Clock",
        rights=(ADMINISTER,),
    ),
    connect(
        "POST", f"{CLOCK}/actions/run", run_clock, "Let the clock of a test instance run on (extension)",
        refuses=(refusals.InvalidOperation,), example={}, tag="Clock",
        rights=(ADMINISTER,),
    ),
)  # fmt: skip
