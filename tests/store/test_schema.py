"""The catalogue of a migrated database, compared with the object definitions and the storage decisions."""

import ast
import re
from pathlib import Path

import asyncpg
import pytest

from orderwright.objects.definition import sql_type
from orderwright.objects.registry import BY_NAME
from orderwright.store import load, statements, transaction
from orderwright.store.migrate import known_migrations

OBJECT_TABLES = {definition.table: definition for definition in BY_NAME.values()}
STORE_TABLES = {
    "request_key", "forwarding", "unique_value", "number_block", "node_lease", "oauth_client", "oauth_token",
    "schema_version", "clock", "clock_follower", "request_count",
    "postal_location",
    "permission", "login", "failed_login", "oauth_approval", "oauth_grant", "oauth_code", "browser_session",
}  # fmt: skip
SHARDED = {*OBJECT_TABLES, "request_key", "forwarding", "unique_value"}
OWN_SCHEMAS = ("simulator", "queue", "inventory", "capacity", "bulk", "query")
"""Schemas of parts that stand beside the order tables, so their rules do not apply there. Inventory belongs to no
order: its shard is the SKU (docs/why/inventory.md; tests/store/test_inventory.py checks that). So does capacity
(docs/why/capacity.md)."""

COLUMNS = """
SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
       l.collname AS collation
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
UNIQUE_INDEXES = """
SELECT c.relname AS table, i.relname AS index, x.indisprimary AS is_primary,
       ARRAY(SELECT a.attname::text FROM unnest(x.indkey::smallint[]) WITH ORDINALITY k (attnum, place)
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum ORDER BY k.place) AS columns
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND x.indisunique
"""
FOREIGN_KEYS = """
SELECT c.conrelid::regclass::text AS table, c.conname AS name,
       (SELECT attname::text FROM pg_attribute WHERE attrelid = c.conrelid AND attnum = c.conkey[1]) AS first,
       (SELECT attname::text FROM pg_attribute WHERE attrelid = c.confrelid AND attnum = c.confkey[1]) AS first_there
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE c.contype = 'f' AND t.relnamespace = 'public'::regnamespace
"""


@pytest.fixture
async def catalogue(database_url):
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def columns(catalogue):
    found: dict[str, dict[str, asyncpg.Record]] = {}
    for row in await catalogue.fetch(COLUMNS):
        found.setdefault(row["table"], {})[row["name"]] = row
    return found


async def test_there_is_a_table_for_every_object_and_no_other(catalogue):
    assert set(await columns(catalogue)) == {*OBJECT_TABLES, *STORE_TABLES}


async def test_tables_have_the_defined_columns_and_no_others(catalogue):
    found = await columns(catalogue)
    assert {t: set(found[t]) for t in OBJECT_TABLES} == {t: set(d.stored) for t, d in OBJECT_TABLES.items()}


async def test_columns_have_the_defined_type(catalogue):
    found = await columns(catalogue)
    wrong = [
        f"{table}.{name}: {found[table][name]['type']}, defined as {expected}"
        for table, definition in OBJECT_TABLES.items()
        for name, field in definition.stored.items()
        if found[table][name]["type"] != (expected := "smallint" if name == "shard" else sql_type(field.type))
    ]
    assert wrong == []


async def test_columns_are_nullable_where_the_field_is(catalogue):
    found = await columns(catalogue)
    wrong = [
        f"{table}.{name}"
        for table, definition in OBJECT_TABLES.items()
        for name, field in definition.stored.items()
        if found[table][name]["required"] == field.nillable
    ]
    assert wrong == []


async def test_ids_sort_byte_by_byte(catalogue):
    """decisions.md S3: ids are time-ordered only when letters compare as bytes."""
    found = await columns(catalogue)
    wrong = [
        f"{table}.{name}"
        for table, definition in OBJECT_TABLES.items()
        for name, field in definition.stored.items()
        if field.type in ("id", "reference") and found[table][name]["collation"] != "C"
    ]
    assert wrong == []


async def test_the_primary_key_of_every_object_is_shard_and_id(catalogue):
    keys = {row["table"]: row["columns"] for row in await catalogue.fetch(UNIQUE_INDEXES) if row["is_primary"]}
    assert {table: keys[table] for table in OBJECT_TABLES} == {table: ["shard", "id"] for table in OBJECT_TABLES}


async def test_every_unique_index_of_a_sharded_table_begins_with_shard(catalogue):
    """A unique index without the shard could not be kept once shards lie on several servers (decisions.md S4)."""
    wrong = [
        row["index"]
        for row in await catalogue.fetch(UNIQUE_INDEXES)
        if row["table"] in SHARDED and row["columns"][0] != "shard"
    ]
    assert wrong == []


async def test_every_foreign_key_of_a_sharded_table_stays_in_its_shard(catalogue):
    wrong = [
        f"{row['table']}.{row['name']}"
        for row in await catalogue.fetch(FOREIGN_KEYS)
        if row["table"].strip('"') in SHARDED and (row["first"], row["first_there"]) != ("shard", "shard")
    ]
    assert wrong == []


async def test_required_parents_of_an_object_are_foreign_keys(catalogue):
    rows = await catalogue.fetch("SELECT conrelid::regclass::text AS table, pg_get_constraintdef(oid) AS text "
                                 "FROM pg_constraint WHERE contype = 'f'")  # fmt: skip
    texts = {(row["table"].strip('"'), row["text"].replace('"', "")) for row in rows}
    missing = [
        f"{definition.name}.{name}"
        for definition in BY_NAME.values()
        for name, field in definition.stored.items()
        if field.cascade and not field.nillable and len(field.to) == 1
        and (definition.table, f"FOREIGN KEY (shard, {name}) REFERENCES {BY_NAME[field.to[0]].table}(shard, id)")
        not in texts
        and field.to[0] not in {"Pricebook2", "Product2"}  # catalog records live in shards of their own
    ]  # fmt: skip
    assert missing == []


async def test_amounts_have_no_scale_and_are_checked_for_range(catalogue):
    """decisions.md S10."""
    rows = await catalogue.fetch(
        "SELECT conrelid::regclass::text AS table, string_agg(pg_get_constraintdef(oid), ' ') AS text "
        "FROM pg_constraint WHERE contype = 'c' GROUP BY 1"
    )
    checks = {row["table"].strip('"'): row["text"].replace('"', "") for row in rows}
    unchecked = [
        f"{table}.{name}"
        for table, definition in OBJECT_TABLES.items()
        for name, field in definition.stored.items()
        if field.type == "currency" and f"abs({name})" not in checks.get(table, "")
    ]
    assert unchecked == []


ACTING = {
    "triggers": "SELECT n.nspname, g.tgname FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT g.tgisinternal",
    "sequences": "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relkind = 'S'",
    "functions": "SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace",
    "rules": "SELECT schemaname, rulename FROM pg_rules",
}


@pytest.mark.parametrize("what", ACTING)
async def test_nothing_acts_or_counts_in_the_database_by_itself(catalogue, what):
    """Rules live in decisions, and numbers come from leased blocks."""
    found = [(row[0], row[1]) for row in await catalogue.fetch(ACTING[what])]
    apart = {*OWN_SCHEMAS, "pg_catalog", "information_schema"}
    assert [name for schema, name in found if schema not in apart] == []


async def test_there_are_no_extensions(catalogue):
    """Any PostgreSQL will do, also one whose extensions we may not choose."""
    assert [row[0] for row in await catalogue.fetch("SELECT extname FROM pg_extension")] == ["plpgsql"]


async def test_the_version_table_names_every_migration(catalogue):
    rows = await catalogue.fetch("SELECT number, name FROM schema_version ORDER BY number")
    assert [tuple(row) for row in rows] == [(m.number, m.name) for m in known_migrations()]


# --- statements -------------------------------------------------------------------------------------------------------

SQL_START = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def constant_statements(module):
    """Every SQL text written in a module: string constants, and f-strings with their values blotted out."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "§" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            text = node.value
        else:
            continue
        if SQL_START.match(text):
            yield f"{module.__name__}:{node.lineno}", text


