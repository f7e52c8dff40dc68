"""orderwright fields: the custom fields that an installation declares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orderwright.cli.administration import print_table
from orderwright.cli.failures import CommandFailed
from orderwright.cli.options import chosen

if TYPE_CHECKING:
    from orderwright.objects.custom_fields import Schema

app = typer.Typer(name="fields", help="Custom fields (Gift_Wrap__c) of objects.", no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="Where they are declared. [env: ORDERWRIGHT_CUSTOM_FIELDS]"),
]


@app.callback()
def fields() -> None:
    """Custom fields (Gift_Wrap__c) of objects."""


@app.command("list")
def list_fields(file: File = None) -> None:
    """List the custom fields that are declared.

    Example: `orderwright fields list`
    """
    declared = _declared(_text(_file(file)))
    print_table(
        ("object", "field", "type", "label"),
        (
            (definition.name, field.name, field.type, field.custom.label if field.custom else "")
            for definition in declared.by_name.values()
            for field in definition.customs.values()
        ),
    )


@app.command()
def add(
    field: Annotated[str, typer.Argument(metavar="OBJECT.FIELD", help="As Account.Loyalty_Number__c.")],
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="As Text, Number, Currency, Checkbox, Picklist, Lookup.")
    ],
    properties: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME=VALUE", help="length=20, unique=true, values=['Red','Blue'], label='In words'."),
    ] = None,
    file: File = None,
) -> None:
    """Declare a custom field: it is there when the processes have been started again.

    Example: `orderwright fields add Account.Loyalty_Number__c Text length=20 unique=true externalId=true`
    """
    place = _file(file)
    text = _text(place)
    added = "\n".join([f"[{field}]", f'type = "{type_}"', *(_property(each) for each in properties or ())])
    _declared(f"{text}\n{added}\n")
    place.write_text(f"{text.rstrip()}\n\n{added}\n".lstrip(), encoding="utf-8")
    print(f"{field} stands in {place}. Start the server and the workers again.")


def _file(file: Path | None) -> Path:
    found = file or chosen(None, None).custom_fields
    if found is None:
        raise CommandFailed("There is no file of custom fields. Name it with --file or ORDERWRIGHT_CUSTOM_FIELDS.")
    return found


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _declared(text: str) -> Schema:
    """The objects with the fields that `text` declares. Raises CommandFailed."""
    import tomllib

    from orderwright.objects.custom_fields import InvalidCustomFields, schema_with

    try:
        return schema_with(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, InvalidCustomFields) as error:
        raise CommandFailed(f"{error}.") from error


def _property(text: str) -> str:
    """One line of TOML; what is no TOML value is taken as text."""
    import tomllib

    name, _, value = text.partition("=")
    try:
        tomllib.loads(f"value = {value}")
    except tomllib.TOMLDecodeError:
        value = _quoted(value)
    return f"{name} = {value}"


def _quoted(value: Any) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
