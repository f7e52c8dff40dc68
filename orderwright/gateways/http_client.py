"""One HTTP request over a connection of its own, and the one thing a payment needs to know of it: was anything sent?

Connections are not kept: a server that closes an idle one just as a request goes out would make it Indeterminate for
no reason. What a gateway itself takes is long beside a handshake.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

import httptools

LARGEST_ANSWER_BYTES = 1_000_000
_READ_BYTES = 65536


class NotSent(Exception):
    """No connection came about, so the other side has seen nothing. Says why."""


class NoAnswer(Exception):
    """Something was sent and no whole answer came back: the other side may have acted on it. Says why."""


class HttpAnswer(NamedTuple):
    """Names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def exchange(
    method: str, url: str, headers: Mapping[str, str], body: bytes, *, connect_seconds: float, answer_seconds: float
) -> HttpAnswer:
    """Return the answer, of any status; redirects are not followed. Raises NotSent and NoAnswer.

    `answer_seconds` counts from when the connection stands to the last byte of the answer.
    """
    place = urlsplit(url)
    try:
        async with asyncio.timeout(connect_seconds):
            reader, writer = await _connect(place)
    except TimeoutError:
        raise NotSent(f"no connection to {place.netloc} within {connect_seconds} seconds") from None
    except OSError as error:
        raise NotSent(f"no connection to {place.netloc}: {error}") from None
    try:
        async with asyncio.timeout(answer_seconds):
            writer.write(_request(method, place, headers, body))
            await writer.drain()
            return await _answer(reader)
    except TimeoutError:
        raise NoAnswer(f"no answer within {answer_seconds} seconds") from None
    except (OSError, httptools.HttpParserError) as error:
        raise NoAnswer(f"the answer was lost: {error}") from None
    finally:
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()


async def _connect(place: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    secure = place.scheme == "https"
    context = ssl.create_default_context() if secure else None
    return await asyncio.open_connection(place.hostname, place.port or (443 if secure else 80), ssl=context)


def _request(method: str, place: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    path = place.path + (f"?{place.query}" if place.query else "")
    fixed = {"Host": place.netloc, "Content-Length": str(len(body)), "Connection": "close"}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**fixed, **headers}.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def _answer(reader: asyncio.StreamReader) -> HttpAnswer:
    parts = _Parts()
    parser = httptools.HttpResponseParser(parts)
    while not parts.is_complete:
        data = await reader.read(_READ_BYTES)
        if not data:
            raise ConnectionError("the connection was closed in the middle")
        parser.feed_data(data)
        if parts.size > LARGEST_ANSWER_BYTES:
            raise ConnectionError(f"the answer is larger than {LARGEST_ANSWER_BYTES} bytes")
    return HttpAnswer(parser.get_status_code(), parts.headers, b"".join(parts.body))


class _Parts:
    """What the parser found so far."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.size = 0
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")
        self.size += len(name) + len(value)

    def on_body(self, body: bytes) -> None:
        self.body.append(body)
        self.size += len(body)

    def on_message_complete(self) -> None:
        self.is_complete = True
