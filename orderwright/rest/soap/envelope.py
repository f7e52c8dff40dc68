"""SOAP envelopes, in and out, as the platform's clients read them: many look for elements without a prefix.

Source: SOAP API developer guide, "login()", "SoapFault" and "ExceptionCode" (documented); that elements of a result
have no prefix and that `exceptionCode` of a fault has `sf:` is observed in the clients that read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

import msgspec
from lxml import etree

from orderwright.rest.execute import Answer

MEDIA = {"Content-Type": "text/xml;charset=UTF-8"}
NAMESPACES = {"u": "urn:partner.soap.sforce.com", "c": "urn:enterprise.soap.sforce.com"}
FAULTS = {"u": "urn:fault.partner.soap.sforce.com", "c": "urn:fault.enterprise.soap.sforce.com"}
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
LARGEST_BYTES = 65_536

Result = Mapping[str, "str | bool | int | Result | None"]
"""Elements in their order: text, or more elements, or nothing (nil)."""


class Malformed(Exception):
    """What came is no SOAP message."""


class Message(msgspec.Struct, frozen=True):
    """A call: its name, its arguments, and the session in its header; namespaces are not looked at."""

    call: str
    arguments: dict[str, str]
    session_id: str | None


def read_message(body: bytes) -> Message:
    """The call in `body`. Entities and document types are refused, nothing outside is fetched. Raises Malformed."""
    if len(body) > LARGEST_BYTES:
        raise Malformed(f"the message is larger than {LARGEST_BYTES} bytes")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed(f"the message is not well-formed: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise Malformed("the message has a document type")
    soap_body = _child(root, "Body")
    call = None if soap_body is None else next(iter(_elements(soap_body)), None)
    if _name(root) != "Envelope" or call is None:
        raise Malformed("the message has no Envelope with a call in its Body")
    arguments = {_name(element): element.text or "" for element in _elements(call)}
    header = _child(root, "Header")
    session = None if header is None else _child(header, "SessionHeader")
    session_id = None if session is None else _child(session, "sessionId")
    return Message(_name(call), arguments, None if session_id is None else session_id.text)


def _elements(parent: etree._Element) -> list[etree._Element]:
    return [child for child in parent if isinstance(child.tag, str)]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in _elements(parent) if _name(child) == name), None)


def response(kind: str, call: str, result: Result | None) -> Answer:
    """The answer to `call`; `kind` is `u` for the partner API, `c` for the enterprise API."""
    inner = "" if result is None else f"<result>{_written(result)}</result>"
    body = f"<{call}Response>{inner}</{call}Response>"
    return Answer(200, _envelope(f' xmlns="{NAMESPACES[kind]}"', body), MEDIA)


def fault(kind: str, code: str, message: str, type_: str = "UnexpectedErrorFault") -> Answer:
    """A fault with the platform's exception code."""
    said = escape(message)
    body = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {said}</faultstring>"
        f'<detail><sf:{type_} xsi:type="sf:{type_}"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{said}</sf:exceptionMessage></sf:{type_}></detail></soapenv:Fault>"
    )
    return Answer(500, _envelope(f' xmlns:sf="{FAULTS[kind]}"', body), MEDIA)


def _envelope(namespace: str, body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{SOAP}"{namespace} '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    ).encode()


def _written(result: Result) -> str:
    return "".join(_element(name, value) for name, value in result.items())


def _element(name: str, value: str | bool | int | Result | None) -> str:
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, bool):
        return f"<{name}>{str(value).lower()}</{name}>"
    inner = _written(value) if isinstance(value, Mapping) else escape(str(value))
    return f"<{name}>{inner}</{name}>"
