"""The grants: each finds out whether somebody may have a token, and for whom."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.oauth.assertion import Assertion, issuer_of, verified
from orderwright.rest.oauth.caller import known_client
from orderwright.rest.oauth.refusals import OAuthRefused
from orderwright.store.oauth import READING_SCOPE, Client, find_client
from orderwright.store.oauth_grants import find_grant, is_approved, use_code
from orderwright.store.users import Account, LoginRefused, account, account_called, signed_in

CLIENT_CREDENTIALS = "client_credentials"
PASSWORD = "password"  # noqa: S105  # the name of a grant
AUTHORIZATION_CODE = "authorization_code"
REFRESH_TOKEN = "refresh_token"  # noqa: S105  # the name of a grant
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FLOWS = {"client_credentials", "password", "authorization_code", "jwt-bearer"}
"""What a client can be allowed. A refresh token needs no permission besides the flow that brought it."""

SCOPES = frozenset(
    {"api", READING_SCOPE, "full", "web", "refresh_token", "offline_access", "id", "openid", "profile", "email"}
)
"""All there are: `full` stands for each of them but for what renews a token, which is asked for by itself."""

RENEWABLE = frozenset({"refresh_token", "offline_access"})
"""Scopes with which a client gets a refresh token."""

WHY_NOT_SIGNED_IN = {"wrong": "authentication failure", "locked": "authentication failure", "inactive": "inactive user"}
"""A locked name is not told apart: that would say that the guesses before were wrong only for now."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Who gets a token for whom."""

    client: Client
    user_id: Id
    scopes: Sequence[str]
    secret: str = ""
    """The client's, when it was sent."""
    grant_id: uuid.UUID | None = None
    may_renew: bool = False


async def client_credentials(context: Context, form: Mapping[str, str]) -> Granted:
    """The client as itself (RFC 6749 section 4.4)."""
    client, secret = await known_client(context, form)
    _refuse_other_flow(client, CLIENT_CREDENTIALS)
    await _active(context, client.user_id)
    scopes = _without_renewal(scopes_for(client, form.get("scope")))
    return Granted(client=client, user_id=client.user_id, scopes=scopes, secret=secret)


async def password(context: Context, form: Mapping[str, str]) -> Granted:
    """A user, by name and password (RFC 6749 section 4.3)."""
    client, secret = await known_client(context, form)
    _refuse_other_flow(client, PASSWORD)
    try:
        user = await signed_in(
            context.store.database, form.get("username", ""), form.get("password", ""), context.store.now()
        )
    except LoginRefused as refused:
        raise OAuthRefused("invalid_grant", WHY_NOT_SIGNED_IN[refused.why]) from None
    scopes = scopes_for(client, form.get("scope"))
    return Granted(client=client, user_id=user.id, scopes=scopes, secret=secret, may_renew=True)


async def authorization_code(context: Context, form: Mapping[str, str]) -> Granted:
    """A user who signed in at the authorize page (RFC 6749 section 4.1, RFC 7636)."""
    client, secret = await known_client(context, form, may_lack_secret=True)
    _refuse_other_flow(client, AUTHORIZATION_CODE)
    if client.secret_hash is not None and not secret:
        raise OAuthRefused("invalid_client", "invalid client credentials")
    grant_id = uuid.uuid4()
    code = await use_code(context.store.database.main, form.get("code", ""), grant_id)
    if code is None:
        # used twice: what it brought is taken back
        context.sessions.forget()
    if code is None or code.client_id != client.client_id:
        raise OAuthRefused("invalid_grant", "invalid authorization code")
    if code.expires_at <= context.store.now():
        raise OAuthRefused("invalid_grant", "expired authorization code")
    if form.get("redirect_uri") != code.redirect_uri:
        raise OAuthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
    _refuse_wrong_verifier(code.challenge, form.get("code_verifier", ""))
    await _active(context, code.user_id)
    return Granted(
        client=client, user_id=code.user_id, scopes=code.scopes, secret=secret, grant_id=grant_id, may_renew=True
    )


async def refresh_token(context: Context, form: Mapping[str, str]) -> Granted:
    """Again what was granted before (RFC 6749 section 6)."""
    client, secret = await known_client(context, form, may_lack_secret=True)
    if client.secret_hash is not None and not secret:
        raise OAuthRefused("invalid_client", "invalid client credentials")
    grant = await find_grant(context.store.database.main, form.get("refresh_token", ""))
    if grant is None or grant.client_id != client.client_id:
        raise OAuthRefused("invalid_grant", "expired access/refresh token")
    await _active(context, grant.user_id)
    return Granted(client=client, user_id=grant.user_id, scopes=grant.scopes, secret=secret, grant_id=grant.grant_id)


async def jwt_bearer(context: Context, form: Mapping[str, str]) -> Granted:
    """A user whom the client names in an assertion that it signed (RFC 7523)."""
    text = form.get("assertion", "")
    client = await find_client(context.store.database.main, issuer_of(text))
    if client is None or client.public_key is None:
        raise OAuthRefused("invalid_client_id", "client identifier invalid")
    _refuse_other_flow(client, "jwt-bearer")
    assertion = verified(text, client.public_key, context.received.base_url)
    user = await _named(context, client, assertion)
    return Granted(client=client, user_id=user.id, scopes=_without_renewal(scopes_for(client, form.get("scope"))))


async def _named(context: Context, client: Client, assertion: Assertion) -> Account:
    """The user in an assertion, if the client may act for that user. Raises OAuthRefused."""
    session = context.store.database.main
    user = await account_called(session, assertion.subject)
    if user is None or not (user.id == client.user_id or await is_approved(session, client.client_id, user.id)):
        raise OAuthRefused("invalid_grant", "user hasn't approved this consumer")
    if not user.is_active:
        raise OAuthRefused("invalid_grant", "inactive user")
    return user


def scopes_for(client: Client, asked: str | None) -> list[str]:
    """The scopes of a token: those asked for, else all that the client may have. Raises OAuthRefused."""
    if not asked:
        return list(client.scopes)
    wanted = list(dict.fromkeys(asked.split()))
    allowed = SCOPES - RENEWABLE | set(client.scopes) if "full" in client.scopes else set(client.scopes)
    if not set(wanted) <= allowed:
        raise OAuthRefused("invalid_scope", "the requested scope is not allowed")
    return wanted


def _without_renewal(scopes: Sequence[str]) -> list[str]:
    return [scope for scope in scopes if scope not in RENEWABLE]


def _refuse_other_flow(client: Client, flow: str) -> None:
    if flow not in client.flows:
        raise OAuthRefused("unauthorized_client", f"this client was not given the flow {flow}")


def _refuse_wrong_verifier(challenge: str | None, verifier: str) -> None:
    if challenge is None:
        if verifier:
            raise OAuthRefused(
                "invalid_grant", "a code_verifier was sent, and no code_challenge when asking for the code"
            )
        return
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(made, challenge):
        raise OAuthRefused("invalid_grant", "invalid code verifier")


async def _active(context: Context, user_id: Id) -> None:
    user = await account(context.store.database.main, user_id)
    if user is None or not user.is_active:
        raise OAuthRefused("invalid_grant", "inactive user")


GRANTS: Mapping[str, Callable[[Context, Mapping[str, str]], Awaitable[Granted]]] = {
    CLIENT_CREDENTIALS: client_credentials,
    PASSWORD: password,
    AUTHORIZATION_CODE: authorization_code,
    REFRESH_TOKEN: refresh_token,
    JWT_BEARER: jwt_bearer,
}
