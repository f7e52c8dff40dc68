"""The records of an XML batch as those of a JSON batch would be."""

from __future__ import annotations

from typing import Any

from lxml import etree

from orderwright.decisions.read_bulk import InvalidBatch

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


def read_xml(raw: bytes) -> list[dict[str, Any]]:
    """The records in `sObjects`. What is left empty is left alone; `xsi:nil` sets to null. Raises InvalidBatch.

    Source: Bulk API guide, "Valid XML and JSON Records", "Relationship Fields in Records" (documented).
    """
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise InvalidBatch(f"the batch is not well-formed XML: {error}") from None
    if root.getroottree().docinfo.doctype or etree.QName(root).localname != "sObjects":
        raise InvalidBatch("the batch is no XML of records; send sObjects with an sObject for each record")
    return [_record(element) for element in _children(root)]


def _record(element: etree._Element) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for child in _children(element):
        name, inside = etree.QName(child).localname, _children(child)
        if child.get(NIL) in ("true", "1"):
            record[name] = None
        elif inside:
            record[name] = _related(inside[0])
        elif child.text:
            record[name] = child.text
    return record


def _related(element: etree._Element) -> dict[str, Any]:
    inner = {etree.QName(child).localname: child.text or "" for child in _children(element)}
    type_ = inner.pop("type", None)
    return inner if type_ is None else {"attributes": {"type": type_}, **inner}


def _children(element: etree._Element) -> list[etree._Element]:
    return [child for child in element if isinstance(child.tag, str)]
