"""Signatures, and that the page which explains them to others is right."""

import datetime as dt
import re
from pathlib import Path

import pytest

from orderwright.gateways.configuration import Secret
from orderwright.gateways.signing import SIGNATURE, TIMESTAMP, NotSigned, sign, verify
from tests.gateways.asking import NOW

PAGE = Path(__file__).parents[2] / "docs" / "gateways.md"
SECRET = Secret("0123456789abcdef0123456789abcdef")
BODY = b'{"amount":"1.00"}'


def test_the_example_in_the_documentation_is_right():
    page = PAGE.read_text()
    [timestamp] = re.findall(r"at (\d{10})\n", page)
    [signature] = re.findall(r"`(v1=[0-9a-f]{64})`", page)
    at = dt.datetime.fromtimestamp(int(timestamp), dt.UTC)
    assert f"`{SECRET.reveal()}`" in page
    assert f"`{BODY.decode()}`" in page
    assert sign(SECRET, "POST", "/captures", BODY, at) == {TIMESTAMP: timestamp, SIGNATURE: signature}


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_within_the_window_it_is_believed_whatever_the_case_of_the_names(seconds: int):
    headers = {name.upper(): value for name, value in sign(SECRET, "POST", "/x", BODY, NOW).items()}
    verify(SECRET, "POST", "/x", headers, BODY, NOW.replace(microsecond=0) + dt.timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"secret": Secret("another")}, "signature is wrong"),
        ({"what": "GET"}, "signature is wrong"),
        ({"about": "/y"}, "signature is wrong"),
        ({"body": BODY + b" "}, "signature is wrong"),
        ({"headers": {}}, "not signed"),
        ({"headers": {SIGNATURE: "v1=0", TIMESTAMP: "1"}}, "signature is wrong"),
        ({"headers": {SIGNATURE: "v1=0", TIMESTAMP: "soon"}}, "not signed"),
        ({"headers": {SIGNATURE: "é", TIMESTAMP: "1"}}, "signature is wrong"),
        ({"now": NOW + dt.timedelta(seconds=301)}, "more than 300 seconds"),
        ({"now": NOW - dt.timedelta(seconds=301)}, "more than 300 seconds"),
    ],
)
def test_anything_else_is_refused(changed: dict[str, object], complaint: str):
    right = {"secret": SECRET, "what": "POST", "about": "/x", "headers": sign(SECRET, "POST", "/x", BODY, NOW)}
    with pytest.raises(NotSigned, match=complaint):
        verify(**right | {"body": BODY, "now": NOW} | changed)  # type: ignore[arg-type]


def test_a_line_cannot_be_moved_from_one_field_into_the_next():
    headers = sign(SECRET, "POST", "/x", b"1\n", NOW)
    joined = {**headers, TIMESTAMP: f"{headers[TIMESTAMP]}\n1"}
    with pytest.raises(NotSigned):
        verify(SECRET, "POST", "/x", joined, b"", NOW)
