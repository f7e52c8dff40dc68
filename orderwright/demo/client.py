"""A lean client of the HTTP API: connections that stay open, exact numbers, errors with the server's own words.

It waits for a server that is away, and repeats what only reads. A write whose answer never came is not repeated here:
it raises `Unanswered`, and whoever sent it finds out by reading whether it happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from orderwright.demo.answers import (
    NOT_AVAILABLE,
    ApiError,
    Part,
    Unanswered,
    Unreachable,
    as_decimal,
    bodies_of,
    result_of,
)
from orderwright.demo.connection import Connection

__all__ = ["ApiError", "Client", "Part", "Patience", "Unanswered", "Unreachable", "as_decimal"]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path, no secret
PATIENCE_SECONDS = 90
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
STILL_CARRIED_OUT = "IDEMPOTENCY_KEY_IN_USE"
"""The code for a key whose first request has no outcome yet; it may never get one, if the server was killed."""

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Client:
    """The API at one place, as one OAuth client. Any number of tasks may use it at once; each gets a connection."""

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        version: str = "67.0",
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._place = urlsplit(url.rstrip("/"))
        self._credentials = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self.base = f"/services/data/v{version}"
        self._patience_seconds = patience_seconds
        self._token = ""
        self._signing_in = asyncio.Lock()
        self._idle: list[Connection] = []

    async def get(self, path: str, **query: str) -> Any:
        """What `path`, relative to the version, answers. Raises ApiError and Unreachable."""
        return await self.request("GET", f"{path}?{urlencode(query, safe=',')}" if query else path)

    async def post(self, path: str, body: Any, key: str | None = None) -> Any:
        """What a POST answers; `key` is the idempotency key. Raises ApiError, Unanswered and Unreachable."""
        return await self.request("POST", path, body, key)

    async def patch(self, path: str, body: Any, key: str | None = None) -> Any:
        """What a PATCH answers. Raises as `post`."""
        return await self.request("PATCH", path, body, key)

    async def children(self, path: str, fields: str) -> list[Any]:
        """All records of a relationship: `sobjects/OrderSummary/{id}/OrderItemSummaries`."""
        page = await self.get(path, fields=fields)
        if not page["done"]:
            raise ApiError(
                f"GET {path}", 200, [{"message": f"it has {page['totalSize']} records, too many for one answer"}]
            )
        return list(page["records"])

    async def composite(self, parts: Sequence[Part], key: str | None = None) -> list[Any]:
        """What the parts answered, all of them done in one transaction. Raises ApiError for the part at fault, else as
        `post`."""
        output = await self.post("composite", {"allOrNone": True, "compositeRequest": self._requests(parts)}, key)
        return bodies_of(parts, output)

    async def read_together(self, paths: Sequence[str]) -> list[Any]:
        """What GET of each path (at most 25) answers. Raises ApiError for the first that is refused."""
        parts = [Part("GET", path, f"read{number}") for number, path in enumerate(paths)]
        request = {"allOrNone": False, "compositeRequest": self._requests(parts)}
        patience = Patience(self._patience_seconds)
        while True:
            try:
                return bodies_of(parts, await self._once("POST", "composite", request, None))
            except Unanswered as lost:
                await patience.pause(lost)

    def _requests(self, parts: Sequence[Part]) -> list[dict[str, Any]]:
        requests = [
            {"method": part.method, "url": f"{self.base}/{part.path}", "referenceId": part.name, "body": part.body}
            for part in parts
        ]
        return [{name: value for name, value in request.items() if value is not None} for request in requests]

    async def request(self, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The decoded answer; None for an empty one. `path` is relative to the version unless it begins with a slash.

        Raises ApiError, Unreachable, and for what is no GET Unanswered.
        """
        if method == "GET":
            return await self._repeated(method, path, body)
        return await self._once(method, path, body, key)

    async def _repeated(self, method: str, path: str, body: Any) -> Any:
        """A request that only reads: sent until it is answered."""
        patience = Patience(self._patience_seconds)
        while True:
            try:
                return await self._once(method, path, body, None)
            except Unanswered as lost:
                await patience.pause(lost)

    async def _once(self, method: str, path: str, body: Any, key: str | None) -> Any:
        target = path if path.startswith("/") else f"{self.base}/{path}"
        content = b"" if body is None else _encode(body)
        headers = {} if key is None else {"Idempotency-Key": key}
        token = self._token or await self._sign_in("")
        status, answer = await self._exchange(method, target, content, JSON, authorized(headers, token))
        if status == 401:
            # Tokens end; a second refusal is about something else.
            token = await self._sign_in(token)
            status, answer = await self._exchange(method, target, content, JSON, authorized(headers, token))
        try:
            return result_of(f"{method} {target}", status, answer)
        except ApiError as error:
            if error.error_code == STILL_CARRIED_OUT:
                raise Unanswered(str(error)) from error
            raise

    async def _sign_in(self, refused: str) -> str:
        """A token other than `refused`; tasks that ask at once share one."""
        async with self._signing_in:
            if self._token == refused:
                self._token = await self._new_token()
            return self._token

    async def _new_token(self) -> str:
        content = urlencode(self._credentials).encode()
        patience = Patience(self._patience_seconds)
        while True:
            try:
                status, answer = await self._exchange("POST", TOKEN_PATH, content, FORM, {})
            except Unanswered as lost:
                await patience.pause(lost)
            else:
                return str(result_of(f"POST {TOKEN_PATH}", status, answer)["access_token"])

    async def _exchange(
        self, method: str, target: str, content: bytes, media: str, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"{method} {self._place.path}{target} HTTP/1.1\r\nHost: {self._place.netloc}\r\nContent-Type: {media}\r\n"
            f"{lines}Content-Length: {len(content)}\r\n\r\n"
        )
        connection = await self._connection()
        try:
            status, answer = await connection.send(head.encode("latin-1") + content)
        except (ConnectionError, TimeoutError) as error:
            raise Unanswered(f"{method} {target}: {str(error) or 'no answer'}") from error
        if connection.is_open:
            self._idle.append(connection)
        if status in NOT_AVAILABLE:
            raise Unanswered(f"{method} {target}: the server is not available ({status})")
        return status, answer

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                return connection
        patience = Patience(self._patience_seconds)
        secure = self._place.scheme == "https"
        loop = asyncio.get_running_loop()
        while True:
            try:
                _, connection = await loop.create_connection(
                    Connection,
                    self._place.hostname or "",
                    self._place.port or (443 if secure else 80),
                    ssl=secure or None,
                )
            except OSError as error:
                await patience.pause(error)
            else:
                return connection

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()


class Patience:
    """Pauses that grow from `first_seconds` to `longest_seconds`, until `seconds` are over."""

    def __init__(
        self, seconds: float, first_seconds: float = FIRST_PAUSE_SECONDS, longest_seconds: float = LONGEST_PAUSE_SECONDS
    ) -> None:
        self._ends = time.monotonic() + seconds
        self._next_seconds = first_seconds
        self._longest_seconds = longest_seconds

    async def pause(self, reason: Exception) -> None:
        """Wait a little. Raises Unreachable, saying `reason`, when the time is over."""
        if time.monotonic() + self._next_seconds > self._ends:
            raise Unreachable(f"the server does not answer: {reason}") from reason
        await asyncio.sleep(self._next_seconds)
        self._next_seconds = min(2 * self._next_seconds, self._longest_seconds)


def authorized(headers: Mapping[str, str], token: str) -> dict[str, str]:
    """The headers with the token in them."""
    return {**headers, "Authorization": f"Bearer {token}"}
