"""New record ids, made without a central counter (decisions.md S3, W8).

After the object's key prefix come twelve base-62 digits that hold 71 bits: milliseconds since 1970 (42), the shard's
bucket (12), the node that made it (8) and a counter (9). Ids of one process therefore sort by time; the bucket lets
`shard_of` find the row without asking anybody. A burst borrows from the milliseconds ahead, never more than a second.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

from orderwright.objects.definition import Id

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUE = {digit: value for value, digit in enumerate(DIGITS)}
_PAIRS = [a + b for a in DIGITS for b in DIGITS]

BUCKET_BITS, NODE_BITS, COUNTER_BITS = 12, 8, 9
BUCKETS, NODES = 1 << BUCKET_BITS, 1 << NODE_BITS
COUNTER_END = 1 << COUNTER_BITS
BORROW_LIMIT_MS = 1000


def system_milliseconds() -> int:
    """Milliseconds since 1970 by this machine's clock; ids follow real time even when the system's clock is set."""
    return time.time_ns() // 1_000_000


class IdSource:
    """Makes ids for one process, which holds the lease of `node`."""

    def __init__(self, node: int, milliseconds: Callable[[], int] = system_milliseconds) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"node {node} is outside 0..{NODES - 1}")
        self._node = node
        self._milliseconds = milliseconds
        self._last = 0
        self._counter = 0
        self._buckets = itertools.count(milliseconds())

    def new_bucket(self) -> int:
        """The bucket for a record that starts a shard of its own: every bucket in turn."""
        return next(self._buckets) % BUCKETS

    def new_id(self, key_prefix: str, bucket: int) -> Id:
        """A new id in `bucket`. Waits when the process is more than a second ahead of the clock."""
        self._advance()
        bits = self._last << BUCKET_BITS | bucket
        bits = (bits << NODE_BITS | self._node) << COUNTER_BITS | self._counter
        return key_prefix + encode(bits)

    def new_ids(self, key_prefix: str, bucket: int, count: int) -> list[Id]:
        """As many new ids in `bucket`, in their order; far cheaper than one after the other."""
        made: list[Id] = []
        while len(made) < count:
            self._advance()
            taken = min(count - len(made), COUNTER_END - self._counter)
            bits = self._last << BUCKET_BITS | bucket
            first = (bits << NODE_BITS | self._node) << COUNTER_BITS | self._counter
            made += _run(key_prefix, first, taken)
            self._counter += taken - 1
        return made

    def _advance(self) -> None:
        now = self._milliseconds()
        if now > self._last:
            self._last, self._counter = now, 0
            return
        self._counter += 1
        if self._counter == COUNTER_END:
            self._last, self._counter = self._last + 1, 0
            while self._last - self._milliseconds() > BORROW_LIMIT_MS:
                time.sleep(0.001)


def _run(key_prefix: str, first: int, count: int) -> list[Id]:
    """`count` ids from `first` on: numbers that follow each other differ in their last digits only."""
    high, low = divmod(first, len(_PAIRS))
    ids: list[Id] = []
    while count:
        head, end = key_prefix + encode(high * len(_PAIRS))[:-2], min(low + count, len(_PAIRS))
        ids += [head + pair for pair in _PAIRS[low:end]]
        count, high, low = count - (end - low), high + 1, 0
    return ids


def encode(bits: int) -> str:
    """Twelve base-62 digits."""
    pairs = []
    for _ in range(6):
        bits, pair = divmod(bits, 3844)
        pairs.append(_PAIRS[pair])
    return "".join(reversed(pairs))


def shard_of(record_id: Id) -> int:
    """The bucket in an id: where the record was made, and unless it moved, where it is."""
    bits = 0
    for digit in record_id[3:]:
        bits = bits * 62 + _VALUE[digit]
    return bits >> NODE_BITS + COUNTER_BITS & BUCKETS - 1
