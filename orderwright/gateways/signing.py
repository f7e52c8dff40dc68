"""Signatures between us and a gateway that speaks the HTTP contract: HMAC-SHA256 with a secret that both know.

Signed are four lines, each ended by a newline, and the body behind them: `v1`, what is signed (a method, or ANSWER and
a status, or NOTIFICATION), what it is about (a path; for an answer the signature of its request; for a notification
nothing), and the time in seconds since 1970. So an answer cannot be passed off as that to another request, and what is
older than the window is refused.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from orderwright.gateways.configuration import Secret

TIMESTAMP = "Orderwright-Timestamp"
SIGNATURE = "Orderwright-Signature"
WINDOW_SECONDS = 300
"""How far the clocks of both sides may be apart, and how long an intercepted message can be played again."""
NOTIFICATION = "NOTIFICATION"


class NotSigned(ValueError):
    """There is no signature, it is not right, or it is too old. Says which, and nothing that helps to forge one."""


def sign(secret: Secret, what: str, about: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the two headers that go with `body`."""
    timestamp = str(int(now.timestamp()))
    return {TIMESTAMP: timestamp, SIGNATURE: _signature(secret, what, about, timestamp, body)}


def verify(secret: Secret, what: str, about: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raise NotSigned unless `headers`, in any case, sign exactly this and within the window."""
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, signature = given.get(TIMESTAMP.lower(), ""), given.get(SIGNATURE.lower(), "")
    # Digits alone: a line break in the time would let the body's first lines pass for it.
    if not signature or not (timestamp.isascii() and timestamp.isdigit()):
        raise NotSigned("it is not signed")
    expected = _signature(secret, what, about, timestamp, body)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise NotSigned("its signature is wrong: do both sides have the same secret?")
    # Only now, when it is known that the time is what the other side wrote.
    if abs(now.timestamp() - int(timestamp)) > WINDOW_SECONDS:
        raise NotSigned(f"it was signed more than {WINDOW_SECONDS} seconds ago or ahead: are both clocks right?")


def _signature(secret: Secret, what: str, about: str, timestamp: str, body: bytes) -> str:
    signed = f"v1\n{what}\n{about}\n{timestamp}\n".encode() + body
    return "v1=" + hmac.new(secret.reveal().encode(), signed, hashlib.sha256).hexdigest()