def carries_shard(text):
    """Whether the shard is bound as $1: in a condition, or as the first value of an insert."""
    if text.lstrip().startswith("INSERT"):
        return bool(re.search(r"\(shard\b", text) and re.search(r"VALUES (\(\$1\b|§)", text))
    return "shard = $1" in text or "shard = §" in text


@pytest.mark.parametrize("module", [statements, load, transaction], ids=lambda module: module.__name__)
def test_every_written_statement_carries_the_shard(module):
    # The loader's outer statement gets its condition from ROOT, which is checked beside it and in the next test.
    found = [(place, text) for place, text in constant_statements(module) if text != "SELECT § WHERE EXISTS (§)"]
    assert found
    assert [place for place, text in found if not carries_shard(text)] == []


LOADERS = [name for name, value in vars(load).items() if isinstance(value, load.Loader)]


@pytest.mark.parametrize("name", LOADERS)
def test_every_table_of_a_loading_statement_is_read_within_the_shard(name):
    text = getattr(load, name).statement
    assert len(re.findall(r"\bshard = \$1", text)) == len(re.findall(r"\b(?:FROM|JOIN) [\"a-z]", text))


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_generated_statements_begin_with_the_shard(name):
    insert = statements.insert(name, ("id", "created_date"), 2)
    assert insert.count("($1, ") == 2
    assert "(shard, " in insert
    for text in (
        statements.update(name, ("created_date",), 2),
        statements.lock(BY_NAME[name].table),
        statements.read_record(name),
    ):
        assert "shard = $1" in text


@pytest.mark.parametrize(
    "text", ["SELECT 1 FROM a WHERE id = $1", "UPDATE a SET b = $1 WHERE id = $2", "INSERT INTO a (id) VALUES ($1)"]
)
def test_a_statement_without_the_shard_is_seen(text):
    assert not carries_shard(text)
