"""Submit what was previewed, and say why: the preview token and the explanation, the same for every change of an order.

A preview answers with the header `Preview-Token`: the order's version, the change's grand total, and a digest of all
its lines. A submit that sends the header back gets exactly that outcome, or a 409 that says what is different now. With
`?explain=true` the token and the explanation also stand in the body. Both are extensions of ours.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from typing import Protocol

import msgspec

from orderwright.decisions.balances import Balances
from orderwright.decisions.errors import PreviewOutdated
from orderwright.decisions.explain import Step
from orderwright.objects.whole import WholeSummary
from orderwright.rest.context import Context
from orderwright.rest.representations import StepOutput

HEADER = "Preview-Token"


class Outcome(Protocol):
    """What a change decision says of itself: its money, its lines, its reasons."""

    @property
    def balances(self) -> Balances: ...
    @property
    def lines(self) -> tuple[tuple[str, ...], ...]: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...


class _Token(msgspec.Struct, frozen=True):
    version: int
    grand_total: str
    digest: str


def show_preview(context: Context, whole: WholeSummary, outcome: Outcome) -> str | None:
    """Put the token of a preview into the answer's header; returns it for the body when an explanation was asked
    for.
    """
    token = preview_token(whole, outcome)
    context.headers_out[HEADER] = token
    return token if asks_why(context) else None


def check_preview(context: Context, whole: WholeSummary, outcome: Outcome) -> None:
    """Refuse a submit whose outcome is not what its preview showed. Raises PreviewOutdated."""
    sent = context.received.headers.get(HEADER.lower())
    if sent is None or sent == preview_token(whole, outcome):
        return
    then, now = _parsed(sent), _token(whole, outcome)
    if then is None:
        raise PreviewOutdated(f"{HEADER} '{sent[:80]}' is none of ours; send the one a preview answered with")
    reasons = []
    if then.version != now.version:
        reasons.append(f"the order summary was at version {then.version} and is at {now.version}")
    if then.grand_total != now.grand_total:
        reasons.append(f"the grand total would change by {now.grand_total}, not by {then.grand_total}")
    if not reasons:
        reasons.append("the request is not the one that was previewed")
    raise PreviewOutdated(f"what was previewed is not what would happen: {'; '.join(reasons)}. Preview again")


def preview_token(whole: WholeSummary, outcome: Outcome) -> str:
    """The token of an outcome on an order: equal tokens mean the same outcome on the same state."""
    return base64.urlsafe_b64encode(msgspec.json.encode(_token(whole, outcome))).decode().rstrip("=")


def _token(whole: WholeSummary, outcome: Outcome) -> _Token:
    lines = msgspec.json.encode((whole.summary.id, outcome.balances, outcome.lines))
    return _Token(
        version=whole.summary.version,
        grand_total=str(outcome.balances.grand_total_amount),
        digest=hashlib.sha256(lines).hexdigest()[:32],
    )


def _parsed(text: str) -> _Token | None:
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(raw, type=_Token)
    except (ValueError, msgspec.DecodeError):
        return None


def asks_why(context: Context) -> bool:
    """Whether the request asks for an explanation."""
    return context.query.get("explain", "").lower() == "true"


def explanation(context: Context, steps: Iterable[Step]) -> tuple[StepOutput, ...] | None:
    """The steps for the answer's body; None when nobody asked."""
    if not asks_why(context):
        return None
    return tuple(StepOutput(**{name: getattr(step, name) for name in StepOutput.__struct_fields__}) for step in steps)
