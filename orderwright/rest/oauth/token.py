"""POST /services/oauth2/token: an access token, for one of the grants."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import uuid
from typing import Annotated, Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.oauth.caller import form_of
from orderwright.rest.oauth.grants import GRANTS, RENEWABLE, Granted
from orderwright.rest.oauth.refusals import NO_STORE, OAuthRefused
from orderwright.rest.properties import About
from orderwright.store.oauth import ORGANIZATION, issue_token
from orderwright.store.oauth_grants import Grant, new_grant


class TokenOutput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An access token, and where to use it. What the grant does not bring is left out."""

    access_token: str
    refresh_token: Annotated[str | None, About("With the scope refresh_token; good until it is revoked.")] = None
    signature: Annotated[
        str | None, About("Base64 HMAC-SHA256 of id and issued_at under the client secret, where that was sent.")
    ] = None
    scope: Annotated[str, About("Scopes, separated by spaces.")]
    instance_url: str
    id: Annotated[str, About("Identity URL of the user.")]
    token_type: Annotated[str, About("Always Bearer.")]
    issued_at: Annotated[str, About("Milliseconds since 1970, as text.")]
    expires_in: Annotated[int, About("Seconds.")]


async def token(context: Context) -> Answer:
    """Gives an access token for one of the grants: client_credentials, password, authorization_code (with PKCE),
    refresh_token and urn:ietf:params:oauth:grant-type:jwt-bearer. Which of them a client may use is said when it is
    made.
    """
    try:
        form = form_of(context.received)
        grant = GRANTS.get(form.get("grant_type", ""))
        if grant is None:
            code = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
            raise OAuthRefused(code, "grant type not supported")
        granted = await grant(context, form)
        return Answer(200, to_json(await _output(context, granted)), NO_STORE)
    except OAuthRefused as refused:
        return refused.as_answer()


def identity_url(base_url: str, user_id: Id) -> str:
    """Where the user's identity is read."""
    return f"{base_url}/id/{to_18(ORGANIZATION)}/{to_18(user_id)}"


async def _output(context: Context, granted: Granted) -> dict[str, Any]:
    now = context.store.now()
    lifetime = dt.timedelta(seconds=context.settings.token_lifetime_seconds)
    database = context.store.database
    grant_id, refresh_token = granted.grant_id, None
    if granted.may_renew:
        grant_id = grant_id or uuid.uuid4()
        grant = Grant(grant_id, granted.client.client_id, granted.user_id, list(granted.scopes))
        renewable = bool(RENEWABLE & set(granted.scopes))
        refresh_token = await new_grant(database.main, grant, now, renewable=renewable)
    access_token = await issue_token(
        database, granted.client.client_id, granted.user_id, now, lifetime, scopes=granted.scopes, grant_id=grant_id
    )
    identity = identity_url(context.received.base_url, granted.user_id)
    issued_at = str(int(now.timestamp() * 1000))
    output = TokenOutput(
        access_token=access_token,
        refresh_token=refresh_token,
        signature=_signature(granted.secret, identity + issued_at) if granted.secret else None,
        scope=" ".join(granted.scopes),
        instance_url=context.received.base_url,
        id=identity,
        token_type="Bearer",  # noqa: S106  # its kind, not a secret
        issued_at=issued_at,
        expires_in=int(lifetime.total_seconds()),
    )
    return {name: value for name, value in msgspec.structs.asdict(output).items() if value is not None}


def _signature(secret: str, signed: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()).decode()
