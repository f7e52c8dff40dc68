"""Answers that are sent while they are made: nobody holds a large result whole."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping

from orderwright.rest.context import Context
from orderwright.rest.execute import Answer

CSV = "text/csv;charset=UTF-8"
GZIP = 31
"""What tells zlib to write the format of gzip."""


def streamed(context: Context, pieces: AsyncIterator[bytes], headers: Mapping[str, str], media: str = CSV) -> Answer:
    """An answer of `pieces`, compressed where the client asks for it."""
    made = {**headers, "Content-Type": media}
    if "gzip" in context.received.headers.get("accept-encoding", ""):
        made |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        pieces = compressed(pieces)
    return Answer(200, b"", made, stream=pieces)


async def compressed(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`pieces` in the format of gzip."""
    pack = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    async for piece in pieces:
        packed = pack.compress(piece)
        if packed:
            yield packed
    yield pack.flush()
