"""`orderwright routing explain`: why an order ships from where it does, for people; and rules refused at start."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings, SettingsError
from orderwright.store.oauth import create_client
from tests.cli.conftest import command
from tests.conftest import opened_store, run_apart, throw_away_database
from tests.rest.calling import Caller
from tests.rest.routing_shop import Shop

EXAMPLE = Path(__file__).parents[2] / "examples" / "routing_rules.toml"


@dataclass(frozen=True)
class Routed:
    """A database with an order that was allocated and one that was refused."""

    url: str
    allocated: str
    refused: str
    orders: list[str]

    def explain(self, *arguments: str) -> str:
        """What the command says, in one line."""
        done = command("routing", "explain", *arguments, "--database-url", self.url)
        assert (done.returncode, done.stderr) == (0, "")
        return " ".join("".join(c if c not in "│┃┡┢╇┏┓┗┛└┘┴┳━─┬├┤┼╈" else " " for c in done.stdout).split())


@pytest.fixture(scope="module")
def routed(server_url: str, migrated_database: str) -> Iterator[Routed]:
    with throw_away_database(server_url, migrated_database) as url:
        yield run_apart(route(url))


async def route(url: str) -> Routed:
    async with opened_store(url) as store:
        client_id, secret = await create_client(store.database, "Test shop", store.now())
        transport = httpx.ASGITransport(app=create_app(store, Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http:
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            shop = Shop(Caller(http), store.database)
            counted = {"ShouldTrackFoCapacity": True, "FoCapacity": 0}
            await shop.stock({"A": {"mug": 2}, "B": {"mug": 9}, "[full]": {"mug": 9}}, **{"[full]": counted})
            done = await shop.routed(await shop.order({"mug": 10}))
            error = await shop.refused(await shop.order({"mug": 5}))
            refused = error["output"]["routingDecisionId"]
            return Routed(url, done["routingDecisionId"], refused, done["fulfillmentOrderIds"])


def test_a_decision_is_explained(routed: Routed):
    said = routed.explain(routed.allocated)
    for words in (
        f"Routing decision {routed.allocated}", "Allocated, made", "Order value 100.00 USD", "attempt 1",
        "sorted by splits, distance, capacity, stock", "At most 4 splits: there are no thresholds in USD",
        "out: it has no free capacity for another fulfillment order", "[full]", "no limit", "not known",
        "no other route has so few", "Reservation", f"fulfillment order {routed.orders[0]}",
    ):  # fmt: skip
        assert words in said
    assert "No file of rules" not in said
    assert "No file of rules" in routed.explain(routed.allocated[:15], "--rules")


def test_a_refusal_is_explained(routed: Routed):
    said = routed.explain(routed.refused)
    for words in ("Refused, made", "Refused: 5 of mug-", "have 1 of the 5 wanted", "Not allocated: 5 × mug-"):
        assert words in said


@pytest.mark.parametrize(
    ("decision", "words"),
    [("9rD000000000001", ("no routing decision", "also when it refused")), ("801000000000001", ("begin with 9rD",))],
)
def test_what_cannot_be_explained_is_said_in_words(routed: Routed, decision: str, words: tuple[str, ...]):
    done = command("routing", "explain", decision, "--database-url", routed.url)
    assert (done.returncode, done.stdout) == (2, "")
    for word in words:
        assert word in " ".join(done.stderr.replace("│", " ").split())


def test_rules_that_cannot_be_meant_are_refused_at_start(tmp_path: Path):
    file = tmp_path / "rules.toml"
    file.write_text('[unallocated]\n\naction = "wait"\n', encoding="utf-8")
    done = command("serve", "--port", "0", ORDERWRIGHT_ROUTING_RULES=str(file))
    assert (done.returncode, done.stdout) == (2, "")
    said = " ".join(done.stderr.split())
    assert f"ORDERWRIGHT_ROUTING_RULES is '{file}': line 3: unallocated.action is 'wait'; write refuse_all" in said


def test_rules_and_picklists_have_to_agree_in_whichever_order_they_are_given(tmp_path: Path):
    lockers, missing = tmp_path / "lockers.toml", tmp_path / "missing.toml"
    lockers.write_text('[FulfillmentOrder.Type]\nLocker = "PHYSICAL"\n', encoding="utf-8")
    assert Settings.read({"ORDERWRIGHT_ROUTING_RULES": str(EXAMPLE)}).rules().fulfillment_types
    with pytest.raises(SettingsError, match="Store is 'Retail Store'; write Locker"):
        Settings.read({"ORDERWRIGHT_ROUTING_RULES": str(EXAMPLE), "ORDERWRIGHT_PICKLISTS": str(lockers)})
    with pytest.raises(SettingsError, match=r"ROUTING_RULES is .*No such file"):
        Settings.read({"ORDERWRIGHT_ROUTING_RULES": str(missing)})
