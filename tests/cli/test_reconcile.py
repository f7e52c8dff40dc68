"""`orderwright reconcile`: what it prints for people and programs, and how it ends."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from orderwright.app import create_app
from orderwright.cli.reconcile import exit_code
from orderwright.cli.reconcile_report import as_json_text, print_report, verdict
from orderwright.decisions.two_books import WAYS_OUT, Comparison, Difference, Ours, Said, Theirs, Total
from orderwright.settings import Settings
from orderwright.settlement.reconcile import Report
from orderwright.store.oauth import create_client
from tests.cli.conftest import command
from tests.conftest import execute, opened_store, run_apart, throw_away_database
from tests.rest.calling import Caller
from tests.rest.funding import simulated
from tests.rest.payments.till import till

TOKEN = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def sold(server_url: str, migrated_database: str) -> Iterator[str]:
    """The URL of a database of a shop that sold for 40 and for 2.50, without a difference."""
    with throw_away_database(server_url, migrated_database) as url:
        run_apart(sell(url))
        yield url


@pytest.fixture
def corrupted(sold: str) -> Iterator[str]:
    """The same while the gateway's books have another amount."""
    execute(sold, "UPDATE simulator.capture SET amount = 39.99 WHERE amount = 40")
    yield sold
    execute(sold, "UPDATE simulator.capture SET amount = 40 WHERE amount = 39.99")


async def sell(url: str, *, unsettled: bool = False) -> None:
    async with opened_store(url) as store, simulated(store) as simulator:
        client_id, secret = await create_client(store.database, "Test shop", store.now())
        app = create_app(store, Settings())
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http,
        ):
            form = TOKEN | {"client_id": client_id, "client_secret": secret}
            token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            shop = await till(Caller(http))
            if unsettled:
                await simulator.tell(operation="Sale", kind="timeout_after_success")
                await simulator.tell(operation="LookUp", kind="error_before")
                await shop.call("/sales", shop.charge(7))
            else:
                await shop.sold(40)
                await shop.sold("2.50")


def said(url: str, *arguments: str, code: int = 0) -> str:
    """What the command prints, without the frames of tables and line breaks."""
    done = command("reconcile", *arguments, "--database-url", url)
    assert (done.returncode, done.stderr) == (code, "")
    return words(done.stdout)


def words(text: str) -> str:
    return " ".join("".join(c if c not in "│┃┡┢╇┏┓┗┛└┘┴┳━─┬├┤┼╈╞╡╪═" else " " for c in text).split())


def refused(url: str, *arguments: str) -> str:
    done = command("reconcile", *arguments, "--database-url", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return words(done.stderr)


def test_no_difference_is_said_in_one_line(sold: str):
    text = said(sold)
    assert text.endswith("No difference: 2 movements on our side, and the same at the gateway.")
    assert "GBP Sale 2 42.50 2 42.50 none" in text


def test_a_difference_is_shown_with_both_sides_and_the_way_out(corrupted: str):
    text = said(corrupted, code=1)
    assert "GBP Sale 2 42.50 2 42.49 -0.01" in text
    assert "AmountDiffers Sale 40.00 GBP Sale 39.99 GBP P-" in text
    for part in ("Processed sim_sale_", "key 9gR", "Succeeded"):
        assert part in text, part
    assert f"AmountDiffers: {WAYS_OUT['AmountDiffers']}" in text
    assert text.endswith("1 difference: 1 AmountDiffers.")


def test_programs_read_json_with_exact_amounts(corrupted: str):
    done = command("reconcile", "--json", "--database-url", corrupted)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert (report["gateway"], report["compared_by"], report["found"]) == ("Simulator", "list", {"AmountDiffers": 1})
    (total,) = report["comparison"]["totals"]
    assert {name: Decimal(total[name]) for name in ("ours", "theirs", "difference")} == {
        "ours": Decimal("42.50"), "theirs": Decimal("42.49"), "difference": Decimal("-0.01")
    }  # fmt: skip
    (difference,) = report["comparison"]["differences"]
    assert (difference["ours"]["amount"], difference["theirs"]["amount"]) == ("40.00", "39.99")
    assert difference["way_out"] == WAYS_OUT["AmountDiffers"]


def test_what_lies_outside_the_span_is_left_out(corrupted: str):
    assert said(corrupted, "--since", "2020-01-01", "--until", "2020-02-01T00:00:00Z").endswith(
        "No difference: 0 movements on our side, and the same at the gateway."
    )


def test_settle_asks_first(fresh_database_url: str):
    run_apart(sell(fresh_database_url, unsettled=True))
    assert "1 difference: 1 Unsettled." in said(fresh_database_url, code=1)
    text = said(fresh_database_url, "--settle")
    assert "Asked about 1 unsettled request first: 1 settled." in text
    assert "GBP Sale 1 7.00 1 7.00 none" in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--gateway", "Acme"), "No payment gateway is named 'Acme'"),
        (("--gateway", "Stripe"), "SECRET_KEY"),
        (("--since", "yesterday"), "'yesterday' is no day or moment; write 2026-03-01"),
        (("--since", "2026-03-02", "--until", "2026-03-02"), "lies after --until, or at it"),
    ],
)
def test_what_cannot_be_compared_is_said_in_words(sold: str, arguments: tuple[str, ...], expected: str):
    assert expected in refused(sold, *arguments)


