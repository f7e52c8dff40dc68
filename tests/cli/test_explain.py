"""`orderwright explain`: why the numbers of a change order are what they are, for people."""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.oauth import create_client
from tests.cli.conftest import command
from tests.conftest import opened_store, run_apart, throw_away_database
from tests.rest.calling import Caller
from tests.rest.changing import place


@dataclass(frozen=True)
class Changed:
    """A database with an order of which a mug was returned for a fee, a towel cancelled, and the mugs discounted."""

    url: str
    original: str
    returned: str
    fee: str
    cancelled: str
    pre: str
    post: str

    def explain(self, change_order: str) -> str:
        """What the command says."""
        done = command("explain", change_order, "--database-url", self.url)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@pytest.fixture(scope="module")
def changed(server_url: str, migrated_database: str) -> Iterator[Changed]:
    with throw_away_database(server_url, migrated_database) as url:
        yield run_apart(change(url))


async def change(url: str) -> Changed:
    async with opened_store(url) as store:
        client_id, secret = await create_client(store.database, "Test shop", store.now())
        transport = httpx.ASGITransport(app=create_app(store, Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as http:
            form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
            token = (await http.post("/services/oauth2/token", data=form)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            placed = await place(Caller(http))
            await placed.shipped(mug=2, delivery=1)
            body = placed.of("mug", delivery=True, changeItemFees=[placed.fee("2.00")])
            back = await placed.done("submit-return", body)
            cancelled = await placed.done("submit-cancel", placed.of("towel"))
            off = await placed.done("adjust-item-submit", placed.off("mug", -3))
            return Changed(
                url=url,
                original=(await placed.read())["OriginalOrderId"],
                returned=back["changeOrderId"],
                fee=back["feeChangeOrderId"],
                cancelled=cancelled["changeOrderId"],
                pre=off["preFulfillmentChangeOrderId"],
                post=off["postFulfillmentChangeOrderId"],
            )


def rows(said: str) -> str:
    """The text without the frame of the table and its line breaks, so that words can be looked for."""
    return " ".join("".join(c if c not in "│┃┡┢╇┏┓┗┛└┘┴┳━─┬├┤┼╈" else " " for c in said).split())


def test_a_cancel_is_explained(changed: Changed):
    said = rows(changed.explain(changed.cancelled))
    assert changed.cancelled in said
    for heading in ("item", "what", "rule", "base", "part", "exact", "rounded", "from"):
        assert heading in said
    # one of three towels: 7.00 with 0.70 and 0.35 tax
    for part in ("line amount", "21.00", "-1/3", "-7.00", "tax VAT", "-0.70", "tax City", "-0.35", "decisions.md N2"):
        assert part in said


def test_a_return_explains_delivery_too(changed: Changed):
    said = rows(changed.explain(changed.returned))
    for part in ("delivery share", "-3/19", "-0.94736842105263157894…", "-0.95", "of the adjustment", "-0.19"):
        assert part in said


@pytest.mark.parametrize("which", ["fee", "pre", "post"])
def test_every_change_order_that_an_action_made_is_explained(changed: Changed, which: str):
    """A fee has a change order of its own, a discount one for each group of units."""
    said = rows(changed.explain(getattr(changed, which)))
    words = {
        "fee": ("fee Handling", "2.00", "AmountWithoutTax"),
        "pre": ("price adjustment", "-2.00", "unallocated units"),  # 2 of 3 sharing units
        "post": ("price adjustment", "-1.00", "fulfilled units"),
    }
    for word in words[which]:
        assert word in said
    others = {"fee": ("line amount",), "pre": ("fulfilled units",), "post": ("unallocated units",)}
    for word in others[which]:
        assert word not in said


def test_15_characters_are_as_good_as_18(changed: Changed):
    assert "tax City" in rows(changed.explain(changed.cancelled[:15]))


@pytest.mark.parametrize(
    ("which", "words"),
    [
        ("original", ("no change order", "cancel, a return or a price adjustment")),
        ("801000000000001", ("no change order", "801000000000001")),
        ("1Os000000000001", ("begin with 801",)),
        ("mug", ("begin with 801",)),
        ("801", ("begin with 801",)),
    ],
)
def test_what_cannot_be_explained_is_said_in_words(changed: Changed, which: str, words: tuple[str, ...]):
    done = command("explain", getattr(changed, which, which), "--database-url", changed.url)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in " ".join(done.stderr.replace("│", " ").split())


def test_the_command_explains_itself():
    done = command("explain", "--help")
    assert done.returncode == 0
    assert "orderwright explain 801" in done.stdout
    assert "--database-url" in done.stdout
