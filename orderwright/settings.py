"""Every setting, its default and its meaning. The environment is read once, when a command starts.

The field `largest_body_bytes` is the variable ORDERWRIGHT_LARGEST_BODY_BYTES; an empty variable counts as unset. An
option on the command line goes before the environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, get_type_hints

import msgspec
from msgspec import Meta, Struct

from orderwright.arithmetic.money import UnknownCurrency, scale_of
from orderwright.decisions.read_routing_rules import InvalidRoutingRules, read_routing_rules
from orderwright.decisions.routing_rules import STANDARD as STANDARD_RULES
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.custom_fields import STANDARD_SCHEMA, InvalidCustomFields, Schema, schema_with
from orderwright.objects.picklists import STANDARD, InvalidPicklists, Picklists, picklists_of

PREFIX = "ORDERWRIGHT_"


class SettingsError(ValueError):
    """Says, in words for people, which setting is wrong and why."""


class Settings(Struct, frozen=True, kw_only=True):
    """All settings of one process."""

    data: Annotated[
        Path | None,
        Meta(description="Folder of the embedded PostgreSQL; unset: /var/lib/orderwright for root, else in your home"),
    ] = None
    instance: Annotated[
        Literal["production", "test"],
        Meta(description="What this is for: the clock of a test instance can be stopped and set ahead"),
    ] = "production"
    database_url: Annotated[
        str | None,
        Meta(
            description="A PostgreSQL that runs already, instead of the embedded one: postgresql://user@host/database"
        ),
    ] = None
    postgres_bin: Annotated[
        Path | None,
        Meta(description="Folder of the PostgreSQL programs for the embedded database; unset: the newest one found"),
    ] = None
    host: Annotated[str, Meta(description="Address to listen on; 0.0.0.0 listens on every network of the machine")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes a free one")] = 8080
    certificate: Annotated[
        Path | None,
        Meta(description="PEM file of the certificate for HTTPS, with those up to its authority; unset: no HTTPS"),
    ] = None
    certificate_key: Annotated[
        Path | None,
        Meta(description="PEM file of the certificate's private key; unset: it is in the certificate's file"),
    ] = None
    https_port: Annotated[
        int, Meta(ge=0, le=65535, description="Port for HTTPS, where there is a certificate; 0 takes a free one")
    ] = 8443
    workers: Annotated[int, Meta(ge=1, le=64, description="Processes that answer HTTP requests")] = 1
    job_workers: Annotated[int, Meta(ge=1, le=64, description="Processes that carry out background jobs")] = 1
    jobs_at_once: Annotated[int, Meta(ge=1, le=64, description="Background jobs one process carries out at once")] = 8
    connections: Annotated[
        int, Meta(ge=1, le=100, description="Database connections that the transactions of one process share")
    ] = 8
    default_currency: Annotated[
        str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217 code of the currency of records that name none")
    ] = "USD"
    gateway: Annotated[
        str, Meta(min_length=1, description="Payment gateway that moves the money; Simulator only pretends to")
    ] = "Simulator"
    reauthorize: Annotated[
        Literal["never", "when_needed"],
        Meta(
            description="Whether an expired authorization is made anew when an invoice cannot be funded without it; "
            "only where the gateway can, with the token of the payment method"
        ),
    ] = "never"
    authorization_warning_hours: Annotated[
        int, Meta(ge=0, description="How long before an authorization expires an event says so")
    ] = 48
    fulfillment_inventory: Annotated[
        Literal["off", "on"],
        Meta(
            description="Whether new fulfillment orders reserve their units at locations that are synchronised with "
            "the inventory; `off` leaves that to clients"
        ),
    ] = "off"
    picklists: Annotated[
        Path | None,
        Meta(
            description="TOML file with your own statuses and types of fulfillment orders, reasons of changes and "
            "statuses of process exceptions; unset: the documented ones"
        ),
    ] = None
    routing_rules: Annotated[
        Path | None,
        Meta(
            description="TOML file with your rules of routing: who may ship what, which route is best, how often an "
            "order may be split; unset: the documented defaults"
        ),
    ] = None
    custom_fields: Annotated[
        Path | None,
        Meta(description="TOML file that declares custom fields (Gift_Wrap__c) of objects; unset: there are none"),
    ] = None
    token_lifetime_seconds: Annotated[int, Meta(ge=1, description="How long an access token is good for")] = 7200
    idempotency_hours: Annotated[
        int, Meta(ge=1, description="How long the answer to a request with an Idempotency-Key is kept")
    ] = 168
    movement_history_days: Annotated[
        int,
        Meta(
            ge=7,
            description="How long inventory and capacity keep single movements, ended reservations and holds, and know "
            "an actionRequestId again; older movements are summed up",
        ),
    ] = 400
    daily_requests: Annotated[
        int,
        Meta(ge=1, description="Requests that are answered in 24 hours, by all processes together; more are refused"),
    ] = 1_000_000_000
    largest_body_bytes: Annotated[int, Meta(ge=1024, description="A request with a larger body is refused")] = 6_000_000
    largest_upload_bytes: Annotated[
        int, Meta(ge=1024, description="An upload of a file that makes a larger request is refused")
    ] = 1_000_000_000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="The least serious lines to write to the log")
    ] = "info"

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """The settings that `environment` gives, defaults for the rest. Raises SettingsError for one that is wrong."""
        given = {setting.name: environment.get(setting.variable) for setting in all_settings()}
        return cls().changed(**{name: text for name, text in given.items() if text})

    @property
    def is_test(self) -> bool:
        """Whether this is a test instance."""
        return self.instance == "test"

    def changed(self, **given: object) -> Self:
        """These settings with others in place, which may be text as in the environment. Raises SettingsError."""
        made = msgspec.structs.replace(self, **{name: converted(name, value) for name, value in given.items()})
        if given.keys() & {"routing_rules", "picklists"}:
            made.check_rules()
        return made

    def check_rules(self) -> None:
        """Raises SettingsError when the file of routing rules cannot be read, or says what cannot be meant."""
        try:
            self.rules()
        except (InvalidRoutingRules, UnicodeDecodeError, OSError) as error:
            raise SettingsError(f"{PREFIX}ROUTING_RULES is {str(self.routing_rules)!r}: {error}.") from None

    def rules(self) -> RoutingRules:
        """The rules of routing. Raises InvalidRoutingRules, UnicodeDecodeError and OSError."""
        if self.routing_rules is None:
            return STANDARD_RULES
        return read_routing_rules(self.routing_rules.read_text(encoding="utf-8"), read_picklists(self.picklists))

    def environment(self) -> dict[str, str]:
        """The variables from which `read` makes these settings again; the database URL in them may hold a password."""
        values = {setting.variable: getattr(self, setting.name) for setting in all_settings()}
        return {variable: "" if value is None else str(value) for variable, value in values.items()}


class Setting(NamedTuple):
    """One setting, for people to read."""

    name: str
    default: object
    meaning: str

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return PREFIX + self.name.upper()


def all_settings() -> Iterator[Setting]:
    """Every setting, in the order in which they are explained."""
    types = get_type_hints(Settings, include_extras=True)
    for field in msgspec.structs.fields(Settings):
        yield Setting(field.name, field.default, types[field.name].__metadata__[0].description)


WRONG = (
    msgspec.ValidationError,
    UnknownCurrency,
    InvalidPicklists,
    InvalidCustomFields,
    tomllib.TOMLDecodeError,
    UnicodeDecodeError,
    OSError,
)
"""What is raised for a value that cannot be used, or a file that cannot be read."""


def converted(name: str, value: object) -> Any:
    """`value`, or what it says when it is text, as the type of the setting `name`. Raises SettingsError."""
    kind = get_type_hints(Settings, include_extras=True)[name]
    try:
        right = msgspec.convert(value, kind, strict=False, dec_hook=decoded_path)
        if name == "default_currency":
            scale_of(right)
        if name == "picklists":
            read_picklists(right)
        if name == "custom_fields":
            read_custom_fields(right)
    except WRONG as error:
        raise SettingsError(f"{PREFIX}{name.upper()} is {str(value)!r}: {error}.") from None
    return right


def read_picklists(file: Path | None) -> Picklists:
    """The picklists in `file`, or the documented ones. Raises OSError, tomllib.TOMLDecodeError or InvalidPicklists."""
    return STANDARD if file is None else picklists_of(tomllib.loads(file.read_text(encoding="utf-8")))


def read_custom_fields(file: Path | None) -> Schema:
    """The objects, with the custom fields that `file` declares. Raises as `read_picklists`, and InvalidCustomFields."""
    return STANDARD_SCHEMA if file is None else schema_with(tomllib.loads(file.read_text(encoding="utf-8")))


def decoded_path(_kind: type, value: Any) -> Path:
    """A path; `~` is the home folder, as no shell may have seen it."""
    return Path(value).expanduser()
