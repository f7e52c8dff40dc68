"""A submit that carries a preview's token does exactly what was previewed, or says what is different now."""

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller, exact
from tests.rest.changing import Nothing, Placed, place, refusal, version_of

Ask = Callable[[Placed], Any]

CHANGES: tuple[tuple[str, str, Ask], ...] = (
    ("preview-cancel", "submit-cancel", lambda p: p.of("towel", delivery=True, changeItemFees=[p.fee(1)])),
    ("preview-return", "submit-return", lambda p: p.of("mug", delivery=True)),
    ("adjust-item-preview", "adjust-item-submit", lambda p: p.off("mug", -2)),
)
every_change = pytest.mark.parametrize(("preview", "submit", "ask"), CHANGES, ids=[row[1] for row in CHANGES])


@pytest.fixture
async def placed(api: Caller) -> Placed:
    """An order whose mugs have been shipped, and whose towels have not."""
    found = await place(api)
    await found.shipped(mug=4, delivery=1)
    return found


async def previewed(placed: Placed, preview: str, body: Any) -> str:
    """The token of a preview."""
    answer = await placed.act(preview, body)
    assert answer.status_code == 201, answer.text
    return answer.headers["Preview-Token"]


def outdated(answer: Any) -> str:
    return refusal(answer, 409, "PREVIEW_OUTDATED")


@every_change
async def test_the_header_comes_always_and_the_body_only_explains_when_asked(
    placed: Placed, preview: str, submit: str, ask: Ask
):
    short = await placed.act(preview, ask(placed))
    long = await placed.act(preview, ask(placed), query="?explain=true")
    assert not {"previewToken", "explanation"} & set(short.json())
    assert short.headers["Preview-Token"] == long.headers["Preview-Token"] == long.json()["previewToken"]
    done = await placed.act(submit, ask(placed))
    assert "Preview-Token" not in done.headers
    assert not {"previewToken", "explanation"} & set(done.json())


@every_change
async def test_a_submit_with_its_token_does_what_was_previewed(placed: Placed, preview: str, submit: str, ask: Ask):
    seen = await placed.act(preview, ask(placed))
    token = {"Preview-Token": seen.headers["Preview-Token"]}
    done = await placed.done(submit, ask(placed), headers=token)
    assert done["changeBalances"] == exact(seen)["changeBalances"]


@every_change
async def test_the_token_is_good_once(placed: Placed, database: Database, preview: str, submit: str, ask: Ask):
    token = {"Preview-Token": await previewed(placed, preview, ask(placed))}
    await placed.done(submit, ask(placed), headers=token)
    version = await version_of(database, placed)
    async with Nothing(database, placed):
        said = outdated(await placed.act(submit, ask(placed), headers=token))
    assert f"was at version {version - 1} and is at {version}" in said


async def test_a_change_in_between_is_named_with_version_and_money(placed: Placed, database: Database):
    """A towel is 8.05 with its taxes; 1.00 less for all three, with 0.15 less tax, makes it 0.38 cheaper."""
    body = placed.of("towel")
    token = {"Preview-Token": await previewed(placed, "preview-cancel", body)}
    await placed.done("adjust-item-submit", placed.off("towel", -1))
    async with Nothing(database, placed):
        said = outdated(await placed.act("submit-cancel", body, headers=token))
    assert "the grand total would change by 7.67, not by 8.05" in said
    assert "Preview again" in said


async def test_a_description_in_between_counts_as_a_change(placed: Placed, database: Database):
    body = placed.of("towel")
    token = {"Preview-Token": await previewed(placed, "preview-cancel", body)}
    await placed.api.send("PATCH", f"/sobjects/OrderSummary/{placed.summary}", {"Description": "Gift"})
    async with Nothing(database, placed):
        assert "version" in outdated(await placed.act("submit-cancel", body, headers=token))


