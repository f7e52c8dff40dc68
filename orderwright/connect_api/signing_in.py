"""How calls over HTTP sign in: with a token, which is asked for when there is none and renewed when it has ended."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import httpx

from orderwright.connect_api.exceptions import SessionException, exception_of
from orderwright.connect_api.wire import parsed

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105  # a path, no secret


class WithCredentials(httpx.Auth):
    """Signs in by the OAuth flow that `credentials` name. A subclass, as this is how httpx takes it."""

    requires_response_body = True

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = dict(credentials)
        self._token = ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send `request` with a token; once more with a new one, when the server knows that one no more."""
        if not self._token:
            self._token = _token_in((yield self._asking(request)))
        used = self._token
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code != HTTPStatus.UNAUTHORIZED:
            return
        if self._token == used:
            self._token = _token_in((yield self._asking(request)))
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _asking(self, request: httpx.Request) -> httpx.Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        before = request.url.path.partition("/services/")[0]
        url = request.url.copy_with(raw_path=(before + TOKEN_PATH).encode())
        return httpx.Request("POST", url, content=urlencode(self._credentials).encode(), headers=headers)


class WithToken(httpx.Auth):
    """Shows a token that somebody else asked for."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send `request` with the token."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def auth_of(
    client_id: str | None, client_secret: str | None, username: str | None, password: str | None, token: str | None
) -> httpx.Auth:
    """How to sign in with what is given: a token; a username and a password; or as the client itself.

    Raises TypeError when it is not enough.
    """
    if token is not None:
        return WithToken(token)
    if client_id is None:
        raise TypeError("say who calls: client_id and client_secret, with username and password for a user; or token")
    flow = "client_credentials" if username is None else "password"
    given = {
        "grant_type": flow, "client_id": client_id, "client_secret": client_secret,
        "username": username, "password": password,
    }  # fmt: skip
    return WithCredentials({name: value for name, value in given.items() if value is not None})


def _token_in(response: httpx.Response) -> str:
    """The token in an answer. Raises SessionException for a refusal."""
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise exception_of(response.status_code, response.text, lambda _: None)
    body = parsed(response.content)
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        raise SessionException(str(body["error"]), str(body["error_description"]), response.status_code)
    return str(body["access_token"])
