"""A declined card is tried again, and what the operation said of it is kept."""

from contextlib import closing
from decimal import Decimal
from typing import Any

import pytest

from orderwright.demo.declined import MOST_RETRIES, funded, read_declined
from orderwright.demo.journal import Journal
from orderwright.demo.steps import Case, Desk, Measured, StepFailed

OPERATION = "08P000000000001AAA"


def ended(outcome, code, message, completed):
    """What an operation says once a run of it has ended."""
    return {
        "Status": "Complete",
        "Outcome": outcome,
        "OutcomeCode": code,
        "OutcomeMessage": message,
        "RequestedAmount": 100,
        "CompletedAmount": completed,
        "Attempts": 1,
        "RetryCount": 0,
        "FinishedAt": "2026-03-01T12:00:00.000Z",
    }


DECLINE = ended("Failed", "declined", "Capture of 100.00 GBP: Decline (not this card)", 0)
REFUSED_FOR_GOOD = ended("Failed", "do_not_retry", "Capture of 100.00 GBP: PermanentFail", 0)
DONE = ended("Succeeded", None, "100.00 of 100.00 GBP done", 100) | {"Attempts": 2, "RetryCount": 1}


class Server:
    """Operations end as `runs` say, one after the other; each retry begins the next."""

    def __init__(self, *runs):
        self.runs = list(runs)
        self.retried: list[str] = []

    async def get(self, path, **query):
        assert path == f"sobjects/BackgroundOperation/{OPERATION}"
        return self.runs[0]

    async def post(self, path, body, key):
        assert path == f"commerce/order-management/background-operations/{OPERATION}/actions/retry"
        self.retried.append(key)
        self.runs.pop(0)


@pytest.fixture
def journal(tmp_path):
    with closing(Journal(tmp_path / "journal", "abc")) as journal:
        yield journal


def case_at(server: Any, journal):
    shop: Any = None
    return Case(Desk(server, journal, shop, Measured()), "order 1", None)


async def test_an_operation_that_went_well_is_left_alone(journal):
    server = Server(DONE)
    await funded(case_at(server, journal), OPERATION, "ensure funds")
    assert server.retried == []
    assert not journal.facts("order 1")


async def test_a_declined_card_is_tried_again_and_both_is_told_afterwards(journal):
    server = Server(DECLINE, DONE)
    case = case_at(server, journal)
    await funded(case, OPERATION, "ensure funds")
    assert len(server.retried) == 1
    (declined,) = await read_declined(case.desk, {"1": journal.facts("order 1")})
    assert (declined.then.outcome, declined.then.code, declined.then.message) == (
        "Failed",
        "declined",
        "Capture of 100.00 GBP: Decline (not this card)",
    )
    assert (declined.then.completed, declined.now.completed, declined.now.retries) == (Decimal(0), Decimal(100), 1)


async def test_what_was_said_is_noted_before_it_is_retried(journal):
    class Gone(Server):
        async def post(self, path, body, key):
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await funded(case_at(Gone(DECLINE), journal), OPERATION, "ensure funds")
    assert journal.facts("order 1")["declined"]["code"] == "declined"


async def test_a_card_that_stays_declined_is_given_up_with_the_words_of_the_operation(journal):
    server = Server(*[DECLINE] * 9)
    with pytest.raises(StepFailed, match=r"Failed: Capture of 100\.00 GBP: Decline"):
        await funded(case_at(server, journal), OPERATION, "ensure funds")
    assert len(set(server.retried)) == MOST_RETRIES, "each retry has a key of its own"


async def test_what_is_refused_for_good_is_not_tried_again(journal):
    server = Server(REFUSED_FOR_GOOD)
    with pytest.raises(StepFailed, match="PermanentFail"):
        await funded(case_at(server, journal), OPERATION, "ensure funds")
    assert server.retried == []
