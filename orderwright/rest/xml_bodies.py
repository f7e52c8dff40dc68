"""Bodies in XML, in and out: the same inputs and outputs, with elements for properties.

What comes in is brought into the shape of decoded JSON, so that one reader checks both. A list is taken in both forms
the manual shows: its element repeated, or one element that holds an element for each item. What goes out has one
element that holds an element for each item, named after one of them.

Source: Connect REST API guide, "Connect REST API architecture" (media types, documented) and "Specify response sizes"
(list elements hold named items, documented); REST API guide, "REST resources and requests" (documented). The names of
the roots of answers are not documented.
"""

from __future__ import annotations

import functools
import re
import typing
from typing import Any

import msgspec
from lxml import etree

from orderwright.rest.errors import HttpError
from orderwright.rest.properties import is_struct, optional_of, properties_of, unwrapped

MEDIA = "application/xml"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NOT_IN_NAMES = re.compile(r"[^\w.-]", re.ASCII)
DEEPEST = 50
_EXACTLY = msgspec.json.Decoder(float_hook=str)


def parse_xml(raw: bytes, hint: Any) -> Any:
    """The body as decoded JSON would be, numbers and booleans still as text. `hint` is the input's declared type.

    Raises HttpError for what is no XML, holds a document type, or is nested too deeply.
    """
    # a comment inside a value would end it: 1<!-- -->0 is 10
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise HttpError("XML_PARSER_ERROR", f"the body is not well-formed XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise HttpError("XML_PARSER_ERROR", "the body has a document type; send the elements alone")
    return _value(root, hint, 0)


def _value(element: etree._Element, hint: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise HttpError("XML_PARSER_ERROR", f"the body is nested more than {DEEPEST} deep; send flat objects")
    if element.get(NIL) in ("true", "1"):
        return None
    bare = _inside(hint)
    if is_struct(bare):
        return _object(element, _hints(bare), depth)
    children = _children(element)
    if children:
        return _object(element, {}, depth)
    return element.text or ""


def _object(element: etree._Element, hints: dict[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, list[etree._Element]] = {}
    for child in _children(element):
        found.setdefault(_name(child), []).append(child)
    return {name: _property(elements, hints.get(name), depth + 1) for name, elements in found.items()}


def _property(elements: list[etree._Element], hint: Any, depth: int) -> Any:
    item = _item_of(hint)
    if item is not None:
        return [_value(element, item, depth) for element in _items(elements, item)]
    values = [_value(element, hint, depth) for element in elements]
    return values[0] if len(values) == 1 else values


def _items(elements: list[etree._Element], item: Any) -> list[etree._Element]:
    """The elements of a list's items, whichever form the list is sent in."""
    if len(elements) > 1:
        return elements
    inside = _children(elements[0])
    bare = _inside(item)
    own = _hints(bare) if is_struct(bare) else {}
    if inside and not any(_name(child) in own for child in inside):
        return inside
    return elements if inside or (elements[0].text or "").strip() else []


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _inside(hint: Any) -> Any:
    bare, _ = unwrapped(hint)
    inner = optional_of(bare)
    return bare if inner is None else unwrapped(inner)[0]


def _item_of(hint: Any) -> Any | None:
    bare = _inside(hint)
    return typing.get_args(bare)[0] if typing.get_origin(bare) in (list, tuple) else None


@functools.cache
def _hints(type_: type) -> dict[str, Any]:
    return {name: p.hint for p in properties_of(type_) for name in (p.wire_name, *p.aliases)}


def to_xml(content: bytes, root: str) -> bytes:
    """JSON text as XML in UTF-8 under an element named `root`; errors stand under `Errors`, each an `Error`."""
    value = _EXACTLY.decode(content)
    if isinstance(value, list):
        item = "Error" if value and isinstance(value[0], dict) and "errorCode" in value[0] else root
        top = etree.Element(f"{item}s")
        for part in value:
            _write(top, item, part)
    else:
        top = etree.Element(root)
        _fill(top, value)
    return etree.tostring(top, encoding="UTF-8", xml_declaration=True)


def _write(parent: etree._Element, name: str, value: Any) -> None:
    _fill(etree.SubElement(parent, _as_name(name)), value)


def _fill(element: etree._Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _write(element, name, inner)
    elif isinstance(value, list):
        name = _one_of(_name(element))
        for inner in value:
            _write(element, name, inner)
    elif value is None:
        element.set(NIL, "true")
    else:
        element.text = UNWRITABLE.sub("\ufffd", _text(value))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _one_of(plural: str) -> str:
    """The name of an item: `changeItems` holds `changeItem`."""
    if plural.endswith("ies"):
        return plural.removesuffix("ies") + "y"
    return plural.removesuffix("s") if plural.endswith("s") and not plural.endswith("ss") else "item"


def _as_name(name: str) -> str:
    """`name` as an element may be called: answers have names that callers chose, too."""
    safe = NOT_IN_NAMES.sub("_", name)
    return safe if safe[:1].isalpha() or safe[:1] == "_" else f"_{safe}"
