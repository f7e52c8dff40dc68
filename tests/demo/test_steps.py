"""Steps happen once: answers are lost before and after the write, and the run itself is cut off."""

from collections import Counter
from contextlib import closing
from typing import Any

import pytest

from orderwright.demo.client import ApiError, Unanswered
from orderwright.demo.journal import Journal
from orderwright.demo.steps import Case, Desk, Measured, Step, made_or_named, take


class World:
    """What really happened; each step can lose its answer before or after it happens."""

    def __init__(self):
        self.happened: Counter[str] = Counter()
        self.losses: dict[str, list[str]] = {}

    def step(self, name):
        async def act(case):
            losses = self.losses.setdefault(name, [])
            loss = losses.pop(0) if losses else None
            if loss == "before":
                raise Unanswered(name)
            self.happened[name] += 1
            if loss == "after":
                raise Unanswered(name)
            return {f"{name} id": "1"}

        async def find(case):
            return {f"{name} id": "1"} if self.happened[name] else None

        return Step(name, act, find)


def case_of(journal):
    """An order on its way; these steps ask no server."""
    nobody: Any = None
    return Case(Desk(nobody, journal, nobody, Measured()), "order 1", None)


@pytest.fixture
def world():
    return World()


async def run(world, path, names=("place", "pay", "fulfil")):
    with closing(Journal(path, "abc")) as journal:
        case = case_of(journal)
        await take(case, [world.step(name) for name in names])
        return dict(journal.facts("order 1")), case.desk.measured


ONCE = {"place": 1, "pay": 1, "fulfil": 1}


async def test_every_step_happens_once_in_order_and_is_noted(world, tmp_path):
    facts, measured = await run(world, tmp_path / "j")
    assert world.happened == ONCE
    assert facts == dict.fromkeys(ONCE, True) | {f"{name} id": "1" for name in ONCE}
    assert {name: len(seconds) for name, seconds in measured.seconds.items()} == ONCE


@pytest.mark.parametrize("losses", [["before"], ["after"], ["before", "before", "after"]])
async def test_a_step_whose_answer_is_lost_still_happens_once(world, tmp_path, losses):
    world.losses["pay"] = list(losses)
    facts, measured = await run(world, tmp_path / "j")
    assert world.happened == ONCE
    assert facts["pay id"] == "1"
    assert measured.lost_answers == {"pay": len(losses)}


async def test_a_run_that_was_cut_off_after_a_step_and_before_its_note_is_continued_without_repeating(world, tmp_path):
    path = tmp_path / "j"
    await run(world, path, ["place", "pay"])
    without_last_note = path.read_bytes().splitlines(keepends=True)[:-1]
    path.write_bytes(b"".join(without_last_note))
    facts, measured = await run(world, path)
    assert world.happened == ONCE
    assert facts["pay"] is True
    assert measured.found_done == {"pay": 1}


async def test_a_second_run_repeats_nothing(world, tmp_path):
    await run(world, tmp_path / "j")
    await run(world, tmp_path / "j")
    assert world.happened == ONCE


async def test_a_refusal_is_not_tried_again(world, tmp_path):
    async def refused(case):
        raise ApiError("POST x", 400, [{"errorCode": "INVALID_INPUT", "message": "no"}])

    with closing(Journal(tmp_path / "j", "abc")) as journal:
        case = case_of(journal)
        with pytest.raises(ApiError):
            await take(case, [Step("place", refused, refused)])
        assert not journal.facts("order 1")


def refusal(code, message):
    async def refuse():
        raise ApiError("POST x", 409, [{"errorCode": code, "message": message}])

    return refuse()


async def test_a_second_creation_answers_with_what_exists():
    message = "order 801IWOQr0fgRH6W already has the order summary 1OsIWOQr0fgRH6W"
    assert await made_or_named(refusal("DUPLICATE_VALUE", message), "orderSummaryId", "1Os") == "1OsIWOQr0fgRH6W"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("DUPLICATE_VALUE", "reference 'x' is taken by the order summary of order 801IWOQr0fgRH6W"),
        ("INVALID_STATUS", "the order summary 1OsIWOQr0fgRH6W is suspended"),
    ],
)
async def test_any_other_refusal_of_a_creation_stays_one(code, message):
    with pytest.raises(ApiError):
        await made_or_named(refusal(code, message), "orderSummaryId", "1Os")
