"""/services/oauth2/revoke and …/introspect: the end of a token, and what it is good for (RFC 7009, RFC 7662)."""

from __future__ import annotations

from typing import Any

from orderwright.objects.identity import to_18
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.oauth.caller import form_of, known_client
from orderwright.rest.oauth.refusals import NO_STORE, OAuthRefused
from orderwright.rest.oauth.token import identity_url
from orderwright.store.oauth import Client, digest, end_token, token_owner
from orderwright.store.oauth_grants import end_grant, find_grant
from orderwright.store.users import account


async def revoke(context: Context) -> Answer:
    """Takes back an access token, or a refresh token and all access tokens it brought; send it as `token`.

    Who holds a token may end it: no other proof is needed. In other processes of a server it may work for five seconds.
    """
    try:
        token = form_of(context.received).get("token", "")
        session = context.store.database.main
        if not (await end_token(session, token) or await end_grant(session, token)):
            raise OAuthRefused("invalid_token", "the token is not known, or ended before")
    except OAuthRefused as refused:
        return refused.as_answer()
    context.sessions.forget()
    return Answer(200, b"", NO_STORE)


async def revoke_by_query(context: Context) -> Answer:
    """Takes back a token that stands in the query, `?token=`; better send it in the body: queries are logged."""
    return await revoke(context)


async def introspect(context: Context) -> Answer:
    """Tells a client, which sends its id and secret, what one of its own tokens is good for; `active` is false for any
    other.
    """
    try:
        form = form_of(context.received)
        client, _ = await known_client(context, form)
        return Answer(200, to_json(await _about(context, client, form.get("token", ""))), NO_STORE)
    except OAuthRefused as refused:
        return refused.as_answer()


async def _about(context: Context, client: Client, token: str) -> dict[str, Any]:
    owner = await token_owner(context.store.database, digest(token))
    if owner is None:
        return await _about_refresh_token(context, client, token)
    is_good = owner.is_active and owner.expires_at > context.store.now()
    if owner.client_id != client.client_id or not is_good:
        return {"active": False}
    return {
        "active": True,
        "scope": " ".join(sorted(owner.scopes)),
        "client_id": client.client_id,
        "username": owner.username,
        "sub": identity_url(context.received.base_url, owner.user_id),
        "user_id": to_18(owner.user_id),
        "token_type": "access_token",
        "exp": int(owner.expires_at.timestamp()),
        "iat": int(owner.issued_at.timestamp()),
        "nbf": int(owner.issued_at.timestamp()),
    }


async def _about_refresh_token(context: Context, client: Client, token: str) -> dict[str, Any]:
    grant = await find_grant(context.store.database.main, token)
    user = None if grant is None else await account(context.store.database.main, grant.user_id)
    if grant is None or grant.client_id != client.client_id or user is None or not user.is_active:
        return {"active": False}
    return {
        "active": True,
        "scope": " ".join(sorted(grant.scopes)),
        "client_id": client.client_id,
        "username": user.username,
        "sub": identity_url(context.received.base_url, user.id),
        "token_type": "refresh_token",
    }
