"""Random records of any object, for tests over all definitions."""

import datetime as dt
import random
from decimal import Decimal
from typing import Any

from orderwright.objects.definition import Definition, Field

MOMENT = dt.datetime(2024, 2, 29, 12, 0, tzinfo=dt.UTC)


def sample(definition: Definition, chance: random.Random, **given: Any):
    """A record with random values in every field; small numbers, so that equal and zero ones happen often."""
    values: dict[str, Any] = {name: value_of(field, chance) for name, field in definition.stored.items()}
    return definition.record(**{**values, "shard": 0, **given})


def value_of(field: Field, chance: random.Random) -> object:
    if field.nillable and chance.random() < 0.25:
        return None
    return SAMPLES.get(field.type, text)(field, chance)


def text(field: Field, chance: random.Random) -> str:
    return chance.choice(field.values or ("Header", "SplitLine", "x"))


def reference(field: Field, chance: random.Random) -> str:
    return f"a0{chance.randrange(3)}000000000000"


def amount(field: Field, chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(-500, 500)).scaleb(-2)


def number(field: Field, chance: random.Random) -> Decimal:
    return Decimal(chance.randrange(5))


SAMPLES = {
    "id": reference,
    "reference": reference,
    "currency": amount,
    "double": number,
    "percent": number,
    "int": lambda field, chance: chance.randrange(5),
    "boolean": lambda field, chance: chance.random() < 0.5,
    "date": lambda field, chance: MOMENT.date(),
    "dateTime": lambda field, chance: MOMENT,
    "time": lambda field, chance: MOMENT.time(),
    "json": lambda field, chance: {},
}
