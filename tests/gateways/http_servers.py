"""The example of the HTTP contract's other side, and servers that answer as a test wants them to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from orderwright.clock import system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.http_adapter import HttpConfiguration, HttpGateway
from orderwright.gateways.protocol import Capabilities
from orderwright.gateways.signing import sign

SECRET = Secret("a secret of at least thirty-two characters")
EXAMPLE = Path(__file__).parents[2] / "examples" / "http_gateway" / "server.py"
ALL = Capabilities(
    partial_capture=True, multiple_capture=True, partial_refund=True, void=True, reauthorize=True, needs_lines=False,
    asynchronous=True,
)  # fmt: skip

Reply = Callable[[str, str, bytes], tuple[int, dict[str, str], bytes]]
"""From the signature, method and body of a request to status, headers and body of the answer."""


def gateway_at(url: str, secret: Secret = SECRET, seconds: float = 5) -> HttpGateway:
    return HttpGateway(HttpConfiguration(url=url, shared_secret=secret, timeout_seconds=seconds), ALL, system_clock)


@asynccontextmanager
async def server_that(reply: Reply) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head[1:-2])}
        body = await reader.readexactly(int(headers["content-length"]))
        status, given, answer = reply(headers["orderwright-signature"], head[0].split()[0], body)
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(answer)}", *(f"{n}: {v}" for n, v in given.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + answer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def signed(status: int, content: object, about: str | None = None) -> Reply:
    def reply(signature: str, method: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        answer = json.dumps(content).encode()
        return status, sign(SECRET, f"ANSWER {status}", about or signature, answer, system_clock()), answer

    return reply
