"""JSON and XML, indented and compressed: the same answer in every form that a client may ask for.

Source: REST API guide, "REST resources and requests", "Use compression"; Connect REST API guide, "Connect REST API
architecture".
"""

import gzip
import json
import zlib
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.rest.calling import BASE, Caller
from tests.rest.changing import SUMMARIES, place

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def tree_of(answer: httpx.Response) -> Any:
    """An XML answer as nested plain values: lists for elements that hold items, None for nil."""
    assert answer.headers["content-type"] == "application/xml;charset=UTF-8", answer.text
    return value_of(etree.fromstring(answer.content))


def value_of(element: Any) -> Any:
    if element.get(NIL) == "true":
        return None
    names = [child.tag for child in element]
    if names and names == [names[0]] * len(names) and element.tag == f"{names[0]}s":
        return [value_of(child) for child in element]
    return {child.tag: value_of(child) for child in element} if names else (element.text or "")


def as_text(value: Any) -> Any:
    """JSON's values as XML writes them."""
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [as_text(inner) for inner in value] or ""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


async def send(api: Caller, method: str, path: str, content: bytes | None = None, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await api.http.request(method, BASE + path, content=content, headers=named)


@pytest.mark.parametrize("form", ["wrapped", "repeated", "namespaced"])
async def test_an_input_in_xml_means_what_it_means_in_json(api: Caller, form: str):
    placed = await place(api)
    path = f"{SUMMARIES}/{placed.summary}/actions/preview-cancel"
    body = placed.of("mug", delivery=True)
    wanted = await api.send("POST", path, body)
    [item] = body["changeItems"]
    inside = "".join(f"<{name}>{as_text(value)}</{name}>" for name, value in item.items())
    text = {
        "wrapped": f"<changeInput><changeItems><changeItem>{inside}</changeItem></changeItems></changeInput>",
        "repeated": f"<changeInput><changeItems>{inside}</changeItems></changeInput>",
        "namespaced": f'<c:changeInput xmlns:c="urn:x"><changeItems>{inside}</changeItems></c:changeInput>',
    }[form]
    answer = await send(api, "POST", path, text.encode("utf-16"), content_type="application/xml")
    assert (answer.status_code, answer.json()) == (201, wanted.json())


@pytest.mark.parametrize(("suffix", "accept"), [("", "application/xml"), (".xml", "application/json")])
async def test_an_answer_in_xml_says_what_json_says(api: Caller, suffix: str, accept: str):
    placed = await place(api)
    path = f"{SUMMARIES}/{placed.summary}/actions/preview-cancel"
    wanted = await api.send("POST", path, placed.of("mug"))
    content = json.dumps(placed.of("mug"), default=str).encode()
    answer = await send(api, "POST", path + suffix, content, accept=accept, content_type="application/json")
    assert answer.status_code == 201
    assert tree_of(answer) == as_text(json.loads(wanted.content, parse_float=str))


@pytest.mark.parametrize(
    ("accept", "is_xml"),
    [
        ("application/xml", True),
        ("text/xml", True),
        ("application/xml;q=0.9, application/json;q=0.8", True),
        ("application/json, application/xml", False),
        ("*/*, application/xml;q=0.5", False),
        ("text/html", False),
        ("application/xml;q=nonsense", False),
        ("application/xml;q=" + "9" * 5000, True),
    ],
)
async def test_the_accept_header_chooses(api: Caller, accept: str, is_xml: bool):
    answer = await send(api, "GET", "/sobjects/Nonsense/describe", accept=accept)
    assert answer.status_code == 404
    if is_xml:
        assert [error["errorCode"] for error in tree_of(answer)] == ["NOT_FOUND"]
    else:
        assert answer.json()[0]["errorCode"] == "NOT_FOUND"


async def test_a_record_can_be_made_and_read_in_xml(api: Caller):
    made = await send(
        api, "POST", "/sobjects/Account", b"<Account><Name>Ada &amp; Co</Name><BillingCity/></Account>",
        content_type="application/xml", accept="application/xml",
    )  # fmt: skip
    result = tree_of(made)
    assert (made.status_code, result["success"]) == (201, "true")
    read = await send(api, "GET", f"/sobjects/Account/{result['id']}", accept="application/xml")
    assert tree_of(read)["Name"] == "Ada & Co"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no xml",
        b"<a><b></a>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><changeInput>&e;</changeInput>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><changeInput/>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<a>" * 100 + b"x" + b"</a>" * 100,
    ],
    ids=["empty", "text", "unclosed", "entity", "external", "very deep", "deep"],
)
async def test_what_is_no_plain_xml_is_refused(api: Caller, body: bytes):
    answer = await send(api, "POST", "/sobjects/Account", body, content_type="application/xml")
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] in {"XML_PARSER_ERROR", "JSON_PARSER_ERROR"}


