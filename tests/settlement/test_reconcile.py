"""Our books beside the simulator's, in one PostgreSQL: what moved through us is alike, what is corrupted is found."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from orderwright.app import create_app
from orderwright.gateways.protocol import GatewayResponse, ListedTransaction, NotListed
from orderwright.gateways.simulator import Simulator
from orderwright.objects.identity import to_15
from orderwright.settings import Settings
from orderwright.settlement import reconcile as settlement
from orderwright.settlement.gateways import ConfiguredGateways
from orderwright.settlement.reconcile import NotCompared, Report, reconcile
from orderwright.store import reconciliation
from orderwright.store.database import connected
from orderwright.store.oauth import create_client
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.changing import place, post
from tests.rest.conftest import Hands
from tests.rest.funding import funded, run, simulated
from tests.rest.payments.till import Till, till

BOOKED = {"Authorize": 80, "Capture": 20, "Refund": 8, "Sale": 40, "Void": 5}
"""What both books hold of the shop below."""
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


@dataclass
class Shop:
    """A shop that moved money in every way: 50 and 30 authorized, 20 captured of the one, 5 released of the other, 40
    sold, 8 of them refunded. Then an hour passed.
    """

    store: Store
    clock: Hands
    till: Till
    simulator: Simulator
    gateways: Any
    ids: dict[str, str]

    async def compare(self, since: dt.timedelta = 7 * DAY, **options: Any) -> Report:
        now = self.store.now()
        return await reconcile(self.store, self.gateways, "Simulator", now - since, now, **options)

    async def kinds(self, **options: Any) -> list[str]:
        return [difference.kind for difference in (await self.compare(**options)).comparison.differences]

    async def sql(self, *statements: str) -> None:
        for statement in statements:
            await self.store.database.main.execute(statement)

    async def request(self, kind: str) -> str:
        """The id of the one request of this kind, or of the last."""
        query = "SELECT id FROM gateway_request WHERE kind = $1 ORDER BY id DESC LIMIT 1"
        return str(await self.store.database.main.fetchval(query, kind))


class Replaced(ConfiguredGateways):
    """The configured gateways, with another one in the simulator's place."""

    stand_in: Any = None

    async def called(self, name: str) -> Any:
        return self.stand_in or await super().called(name)


@pytest.fixture
async def shop(fresh_database_url: str) -> AsyncIterator[Shop]:
    clock = Hands()
    async with connected(fresh_database_url) as database:
        store = Store(database, clock)
        app = create_app(store, Settings())
        transport = httpx.ASGITransport(app=app)
        client_id, secret = await create_client(database, "Test shop", clock())
        gateways = Replaced(database, "Simulator", environment={}, clock=clock)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http,
            simulated(store) as simulator,
        ):
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            counter = await till(Caller(http))
            ids = await moved(counter)
            clock.now += 60 * MINUTE
            yield Shop(store, clock, counter, simulator, gateways, ids)
        await gateways.close()


async def moved(counter: Till) -> dict[str, str]:
    first, second = await counter.authorized(50), await counter.authorized(30)
    captured = await counter.made(f"/authorizations/{first}/captures", {"amount": 20})
    await counter.made(f"/authorizations/{second}/reversals", {"amount": 5})
    sold = await counter.sold(40)
    await counter.made(f"/payments/{sold}/refunds", {"amount": 8})
    return {"first": first, "second": second, "captured": captured["payment"]["id"], "sold": sold}


def totals(report: Report) -> dict[str, tuple[Decimal, Decimal]]:
    return {total.kind: (total.ours, total.theirs) for total in report.comparison.totals}


async def test_all_that_moved_through_us_is_alike(shop: Shop):
    report = await shop.compare()
    assert report.comparison.differences == ()
    assert (report.compared_by, report.not_listed, report.settled, report.found) == ("list", None, None, {})
    assert totals(report) == {kind: (Decimal(amount), Decimal(amount)) for kind, amount in BOOKED.items()}
    assert {total.currency_iso_code for total in report.comparison.totals} == {"GBP"}


ANSWERED = """
INSERT INTO simulator.answer (idempotency_key, fingerprint, request, sf_result_code, gateway_ref_number,
                              gateway_result_code, gateway_message, amount, gateway_date)
SELECT '{key}', '', '', 'Success', {number}, '', '', 3, gateway_date FROM simulator.answer WHERE amount = 20
"""
CAPTURED = """
INSERT INTO simulator.capture (reference, authorization_reference, currency_iso_code, amount, booked_at)
SELECT '{number}', authorization_reference, currency_iso_code, 3, booked_at FROM simulator.capture WHERE amount = 20
"""


def another(key: str, number: str = "sim_capture_x") -> list[str]:
    """Another capture in the simulator's books, of 3."""
    return [CAPTURED.format(number=number), ANSWERED.format(key=key, number=f"'{number}'")]


