"""A server that answers each request as a script says, and remembers what it was asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

HANG_UP = "hang up"
"""Instead of an answer: the connection is closed after the request was read."""


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@dataclass
class Script:
    """`answer` gets each request (but those for a token) and returns (status, JSON value or bytes), or HANG_UP."""

    answer: Callable[[Asked], Any]
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    tokens: int = 0
    url: str = ""

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while asked := await read_request(reader):
                answer = self.token() if asked.path == "/services/oauth2/token" else self.told(asked)
                if answer == HANG_UP:
                    break
                writer.write(as_http(*answer))
                await writer.drain()
        finally:
            writer.close()

    def token(self):
        self.tokens += 1
        return 200, {"access_token": f"token{self.tokens}"}

    def told(self, asked):
        self.asked.append(asked)
        return self.answer(asked)


async def read_request(reader):
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode().strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return Asked(method, path, headers, await reader.readexactly(int(headers["content-length"])))


def as_http(status, content):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@asynccontextmanager
async def scripted(answer) -> AsyncIterator[Script]:
    script = Script(answer)

    async def serve(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await script.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    script.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield script
    finally:
        server.close()
