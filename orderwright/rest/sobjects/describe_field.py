"""One field as describe shows it: all properties that clients read, from the field's definition."""

from __future__ import annotations

from typing import Any

from orderwright.decisions.rights import Rights
from orderwright.decisions.write_record import has_target, may_create, may_update
from orderwright.objects.abilities import is_aggregatable, is_filterable, is_groupable, is_sortable
from orderwright.objects.address import address_fields
from orderwright.objects.definition import Definition, Field
from orderwright.objects.picklists import Picklists

LONGEST = {
    "id": 18, "reference": 18, "email": 80, "phone": 40, "picklist": 255, "string": 255, "url": 255,
    "multipicklist": 4099, "textarea": 131_072,
}  # fmt: skip
PRECISION = 18
NUMBERS = frozenset({"currency", "double", "percent"})
INT_DIGITS = 9
BYTES_PER_CHARACTER = 3
"""What clients reckon with, whose own limits are in UTF-8 bytes of the basic plane."""

SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "currency": "xsd:double", "double": "xsd:double",
    "percent": "xsd:double", "int": "xsd:int", "date": "xsd:date", "dateTime": "xsd:dateTime", "time": "xsd:time",
    "address": "urn:address",
}  # fmt: skip

ALWAYS: dict[str, Any] = {
    "aiPredictionField": False, "calculatedFormula": None, "controllerName": None, "defaultValueFormula": None,
    "dependentPicklist": False, "deprecatedAndHidden": False, "displayLocationInDecimal": False, "encrypted": False,
    "extraTypeInfo": None, "filteredLookupInfo": None, "formulaTreatNullNumberAsZero": False, "highScaleNumber": False,
    "mask": None, "maskType": None, "queryByDistance": False, "referenceTargetField": None,
    "restrictedDelete": False, "searchPrefilterable": False, "writeRequiresMasterRead": False,
}  # fmt: skip
"""What no field here has."""


def describe_field(definition: Definition, field: Field, picklists: Picklists, rights: Rights) -> dict[str, Any]:
    """The description of a stored, computed or custom field; what may be set is what this caller may set."""
    custom = field.custom
    return {
        **ALWAYS,
        **_kind(field),
        **_numbers(field),
        **_links(field),
        "name": field.wire_name,
        "label": label_of(field),
        "inlineHelpText": custom.help if custom else None,
        "aggregatable": is_aggregatable(field),
        "autoNumber": field.autonumber is not None,
        "calculated": field.rule is not None,
        "caseSensitive": bool(custom and custom.case_sensitive),
        "compoundFieldName": compound_of(definition, field),
        "createable": may_create(definition, field) and rights.may_create(definition.name),
        "updateable": may_update(definition, field) and rights.may_edit(definition.name),
        "custom": custom is not None,
        "defaultValue": (custom.default if custom else False) if field.type == "boolean" else None,
        "defaultedOnCreate": field.has_default or field.autonumber is not None or field.type == "id",
        "externalId": bool(custom and custom.external_id),
        "filterable": is_filterable(field),
        "groupable": is_groupable(field),
        "sortable": is_sortable(field),
        "htmlFormatted": False,
        "idLookup": field.idlookup or field.unique or field.type == "id",
        "nameField": field.wire_name == definition.about.name_field,
        "nillable": field.nillable,
        "permissionable": custom is not None and field.nillable,
        "picklistValues": picklist_values(definition, field, picklists),
        "restrictedPicklist": field.restricted,
        "unique": field.unique,
    }


def describe_address(prefix: str) -> dict[str, Any]:
    """The description of a compound address, which is read as a whole and written by its parts."""
    field = Field("address", name=prefix)
    return {
        **ALWAYS,
        **_kind(field),
        **_numbers(field),
        **_links(field),
        "name": f"{prefix}Address",
        "label": f"{prefix} Address",
        "inlineHelpText": None,
        "aggregatable": False,
        "autoNumber": False,
        "calculated": False,
        "caseSensitive": False,
        "compoundFieldName": None,
        "createable": False,
        "updateable": False,
        "custom": False,
        "defaultValue": None,
        "defaultedOnCreate": False,
        "externalId": False,
        "filterable": False,
        "groupable": False,
        "sortable": False,
        "htmlFormatted": False,
        "idLookup": False,
        "nameField": False,
        "nillable": True,
        "permissionable": False,
        "picklistValues": [],
        "restrictedPicklist": False,
        "unique": False,
    }


def _kind(field: Field) -> dict[str, Any]:
    length = field.length or LONGEST.get(field.type, 0)
    return {
        "type": field.type.lower() if field.type == "dateTime" else field.type,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "length": length,
        "byteLength": length * BYTES_PER_CHARACTER if field.type not in ("id", "reference") else length,
    }


def _numbers(field: Field) -> dict[str, Any]:
    is_number = field.type in NUMBERS
    precision = (field.custom.precision if field.custom else PRECISION) if is_number else 0
    return {
        "precision": precision,
        "scale": (field.scale if field.scale is not None else 2) if is_number else 0,
        "digits": INT_DIGITS if field.type == "int" else 0,
    }


def _links(field: Field) -> dict[str, Any]:
    several = len(field.to) > 1
    return {
        "referenceTo": list(field.to),
        "relationshipName": field.relationship if has_target(field) else None,
        "relationshipOrder": None,
        "cascadeDelete": field.cascade,
        "namePointing": several,
        "polymorphicForeignKey": several,
    }


def label_of(field: Field) -> str:
    """What people call the field: the words of its name, or the label it was declared with."""
    if field.custom is not None:
        return field.custom.label
    words = [part.capitalize() for part in field.name.split("_")]
    return " ".join([*words[:-1], "ID"]) if words[-1] == "Id" and len(words) > 1 else " ".join(words)


def compound_of(definition: Definition, field: Field) -> str | None:
    """The compound address that the field is a part of."""
    for prefix in definition.about.addresses:
        if field in address_fields(definition, prefix):
            return f"{prefix}Address"
    return None


def picklist_values(definition: Definition, field: Field, picklists: Picklists) -> list[dict[str, Any]]:
    """The values of a picklist that are in force in this installation."""
    configured = picklists.values_of(definition.name, field.wire_name)
    values = field.values if configured is None else configured
    default = field.custom.default if field.custom else None
    chosen = default.split(";") if isinstance(default, str) and values else ()
    return [{"active": True, "defaultValue": v in chosen, "label": v, "validFor": None, "value": v} for v in values]
