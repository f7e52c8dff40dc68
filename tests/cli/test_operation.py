"""`orderwright operation`: what came of background operations, for people, and what they can do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import get_args

import httpx
import pytest

from orderwright.app import create_app
from orderwright.cli.operation_report import MEANING
from orderwright.decisions.record_answer import SfResultCode
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.objects.identity import to_15
from orderwright.settings import Settings
from orderwright.store.oauth import create_client
from orderwright.store.transaction import Store
from tests.cli.conftest import command
from tests.conftest import opened_store, run_apart, throw_away_database
from tests.rest.calling import Caller
from tests.rest.funding import Funded, funded, run

FUNDS, REFUNDS = "ensure-funds-async", "ensure-refunds-async"


@dataclass(frozen=True)
class Ran:
    """A database with one operation of each kind of end."""

    url: str
    declined: str
    refunded: str
    refused: str
    unknown: str
    waiting: str

    def say(self, *arguments: str) -> str:
        """What the command says when it does its work."""
        done = command("operation", *arguments, "--database-url", self.url)
        assert (done.returncode, done.stderr) == (0, "")
        return rows(done.stdout)

    def refuse(self, *arguments: str) -> str:
        """What the command says when it does not."""
        done = command("operation", *arguments, "--database-url", self.url)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
        return " ".join(done.stderr.replace("│", " ").split())


def rows(said: str) -> str:
    """The text without the frames of tables and its line breaks, so that words can be looked for."""
    return " ".join("".join(c if c not in "│┃┡┢╇┏┓┗┛└┘┴┳━─┬├┤┼╈╞╡╪═" else " " for c in said).split())


@pytest.fixture(scope="module")
def ran(server_url: str, migrated_database: str) -> Iterator[Ran]:
    with throw_away_database(server_url, migrated_database) as url:
        yield run_apart(work(url))


async def work(url: str) -> Ran:
    async with opened_store(url) as store:
        client_id, secret = await create_client(store.database, "Test shop", store.now())
        transport = httpx.ASGITransport(app=create_app(store, Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http:
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            simulator = Simulator(await open_pool(url, max_size=2), store.clock)
            try:
                return await ends(url, store, simulator, Caller(http))
            finally:
                await simulator.close()


async def ends(url: str, store: Store, simulator: Simulator, api: Caller) -> Ran:
    first, second = await funded(api), await funded(api)
    declined = await asked(first, store, simulator, "decline")
    await simulator.tell(operation="LookUp", kind="error_before")
    unknown = await asked(second, store, simulator, "timeout_after_success")
    refused = await first.queued(REFUNDS, {"excessFundsAmount": 500})
    await run(store, simulator, refused)
    refunded = await first.queued(REFUNDS, {"excessFundsAmount": 5})
    await run(store, simulator, refunded)
    waiting = await second.queued(FUNDS, {"invoiceId": second.invoice})
    return Ran(url, declined, refunded, refused, unknown, waiting)


async def asked(of: Funded, store: Store, simulator: Simulator, kind: str) -> str:
    """Ask for funds, and let the first card meet a fault."""
    operation = await of.queued(FUNDS, {"invoiceId": of.invoice})
    await simulator.tell(operation="Capture", kind=kind, match=to_15(of.authorizations[0]))  # type: ignore[arg-type]
    await run(store, simulator, operation)
    return operation


def test_a_declined_card_is_understood_from_the_operation_alone(ran: Ran):
    said = ran.say("show", ran.declined)
    for part in (
        ran.declined, "EnsureFunds of order", "INV-",
        "PartlySucceeded: 8.80 of 28.80 GBP done", "status Complete", "attempts 1;",
        "Capture of 20.00 GBP: Decline",  # the error in words
        "Capture 20.00 GBP Payment Refused 1 Decline refused, nothing moved; may be tried again",
        "Capture 8.80 GBP Payment Succeeded 1 Success done",
        "PGL-", "Payments made:", "P-", "8.80 GBP sim_",
        f"orderwright operation retry {ran.declined}",
    ):  # fmt: skip
        assert part in said, part
    assert "Refunds made" not in said


def test_a_refund_shows_the_refund_it_made(ran: Ran):
    said = ran.say("show", ran.refunded)
    for part in ("Succeeded: 5.00 of 5.00 GBP done", "Refunds made:", "R-", "Nothing is left to do."):
        assert part in said, part
    assert "Payments made" not in said


def test_a_rule_that_refused_is_said_in_its_words_and_no_gateway_was_asked(ran: Ran):
    said = ran.say("show", ran.refused)
    for part in ("Failed: 0.00 of 0.00 GBP done", "INSUFFICIENT_FUNDS", "should be refunded", "status Error"):
        assert part in said, part
    assert "Asked of the gateway" not in said
    assert said.count("should be refunded") == 1


def test_what_is_unknown_says_that_the_amount_stays_pending(ran: Ran):
    said = ran.say("show", ran.unknown)
    for part in ("Unknown: 8.80 of 28.80 GBP done", "Indeterminate", "money may have moved", "asked again by itself"):
        assert part in said, part
    # not a new request: the retry goes on with this one, and asks what became of it first
    assert f"operation retry {ran.unknown}" in said


def test_the_list_has_what_needs_eyes_and_with_all_everything(ran: Ran):
    said = ran.say("list")
    for operation in (ran.declined, ran.refused, ran.unknown):
        assert operation in said
    assert ran.refunded not in said
    everything = ran.say("list", "--all")
    assert ran.refunded in everything
    newest_first = [everything.index(operation) for operation in (ran.refunded, ran.refused, ran.declined)]
    assert newest_first == sorted(newest_first)
    assert ran.declined not in ran.say("list", "--limit", "1")


def test_cancel_then_retry(ran: Ran):
    assert f"{ran.waiting} is canceled" in ran.say("cancel", ran.waiting)
    assert "canceled before it asked a gateway" in ran.say("show", ran.waiting)
    assert "has finished" in ran.refuse("cancel", ran.waiting)
    assert f"{ran.waiting} waits to run again" in ran.say("retry", ran.waiting[:15])
    assert "It has not finished" in ran.say("show", ran.waiting)


def test_retry_runs_what_failed_again(ran: Ran):
    """Last of those that read `declined`: it changes it."""
    assert "waits to run again" in ran.say("retry", ran.declined)
    assert "has not finished" in ran.refuse("retry", ran.declined)
    run_apart(finish(ran.url, ran.declined))
    said = ran.say("show", ran.declined)
    for part in ("Succeeded: 20.00 of 20.00 GBP done", "retries by hand: 1", "Decline", "20.00 GBP sim_"):
        assert part in said, part
    assert "has succeeded" in ran.refuse("retry", ran.declined)


async def finish(url: str, operation: str) -> None:
    async with opened_store(url) as store:
        simulator = Simulator(await open_pool(url, max_size=2), store.clock)
        try:
            await run(store, simulator, operation)
        finally:
            await simulator.close()


def test_every_result_code_has_a_meaning():
    assert set(get_args(SfResultCode)) == set(MEANING)


@pytest.mark.parametrize("verb", ["show", "retry", "cancel"])
@pytest.mark.parametrize(
    ("which", "words"), [("08P000000000001", "no background operation 08P000000000001"), ("801", "begin with 08P")]
)
def test_what_is_no_operation_is_said_in_words(ran: Ran, verb: str, which: str, words: str):
    assert words in ran.refuse(verb, which)


@pytest.mark.parametrize("verb", ["list", "show", "retry", "cancel"])
def test_the_commands_explain_themselves(verb: str):
    done = command("operation", verb, "--help")
    assert done.returncode == 0
    assert f"orderwright operation {verb}" in done.stdout
    assert "--database-url" in done.stdout
