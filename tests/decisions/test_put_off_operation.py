"""An operation that cannot be carried out now is tried again at growing intervals, and then given up."""

import datetime as dt

import msgspec
import pytest

from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.put_off_operation import LONGEST_PAUSE, MOST_TRIES, decide_put_off, pause
from orderwright.decisions.start_operation import decide_start_ensure_funds
from tests.builders import NOW, Books, Line, order_summary

SECOND = dt.timedelta(seconds=1)


def queued() -> tuple[Books, str]:
    books = order_summary(Line("A", 1, "100"))
    books.authorize("100")
    wishes = FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1})))
    decision, operation = decide_start_ensure_funds(books.loaded, wishes, NOW)
    return books, books.save(decision)[operation.id]


@pytest.mark.parametrize(("tries", "seconds"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (10_000, 300)])
def test_the_pause_doubles_up_to_its_limit(tries: int, seconds: int):
    assert pause(tries) == seconds * SECOND
    assert pause(tries) <= LONGEST_PAUSE


def test_it_is_tried_again_and_says_why_it_waits():
    books, operation_id = queued()
    books.save(decide_put_off(books.loaded, books.operation(operation_id), "the gateway is away", NOW))
    operation = books.operation(operation_id)
    assert (operation.process_after, operation.tries, operation.attempts) == (NOW + SECOND, 1, 1)
    assert (operation.error, operation.finished_at, operation.handed_at) == ("the gateway is away", None, None)
    assert books.whole.funds.exceptions == ()


def test_after_so_many_vain_tries_it_is_given_up_and_stays_visible():
    books, operation_id = queued()
    now = NOW
    for number in range(1, MOST_TRIES + 1):
        operation = books.operation(operation_id)
        assert (operation.finished_at, operation.tries) == (None, number - 1)
        books.save(decide_put_off(books.loaded, operation, "the gateway is away", now))
        now = books.operation(operation_id).process_after or now
    operation = books.operation(operation_id)
    assert (operation.status, operation.outcome, operation.finished_at) == ("Error", "Failed", now)
    assert (operation.process_after, operation.tries) == (None, MOST_TRIES)
    assert "the gateway is away" in (operation.outcome_message or "")
    assert books.whole.summary.active_process_exception_count == 1
    # One second, and then twice as long each time.
    assert now - NOW == sum((2**n * SECOND for n in range(MOST_TRIES - 1)), dt.timedelta())


def test_long_words_are_cut_and_not_refused():
    books, operation_id = queued()
    books.save(decide_put_off(books.loaded, books.operation(operation_id), "x" * 5000, NOW))
    assert len(books.operation(operation_id).error or "") == 1000
    last = msgspec.structs.replace(books.operation(operation_id), tries=MOST_TRIES - 1)
    books.put(last)
    books.save(decide_put_off(books.loaded, last, "x" * 5000, NOW))
    assert books.operation(operation_id).status == "Error"
