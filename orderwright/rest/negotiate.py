"""What form a request's answer has: JSON or XML, indented or not, compressed or not.

Source: REST API guide, "REST resources and requests" and "Use compression" (documented); Connect REST API guide,
"Connect REST API architecture" (documented).
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping

import msgspec

from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.operation import Operation
from orderwright.rest.properties import is_struct
from orderwright.rest.xml_bodies import MEDIA as XML
from orderwright.rest.xml_bodies import to_xml

JSON = "application/json"
SMALLEST_COMPRESSED = 2048
"""Bytes; below it, compressing costs more than it saves."""
MOST_MEMBERS = 100
"""Of a body in gzip, which may be several files of gzip, one after the other (RFC 1952 section 2.2)."""
CONNECT = "/commerce/"


def without_suffix(path: str) -> tuple[str, str | None]:
    """The path of a Connect resource without `.json` or `.xml`, and the media type it asks for; None without one."""
    if CONNECT in path:
        for suffix, media in ((".json", JSON), (".xml", XML)):
            if path.endswith(suffix):
                return path.removesuffix(suffix), media
    return path, None


def wants_xml(headers: Mapping[str, str], asked: str | None) -> bool:
    """Whether the answer is XML: by the path's suffix, else by the Accept header; what is neither means JSON."""
    if asked is not None:
        return asked == XML
    accept = headers.get("accept", "")
    return "xml" in accept and _weight(accept, (XML, "text/xml")) > _weight(accept, (JSON, "application/*", "*/*"))


def _weight(accept: str, medias: tuple[str, ...]) -> int:
    """The largest weight, in thousandths, that an Accept header gives one of `medias`."""
    largest = 0
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media in medias:
            named = next((p[2:] for p in parameters if p.startswith("q=")), "1")
            largest = max(largest, _thousandths(named))
    return largest


def _thousandths(text: str) -> int:
    whole, _, fraction = text.partition(".")
    digits = f"{whole[:2]}{fraction[:3]:0<3}"
    return int(digits) if digits.isdecimal() else 0


def formed(answer: Answer, headers: Mapping[str, str], operation: Operation | None, in_xml: bool) -> Answer:
    """`answer` in the form that the request asked for."""
    made = answer.headers
    content = answer.content
    is_json = content and made.get("Content-Type", JSON).startswith(JSON)
    if is_json and in_xml and speaks_xml(operation):
        content = to_xml(content, _root(answer, operation))
        made = {**made, "Content-Type": f"{XML};charset=UTF-8"}
    elif is_json and headers.get("x-prettyprint", "") in ("1", "true"):
        content = msgspec.json.format(content, indent=2)
    if len(content) >= SMALLEST_COMPRESSED and _takes_gzip(headers.get("accept-encoding", "")):
        content = gzip.compress(content, compresslevel=1, mtime=0)
        made = {**made, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    if content is answer.content:
        return answer
    return Answer(answer.status, content, made, answer.is_final)


def _takes_gzip(accepted: str) -> bool:
    return accepted == "gzip" or ("gzip" in accepted and _weight(accepted, ("gzip", "x-gzip")) > 0)


def speaks_xml(operation: Operation | None) -> bool:
    """Whether an operation takes and gives XML; payments do not (documented)."""
    return operation is None or (operation.manner != "plain" and not operation.pays)


def _root(answer: Answer, operation: Operation | None) -> str:
    output = operation.output if operation is not None and answer.succeeded else None
    if is_struct(output):
        return str(output.__name__)  # type: ignore[union-attr]  # is_struct says that it is a class
    return "Result" if answer.succeeded else "Error"


def uncompressed(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """A body that was sent compressed. Raises HttpError: another encoding, broken, or too large once unpacked."""
    if not body or encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", f"the body is compressed as '{encoding}'; use gzip, or send it plain")
    plain, left = b"", body
    for _ in range(MOST_MEMBERS):
        more, left = _unpacked(left, encoding, most_bytes - len(plain))
        plain += more
        if not left:
            return plain
    raise HttpError("JSON_PARSER_ERROR", f"the body is {encoding} of more than {MOST_MEMBERS} pieces; send it as one")


def _unpacked(body: bytes, encoding: str, most_bytes: int) -> tuple[bytes, bytes]:
    """What was packed at the start of `body`, and what stands after it."""
    # 47: gzip's and zlib's headers are told apart
    unpack = zlib.decompressobj(wbits=47)
    try:
        plain = unpack.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise HttpError("JSON_PARSER_ERROR", f"the body cannot be unpacked as {encoding}: {error}") from None
    if len(plain) > most_bytes:
        raise HttpError("REQUEST_LIMIT_EXCEEDED", "the body is larger than this server accepts; send it in parts")
    if not unpack.eof:
        raise HttpError("JSON_PARSER_ERROR", f"the body ends before its {encoding} does; send all of it")
    return plain, unpack.unused_data