# The report by itself.

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
OURS = Ours(
    id="9gR000000000001", kind="Refund", state="Succeeded", amount=Decimal(8), currency_iso_code="EUR", asked_at=NOON,
    at=NOON, status="Processed", record_id="0cb000000000001", order_number="S-1",
)  # fmt: skip
UNKNOWN = Theirs(
    kind="Capture", gateway_ref_number="ch_1", idempotency_key=None, drawn_on=None, amount=Decimal("1.5"),
    currency_iso_code="XXX", booked_at=NOON,
)  # fmt: skip


def report(differences: tuple[Difference, ...] = (), **changed: Any) -> Report:
    facts = {
        "totals": (
            Total(currency_iso_code="EUR", kind="Refund", ours=Decimal(8), theirs=Decimal(8), ours_count=1,
                  theirs_count=1),
        ),
        "differences": differences,
    }  # fmt: skip
    found = {difference.kind: 1 for difference in differences}
    comparison = Comparison(**facts | changed.pop("comparison", {}))
    whole = {"compared_by": "list", "not_listed": None, "settled": None, "found": found, "comparison": comparison}
    return Report(gateway="Acme", since=NOON, until=NOON + dt.timedelta(days=1), **whole | changed)


def printed(of: Report, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "200")
    print_report(of)
    return words(capsys.readouterr().out)


def test_without_a_list_it_says_what_cannot_be_seen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    of = report(compared_by="look_up", not_listed="The line went dead.")
    text = printed(of, capsys, monkeypatch)
    assert "by asking Acme about each of our requests, as the line went dead. What only the gateway knows" in text
    assert exit_code(of) == 0


def test_what_was_not_answered_is_no_agreement(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    of = report(comparison={"unanswered": ("9gR000000000002",), "under_way": 3})
    text = printed(of, capsys, monkeypatch)
    assert "Not compared, as the gateway did not say what became of it: 1 request, the first is 9gR000000000002" in text
    assert "Left out: 3 requests of the last 10 minutes that may still be under way." in text
    assert text.endswith("No difference among what was compared: 1 movement on our side, and the same at the gateway.")
    assert exit_code(of) == 2


def test_differences_go_before_what_was_not_answered():
    difference = Difference(kind="MissingThere", ours=OURS, theirs=None, way_out="")
    assert exit_code(report((difference,), comparison={"unanswered": ("9gR000000000002",)})) == 1


def test_each_side_alone_is_shown_and_amounts_of_no_currency_stay_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    of = report((
        Difference(
            kind="MissingThere", ours=OURS, theirs=None, said=Said(status="Refused", words="declined"), way_out=""
        ),
        Difference(kind="Unknown", ours=None, theirs=UNKNOWN, way_out=""),
    ))  # fmt: skip
    text = printed(of, capsys, monkeypatch)
    for part in (
        ("MissingThere Refund 8.00 EUR nothing 0cb000000000001AAA Processed it says: Refused, declined order S-1 "
        "key 9gR000000000001, Succeeded 2026-03-01 12:00:00 UTC"),
        "Unknown nothing Capture 1.5 XXX ch_1 no key 2026-03-01 12:00:00 UTC",
    ):  # fmt: skip
        assert part in text, part
    assert text.endswith("2 differences: 1 MissingThere, 1 Unknown.")
    assert json.loads(as_json_text(of))["comparison"]["differences"][0]["theirs"] is None


def test_more_differences_than_are_listed_are_counted():
    difference = Difference(kind="MissingThere", ours=OURS, theirs=None, way_out="")
    assert verdict(report((difference,), found={"MissingThere": 2500})) == (
        "2500 differences: 2500 MissingThere; 2499 of them are not listed."
    )


def test_the_command_explains_itself():
    done = command("reconcile", "--help")
    assert done.returncode == 0
    for option in ("--gateway", "--since", "--until", "--settle", "--json", "--database-url"):
        assert option in done.stdout
