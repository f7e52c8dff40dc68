"""A small body of several parts, as people write it by hand, too: lines may end as they like."""

from __future__ import annotations

import re

from orderwright.rest.errors import HttpError
from orderwright.rest.inventory.multipart import BOUNDARY, NAME

END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


def parts_of(body: bytes, content_type: str) -> dict[str, bytes]:
    """The parts of a multipart/form-data body by their names. Raises HttpError."""
    found = BOUNDARY.search(content_type)
    if found is None:
        raise HttpError(
            "UNSUPPORTED_MEDIA_TYPE", "the Content-Type names no boundary; send multipart/form-data with one"
        )
    mark = re.escape((found[1] or found[2]).encode())
    pieces = re.split(rb"(?:^|\r?\n)--" + mark + rb"(?:--)?[ \t]*(?=\r?\n|$)", body)
    parts: dict[str, bytes] = {}
    for piece in pieces[1:]:
        headers, separator, content = _divided(piece)
        name = NAME.search(headers)
        if separator and name is not None:
            parts[name[1].decode("utf-8", "replace")] = content
    return parts


def _divided(piece: bytes) -> tuple[bytes, bool, bytes]:
    # a part begins with the line ending of its boundary
    found = END_OF_HEADERS.search(piece, 1)
    return (piece, False, b"") if found is None else (b" " + piece[: found.start()], True, piece[found.end() :])