async def test_a_comment_does_not_cut_a_value_off(api: Caller):
    """`1<!-- -->0` is ten: of a value with a comment only what stood before it was read, so a ten became a one."""
    body = b"<Account><Name>Ada<!-- Ltd -->gio<?x y?></Name></Account>"
    answer = await send(api, "POST", "/sobjects/Account", body, content_type="application/xml")
    assert (await api.read("Account", answer.json()["id"]))["Name"] == "Adagio"


async def test_payments_speak_no_xml(api: Caller):
    answer = await send(api, "POST", "/commerce/payments/sales", b"<sale/>", content_type="application/xml")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_body_may_be_compressed(api: Caller, encoding: str, pack: Any):
    content = pack(b'{"Name": "Ada"}')
    answer = await send(
        api, "POST", "/sobjects/Account", content, content_type="application/json", content_encoding=encoding
    )
    assert answer.status_code == 201
    assert (await api.read("Account", answer.json()["id"]))["Name"] == "Ada"


@pytest.mark.parametrize(
    ("encoding", "content", "status"),
    [
        ("gzip", b'{"Name": "Ada"}', 400),
        ("gzip", gzip.compress(b'{"Name": "Ada"}')[:-6], 400),
        ("br", b"\x0b", 415),
        ("gzip", gzip.compress(b" " * 200_000_000, compresslevel=9), 413),
    ],
    ids=["not compressed", "cut off", "another encoding", "bomb"],
)
async def test_what_cannot_be_unpacked_is_refused(api: Caller, encoding: str, content: bytes, status: int):
    answer = await send(
        api, "POST", "/sobjects/Account", content, content_type="application/json", content_encoding=encoding
    )
    assert answer.status_code == status


async def test_a_body_may_be_several_files_of_gzip_but_not_any_number(api: Caller):
    body = json.dumps({"Name": "Ada"}).encode()
    both = gzip.compress(body[:5]) + gzip.compress(body[5:])
    about = {"content_type": "application/json", "content_encoding": "gzip"}
    assert (await send(api, "POST", "/sobjects/Account", both, **about)).status_code == 201
    many = gzip.compress(b" ") * 200 + gzip.compress(body)
    assert (await send(api, "POST", "/sobjects/Account", many, **about)).status_code == 400
    assert (await send(api, "POST", "/sobjects/Account", gzip.compress(body) + b"{}", **about)).status_code == 400


async def test_a_long_answer_is_compressed_for_whoever_takes_it(api: Caller):
    long = await send(api, "GET", "/sobjects", accept_encoding="gzip, deflate")
    plain = await send(api, "GET", "/sobjects", accept_encoding="identity")
    assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
    unwanted = await send(api, "GET", "/sobjects", accept_encoding="gzip;q=0, identity")
    assert all("content-encoding" not in answer.headers for answer in (plain, unwanted))
    assert long.content == plain.content


async def test_an_answer_is_indented_on_demand(api: Caller):
    plain = await send(api, "GET", "/sobjects/Account")
    pretty = await send(api, "GET", "/sobjects/Account", x_prettyprint="1")
    assert b"\n" not in plain.content
    assert pretty.content.startswith(b'{\n  "')
    assert pretty.json() == plain.json()


@pytest.mark.parametrize("path", ["/sobjects/Account/", "/sobjects/", "/"])
async def test_a_slash_at_the_end_changes_nothing(api: Caller, path: str):
    with_slash, without = await send(api, "GET", path), await send(api, "GET", path.rstrip("/"))
    assert (with_slash.status_code, with_slash.content) == (200, without.content)


async def test_a_body_in_chunks_is_one_body(api: Caller):
    async def chunks():
        for piece in (b'{"Na', b'me": "A', b'da"}'):
            yield piece

    answer = await api.http.post(
        f"{BASE}/sobjects/Account", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 201


async def test_head_answers_as_get_does(api: Caller):
    answer = await send(api, "HEAD", "/sobjects/Account")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json;charset=UTF-8")
