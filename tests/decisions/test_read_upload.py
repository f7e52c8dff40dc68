"""Lines of an uploaded file: the same however it is cut, and each refused for itself."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from orderwright.decisions.publish_location_graph import Marked, decide_publish_location_graph
from orderwright.decisions.read_upload import Reading, decide_read_upload
from orderwright.decisions.update_inventory import waves

RECEIVED = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def record(number: int, **more: Any) -> str:
    return json.dumps(
        {"recordId": f"r{number}", "sku": f"s{number}", "onHand": number, "effectiveDate": "2026-01-01T00:00:00Z"}
        | more
    )


LINES = st.one_of(
    st.integers(0, 9).map(record),
    st.sampled_from("ABC").map(lambda name: json.dumps({"location": name, "mode": "UPDATE"})),
    st.sampled_from(["", "   ", "oops", "[]", '{"sku": 1}', "\r"]),
)


def read(pieces: list[str]) -> tuple[list[Any], list[str], int]:
    reading, records, problems = Reading(), [], []
    for piece in pieces:
        found = decide_read_upload(piece.encode(), reading, "u", RECEIVED)
        reading = found.reading
        records += [(numbered.line, numbered.record) for numbered in found.records]
        problems += [str(problem) for problem in found.problems]
    return records, problems, reading.lines


@given(st.lists(LINES, min_size=1, max_size=12), st.data())
def test_it_makes_no_difference_where_a_file_is_cut(lines: list[str], data: st.DataObject):
    whole = [line + "\n" for line in ['{"location": "A"}', *lines]]
    cut = data.draw(st.integers(1, len(whole)))
    assert read(["".join(whole)]) == read(["".join(whole[:cut]), "".join(whole[cut:])][: 1 + (cut < len(whole))])
    assert read(["".join(whole)]) == read(whole)


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.integers(0, 9)), min_size=1, max_size=8), st.data())
def test_csv_is_read_alike_however_it_is_cut(rows: list[tuple[str, int]], data: st.DataObject):
    lines = ["location,sku,onHand,effectiveDate\n", *(f"A,{sku},{n},2026-01-01T00:00:00Z\n" for sku, n in rows)]
    assert read(["".join(lines)]) == read(lines)
    records, problems, count = read(lines)
    assert [(found.stock_keeping_unit, found.on_hand) for _, found in records] == [(s, Decimal(n)) for s, n in rows]
    assert [found.id for _, found in records] == [f"u:{number}" for number in range(2, len(rows) + 2)]
    assert (problems, count) == ([], len(lines))


def test_numbers_are_read_exactly_also_from_text():
    for written in ("0.1", '"0.1"', "1e-1"):
        line = '{"recordId": "1", "sku": "a", "location": "A", "effectiveDate": "2026-01-01T00:00:00Z", "onHand": %s}'
        ((_, found),), problems, _ = read([line % written])
        assert (found.on_hand, problems) == (Decimal("0.1"), [])


def test_a_file_may_begin_with_a_byte_order_mark_and_empty_lines():
    assert read(["\n\ufeff" + record(1, location="A") + "\n"])[0][0][0] == 2
    assert read(["\ufefflocation,sku,onHand,effectiveDate\nA,a,1,2026-01-01T00:00:00Z"])[1] == []


def test_a_column_nobody_knows_is_told_for_every_line():
    problems = read(["location,sku,onHnad,effectiveDate\nA,a,1,2026-01-01T00:00:00Z\n"])[1]
    assert problems == ["line 2: INVALID_FIELD: unknown property 'onHnad'; did you mean 'onHand'?"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("AB")), max_size=12))
def test_waves_keep_the_order_and_hold_each_place_once(keys: list[tuple[str, str]]):
    lines = [record(n, sku=sku, location=place) for n, (sku, place) in enumerate(keys)]
    records = [found for _, found in read(["\n".join(lines) + "\n"] if lines else [])[0]]
    cut = waves(records)
    assert [found for wave in cut for found in wave] == records
    for wave in cut:
        named = [(found.stock_keeping_unit, found.location) for found in wave]
        assert len(set(named)) == len(named)


def test_a_graph_holds_what_can_be_named_and_who_belongs_to_whom():
    locations = [
        Marked(id="1", external_reference="A"),
        Marked(id="2", external_reference="A"),
        Marked(id="3", external_reference=None),
    ]
    groups = [Marked(id="4", external_reference="G")]
    graph = decide_publish_location_graph(locations, groups, [("4", "1"), ("4", "2"), ("4", "3"), ("5", "1")])
    assert (graph.locations, graph.groups, graph.members) == (("A",), ("G",), (("G", "A"),))
    assert [graph.read_count, graph.skipped_count] == [4, 1]
    assert [problem.split()[:2] for problem in graph.problems] == [["Location", "3"], ["2", "Location"]]


def test_a_null_character_costs_its_own_line_and_nothing_else():
    lines = [json.dumps({"location": "A"}), json.dumps({"location": "a\0b"}), record(1, sku="s\0"), "\0" * 9, record(2)]
    records, problems, _ = read(["\n".join(lines)])
    assert [found.stock_keeping_unit for _, found in records] == ["s2"]
    assert [found.location for _, found in records] == ["A"]
    assert [problem.partition(":")[0] for problem in problems] == ["line 2", "line 3", "line 4"]
    assert "\0" not in "".join(problems)


def test_a_null_character_in_the_header_is_an_unknown_column():
    _, problems, _ = read(["sk\0u,location\ns1,A"])
    assert "\0" not in "".join(problems)
    assert "unknown property" in problems[0]
