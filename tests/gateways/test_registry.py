"""Which gateway a name stands for."""

from importlib.metadata import EntryPoint
from typing import Any

import msgspec
import pytest

from orderwright.gateways import registry
from orderwright.gateways.configuration import ConfigurationError, Secret
from orderwright.gateways.protocol import Notifying
from orderwright.gateways.registry import UnknownGateway, gateway_opener, known_gateways, open_gateway
from orderwright.gateways.simulator_opening import open_simulator
from orderwright.gateways.surroundings import Surroundings
from tests.gateways.asking import NOW

# Any callable will do: the registry does not call it.
ACME = EntryPoint(name="Acme", value="fractions:Fraction", group="orderwright.gateways")


@pytest.fixture
def publish(monkeypatch: pytest.MonkeyPatch):
    def install(*points: EntryPoint) -> None:
        monkeypatch.setattr(registry, "entry_points", lambda *, group: [p for p in points if p.group == group])

    install()
    return install


def test_the_simulator_is_built_in(publish):
    assert gateway_opener("Simulator") is open_simulator


def test_an_installed_package_is_found_by_its_entry_point(publish):
    publish(ACME)
    assert gateway_opener("Acme").__name__ == "Fraction"
    assert known_gateways() == ("Acme", "Http", "Simulator", "Stripe")


def test_an_unknown_name_is_refused_with_the_known_ones(publish):
    publish(ACME)
    with pytest.raises(UnknownGateway, match=r"'acme'.* Acme, Http, Simulator, Stripe"):
        gateway_opener("acme")


def test_no_package_replaces_the_simulator(publish):
    publish(EntryPoint("Simulator", "fractions:Fraction", "orderwright.gateways"))
    assert gateway_opener("Simulator") is open_simulator
    assert known_gateways() == ("Http", "Simulator", "Stripe")


def test_a_name_that_two_packages_claim_is_refused(publish):
    publish(ACME, EntryPoint("Acme", "decimal:Decimal", "orderwright.gateways"))
    with pytest.raises(UnknownGateway, match="uninstall all but one"):
        gateway_opener("Acme")


def test_an_entry_point_seen_twice_is_one(publish):
    publish(ACME, ACME)
    assert gateway_opener("Acme").__name__ == "Fraction"


def test_every_built_in_gateway_has_an_opener(publish):
    for name in known_gateways():
        assert callable(gateway_opener(name))


def test_a_library_that_is_not_installed_is_named_with_the_way_to_get_it(publish, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "import_module", _without_stripe)
    with pytest.raises(
        ConfigurationError, match=r"needs the Python package 'stripe': pip install 'orderwright\[stripe"
    ):
        gateway_opener("Stripe")


def _without_stripe(name: str) -> None:
    raise ModuleNotFoundError("No module named 'stripe'", name="stripe")


async def test_a_gateway_is_opened_with_its_own_configuration(publish, books_url: str):
    secret = {"ORDERWRIGHT_GATEWAY_STRIPE_SECRET_KEY": "sk_test_1", "ORDERWRIGHT_GATEWAY_SIMULATOR_SETTLE_SECONDS": "5"}
    for name, asynchronous in [("Stripe", True), ("Simulator", True)]:
        gateway = await open_gateway(name, environment=secret, database_url=books_url, clock=lambda: NOW)
        assert gateway.capabilities.asynchronous is asynchronous
        assert isinstance(gateway, Notifying)
        await gateway.close()
    plain = await open_gateway("Simulator", environment={}, database_url=books_url, clock=lambda: NOW)
    assert not plain.capabilities.asynchronous
    await plain.close()


async def test_a_published_gateway_is_opened_in_the_same_way(publish):
    publish(EntryPoint(name="Acme", value=f"{__name__}:open_acme", group="orderwright.gateways"))
    environment = {"ORDERWRIGHT_GATEWAY_ACME_SECRET_KEY": "s"}
    opened: Any = await open_gateway("Acme", environment=environment, database_url="postgresql://", clock=lambda: NOW)
    assert opened == ("Acme", "s", NOW)
    with pytest.raises(ConfigurationError, match="Acme needs ORDERWRIGHT_GATEWAY_ACME_SECRET_KEY"):
        await open_gateway("Acme", environment={}, database_url="postgresql://", clock=lambda: NOW)


@pytest.mark.parametrize("name", ["Stripe", "Http"])
async def test_a_gateway_without_its_secret_is_not_opened(publish, name: str):
    with pytest.raises(ConfigurationError, match=rf"The payment gateway {name} needs"):
        await open_gateway(name, environment={}, database_url="", clock=lambda: NOW)


async def test_a_key_of_the_wrong_kind_is_refused_and_not_shown(publish):
    environment = {"ORDERWRIGHT_GATEWAY_STRIPE_SECRET_KEY": "pk_test_public"}
    with pytest.raises(ConfigurationError, match="start with sk_ or rk_") as error:
        await open_gateway("Stripe", environment=environment, database_url="", clock=lambda: NOW)
    assert "pk_test_public" not in str(error.value)


def test_what_the_environment_and_the_url_hold_is_not_in_a_repr():
    surroundings = Surroundings(
        name="Acme", environment={"KEY": "hunter2"}, database_url="postgresql://u:hunter2@h", clock=lambda: NOW
    )
    assert "hunter2" not in repr(surroundings)


class AcmeConfiguration(msgspec.Struct, frozen=True):
    secret_key: Secret


async def open_acme(surroundings: Surroundings) -> object:
    return surroundings.name, surroundings.configuration(AcmeConfiguration).secret_key.reveal(), surroundings.clock()
