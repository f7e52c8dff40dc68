"""Properties whose values are shown nowhere but in the answer that is meant to hold them.

    class CardPaymentMethodInput(msgspec.Struct, ...):
        card_number: Annotated[str, Hidden()]
        __repr__ = repr_without_secrets
        __rich_repr__ = pairs_without_secrets

Both methods are needed: tracebacks and logs use the first, terminals that draw values nicely prefer the second.
"""

from __future__ import annotations

from typing import Any

import msgspec

from orderwright.rest.properties import Property, properties_of, unwrapped


class Hidden:
    """The property is a secret: it is left out of every repr, and no message repeats what was sent."""

    __slots__ = ()


def is_hidden(property_: Property) -> bool:
    """Whether a property is marked `Hidden`."""
    return any(isinstance(mark, Hidden) for mark in unwrapped(property_.hint)[1])


def pairs_without_secrets(struct: msgspec.Struct) -> list[tuple[str, Any]]:
    """Name and value of each property, in order; `(hidden)` stands for a secret that is set."""
    values = ((p, getattr(struct, p.name)) for p in properties_of(type(struct)))
    return [(p.name, "(hidden)" if value is not None and is_hidden(p) else value) for p, value in values]


def repr_without_secrets(struct: msgspec.Struct) -> str:
    """The repr a Struct has by itself, but for its secrets."""
    shown = ", ".join(f"{name}={value!r}" for name, value in pairs_without_secrets(struct))
    return f"{type(struct).__name__}({shown})"
