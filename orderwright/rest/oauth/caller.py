"""What a client sends to the OAuth endpoints: a form, and who it is."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from orderwright.rest.context import Context, Received
from orderwright.rest.oauth.refusals import OAuthRefused
from orderwright.store.oauth import Client, find_client

MOST_FIELDS = 30


def form_of(received: Received) -> dict[str, str]:
    """The form in the body, or in the query when there is no body. Raises OAuthRefused."""
    if not received.body:
        return dict(received.query)
    try:
        pairs = parse_qsl(received.body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise OAuthRefused("invalid_request", "the body must be a form in UTF-8") from None
    if len({name for name, _ in pairs}) != len(pairs):
        raise OAuthRefused("invalid_request", "a parameter is given twice")
    return dict(pairs)


async def known_client(
    context: Context, form: Mapping[str, str], *, may_lack_secret: bool = False
) -> tuple[Client, str]:
    """The client that asks and the secret it sent, by HTTP Basic or in the form. Raises OAuthRefused.

    `may_lack_secret`: a client that keeps none, or whose request is proved otherwise, may leave it out; one that sends
    a secret always has to send the right one.
    """
    client_id, secret, status = _credentials(form, context.received.headers.get("authorization", ""))
    if not client_id:
        raise OAuthRefused("invalid_request", "send client_id and client_secret in the form, or by HTTP Basic")
    client = await find_client(context.store.database.main, client_id)
    if client is None:
        raise OAuthRefused("invalid_client_id", "client identifier invalid", status)
    if not secret and may_lack_secret:
        return client, ""
    if not secret and status != 401:
        raise OAuthRefused("invalid_request", "send client_secret in the form, or by HTTP Basic")
    if not client.has_secret(secret):
        raise OAuthRefused("invalid_client", "invalid client credentials", status)
    return client, secret


def _credentials(form: Mapping[str, str], authorization: str) -> tuple[str, str, int]:
    """Id and secret, and the status that wrong ones are answered with."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", ""), 400
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise OAuthRefused("invalid_client", "the Authorization header is no valid Basic", 401) from None
    return unquote_plus(client_id), unquote_plus(secret), 401
