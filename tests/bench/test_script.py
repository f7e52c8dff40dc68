"""The pgbench script writes what was recorded: the same rows in the same transactions, under keys of its own."""

from bench.recording import Statement, Table
from bench.script import literal, script_of

ORDER = Table("order_", {"shard": "smallint", "id": "text", "name": "text", "custom": "jsonb"}, ("shard", "id"))
ITEM = Table("item", {"shard": "smallint", "id": "text", "order_id": "text", "amount": "numeric"}, ("shard", "id"))
JOB = Table("job", {"id": "bigint", "attempts": "integer"}, ("id",))

AN_ORDER = {"shard": 7, "id": "801000000000001", "name": None, "custom": {"a": "b:c"}}
AN_ITEM = {"shard": 7, "id": "802000000000001", "order_id": "801000000000001", "amount": "12.50"}


def commands(script):
    """The SQL lines of a script's text."""
    return [line for line in script.text.splitlines() if not line.startswith("\\set")]


def test_rows_go_in_under_new_keys_with_their_links():
    script = script_of([[Statement(ORDER, [(None, AN_ORDER)]), Statement(ITEM, [(None, AN_ITEM)])]])
    assert commands(script) == [
        "BEGIN;",
        """INSERT INTO order_ ("shard", "id", "custom") VALUES (:shard0, :k0, E'{"a"\\072"b\\072c"}');""",
        """INSERT INTO item ("shard", "id", "order_id", "amount") VALUES (:shard0, :k1, :k0, E'12.50');""",
        "END;",
    ]
    assert (script.transactions, script.statements, script.rows, script.left_out) == (1, 2, 2, 0)


def test_only_what_changed_is_updated_and_a_lone_statement_needs_no_block():
    after = AN_ITEM | {"amount": "11.00"}
    script = script_of([[Statement(ITEM, [(None, AN_ITEM)])], [Statement(ITEM, [(AN_ITEM, after)])]])
    assert commands(script)[1] == (
        'UPDATE item t SET "amount" = v."amount" FROM (VALUES (:shard0::smallint, :k0::text, '
        """E'11.00'::numeric)) AS v ("shard", "id", "amount") WHERE t."shard" = v."shard" AND t."id" = v."id";"""
    )
    assert script.transactions == 2


def test_rows_that_were_there_before_are_left_out_and_counted():
    script = script_of([[Statement(ITEM, [(AN_ITEM, AN_ITEM | {"amount": "1.00"})])]])
    assert commands(script) == []
    assert (script.transactions, script.rows, script.left_out) == (0, 0, 1)


def test_a_small_number_is_no_key_where_no_key_can_stand():
    job = {"id": 1, "attempts": 1}
    script = script_of([[Statement(JOB, [(None, job)])], [Statement(JOB, [(job, None)])]])
    assert commands(script) == [
        """INSERT INTO job ("id", "attempts") VALUES (:k0, E'1');""",
        'DELETE FROM job t USING (VALUES (:k0::bigint)) AS v ("id") WHERE t."id" = v."id";',
    ]


def test_a_long_key_keeps_its_length_and_differs_in_its_end():
    key = "operation:08P0000000000001:0123456789abcdef"
    script = script_of([[Statement(ORDER, [(None, AN_ORDER | {"id": key})])]])
    assert "(E'operation\\07208P0000000000001" in script.text
    assert " || :k0)" in script.text


def test_a_statement_with_too_many_variables_is_split():
    items = [(None, AN_ITEM | {"id": f"8020000000{number:05}"}) for number in range(200)]
    script = script_of([[Statement(ITEM, items)]])
    assert script.rows == 200
    inserts = [line for line in commands(script) if line.startswith("INSERT")]
    assert len(inserts) > 1
    assert all(line.count(":") <= 250 for line in inserts)


def test_pgbench_sees_no_variable_in_a_constant():
    assert literal("10:20 o'clock\\\n") == r"E'10\07220 o''clock\\\012'"
