from contextlib import ExitStack

import pytest

from orderwright.demo.journal import Journal, OtherOrders, fingerprint


@pytest.fixture
def opened():
    """Opens a journal, and closes it after the test."""
    with ExitStack() as stack:

        def open_it(path, orders="abc"):
            journal = Journal(path, orders)
            stack.callback(journal.close)
            return journal

        yield open_it


def test_what_was_recorded_is_known_to_the_next_run(tmp_path, opened):
    path = tmp_path / "journal.jsonl"
    first = opened(path)
    first.record("order 1", {"order": "801", "place": True})
    first.record("order 1", {"items": {"1": "10u"}})
    first.close()
    second = opened(path)
    assert not first.is_resumed
    assert second.is_resumed
    assert second.facts("order 1") == {"order": "801", "place": True, "items": {"1": "10u"}}
    assert second.facts("order 2") == {}
    assert second.key("order 1", "place") == first.key("order 1", "place")


def test_a_line_cut_off_by_a_crash_is_as_if_never_written(tmp_path, opened):
    path = tmp_path / "journal.jsonl"
    journal = opened(path)
    journal.record("order 1", {"place": True})
    journal.record("order 2", {"place": True})
    journal.close()
    path.write_bytes(path.read_bytes()[:-7])
    resumed = opened(path)
    resumed.record("order 3", {"place": True})
    resumed.close()
    last = opened(path)
    assert [bool(last.facts(f"order {n}")) for n in (1, 2, 3)] == [True, False, True]


def test_a_journal_cut_off_in_its_first_line_begins_anew(tmp_path, opened):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"journal":"ab')
    journal = opened(path)
    assert not journal.is_resumed
    journal.record("order 1", {"place": True})
    journal.close()
    assert opened(path).facts("order 1")


def test_a_journal_of_other_orders_is_refused(tmp_path, opened):
    path = tmp_path / "journal.jsonl"
    opened(path).close()
    with pytest.raises(OtherOrders, match="other orders"):
        opened(path, "def")


def test_two_demos_never_share_an_idempotency_key(tmp_path, opened):
    one, other = opened(tmp_path / "1"), opened(tmp_path / "2")
    assert one.key("order 1", "place") != other.key("order 1", "place")
    assert one.key("order 1", "place") != one.key("order 1", "pay")
    assert " " not in one.key("order 1", "ensure funds")


def test_the_fingerprint_tells_files_apart(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")
    assert fingerprint(tmp_path / "a") != fingerprint(tmp_path / "b")
