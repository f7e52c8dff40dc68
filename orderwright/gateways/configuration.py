"""How a gateway is configured: typed values from the environment, and secrets that cannot be shown by accident.

The field `secret_key` of the gateway Stripe is the variable ORDERWRIGHT_GATEWAY_STRIPE_SECRET_KEY. Any of them may
instead be in a file named by the same variable with `_FILE` behind it, which is how container platforms hand out
secrets. All is read and checked once, when the gateway is opened.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import msgspec
from msgspec.structs import FieldInfo

PREFIX = "ORDERWRIGHT_GATEWAY_"
FILE_SUFFIX = "_FILE"
LARGEST_FILE_BYTES = 64 * 1024

T = TypeVar("T", bound=msgspec.Struct)


class ConfigurationError(ValueError):
    """Says, in words for people, which variable of a gateway is missing or wrong. Never contains a secret."""


class Secret:
    """Text that is shown nowhere: not in a repr, log, traceback, JSON or pickle. `reveal` is the only way to it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it; never keep it in a variable that outlives that call."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(hidden)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled or copied")


def read_configuration(kind: type[T], gateway: str, environment: Mapping[str, str]) -> T:
    """Return the configuration `kind` of the gateway called `gateway`. An empty variable counts as unset.

    Raises ConfigurationError for a variable that is missing, wrong, given twice (in clear and as a file) or unknown: a
    misspelt one must not silently leave a default in force.
    """
    fields = {variable_of(gateway, field.name): field for field in msgspec.structs.fields(kind)}
    _refuse_unknown(gateway, fields, environment)
    given = {
        field.name: _typed(variable, text, field)
        for variable, field in fields.items()
        if (text := _text(variable, environment)) is not None
    }
    missing = [variable for variable, field in fields.items() if field.required and field.name not in given]
    if missing:
        hint = " and ".join(f"{variable} (or {variable}{FILE_SUFFIX}, a file that holds it)" for variable in missing)
        raise ConfigurationError(f"The payment gateway {gateway} needs {hint}.")
    return kind(**given)


def variable_of(gateway: str, field: str) -> str:
    """The variable that holds `field`: letters in upper case, whatever else the gateway's name has as underscores."""
    return f"{PREFIX}{re.sub(r'[^A-Z0-9]+', '_', gateway.upper())}_{field.upper()}"


def _refuse_unknown(gateway: str, fields: Mapping[str, FieldInfo], environment: Mapping[str, str]) -> None:
    known = {*fields, *(variable + FILE_SUFFIX for variable in fields)}
    for variable in environment:
        if variable.startswith(variable_of(gateway, "")) and variable not in known:
            raise ConfigurationError(
                f"{variable} is no setting of the payment gateway {gateway}. It knows: {', '.join(fields) or 'none'}."
            )


def _text(variable: str, environment: Mapping[str, str]) -> str | None:
    clear, file = environment.get(variable), environment.get(variable + FILE_SUFFIX)
    if clear and file:
        raise ConfigurationError(f"{variable} and {variable}{FILE_SUFFIX} are both set: remove one of them.")
    return _content(variable + FILE_SUFFIX, Path(file)) if file else clear or None


def _content(variable: str, path: Path) -> str:
    """The file's text without the newline that editors put at its end."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE_BYTES + 1)
        text = content.decode().strip()
    except OSError as error:
        raise ConfigurationError(f"{variable}: {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{variable}: {path} is not text.") from None
    if not text or len(content) > LARGEST_FILE_BYTES:
        raise ConfigurationError(f"{variable}: {path} is {'too large' if text else 'empty'}.")
    return text


def _typed(variable: str, text: str, field: FieldInfo) -> Any:
    if Secret in _choices(field.type):
        return Secret(text)
    try:
        return msgspec.convert(text, field.type, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{variable} is {text!r}: {error}.") from None


def _choices(annotation: Any) -> Iterator[Any]:
    """The types of which `annotation` allows one."""
    yield annotation
    yield from getattr(annotation, "__args__", ())