AGAIN = ANSWERED.format(key="again", number="gateway_ref_number")
"""The capture of 20 once more, under another key."""


@pytest.mark.parametrize(
    ("corruption", "expected", "said"),
    [
        pytest.param(
            ["UPDATE simulator.capture SET amount = 19 WHERE amount = 20"], "AmountDiffers", ("20", "19"), id="amount"
        ),
        pytest.param(
            ["UPDATE simulator.refund SET amount = 9"], "AmountDiffers", ("8", "9"), id="amount of a refund"
        ),
        pytest.param(
            ["UPDATE simulator.capture SET currency_iso_code = 'EUR' WHERE amount = 20"],
            "CurrencyDiffers",
            ("20", "20"),
            id="currency",
        ),
        pytest.param(
            [
                "UPDATE simulator.capture SET reference = 'sim_sale_x' WHERE amount = 20",
                "UPDATE simulator.answer SET gateway_ref_number = 'sim_sale_x' WHERE amount = 20",
            ],
            "KindDiffers",
            ("20", "20"),
            id="kind",
        ),
        pytest.param(["DELETE FROM simulator.refund"], "MissingThere", ("8", None), id="gone there, but answered"),
        pytest.param(
            ["DELETE FROM simulator.void", "DELETE FROM simulator.answer WHERE amount = 5"],
            "MissingThere",
            ("5", None),
            id="gone there without a trace",
        ),
        pytest.param(
            another("9gR000000000001"), "MissingHere", (None, "3"), id="a key of ours that is not in our books"
        ),
        pytest.param(["UPDATE refund SET is_deleted = true"], "MissingHere", ("8", "8"), id="our record was deleted"),
        pytest.param(another("dashboard-1"), "Unknown", (None, "3"), id="made without us"),
        pytest.param(
            [AGAIN], "Twice", ("20", "20"), id="one movement booked twice"
        ),
        pytest.param(["UPDATE refund SET status = 'Failed'"], "StateDiffers", ("8", "8"), id="refused here"),
        pytest.param(
            ["UPDATE gateway_request SET state = 'Indeterminate', made_id = NULL WHERE kind = 'Refund'"],
            "Unsettled",
            ("8", "8"),
            id="open here",
        ),
        pytest.param(
            ["UPDATE payment SET amount = 21 WHERE amount = 20"], "AmountDiffers", ("21", "20"), id="our amount"
        ),
        pytest.param(
            ["UPDATE refund SET gateway_request_id = NULL", "DELETE FROM gateway_request WHERE kind = 'Refund'",
             "DELETE FROM simulator.refund"],
            "MissingThere",
            ("8", None),
            id="a record that says we made it, without a request",
        ),
    ],
)  # fmt: skip
async def test_what_is_corrupted_is_found_and_nothing_else(
    shop: Shop, corruption: list[str], expected: str, said: tuple[str | None, str | None]
):
    await shop.sql(*corruption)
    report = await shop.compare()
    (difference,) = report.comparison.differences
    assert difference.kind == expected
    assert report.found == {expected: 1}
    amounts = [None if side is None else side.amount for side in (difference.ours, difference.theirs)]
    assert amounts == [None if amount is None else Decimal(amount) for amount in said]


async def test_a_difference_names_order_record_and_key(shop: Shop):
    paying = await funded(shop.till.api)
    operation = await paying.queued("ensure-funds-async", {"invoiceId": paying.invoice})
    await run(shop.store, shop.simulator, operation)
    shop.clock.now += MINUTE
    report = await shop.compare()
    assert (report.comparison.differences, totals(report)["Capture"]) == ((), (Decimal("48.80"), Decimal("48.80")))
    await shop.sql("UPDATE simulator.capture SET amount = 1 WHERE amount = 8.80")
    (difference,) = (await shop.compare()).comparison.differences
    ours = difference.ours
    assert ours is not None
    summary = await shop.till.api.read("OrderSummary", paying.placed.summary)
    assert ours.order_number == summary["OrderNumber"]
    assert ours.record_number is not None
    assert ours.record_number.startswith("P-")
    assert (ours.status, ours.state, ours.kind) == ("Processed", "Succeeded", "Capture")
    assert ours.drawn_id == to_15(paying.authorizations[1])


async def test_a_movement_without_a_key_is_known_by_its_number(shop: Shop):
    await shop.sql("UPDATE simulator.answer SET idempotency_key = 'lost ' || idempotency_key")
    assert await shop.kinds() == []
    await shop.sql("UPDATE simulator.capture SET amount = 19 WHERE amount = 20")
    assert await shop.kinds() == ["AmountDiffers"]


