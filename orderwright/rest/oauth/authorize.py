"""/services/oauth2/authorize: a person signs in in the browser and says what a client may do (RFC 6749 section 4.1).

The page is reached with what the client asks for in the query; each form sends that along again, and it is checked
again. Every form carries a word that only our page can know: it is made from a cookie which other sites can neither
read nor set, and compared with it. Nothing goes to a `redirect_uri` that is not, letter by letter, one of the client's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.oauth.caller import form_of
from orderwright.rest.oauth.grants import AUTHORIZATION_CODE, scopes_for
from orderwright.rest.oauth.pages import consent_page, login_page, problem_page
from orderwright.rest.oauth.refusals import OAuthRefused
from orderwright.store.oauth import Client, find_client
from orderwright.store.oauth_grants import end_ticket, new_code, new_ticket, user_of_ticket
from orderwright.store.users import Account, LoginRefused, account, signed_in

COOKIE = "orderwright_sign_in"
TICKET = re.compile(r"[A-Za-z0-9_-]{43}")
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
KEPT = (
    "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    "login_hint",
)  # fmt: skip
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Asked(msgspec.Struct, frozen=True):
    """What a client asks for, checked so far that answers may go to it."""

    client: Client
    redirect_uri: str
    state: str | None
    parameters: Mapping[str, str]
    """As they came, for the forms."""


class Problem(Exception):
    """Something is wrong, and nobody but the person in front of the browser may be told."""


async def show_sign_in(context: Context) -> Answer:
    """Shows the login page of a client that wants to act for somebody, and the consent page to who is signed in."""
    return await _answered(context, dict(context.received.query), is_form=False)


async def take_sign_in_form(context: Context) -> Answer:
    """Takes the forms of the login page and the consent page, and leads back to the client with a code."""
    try:
        form = form_of(context.received)
    except OAuthRefused as refused:
        return Answer(400, problem_page(refused.description), HEADERS)
    return await _answered(context, form, is_form=True)


async def _answered(context: Context, form: Mapping[str, str], *, is_form: bool) -> Answer:
    try:
        asked = await _asked(context, form)
    except Problem as problem:
        return Answer(400, problem_page(str(problem)), HEADERS)
    try:
        scopes, challenge = scopes_for(asked.client, form.get("scope")), _challenge(asked.client, form)
    except OAuthRefused as refused:
        return _back(asked, error=refused.error, error_description=refused.description)
    ticket = _ticket(context)
    if not is_form:
        return await _page(context, asked, scopes, ticket)
    if ticket is None or not hmac.compare_digest(_word(ticket).encode(), form.get("word", "").encode()):
        return Answer(403, problem_page("This form is out of date, or not ours. Go back and try again."), HEADERS)
    if form.get("do") == "login":
        return await _login(context, asked, scopes, form)
    return await _decided(context, asked, scopes, challenge, ticket, allow=form.get("do") == "allow")


async def _asked(context: Context, form: Mapping[str, str]) -> Asked:
    client = await find_client(context.store.database.main, form.get("client_id", ""))
    if client is None or AUTHORIZATION_CODE not in client.flows:
        raise Problem("invalid_client_id: client identifier invalid")
    redirect_uri = form.get("redirect_uri") or (client.redirect_uris[0] if len(client.redirect_uris) == 1 else "")
    if redirect_uri not in client.redirect_uris:
        raise Problem("redirect_uri_mismatch: redirect_uri must match configuration")
    parameters = {name: form[name] for name in KEPT if form.get(name)} | {"redirect_uri": redirect_uri}
    return Asked(client, redirect_uri, form.get("state"), parameters)


def _challenge(client: Client, form: Mapping[str, str]) -> str | None:
    """The PKCE challenge (RFC 7636); a client without a secret has to send one. Raises OAuthRefused."""
    if form.get("response_type") != "code":
        raise OAuthRefused("unsupported_response_type", "response type must be code")
    challenge = form.get("code_challenge")
    if not challenge:
        if client.secret_hash is None:
            raise OAuthRefused("invalid_request", "missing required code challenge")
        return None
    # The platform knows no other method, and takes it for granted.
    if form.get("code_challenge_method", "S256") != "S256" or not CHALLENGE.fullmatch(challenge):
        raise OAuthRefused("invalid_request", "code_challenge must be the S256 challenge of a verifier")
    return challenge


async def _page(context: Context, asked: Asked, scopes: list[str], ticket: str | None) -> Answer:
    user = await _user_of(context, ticket)
    if ticket is not None and user is not None and context.received.query.get("prompt") != "login":
        return Answer(
            200, consent_page(asked.client.name, user.username, scopes, asked.parameters, _word(ticket)), HEADERS
        )
    return _login_page(context, asked)


def _login_page(context: Context, asked: Asked, status: int = 200, message: str = "") -> Answer:
    # the ticket there is stays, so that two tabs do not put each other out
    ticket = _ticket(context) or secrets.token_urlsafe(32)
    page = login_page(asked.client.name, asked.parameters, _word(ticket), message)
    return Answer(status, page, HEADERS | {"Set-Cookie": _cookie(context, ticket)})


async def _login(context: Context, asked: Asked, scopes: list[str], form: Mapping[str, str]) -> Answer:
    database, now = context.store.database, context.store.now()
    try:
        user = await signed_in(database, form.get("username", ""), form.get("password", ""), now)
    except LoginRefused:
        message = "Name and password do not let you in. After ten attempts you have to wait for 15 minutes."
        return _login_page(context, asked, 403, message)
    # another ticket than before: one that somebody else put here leads nowhere
    ticket = await new_ticket(database, user.id, now)
    page = consent_page(asked.client.name, user.username, scopes, asked.parameters, _word(ticket))
    return Answer(200, page, HEADERS | {"Set-Cookie": _cookie(context, ticket)})


async def _decided(
    context: Context, asked: Asked, scopes: list[str], challenge: str | None, ticket: str, *, allow: bool
) -> Answer:
    user = await _user_of(context, ticket)
    if user is None:
        return _login_page(context, asked, message="You were signed out. Sign in again.")
    if not allow:
        return _back(asked, error="access_denied", error_description="end-user denied authorization")
    database, now = context.store.database, context.store.now()
    code = await new_code(database, asked.client.client_id, user.id, scopes, asked.redirect_uri, challenge, now)
    await end_ticket(database, ticket, now)
    return _back(asked, code=code)


async def _user_of(context: Context, ticket: str | None) -> Account | None:
    database = context.store.database
    user_id: Id | None = None if ticket is None else await user_of_ticket(database, ticket, context.store.now())
    user = None if user_id is None else await account(database.main, user_id)
    return user if user is not None and user.is_active else None


def _back(asked: Asked, **answer: str) -> Answer:
    """To the client, with what its own redirect_uri had in its query kept."""
    parts = urlsplit(asked.redirect_uri)
    state = {} if asked.state is None else {"state": asked.state}
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *answer.items(), *state.items()])
    place = parts._replace(query=query, fragment="").geturl()
    return Answer(303, b"", {"Location": place, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _ticket(context: Context) -> str | None:
    try:
        cookies = SimpleCookie(context.received.headers.get("cookie", ""))
    except CookieError:
        return None
    found = cookies.get(COOKIE)
    return found.value if found is not None and TICKET.fullmatch(found.value) else None


def _cookie(context: Context, ticket: str) -> str:
    secure = "; Secure" if context.received.base_url.startswith("https:") else ""
    return f"{COOKIE}={ticket}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _word(ticket: str) -> str:
    """What a form of ours carries; who does not see the cookie cannot make it."""
    return hashlib.sha256(f"form:{ticket}".encode()).hexdigest()
