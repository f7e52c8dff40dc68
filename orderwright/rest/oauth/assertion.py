"""The JWT of the jwt-bearer grant: signed with RS256 by the client, for a few minutes (RFC 7523).

When it ends is said, and checked, in true time: the client has no other.
"""

from __future__ import annotations

import jwt
import msgspec

from orderwright.clock import system_clock
from orderwright.rest.oauth.refusals import OAuthRefused

AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
"""What clients name that cannot name this server."""
LEEWAY_SECONDS = 60
LONGEST_SECONDS = 600
"""How far ahead an assertion may end: the platform says three minutes, and its clients add some."""
MILLISECONDS_FROM = 10**11
"""From here on a time is one in milliseconds (of 1973); in seconds it would be one of the year 5138."""
NEEDED = ["iss", "sub", "aud", "exp"]


class Assertion(msgspec.Struct, frozen=True):
    """Whom a client asks to act for."""

    subject: str


def issuer_of(text: str) -> str:
    """The client id that an assertion names, before anything in it is believed. Raises OAuthRefused."""
    try:
        issuer = jwt.decode(text, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError:
        raise OAuthRefused("invalid_grant", "invalid assertion") from None
    return issuer if isinstance(issuer, str) and is_text(issuer) else ""


def verified(text: str, public_key: str, base_url: str) -> Assertion:
    """What an assertion says, if its signature, audience and time are right. Raises OAuthRefused."""
    try:
        claims = jwt.decode(
            text,
            public_key,
            algorithms=["RS256"],
            leeway=LEEWAY_SECONDS,
            options={"require": NEEDED, "verify_aud": False},
        )
    except jwt.ExpiredSignatureError:
        raise OAuthRefused("invalid_grant", "expired authorization code") from None
    except jwt.InvalidTokenError:
        raise OAuthRefused("invalid_grant", "invalid assertion") from None
    if not _is_here(claims["aud"], base_url):
        raise OAuthRefused("invalid_grant", "audience is invalid")
    _refuse_wrong_end(claims["exp"])
    if not is_text(claims["sub"]):
        raise OAuthRefused("invalid_grant", "invalid assertion")
    return Assertion(subject=claims["sub"])


def is_text(value: str) -> bool:
    """Whether `value` is text that can be written: JSON may hold halves of characters."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def _refuse_wrong_end(exp: object) -> None:
    """Raises OAuthRefused for an assertion that has ended, or ends too late.

    Some clients send the number as text, and the platform's own tools send milliseconds (`Date.now() + 300`).
    """
    ends = int(exp) if isinstance(exp, int | float | str) else 0
    left = (ends / 1000 if ends >= MILLISECONDS_FROM else ends) - system_clock().timestamp()
    if left < -LEEWAY_SECONDS:
        raise OAuthRefused("invalid_grant", "expired authorization code")
    if left > LONGEST_SECONDS:
        raise OAuthRefused("invalid_grant", f"the assertion ends in more than {LONGEST_SECONDS} seconds")


def _is_here(audience: object, base_url: str) -> bool:
    """Whether an audience, or one of several, is this server or one of its addresses.

    It may be named with https although the request came without: clients always say so, and TLS may end before us.
    """
    here = (base_url, f"https://{base_url.partition('://')[2]}")
    named = audience if isinstance(audience, list) else [audience]
    return any(one in AUDIENCES or f"{one}/".startswith(tuple(f"{url}/" for url in here)) for one in named)