async def test_what_was_made_elsewhere_counts_if_the_gateway_knows_its_number(shop: Shop):
    api = shop.till.api
    for number in ("sim_capture_x", "elsewhere"):
        await api.create(
            "Payment", Amount=3, CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed", Type="Capture",
            GatewayRefNumber=number,
        )  # fmt: skip
    assert await shop.kinds() == []
    await shop.sql(*another("dashboard-1"))
    report = await shop.compare()
    assert report.comparison.differences == ()
    assert totals(report)["Capture"] == (Decimal(23), Decimal(23))


async def test_what_moved_to_the_shard_of_its_order_is_found_there(shop: Shop):
    placed = await place(shop.till.api)
    body = {"orderSummaryId": placed.summary, "paymentAuthorizationId": shop.ids["first"]}
    answer = await post(shop.till.api, "/commerce/order-management/order-payment-summaries", body)
    assert answer.status_code == 201, answer.text
    report = await shop.compare()
    assert report.comparison.differences == ()
    assert totals(report)["Capture"] == (Decimal(20), Decimal(20))


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_pages_are_put_together_whole(shop: Shop, monkeypatch: pytest.MonkeyPatch, size: int):
    monkeypatch.setattr(reconciliation, "PAGE", size)
    await shop.sql(
        *another("dashboard-1"), *another("dashboard-2", "sim_capture_y"), "UPDATE simulator.refund SET amount = 9"
    )
    report = await shop.compare()
    assert sorted(difference.kind for difference in report.comparison.differences) == [
        "AmountDiffers", "Unknown", "Unknown",
    ]  # fmt: skip
    theirs = {kind: there for kind, (_, there) in totals(report).items()}
    assert theirs == {kind: Decimal(amount) for kind, amount in BOOKED.items()} | {"Capture": 26, "Refund": 9}


async def test_only_so_many_differences_are_kept_and_all_are_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settlement, "MOST_LISTED", 2)
    await shop.sql("DELETE FROM simulator.refund", "DELETE FROM simulator.void", "UPDATE payment SET amount = 41")
    report = await shop.compare()
    assert len(report.comparison.differences) == 2
    assert report.found == {"MissingThere": 2, "AmountDiffers": 2}


async def test_what_goes_through_another_gateway_is_left_out(shop: Shop):
    other = await till(shop.till.api, "Stripe")
    await shop.sql(
        f"UPDATE gateway_request SET payment_gateway_id = '{to_15(other.gateway)}' WHERE kind = 'Refund'",  # noqa: S608
        "DELETE FROM simulator.answer WHERE amount = 8",
    )
    report = await shop.compare()
    assert report.comparison.differences == ()
    assert "Refund" not in totals(report)


# Time


async def test_what_is_outside_the_span_is_left_out(shop: Shop):
    await shop.sql("DELETE FROM simulator.refund", *another("dashboard-1"))
    report = await shop.compare(since=30 * MINUTE)
    assert report.comparison.differences == ()
    assert report.comparison.totals == ()


async def test_a_movement_that_each_side_dates_on_another_side_of_the_edge_is_alike(shop: Shop):
    for shift in ("- interval '20 hours'", "+ interval '30 minutes'"):
        await shop.sql(f"UPDATE simulator.answer SET gateway_date = gateway_date {shift}")  # noqa: S608
        assert await shop.kinds(since=61 * MINUTE) == []
        report = await shop.compare(since=61 * MINUTE)
        assert totals(report)["Sale"] == (Decimal(40), Decimal(40))


async def test_what_was_just_booked_is_believed_if_the_gateway_says_it_when_asked(shop: Shop):
    """A list is final some minutes later: until then what it lacks is asked about."""
    sold = await shop.till.sold(7)
    await shop.sql("DELETE FROM simulator.capture WHERE amount = 7")
    shop.clock.now += MINUTE
    assert await shop.kinds() == []
    shop.clock.now += 20 * MINUTE
    (difference,) = (await shop.compare()).comparison.differences
    assert (difference.kind, difference.ours and difference.ours.record_id) == ("MissingThere", to_15(sold))
    assert difference.said is not None
    assert difference.said.status == "Moved"


async def test_a_request_that_was_just_made_is_not_judged(shop: Shop):
    """As the worker finds it between the question and the answer."""
    sold = await shop.till.sold(7)
    await shop.sql(
        f"UPDATE gateway_request SET state = 'Open', made_id = NULL WHERE made_id = '{to_15(sold)}'",  # noqa: S608
    )
    shop.clock.now += MINUTE
    report = await shop.compare()
    assert (report.comparison.differences, report.comparison.under_way) == ((), 1)
    assert totals(report)["Sale"] == (Decimal(40), Decimal(40))
    shop.clock.now += 20 * MINUTE
    assert await shop.kinds() == ["Unsettled"]


# Settling first


