"""Files of rows: cut where rows end, read column by column, planned in waves."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions import cut_rows
from orderwright.decisions.cut_rows import end_of_rows
from orderwright.decisions.plan_bulk import Table, plan_by_id, plan_upserts
from orderwright.decisions.read_bulk import (
    DELIMITERS,
    Failure,
    InvalidBatch,
    as_text,
    read_cells,
    read_header,
    read_json,
    sheet_of,
    sheet_of_records,
    without_unkeepable,
)
from orderwright.jobs.read_bulk_xml import read_xml
from orderwright.objects.registry import BY_NAME

CELLS = st.lists(st.sampled_from(['"', "\n", "\r\n", ",", ";", "a", "é", " "]), max_size=6).map("".join)
FILES = st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=12)


def written(rows: list[list[str]], delimiter: str, ending: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=ending).writerows(rows)
    return text.getvalue().encode()


@given(FILES, st.sampled_from(sorted(DELIMITERS.values())), st.sampled_from(["\n", "\r\n"]), st.integers(1, 60))
def test_wherever_a_file_is_cut_its_rows_stay_whole(rows: list[list[str]], delimiter: str, ending: str, size: int):
    raw, found, at_hand, enough = written(rows, delimiter, ending), [], b"", size
    pieces = []
    while raw or at_hand:
        taken = enough - len(at_hand)
        at_hand, raw = at_hand + raw[:taken], raw[taken:]
        end = end_of_rows(at_hand, delimiter) or (len(at_hand) if not raw else 0)
        if not end:
            enough *= 2
            continue
        pieces.append(at_hand[:end])
        at_hand, enough = at_hand[end:], size
    for piece in pieces:
        found += read_cells(piece.decode(), delimiter)
    assert found == rows


def test_a_piece_has_no_more_rows_than_one_transaction_writes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cut_rows, "MOST_ROWS", 3)
    plain, quoted = b"1\n2\n3\n4\n5\n", b'"1\n"\n2\n"3"\n4\n5\n'
    assert (plain[: end_of_rows(plain, ",")], quoted[: end_of_rows(quoted, ",")]) == (b"1\n2\n3\n", b'"1\n"\n2\n"3"\n')
    assert end_of_rows(b"1\n2\n3", ",") == 4
    assert end_of_rows(b'"1\n2\n3', ",") == 0
    assert end_of_rows(b"", ",") == 0


def test_a_field_that_is_too_long_is_no_row():
    with pytest.raises(InvalidBatch, match="field larger"):
        end_of_rows(b'"' + b"x" * 200_000 + b"\n", ",")


@pytest.mark.parametrize(
    ("header", "why"),
    [("", "no header row"), (" , ", "no header row"), ("Name,,Phone", "a column has no name"), ("a,B,A", "Duplicate")],
)
def test_headers_that_name_no_fields(header: str, why: str):
    with pytest.raises(InvalidBatch, match=why):
        read_header(header, ",")


def test_columns_with_what_is_left_alone_and_what_is_emptied():
    sheet = sheet_of(("A", "B"), [["1", ""], ["x"], ["#N/A", "2"], ["a", "b", "c"]])
    assert [list(column) for column in sheet.values] == [["1", ""], [None, "2"]]
    assert (list(sheet.rows), sorted(sheet.failures), len(sheet)) == ([0, 2], [1, 3], 4)
    assert sheet.failures[1].code == "INVALID_BATCH_ROW"


def test_what_is_no_text_fails_its_own_row():
    text, is_clean = as_text(b"a,b\nc\xff,d\ne,f\0\n")
    assert not is_clean
    sheet = without_unkeepable(sheet_of(("A", "B"), read_cells(text, ",")))
    assert ([list(column) for column in sheet.values], list(sheet.rows)) == ([["a"], ["b"]], [0])
    assert sorted(sheet.failures) == [1, 2]


def test_records_become_columns():
    records = read_json(
        b'[{"Name": "A", "N": 1.50, "Yes": true, "None": null, "attributes": {"type": "Account"}},'
        b' {"Name": "", "Owner": {"attributes": {"type": "User"}, "Username": "a"}, "Parent": {"Key": 7}}]'
    )
    sheet = sheet_of_records(records)
    assert dict(zip(sheet.columns, map(list, sheet.values), strict=True)) == {
        "Name": ["A", ""], "N": ["1.50", None], "Yes": ["true", None], "None": ["", None],
        "User:Owner.Username": [None, "a"], "Parent.Key": [None, "7"],
    }  # fmt: skip


def test_xml_records_are_those_of_json():
    found = read_xml(
        b'<sObjects xmlns="a" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><!-- a --><sObject><Name>A</Name>'
        b'<Phone xsi:nil="true"/><Fax/><Who><sObject><type>Lead</type><Email>a</Email></sObject></Who>'
        b"</sObject></sObjects>"
    )
    assert found == [{"Name": "A", "Phone": None, "Who": {"attributes": {"type": "Lead"}, "Email": "a"}}]


ACCOUNT = BY_NAME["Account"]
A, B = "001000000000001", "001000000000002"


def table(*ids: str | None) -> Table:
    return Table(ACCOUNT, (), (), ids, range(len(ids)), {})


def test_rows_about_one_record_are_done_one_after_the_other():
    targets = plan_by_id(table(A, B, A, "x", None, A), "update")
    assert [wave.changed for wave in targets.waves] == [((0, A), (1, B)), ((2, A),), ((5, A),)]
    assert {place: failure.code for place, failure in targets.failures.items()} == {
        3: "MALFORMED_ID", 4: "MISSING_ARGUMENT",
    }  # fmt: skip


def test_an_upsert_by_id_makes_what_names_no_record():
    targets = plan_by_id(table(A, None, ""), "update", makes_without=True)
    assert ([wave.changed for wave in targets.waves], targets.waves[-1].new) == ([((0, A),), ()], (1, 2))


def test_an_upsert_makes_changes_and_refuses():
    key = ACCOUNT.stored["phone"]
    bad = Failure("STRING_TOO_LONG", "too long")
    keys = ["new", "known", None, "many", bad, "new"]
    targets = plan_upserts(table(*[None] * 6), key, keys, {"known": [A], "many": [A, B]})
    assert [(wave.new, wave.changed) for wave in targets.waves] == [((0,), ((1, A),)), ((5,), ())]
    assert {place: failure.code for place, failure in targets.failures.items()} == {
        2: "MISSING_ARGUMENT", 3: "DUPLICATE_EXTERNAL_ID", 4: "STRING_TOO_LONG",
    }  # fmt: skip
