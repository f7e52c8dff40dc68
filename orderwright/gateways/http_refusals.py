"""What it means for a request that its answer is no 200, or is none."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from orderwright.gateways.http_client import HttpAnswer, NoAnswer, NotSent
from orderwright.gateways.http_contract import NOT_OFFERED, Contradiction, Refusal
from orderwright.gateways.protocol import SfResultCode
from orderwright.gateways.signing import NotSigned

NOTHING_DONE = (429, 503)
"""Signed answers with these statuses say that nothing was done and that it may be tried again."""

TROUBLE = (NotSent, NoAnswer, NotSigned, msgspec.DecodeError, UnicodeDecodeError, Contradiction)
"""What asking may raise."""


class Verdict(NamedTuple):
    """What is said of a request: our code for it, the gateway's or the adapter's own, and a sentence."""

    sf_result_code: SfResultCode
    code: str
    message: str


def refused(answer: HttpAnswer, path: str, *, is_optional: bool) -> Verdict:
    """Return what a signed answer other than 200 means. Raises NoAnswer for one that says nothing of what was done.

    `is_optional`: the gateway need not have the path, so 404 is about the path and not about the request.
    """
    if not (400 <= answer.status < 500 or answer.status in NOTHING_DONE):
        raise NoAnswer(f"it answered with status {answer.status}")
    if is_optional and answer.status == NOT_OFFERED:
        return Verdict("PermanentFail", "not_offered", f"The gateway does not offer {path}")
    refusal = msgspec.json.decode(answer.body, type=Refusal)
    return Verdict("SystemError" if answer.status in NOTHING_DONE else "ValidationError", refusal.code, refusal.message)


def troubled(error: Exception) -> Verdict:
    """Return what one of TROUBLE means: nothing was sent, or nobody knows."""
    if isinstance(error, NotSent):
        return Verdict("SystemError", "unreachable", str(error))
    code = "no_answer" if isinstance(error, NoAnswer) else "answer_not_believed"
    return Verdict("Indeterminate", code, str(error))
