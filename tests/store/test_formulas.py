"""Formulas and roll-ups are written once and computed twice, in Python and in SQL: the two agree (decisions.md S2)."""

import json
import random

import asyncpg
import msgspec
import pytest

from orderwright.objects.definition import RollUp, rolled_up
from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.rollups import compared, rollup_checks
from tests.objects.samples import sample

WITH_FORMULAS = [d for d in BY_NAME.values() if d.computed]
WITH_ROLLUPS = [d for d in BY_NAME.values() if d.rollups]
SAMPLES = 60


@pytest.fixture
async def connection(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def as_rows(records):
    """JSON that jsonb_populate_recordset reads: amounts as text, so that no digit passes through a float."""
    return msgspec.json.encode(records).decode()


@pytest.mark.parametrize("definition", WITH_FORMULAS, ids=lambda d: d.name)
async def test_formulas_agree_in_python_and_sql(connection, definition):
    chance = random.Random(definition.name)
    records = [sample(definition, chance) for _ in range(SAMPLES)]
    columns = ", ".join(f"{definition.expression(name)} AS {name}" for name in definition.computed)
    source = f'jsonb_populate_recordset(null::"{definition.table}", $1::jsonb) t'
    rows = await connection.fetch(f"SELECT {columns} FROM {source}", as_rows(records))  # noqa: S608  # names are ours
    for record, row in zip(records, rows, strict=True):
        assert dict(row) == {name: getattr(record, name) for name in definition.computed}


@pytest.mark.parametrize("definition", WITH_ROLLUPS, ids=lambda d: d.name)
async def test_roll_ups_agree_in_python_and_sql(connection, definition):
    """The statement that `verify` runs over tables finds nothing in what Python rolled up, over the same rows."""
    chance = random.Random(definition.name)
    parents = [sample(definition, chance, id=f"a0{n}000000000000") for n in range(3)]
    children = {
        name: [sample(BY_NAME[name], chance, is_deleted=False) for _ in range(SAMPLES)]
        for name in {rollup.child for rollup in definition.rollups.values()}
    }
    totals = [rolled_up(parent, children) for parent in parents]
    assert totals != parents
    assert await differing(connection, definition, totals, children) == set()
    assert await differing(connection, definition, parents, children) == {
        (p.id, name)
        for p, t in zip(parents, totals, strict=True)
        for name in definition.rollups
        if getattr(p, name) != getattr(t, name)
    }


async def differing(connection, definition, parents, children):
    found = set()
    by_child: dict[tuple[str, str], dict[str, RollUp]] = {}
    for name, rollup in definition.rollups.items():
        by_child.setdefault((rollup.child, rollup.by), {})[name] = rollup
    for (child, by), rollups in by_child.items():
        statement = compared(definition, child, by, rollups)
        for table, records in ((definition.table, parents), (BY_NAME[child].table, children[child])):
            rows = as_rows([{**json.loads(as_rows(r)), "is_deleted": False} for r in records]).replace("'", "''")
            statement = statement.replace(
                f'FROM "{table}" ', f"FROM jsonb_populate_recordset(null::\"{table}\", '{rows}') "
            )
        # What an UNMANAGED order keeps is not rolled up: here there are no orders, so that condition is left out.
        statement = statement.replace("m.order_life_cycle_type = 'MANAGED')", "FALSE) IS NOT NULL")
        statement = statement.replace("p.order_life_cycle_type = 'MANAGED'", "TRUE")
        found |= {(row["record_id"], row["field"]) for row in await connection.fetch(statement)}
    return found


def test_every_roll_up_is_verified():
    text = "\n".join(check.sql for check in rollup_checks())
    missing = [f"{d.name}.{name}" for d in BY_NAME.values() for name in d.rollups if f"'{name}'" not in text]
    assert missing == []
