"""Which codes are the same, and what is looked up when the whole code is not known."""

import pytest

from orderwright.geo.postal_code import compared, is_code, lookups


@pytest.mark.parametrize("written", ["SW1A 1AA", "sw1a1aa", " SW1A-1AA ", "SW1A\u00a01AA"])
def test_case_spaces_and_hyphens_do_not_matter(written):
    assert compared(written) == "SW1A1AA"


@pytest.mark.parametrize(
    ("country", "code", "expected"),
    [
        pytest.param("US", "94105", ("94105",), id="a ZIP code"),
        pytest.param("US", "94105-1234", ("941051234", "94105"), id="ZIP+4"),
        pytest.param("GB", "SW1A 1AA", ("SW1A1AA", "SW1A"), id="a British postcode"),
        pytest.param("GB", "M1 1AE", ("M11AE", "M1"), id="a short British postcode"),
        pytest.param("GB", "SW1A", ("SW1A",), id="an outward code alone"),
        pytest.param("CA", "K1A 0B1", ("K1A0B1", "K1A"), id="a Canadian code"),
        pytest.param("NL", "1012 AB", ("1012AB", "1012"), id="a Dutch code with letters"),
        pytest.param("IE", "D02 X285", ("D02X285", "D02"), id="an Eircode"),
        pytest.param("DE", "10115", ("10115",), id="a country whose codes are known whole"),
        pytest.param("US", "", (), id="nothing"),
        pytest.param("US", "94105!", (), id="no code"),
        pytest.param("US", "1" * 17, (), id="too long for a code"),
    ],
)
def test_the_whole_code_is_looked_up_before_its_area(country, code, expected):
    assert lookups(country, code) == expected


@pytest.mark.parametrize("code", ["", "A B", "Ä1", "1" * 17])
def test_what_is_no_code(code):
    assert not is_code(code)
