"""simple-salesforce, signed in to the live server over HTTP or HTTPS."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import requests
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from tests.clients.live import Live


class OverHttp(HTTPAdapter):
    """simple-salesforce always says https; for the listener without it, its requests go out as http."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@contextmanager
def session_over(live: Live, scheme: str) -> Iterator[Session]:
    """A session that trusts the authority of `orderwright cert` as that says: because of a variable."""
    with requests.Session() as session, patch.dict(os.environ, {"REQUESTS_CA_BUNDLE": live.authority}):
        if scheme == "http":
            session.mount("https://", OverHttp())
        yield session


def connected(live: Live, scheme: str, session: Session, **more: Any) -> Salesforce:
    """Signed in as a client."""
    return Salesforce(
        consumer_key=live.client_id, consumer_secret=live.client_secret, domain=live.domain(scheme), session=session,
        **more,
    )  # fmt: skip
