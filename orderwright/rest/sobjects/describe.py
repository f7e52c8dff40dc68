"""GET /sobjects, /sobjects/{objectName} and /sobjects/{objectName}/describe: all from the definitions.

What describe says of a field or an object is what the server enforces: both ask the same functions
(`write_record.may_create`, `may_update`, `delete_record.may_delete`) and the same rights.
"""

from __future__ import annotations

import hashlib
from typing import Any

from orderwright.decisions.delete_record import may_delete
from orderwright.decisions.write_record import CREATED_BY_CALLER, is_changeable
from orderwright.objects.address import address_fields
from orderwright.objects.definition import Definition
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import Undone
from orderwright.rest.execute import Answer
from orderwright.rest.sobjects.describe_field import describe_address, describe_field
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.sobjects.recent import recent_records
from orderwright.soql.searched import is_searchable

MASTER_RECORD_TYPE = {
    "active": True, "available": True, "defaultRecordTypeMapping": True, "developerName": "Master", "master": True,
    "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {},
}  # fmt: skip
"""There are no record types: every record is of the one that every object has."""

NEVER = dict.fromkeys(
    (
        "activateable", "custom", "customSetting", "deepCloneable", "deprecatedAndHidden", "feedEnabled", "hasSubtypes",
        "isInterface", "isSubtype", "layoutable", "mergeable", "mruEnabled", "triggerable", "undeletable",
    ),
    False,
)  # fmt: skip
"""What no object here does."""

OF_NO_OBJECT: dict[str, Any] = {
    "actionOverrides": [], "associateEntityType": None, "associateParentEntity": None, "compactLayoutable": False,
    "defaultImplementation": None, "extendedBy": None, "extendsInterfaces": None, "implementedBy": None,
    "implementsInterfaces": None, "listviewable": None, "lookupLayoutable": None, "namedLayoutInfos": [],
    "networkScopeFieldName": None, "searchLayoutable": False, "sobjectDescribeOption": "FULL",
}  # fmt: skip


async def list_objects(context: Context) -> dict[str, Any]:
    """Lists all objects that the caller has a right on, and what may be done with their records."""
    known = [
        definition
        for definition in context.schema.by_lower_name.values()
        if definition.about.since <= context.version and context.rights.may_describe(definition.name)
    ]
    shown = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_head(context, d) for d in known]}
    return _tagged(context, shown)


async def get_object(context: Context, object_name: str) -> dict[str, Any]:
    """Describes an object briefly, with the records of it that the caller made last."""
    definition = object_called(context, object_name)
    recent = await recent_records(context, [definition.name], 10) if context.rights.may_read(definition.name) else []
    return {"objectDescribe": _head(context, definition), "recentItems": recent}


async def describe_object(context: Context, object_name: str) -> dict[str, Any]:
    """Describes an object with its fields: type, length, picklist values, references, and whether callers set them.

    Fields that the caller has no right on are left out, and so are relationships to objects that it has none on.
    The answer has an ETag: sent again as If-None-Match, it is answered 304 while nothing changed.
    """
    definition = object_called(context, object_name)
    fields = [
        describe_field(definition, f, context.picklists, context.rights)
        for f in definition.by_wire_name.values()
        if f.since <= context.version and context.rights.may_describe(definition.name, f.wire_name)
    ]
    fields += [describe_address(prefix) for prefix in definition.about.addresses if _knows(context, definition, prefix)]
    shown = _head(context, definition) | {
        **OF_NO_OBJECT,
        "fields": fields,
        "childRelationships": _children(context, definition),
        "recordTypeInfos": [MASTER_RECORD_TYPE],
        "supportedScopes": [{"label": f"All {_plural(definition).lower()}", "name": "everything"}],
    }
    return _tagged(context, shown)


def _knows(context: Context, definition: Definition, prefix: str) -> bool:
    parts = address_fields(definition, prefix)
    return all(context.rights.may_describe(definition.name, part.wire_name) for part in parts)


def _tagged(context: Context, shown: dict[str, Any]) -> dict[str, Any]:
    """`shown`, with its ETag; as 304 without a body when the caller has it already."""
    tag = f'"{hashlib.sha256(to_json(shown)).hexdigest()[:32]}"'
    context.headers_out["ETag"] = tag
    known = context.received.headers.get("if-none-match", "")
    if tag in (part.strip().removeprefix("W/") for part in known.split(",")):
        raise Undone(Answer(304, b"", {"ETag": tag}), 304)
    return shown


def _plural(definition: Definition) -> str:
    return definition.about.plural or f"{definition.about.label}s"


def _head(context: Context, definition: Definition) -> dict[str, Any]:
    about, rights, name = definition.about, context.rights, definition.name
    base = f"/services/data/v{context.version}.0/sobjects/{name}"
    read = rights.may_read(name)
    return {
        **NEVER,
        "name": name,
        "label": about.label,
        "labelPlural": _plural(definition),
        "keyPrefix": about.key_prefix,
        "createable": name in CREATED_BY_CALLER and rights.may_create(name),
        "updateable": is_changeable(definition) and rights.may_edit(name),
        "deletable": may_delete(definition) and rights.may_delete(name),
        "queryable": "query" in about.calls and read,
        "retrieveable": "retrieve" in about.calls and read,
        "replicateable": read,
        "searchable": is_searchable(definition) and read,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def _children(context: Context, definition: Definition) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": field.cascade,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.wire_name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": field.children,
            "restrictedDelete": False,
        }
        for child in context.schema.by_lower_name.values()
        for field in (*child.stored.values(), *child.customs.values())
        if definition.name in field.to
        and not field.internal
        and max(child.about.since, field.since) <= context.version
        and context.rights.may_describe(child.name, field.wire_name)
    ]
