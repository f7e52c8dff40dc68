"""Who a bearer token belongs to. Answers are remembered for a moment, so that most requests cost no query."""

from __future__ import annotations

import datetime as dt

from orderwright.rest.errors import HttpError
from orderwright.store.oauth import TokenOwner, digest, token_owner
from orderwright.store.transaction import Store

REMEMBERED_SECONDS = 30
"""How long a token that was taken back may still work."""
MOST_REMEMBERED = 10_000


class Sessions:
    """The tokens one process has seen lately. Unknown tokens are not remembered: the next request may know them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[bytes, tuple[dt.datetime, TokenOwner]] = {}

    async def owner(self, authorization: str | None) -> TokenOwner:
        """The owner of the token in an Authorization header. Raises HttpError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() not in ("bearer", "oauth") or not token:
            raise _refused("no access token was sent; send 'Authorization: Bearer <token>'")
        token_hash, now = digest(token.strip()), self._store.now()
        seen = self._seen.get(token_hash)
        if seen is None or now - seen[0] >= dt.timedelta(seconds=REMEMBERED_SECONDS) or now < seen[0]:
            seen = (now, await self._asked(token_hash))
            self._remember(token_hash, seen)
        if seen[1].expires_at <= now:
            raise _refused("the access token has expired; ask /services/oauth2/token for a new one")
        return seen[1]

    async def _asked(self, token_hash: bytes) -> TokenOwner:
        owner = await token_owner(self._store.database, token_hash)
        if owner is None:
            raise _refused("the access token is not known; ask /services/oauth2/token for a new one")
        return owner

    def _remember(self, token_hash: bytes, seen: tuple[dt.datetime, TokenOwner]) -> None:
        if len(self._seen) >= MOST_REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[token_hash] = seen


def _refused(message: str) -> HttpError:
    return HttpError("INVALID_SESSION_ID", message, headers={"WWW-Authenticate": 'Bearer realm="orderwright"'})