OTHERS: tuple[tuple[str, str, Ask, str, Ask], ...] = (
    ("more units", "preview-cancel", lambda p: p.of("towel", 1), "submit-cancel", lambda p: p.of("towel", 2)),
    (
        "another reason text", "preview-cancel", lambda p: p.of("towel"),
        "submit-cancel", lambda p: p.of("towel", reasonForChangeText="late"),
    ),
    (
        "a fee of another name", "preview-cancel", lambda p: p.of("towel", changeItemFees=[p.fee(1)]),
        "submit-cancel", lambda p: p.of("towel", changeItemFees=[p.fee(1) | {"description": "Restocking"}]),
    ),
    (
        "another description", "adjust-item-preview", lambda p: p.off("mug", -2),
        "adjust-item-submit",
        lambda p: {"adjustItems": [p.off("mug", -2)["adjustItems"][0] | {"description": "Sorry"}]},
    ),
    (
        "taxes in other lines", "adjust-item-preview", lambda p: p.off("towel", -2),
        "adjust-item-submit", lambda p: p.off("towel", -2, individualLineItemTaxAdjustments=True),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("what", "preview", "ask", "submit", "other"), OTHERS, ids=[row[0] for row in OTHERS])
async def test_another_request_is_not_what_was_previewed(
    placed: Placed, database: Database, what: str, preview: str, ask: Ask, submit: str, other: Ask
):
    token = {"Preview-Token": await previewed(placed, preview, ask(placed))}
    async with Nothing(database, placed):
        said = outdated(await placed.act(submit, other(placed), headers=token))
    assert "version" not in said


async def test_another_way_of_asking_for_the_same_is_what_was_previewed(placed: Placed):
    """2.00 net with its 0.40 tax is 2.40 gross, and a text may stand for a number: the outcome is the same."""
    token = {"Preview-Token": await previewed(placed, "adjust-item-preview", placed.off("mug", -2))}
    await placed.done("adjust-item-submit", placed.off("mug", "-2.40", "AmountWithTax"), headers=token)


async def test_the_token_of_another_order_is_refused(placed: Placed, api: Caller, database: Database):
    other = await place(api)
    await other.shipped(mug=4, delivery=1)
    token = {"Preview-Token": await previewed(other, "preview-cancel", other.of("towel"))}
    async with Nothing(database, placed):
        said = outdated(await placed.act("submit-cancel", placed.of("towel"), headers=token))
    assert "not the one that was previewed" in said


def forged(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


GARBAGE = {
    "empty": "",
    "words": "yes please",
    "not base64": "%%%",
    "base64 of bytes": base64.urlsafe_b64encode(bytes(range(128, 160))).decode(),
    "another object": forged({"hello": "world"}),
    "wrong types": forged({"version": "one", "grand_total": 1, "digest": None}),
    "a list": forged([1, 2, 3]),
    "deep": base64.urlsafe_b64encode(b"[" * 3000).decode(),
    "long": "A" * 4000,
}


@pytest.mark.parametrize("token", GARBAGE.values(), ids=GARBAGE)
async def test_a_token_that_is_none_is_refused_and_nothing_is_written(placed: Placed, database: Database, token: str):
    async with Nothing(database, placed):
        answer = await placed.act("submit-cancel", placed.of("towel"), headers={"Preview-Token": token})
        assert "none of ours" in outdated(answer)
    assert len(answer.content) < 1000


async def test_a_forged_token_is_no_way_in(placed: Placed, database: Database):
    token = forged({"version": await version_of(database, placed), "grand_total": "8.05", "digest": "0" * 32})
    async with Nothing(database, placed):
        outdated(await placed.act("submit-cancel", placed.of("towel"), headers={"Preview-Token": token}))


async def test_a_refused_request_is_refused_for_its_own_reason(placed: Placed, database: Database):
    token = {"Preview-Token": await previewed(placed, "preview-cancel", placed.of("towel"))}
    async with Nothing(database, placed):
        said = refusal(await placed.act("submit-cancel", placed.of("towel", 9), headers=token), 400, "INVALID_INPUT")
    assert "is not available" in said


@every_change
async def test_of_simultaneous_submits_with_one_token_one_is_done(
    placed: Placed, database: Database, preview: str, submit: str, ask: Ask
):
    token = {"Preview-Token": await previewed(placed, preview, ask(placed))}
    before = await version_of(database, placed)
    answers = await asyncio.gather(*(placed.act(submit, ask(placed), headers=token) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert f"was at version {before} and is at {before + 1}" in outdated(answer)
    assert await version_of(database, placed) == before + 1


async def test_without_a_token_simultaneous_submits_queue_and_all_are_done(placed: Placed):
    answers = await asyncio.gather(*(placed.act("submit-cancel", placed.of("towel")) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 400]
    assert (await placed.item("towel"))["QuantityCanceled"] == 3


async def test_cancel_return_and_discount_at_once_are_all_done_and_add_up(placed: Placed):
    """8.05 with a towel, 10.80 with a mug; 1.00 off the mugs, with 0.20 tax, of which the returned mug has its part."""
    await asyncio.gather(
        placed.done("submit-cancel", placed.of("towel")),
        placed.done("submit-return", placed.of("mug")),
        placed.done("adjust-item-submit", placed.off("towel", -1)),
        placed.done("adjust-item-submit", placed.off("mug", -1)),
    )
    summary = await placed.read()
    answer = await placed.api.send("GET", f"/sobjects/Order/{summary['OriginalOrderId']}")
    original = exact(answer)
    related = await placed.api.send("GET", f"/sobjects/Order/{summary['OriginalOrderId']}/RelatedOrders")
    changes = exact(related)["records"]
    assert len(changes) == 4
    for field in ("TotalAmount", "TotalTaxAmount", "GrandTotalAmount"):
        assert summary[field] == original[field] + sum(change[field] for change in changes)
