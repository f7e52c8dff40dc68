"""Who a token belongs to and what they may do. Answers are remembered a moment, so most requests cost no query.

What is remembered is forgotten at once in the process that a token is taken back through; other processes, and rights
that the command line changes, follow within `REMEMBERED_SECONDS`. That is true time, whatever the clock of the
instance shows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from orderwright.rest.errors import HttpError
from orderwright.store.oauth import TokenOwner, digest, token_owner
from orderwright.store.transaction import Store

REMEMBERED_SECONDS = 5
"""How long a token, or a right, that was taken back may still work."""
MOST_REMEMBERED = 10_000

MESSAGE = "Session expired or invalid"
SCHEMES = ("bearer", "oauth")
SESSION_HEADER = "x-sfdc-session"


class Sessions:
    """The tokens one process has seen lately. Unknown tokens are not remembered: the next request may know them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[bytes, tuple[float, TokenOwner]] = {}

    async def owner(self, token: str | None) -> TokenOwner:
        """The owner of `token`. Raises HttpError."""
        if not token:
            raise _refused("invalid_request", "no access token was sent; send 'Authorization: Bearer <token>'")
        token_hash, moment = digest(token), time.monotonic()
        seen = self._seen.get(token_hash)
        if seen is None or moment - seen[0] >= REMEMBERED_SECONDS:
            seen = (moment, await self._asked(token_hash))
            self._remember(token_hash, seen)
        if seen[1].expires_at <= self._store.now():
            raise _refused("invalid_token", "the access token has expired; ask /services/oauth2/token for a new one")
        return seen[1]

    def forget(self) -> None:
        """Ask again about every token: one was taken back, or rights have changed."""
        self._seen.clear()

    async def _asked(self, token_hash: bytes) -> TokenOwner:
        owner = await token_owner(self._store.database, token_hash)
        if owner is None or not owner.is_active:
            raise _refused("invalid_token", "the access token is not known; ask /services/oauth2/token for a new one")
        return owner

    def _remember(self, token_hash: bytes, seen: tuple[float, TokenOwner]) -> None:
        if len(self._seen) >= MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[token_hash] = seen


def token_in(headers: Mapping[str, str]) -> str | None:
    """The access token of a request: `Authorization: Bearer` or `OAuth`, or the header that Bulk API clients send."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() in SCHEMES and token.strip():
        return token.strip()
    return headers.get(SESSION_HEADER)


def _refused(error: str, why: str) -> HttpError:
    """As the platform says it; why, in the header that says how to sign in."""
    header = f'Bearer realm="orderwright", error="{error}", error_description="{why}"'
    return HttpError("INVALID_SESSION_ID", MESSAGE, headers={"WWW-Authenticate": header})
