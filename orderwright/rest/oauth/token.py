"""POST /services/oauth2/token: client id and secret for an access token (RFC 6749 section 4.4)."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context, Received
from orderwright.rest.execute import Answer
from orderwright.rest.properties import About
from orderwright.store.oauth import client_user, issue_token

ORGANIZATION = "00D000000000001"
"""There is one organisation; clients expect to see its id in the identity URL."""

HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
MOST_FIELDS = 20


class TokenOutput(msgspec.Struct, frozen=True, kw_only=True):
    """An access token, and where to use it."""

    access_token: str
    signature: Annotated[str, About("Base64 HMAC-SHA256 of id and issued_at under the client secret.")]
    scope: str = "api"
    instance_url: str
    id: str
    token_type: str = "Bearer"  # noqa: S105  # its kind, not a secret
    issued_at: Annotated[str, About("Milliseconds since 1970, as text.")]
    expires_in: Annotated[int, About("Seconds.")]


class _Refused(Exception):
    """An error of RFC 6749 section 5.2."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.body = {"error": error, "error_description": description}


async def token(context: Context) -> Answer:
    """Gives a client an access token; the grant is client_credentials, with id and secret in the form or by Basic."""
    try:
        form = _form(context.received)
        client_id, secret = _credentials(form, context.received.headers.get("authorization"))
        return await _granted(context, form, client_id, secret)
    except _Refused as refused:
        basic = {"WWW-Authenticate": 'Basic realm="orderwright"'} if refused.status == 401 else {}
        return Answer(refused.status, to_json(refused.body), HEADERS | basic)


async def _granted(context: Context, form: Mapping[str, str], client_id: str, secret: str) -> Answer:
    if form.get("grant_type") != "client_credentials":
        code = "unsupported_grant_type" if "grant_type" in form else "invalid_request"
        raise _Refused(400, code, "grant_type must be client_credentials")
    user_id = await client_user(context.store.database, client_id, secret)
    if user_id is None:
        raise _Refused(401, "invalid_client", "the client id or the client secret is wrong")
    lifetime = dt.timedelta(seconds=context.settings.token_lifetime_seconds)
    now = context.store.now()
    made = await issue_token(context.store.database, client_id, user_id, now, lifetime)
    return Answer(200, to_json(_output(context.received.base_url, made, user_id, secret, now, lifetime)), HEADERS)


def _output(
    base_url: str, access_token: str, user_id: Id, secret: str, now: dt.datetime, lifetime: dt.timedelta
) -> dict[str, Any]:
    identity = f"{base_url}/id/{to_18(ORGANIZATION)}/{to_18(user_id)}"
    issued_at = str(int(now.timestamp() * 1000))
    signed = hmac.new(secret.encode(), (identity + issued_at).encode(), hashlib.sha256).digest()
    output = TokenOutput(
        access_token=access_token,
        signature=base64.b64encode(signed).decode(),
        instance_url=base_url,
        id=identity,
        issued_at=issued_at,
        expires_in=int(lifetime.total_seconds()),
    )
    return msgspec.structs.asdict(output)


def _form(received: Received) -> dict[str, str]:
    try:
        pairs = parse_qsl(received.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise _Refused(400, "invalid_request", "the body must be a form in UTF-8") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise _Refused(400, "invalid_request", "a parameter is given twice")
    return dict(pairs)


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise _Refused(401, "invalid_client", "the Authorization header is no valid Basic") from None
        return unquote_plus(client_id), unquote_plus(secret)
    if not form.get("client_id") or not form.get("client_secret"):
        raise _Refused(400, "invalid_request", "send client_id and client_secret in the form, or by HTTP Basic")
    return form["client_id"], form["client_secret"]
