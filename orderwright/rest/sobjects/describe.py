"""GET /sobjects, /sobjects/{objectName} and /sobjects/{objectName}/describe: all from the definitions."""

from __future__ import annotations

from typing import Any

from orderwright.decisions.write_record import CREATED_BY_CALLER
from orderwright.objects.definition import Definition, Field
from orderwright.objects.picklists import Picklists
from orderwright.objects.registry import BY_LOWER_NAME, BY_NAME
from orderwright.rest.context import Context
from orderwright.rest.sobjects.names import object_called

LONGEST = {"id": 18, "reference": 18, "email": 80, "phone": 40, "picklist": 255, "string": 255, "url": 255}
PRECISION = 18


async def list_objects(context: Context) -> dict[str, Any]:
    """Lists all objects, and what may be done with their records."""
    known = [d for d in BY_LOWER_NAME.values() if d.about.since <= context.version]
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [_head(d, context.version) for d in known]}


async def get_object(context: Context, object_name: str) -> dict[str, Any]:
    """Describes an object briefly."""
    definition = object_called(object_name, context.version)
    return {"objectDescribe": _head(definition, context.version), "recentItems": []}


async def describe_object(context: Context, object_name: str) -> dict[str, Any]:
    """Describes an object with its fields: type, length, picklist values, references, and whether callers set them."""
    definition = object_called(object_name, context.version)
    fields = [
        _field(definition, f, context.picklists) for f in definition.by_wire_name.values() if f.since <= context.version
    ]
    return _head(definition, context.version) | {
        "fields": fields,
        "childRelationships": _children(definition, context.version),
    }


def _head(definition: Definition, version: int) -> dict[str, Any]:
    about = definition.about
    base = f"/services/data/v{version}.0/sobjects/{definition.name}"
    return {
        "name": definition.name,
        "label": about.label,
        "labelPlural": about.plural or f"{about.label}s",
        "keyPrefix": about.key_prefix,
        "createable": definition.name in CREATED_BY_CALLER,
        "updateable": "update" in about.calls,
        "deletable": False,
        "queryable": "query" in about.calls,
        "retrieveable": "retrieve" in about.calls,
        "custom": False,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def _field(definition: Definition, field: Field, picklists: Picklists) -> dict[str, Any]:
    configured = picklists.values_of(definition.name, field.wire_name)
    values = field.values if configured is None else configured
    is_number = field.type in ("currency", "double", "percent")
    return {
        "name": field.wire_name,
        "label": _label(field),
        "type": field.type,
        "length": field.length or LONGEST.get(field.type, 0),
        "precision": PRECISION if is_number else 0,
        "scale": (field.scale if field.scale is not None else 2) if is_number else 0,
        "nillable": field.nillable,
        "createable": field.create and definition.name in CREATED_BY_CALLER,
        "updateable": field.update and "update" in definition.about.calls,
        "defaultedOnCreate": field.has_default,
        "calculated": field.rule is not None,
        "autoNumber": field.autonumber is not None,
        "idLookup": field.idlookup or field.type == "id",
        "nameField": field.wire_name == definition.about.name_field,
        "restrictedPicklist": field.restricted,
        "picklistValues": [{"value": v, "label": v, "active": True, "defaultValue": False} for v in values],
        "referenceTo": list(field.to),
        "relationshipName": field.relationship,
        "unique": field.unique,
        "custom": False,
    }


def _label(field: Field) -> str:
    return " ".join(part.capitalize() for part in field.name.split("_"))


def _children(definition: Definition, version: int) -> list[dict[str, Any]]:
    return [
        {
            "childSObject": child.name,
            "field": field.wire_name,
            "relationshipName": field.children,
            "cascadeDelete": field.cascade,
        }
        for child in BY_NAME.values()
        for field in child.stored.values()
        if definition.name in field.to
        and not (child.about.internal or field.internal)
        and max(child.about.since, field.since) <= version
    ]
