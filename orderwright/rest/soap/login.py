"""POST /services/Soap/u/{version} and /services/Soap/c/{version}: login, logout, getUserInfo, getServerTimestamp.

That is what clients call to get a session; records are then read and written over REST. A session that begins here has
the rights of its user, as a token with the scope `api`, and lives as long.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from orderwright.objects.identity import to_15, to_18
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.operation import NEWEST_VERSION
from orderwright.rest.soap.envelope import Malformed, Message, Result, fault, read_message, response
from orderwright.store.oauth import ORGANIZATION, TokenOwner, end_token, issue_token
from orderwright.store.users import Account, LoginRefused, account, signed_in

OLDEST_SOAP = 20
"""Login needs nothing of a version: clients that ask for an old one are let in."""
VERSION = re.compile(r"(\d{2})\.0")
WRONG_LOGIN = "Invalid username, password, security token; or user locked out."
ENDED = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash"


class _Asked(msgspec.Struct, frozen=True):
    """One call, and where it came in."""

    context: Context
    kind: str
    version: str
    message: Message


async def soap_partner(context: Context, soap_version: str) -> Answer:
    """The sign-in calls of the partner SOAP API: login, logout, getUserInfo, getServerTimestamp."""
    return await _called(context, "u", soap_version)


async def soap_partner_of(context: Context, soap_version: str, organization: str) -> Answer:
    """The same at the address that a login answers with."""
    return await _called(context, "u", soap_version, organization)


async def soap_enterprise(context: Context, soap_version: str) -> Answer:
    """The sign-in calls of the enterprise SOAP API."""
    return await _called(context, "c", soap_version)


async def soap_enterprise_of(context: Context, soap_version: str, organization: str) -> Answer:
    """The same at the address that a login answers with."""
    return await _called(context, "c", soap_version, organization)


async def _called(context: Context, kind: str, version: str, organization: str = ORGANIZATION) -> Answer:
    known = VERSION.fullmatch(version)
    if known is None or not OLDEST_SOAP <= int(known[1]) <= NEWEST_VERSION:
        return fault(kind, "UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")
    if to_15(organization) != ORGANIZATION:
        return fault(kind, "INVALID_OPERATION", f"this server has no organization {organization}")
    try:
        message = read_message(context.received.body)
    except Malformed as problem:
        return fault(kind, "INVALID_SOAP_HEADER", str(problem))
    call = CALLS.get(message.call)
    if call is None:
        return fault(kind, "INVALID_OPERATION", f"{message.call} is not offered over SOAP; use the REST API for it")
    return await call(_Asked(context, kind, version, message))


async def _login(asked: _Asked) -> Answer:
    given, database = asked.message.arguments, asked.context.store.database
    now = asked.context.store.now()
    try:
        user = await signed_in(database, given.get("username", ""), given.get("password", ""), now)
    except LoginRefused:
        return fault(asked.kind, "INVALID_LOGIN", WRONG_LOGIN, "LoginFault")
    lifetime = dt.timedelta(seconds=asked.context.settings.token_lifetime_seconds)
    session_id = await issue_token(database, None, user.id, now, lifetime)
    place = f"{asked.context.received.base_url}/services/Soap"
    result: Result = {
        "metadataServerUrl": f"{place}/m/{asked.version}/{to_18(ORGANIZATION)}",
        "passwordExpired": False,
        "sandbox": False,
        "serverUrl": f"{place}/{asked.kind}/{asked.version}/{to_18(ORGANIZATION)}",
        "sessionId": session_id,
        "userId": to_18(user.id),
        "userInfo": _user_info(asked.context, user),
    }
    return response(asked.kind, "login", result)


async def _logout(asked: _Asked) -> Answer:
    if not await end_token(asked.context.store.database.main, asked.message.session_id or ""):
        return _no_session(asked.kind)
    asked.context.sessions.forget()
    return response(asked.kind, "logout", None)


async def _get_user_info(asked: _Asked) -> Answer:
    owner = await _owner(asked)
    user = None if owner is None else await account(asked.context.store.database.main, owner.user_id)
    if user is None:
        return _no_session(asked.kind)
    return response(asked.kind, "getUserInfo", _user_info(asked.context, user))


async def _get_server_timestamp(asked: _Asked) -> Answer:
    if await _owner(asked) is None:
        return _no_session(asked.kind)
    now = asked.context.store.now().astimezone(dt.UTC)
    text = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"
    return response(asked.kind, "getServerTimestamp", {"timestamp": text})


async def _owner(asked: _Asked) -> TokenOwner | None:
    try:
        return await asked.context.sessions.owner(asked.message.session_id)
    except HttpError:
        return None


def _no_session(kind: str) -> Answer:
    return fault(kind, "INVALID_SESSION_ID", ENDED)


def _user_info(context: Context, user: Account) -> Result:
    currency = context.settings.default_currency
    return {
        "accessibilityMode": False,
        "currencySymbol": None,
        "orgAttachmentFileSizeLimit": 0,
        "orgDefaultCurrencyIsoCode": currency,
        "orgDisallowHtmlAttachments": False,
        "orgHasPersonAccounts": False,
        "organizationId": to_18(ORGANIZATION),
        "organizationMultiCurrency": True,
        "organizationName": "Orderwright",
        "profileId": None,
        "roleId": None,
        "sessionSecondsValid": context.settings.token_lifetime_seconds,
        "userDefaultCurrencyIsoCode": currency,
        "userEmail": user.email,
        "userFullName": user.name,
        "userId": to_18(user.id),
        "userLanguage": "en_US",
        "userLocale": "en_US",
        "userName": user.username,
        "userTimeZone": "GMT",
        "userType": "Standard",
        "userUiSkin": "Theme3",
    }


CALLS: Mapping[str, Callable[[_Asked], Awaitable[Answer]]] = {
    "login": _login,
    "logout": _logout,
    "getUserInfo": _get_user_info,
    "getServerTimestamp": _get_server_timestamp,
}