async def test_settle_asks_about_what_is_not_known_and_then_compares(shop: Shop):
    await shop.simulator.tell(operation="Sale", kind="timeout_after_success")
    await shop.simulator.tell(operation="LookUp", kind="error_before")
    await shop.till.call("/sales", shop.till.charge(7))
    shop.clock.now += MINUTE
    (difference,) = (await shop.compare()).comparison.differences
    assert (difference.kind, difference.theirs and difference.theirs.amount) == ("Unsettled", Decimal(7))
    report = await shop.compare(settle_first=True)
    assert report.settled == (1, 1)
    assert report.comparison.differences == ()
    assert totals(report)["Sale"] == (Decimal(47), Decimal(47))
    assert (await shop.compare(settle_first=True)).settled == (0, 0)


async def test_what_cannot_be_settled_stays_a_difference(shop: Shop):
    await shop.simulator.tell(operation="Sale", kind="timeout_after_success")
    await shop.simulator.tell(operation="LookUp", kind="error_before", times=10)
    await shop.till.call("/sales", shop.till.charge(7))
    shop.clock.now += MINUTE
    report = await shop.compare(settle_first=True)
    assert report.settled == (0, 1)
    assert report.found == {"Unsettled": 1}


# Without a list


class Unlisted:
    """The simulator without a list of its books; or, told to `stop`, with one that breaks off."""

    def __init__(self, simulator: Simulator, silent: Iterable[str] = ()) -> None:
        self.simulator = simulator
        self.silent = set(silent)
        self.asked: list[str] = []

    async def look_up(self, key: str, drawn_on: Any = None) -> GatewayResponse | None:
        self.asked.append(key)
        found = await self.simulator.look_up(key, drawn_on)
        if key in self.silent and found is not None:
            return replace(found, sf_result_code="Indeterminate", gateway_message="silence")
        return found


class BreaksOff(Unlisted):
    async def transactions(self, since: dt.datetime, until: dt.datetime) -> AsyncIterator[ListedTransaction]:
        async for transaction in self.simulator.transactions(since, until):
            yield transaction
            raise NotListed("The line went dead.")


@pytest.mark.parametrize("kind", [Unlisted, BreaksOff])
async def test_without_a_list_each_of_our_requests_is_asked_about(shop: Shop, kind: type[Unlisted]):
    shop.gateways.stand_in = gateway = kind(shop.simulator)
    report = await shop.compare()
    assert report.comparison.differences == ()
    assert report.compared_by == "look_up"
    assert report.not_listed == ("The line went dead." if kind is BreaksOff else "it does not list its books")
    assert len(gateway.asked) == len(set(gateway.asked)) == 6
    assert totals(report)["Sale"] == (Decimal(40), Decimal(40))


@pytest.mark.parametrize(
    ("corruption", "expected"),
    [
        ("DELETE FROM simulator.answer WHERE amount = 8", ["MissingThere"]),
        ("UPDATE refund SET amount = 9", ["AmountDiffers"]),
        ("UPDATE refund SET status = 'Canceled'", ["StateDiffers"]),
        ("UPDATE simulator.answer SET sf_result_code = 'Decline' WHERE amount = 8", ["MissingThere"]),
        (AGAIN, []),  # only the gateway knows: it cannot be seen
    ],
)
async def test_without_a_list_our_own_movements_are_still_compared(shop: Shop, corruption: str, expected: list[str]):
    shop.gateways.stand_in = Unlisted(shop.simulator)
    await shop.sql(corruption)
    assert await shop.kinds() == expected


async def test_what_the_gateway_does_not_say_is_counted_apart(shop: Shop):
    sale = await shop.request("Sale")
    shop.gateways.stand_in = Unlisted(shop.simulator, silent=[sale])
    report = await shop.compare()
    assert (report.comparison.differences, report.comparison.unanswered) == ((), (sale,))


async def test_a_gateway_that_answers_nothing_cannot_be_compared(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(settlement, "MOST_UNANSWERED", 5)
    keys = [row["id"] for row in await shop.store.database.main.fetch("SELECT id FROM gateway_request")]
    shop.gateways.stand_in = Unlisted(shop.simulator, silent=keys)
    with pytest.raises(NotCompared, match="5 requests in a row; of the last: silence"):
        await shop.compare()


async def test_comparing_writes_nothing(shop: Shop):
    tables = ["gateway_request", "payment", "refund", "payment_gateway_log", "event", "process_exception"]
    parts = [f"SELECT md5(string_agg(t::text, '' ORDER BY id)) FROM {table} t" for table in tables]  # noqa: S608
    query = " UNION ALL ".join(parts)
    await shop.sql("UPDATE gateway_request SET state = 'Indeterminate' WHERE kind = 'Refund'")
    before = await shop.store.database.main.fetch(query)
    assert await shop.kinds() == ["Unsettled"]
    assert await shop.store.database.main.fetch(query) == before
