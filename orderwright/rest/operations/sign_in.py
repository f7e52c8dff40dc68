"""Access tokens, who a user is, and versions."""

from __future__ import annotations

from typing import Any

from orderwright.rest.oauth.authorize import show_sign_in, take_sign_in_form
from orderwright.rest.oauth.identity import get_identity, userinfo
from orderwright.rest.oauth.revoke import introspect, revoke, revoke_by_query
from orderwright.rest.oauth.token import token
from orderwright.rest.operation import Handler, Operation
from orderwright.rest.soap.login import soap_enterprise, soap_enterprise_of, soap_partner, soap_partner_of
from orderwright.rest.versions import list_resources, list_versions

OAUTH = "/services/oauth2"
FORM = "application/x-www-form-urlencoded"
LOGIN = (
    '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><login xmlns="urn:partner.soap.sforce.com">'
    "<username>ada@example.com</username><password>…</password></login></Body></Envelope>"
)


def sign_in(method: str, path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """For everybody; the handler itself finds out who asks."""
    known: dict[str, Any] = {"absolute": True, "public": True, "tag": "Sign in"}
    return Operation(method, path, handler, summary, **known | about)


SIGN_IN = (
    sign_in(
        "POST", f"{OAUTH}/token", token, "Get an access token", media=FORM,
        example={"grant_type": "client_credentials", "client_id": "…", "client_secret": "…"},
    ),
    sign_in("GET", f"{OAUTH}/authorize", show_sign_in, "Sign in in the browser", answers="text/html"),
    sign_in(
        "POST", f"{OAUTH}/authorize", take_sign_in_form, "Send the forms of the sign-in page", media=FORM,
        answers="text/html", example={"do": "login", "username": "…", "password": "…"},
    ),
    sign_in("POST", f"{OAUTH}/revoke", revoke, "Take a token back", media=FORM, example={"token": "…"}),
    sign_in("GET", f"{OAUTH}/revoke", revoke_by_query, "Take a token back, sent in the query"),
    sign_in(
        "POST", f"{OAUTH}/introspect", introspect, "See what a token is good for", media=FORM,
        example={"token": "…", "client_id": "…", "client_secret": "…"},
    ),
    sign_in("GET", f"{OAUTH}/userinfo", userinfo, "See who the token's user is"),
    sign_in("GET", "/id/{organization}/{user}", get_identity, "See who the token's user is, at the identity URL"),
    *(
        sign_in(
            "POST", f"/services/Soap/{path}", handler, f"Sign in by SOAP ({which})", raw=True, media="text/xml",
            answers="text/xml", example=LOGIN,
        )
        for path, handler, which in (
            ("u/{soapVersion}", soap_partner, "partner"),
            ("u/{soapVersion}/{organization}", soap_partner_of, "partner, with the organization"),
            ("c/{soapVersion}", soap_enterprise, "enterprise"),
            ("c/{soapVersion}/{organization}", soap_enterprise_of, "enterprise, with the organization"),
        )
    ),
    Operation("GET", "/services/data", list_versions, "List the versions", absolute=True, public=True, tag="Versions"),
    Operation("GET", "", list_resources, "List the resources of a version", tag="Versions"),
)  # fmt: skip
