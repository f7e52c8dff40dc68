"""Who a token's user is: /services/oauth2/userinfo and the identity URL /id/{organization}/{user}.

Source: "Identity URLs" and "Query for user information" of the platform's help (documented), 403 with a word in plain
text for a token that is none included. What we do not keep of a user (photos, phone numbers, addresses) is left out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from orderwright.objects.identity import to_15, to_18
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.oauth.session import token_in
from orderwright.rest.oauth.token import identity_url
from orderwright.store.oauth import ORGANIZATION, TokenOwner
from orderwright.store.users import Account, account

PLAIN = {"Content-Type": "text/plain;charset=UTF-8"}
MAY_SEE = frozenset({"id", "openid", "profile", "full", "api", "web"})
URLS = {
    "enterprise": "/services/Soap/c/{version}/",
    "partner": "/services/Soap/u/{version}/",
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
}


async def userinfo(context: Context) -> Answer:
    """Who the token's user is, in the names of OpenID Connect."""
    owner, user = await _owner(context)
    if owner is None or user is None:
        return _not_signed_in(context)
    return Answer(200, to_json(_claims(context.received.base_url, user)))


async def get_identity(context: Context, organization: str, user: str) -> Answer:
    """Who the token's user is, at the `id` that came with the token. Of other users it says nothing."""
    owner, found = await _owner(context)
    if owner is None or found is None:
        return _not_signed_in(context)
    if to_15(organization) != ORGANIZATION or to_15(user) != owner.user_id:
        return Answer(403, b"Wrong_Id", PLAIN)
    return Answer(200, to_json(_identity(context.received.base_url, found)))


async def _owner(context: Context) -> tuple[TokenOwner | None, Account | None]:
    sent = token_in(context.received.headers) or context.received.query.get("oauth_token")
    try:
        owner = await context.sessions.owner(sent)
    except HttpError:
        return None, None
    user = await account(context.store.database.main, owner.user_id)
    return (owner, user) if owner.scopes & MAY_SEE else (None, None)


def _not_signed_in(context: Context) -> Answer:
    sent = token_in(context.received.headers) or context.received.query.get("oauth_token")
    return Answer(403, b"Bad_OAuth_Token" if sent else b"Missing_OAuth_Token", PLAIN)


def _urls(base_url: str) -> dict[str, str]:
    return {name: base_url + path for name, path in URLS.items()}


def _moment(user: Account) -> str | None:
    moment = user.last_modified_date
    return None if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _claims(base_url: str, user: Account) -> dict[str, Any]:
    first, _, last = user.name.rpartition(" ")
    return {
        "sub": identity_url(base_url, user.id),
        "user_id": to_18(user.id),
        "organization_id": to_18(ORGANIZATION),
        "preferred_username": user.username,
        "nickname": user.username.partition("@")[0],
        "name": user.name,
        "email": user.email,
        "email_verified": False,
        "given_name": first or None,
        "family_name": last,
        "zoneinfo": "GMT",
        "urls": _urls(base_url),
        "active": user.is_active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "updated_at": _moment(user),
    }


def _identity(base_url: str, user: Account) -> dict[str, Any]:
    first, _, last = user.name.rpartition(" ")
    return {
        "id": identity_url(base_url, user.id),
        "asserted_user": True,
        "user_id": to_18(user.id),
        "organization_id": to_18(ORGANIZATION),
        "username": user.username,
        "nick_name": user.username.partition("@")[0],
        "display_name": user.name,
        "email": user.email,
        "email_verified": False,
        "first_name": first or None,
        "last_name": last,
        "timezone": "GMT",
        "urls": _urls(base_url),
        "active": user.is_active,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "last_modified_date": _moment(user),
        "is_app_installed": True,
    }
