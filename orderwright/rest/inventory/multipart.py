"""One file out of a multipart/form-data body, as it comes in: nothing is kept but what is looked at just now."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from orderwright.rest.errors import HttpError

LARGEST_HEADERS_BYTES = 16_384
BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
NAME = re.compile(rb'[;\s]name="?([^";\r\n]*)"?', re.IGNORECASE)


async def file_part(stream: AsyncIterator[bytes], content_type: str, name: str) -> AsyncIterator[bytes]:
    """The bytes of the part called `name`; other parts are passed over.

    Raises HttpError for another content type, for a body that is cut short, and for one without that part.
    """
    body = _Body(stream)
    mark = b"\r\n--" + _boundary(content_type)
    await body.skip_until(mark)
    while await body.goes_on():
        if _name_of(await body.headers()) == name:
            async for piece in body.until(mark):
                yield piece
            return
        await body.skip_until(mark)
    raise HttpError("REQUIRED_FIELD_MISSING", f"the body has no part called {name}; send the file as one")


def _boundary(content_type: str) -> bytes:
    media, _, rest = content_type.partition(";")
    found = BOUNDARY.search(rest)
    if media.strip().lower() != "multipart/form-data" or found is None:
        raise HttpError(
            "UNSUPPORTED_MEDIA_TYPE",
            f"the body is '{media.strip()}'; send multipart/form-data with a boundary, and the file as its part",
        )
    return (found[1] or found[2]).encode()


def _name_of(headers: bytes) -> str | None:
    """The name in a part's Content-Disposition."""
    for line in headers.split(b"\r\n"):
        if line.lower().startswith(b"content-disposition:"):
            found = NAME.search(line)
            return found[1].decode("utf-8", "replace") if found else None
    return None


class _Body:
    """The body so far as it came and was not taken yet."""

    def __init__(self, stream: AsyncIterator[bytes]) -> None:
        self._stream = stream
        # The first boundary may stand at the very start; all others follow the end of a line.
        self._buffer = bytearray(b"\r\n")

    async def _more(self) -> None:
        try:
            self._buffer += await anext(self._stream)
        except StopAsyncIteration:
            raise HttpError("JSON_PARSER_ERROR", "the multipart body ends early; send it whole") from None

    async def until(self, mark: bytes) -> AsyncIterator[bytes]:
        """What comes before `mark`, which is taken as well."""
        while (found := self._buffer.find(mark)) < 0:
            # The mark may have begun in what is at hand.
            ready = len(self._buffer) - len(mark) + 1
            if ready > 0:
                yield bytes(self._buffer[:ready])
                del self._buffer[:ready]
            await self._more()
        yield bytes(self._buffer[:found])
        del self._buffer[: found + len(mark)]

    async def skip_until(self, mark: bytes) -> None:
        async for _ in self.until(mark):
            pass

    async def goes_on(self) -> bool:
        """Whether a part follows the mark that was just taken."""
        while len(self._buffer) < 2:
            await self._more()
        return not self._buffer.startswith(b"--")

    async def headers(self) -> bytes:
        """The headers of a part, up to the empty line."""
        found = b""
        async for piece in self.until(b"\r\n\r\n"):
            found += piece
            if len(found) > LARGEST_HEADERS_BYTES:
                raise HttpError("JSON_PARSER_ERROR", "the headers of a part are too long")
        return found
