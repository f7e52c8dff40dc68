"""Access tokens and versions."""

from __future__ import annotations

from orderwright.rest.oauth.token import token
from orderwright.rest.operation import Operation
from orderwright.rest.versions import list_resources, list_versions

SIGN_IN = (
    Operation(
        "POST", "/services/oauth2/token", token, "Get an access token",
        absolute=True, public=True, media="application/x-www-form-urlencoded", tag="Sign in",
        example={"grant_type": "client_credentials", "client_id": "…", "client_secret": "…"},
    ),
    Operation("GET", "/services/data", list_versions, "List the versions", absolute=True, public=True, tag="Versions"),
    Operation("GET", "", list_resources, "List the resources of a version", tag="Versions"),
)  # fmt: skip
