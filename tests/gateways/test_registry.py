"""Which gateway a name stands for."""

from importlib.metadata import EntryPoint

import pytest

from orderwright.gateways import registry
from orderwright.gateways.registry import UnknownGateway, gateway_opener, known_gateways
from orderwright.gateways.simulator_opening import open_simulator

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
