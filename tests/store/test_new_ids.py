"""Ids that are made many at a time are those that would be made one after the other."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from orderwright.store.ids import BUCKETS, NODES, IdSource, shard_of

START = 1_772_359_200_000


@given(
    st.lists(st.integers(1, 1500), min_size=1, max_size=4),
    st.integers(0, NODES - 1),
    st.integers(0, BUCKETS - 1),
    st.integers(0, 3),
)
def test_many_at_a_time(counts: list[int], node: int, bucket: int, step: int):
    one, many = (IdSource(node, clock(step)) for _ in range(2))
    made = [many.new_ids("001", bucket, count) for count in counts]
    assert [len(ids) for ids in made] == counts
    every = list(itertools.chain(*made))
    assert len(set(every)) == len(every)
    assert every == sorted(every)
    assert {shard_of(record_id) for record_id in every} == {bucket}
    if not step:
        assert every == [one.new_id("001", bucket) for _ in every]


def clock(step: int):
    """Milliseconds that go on by `step` whenever they are asked for."""
    ticks = itertools.count(START, step) if step else itertools.repeat(START)
    return lambda: next(ticks)
