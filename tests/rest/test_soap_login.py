"""The SOAP sign-in, read as clients read it: elements by name without a prefix, faults with HTTP 500."""

import datetime as dt
import hashlib
import re
from xml.dom import minidom

import pytest

from orderwright.objects.identity import to_18
from tests.rest.calling import BASE
from tests.rest.signing_in import PASSWORD, user_with

ENVELOPE = """<?xml version="1.0" encoding="utf-8" ?>
<env:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com">
  <env:Header>{header}</env:Header><env:Body>{body}</env:Body></env:Envelope>"""
LOGIN = (
    '<n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>{}</n1:username><n1:password>{}</n1:password>'
    "</n1:login>"
)
SESSION = "<urn:SessionHeader><urn:sessionId>{}</urn:sessionId></urn:SessionHeader>"


async def call(http, body, header="", path="/services/Soap/u/59.0"):
    headers = {"content-type": "text/xml", "charset": "UTF-8", "SOAPAction": "login"}
    return await http.post(path, content=ENVELOPE.format(header=header, body=body), headers=headers)


def element(answer, name):
    """As simple-salesforce finds it; jsforce looks for `<name>…</name>` with the same effect."""
    found = minidom.parseString(answer.text).getElementsByTagName(name)  # noqa: S318  # our own answer
    assert len(found) == 1, (name, answer.text)
    written = re.search(f"<{name}>([^<]*)</{name}>", answer.text)
    assert written
    return written[1]


@pytest.fixture
async def username(database, clock, request):
    made = f"s{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}@example.com"
    request.node.user_id = await user_with(database, made, "Read Account", now=clock())
    return made


@pytest.mark.parametrize(
    "path", ["/services/Soap/u/59.0", "/services/Soap/c/48.0", "/login.salesforce.com/services/Soap/u/29.0"]
)
async def test_a_login_gives_a_session_that_works_over_rest(http, username, request, path):
    answer = await call(http, LOGIN.format(username, PASSWORD), path=path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert element(answer, "serverUrl").startswith(f"http://orderwright.test{path[path.index('/services') :]}/00D")
    assert len(minidom.parseString(answer.text).getElementsByTagName("userId")) == 2  # noqa: S318  # in userInfo, too
    assert f"<userId>{to_18(request.node.user_id)}</userId>" in answer.text
    assert element(answer, "organizationId") == to_18("00D000000000001")
    assert int(element(answer, "sessionSecondsValid")) == 7200
    session = element(answer, "sessionId")
    headers = {"Authorization": f"Bearer {session}"}
    assert (await http.get(f"{BASE}/sobjects/Account/describe", headers=headers)).status_code == 200
    assert (await http.get(f"{BASE}/sobjects/Order/describe", headers=headers)).status_code == 403


@pytest.mark.parametrize(
    ("name", "password"), [(None, "wrong"), ("nobody@example.com", PASSWORD), ("", ""), (None, PASSWORD[:-1])]
)
async def test_a_wrong_login_is_a_fault(http, username, name, password):
    answer = await call(http, LOGIN.format(username if name is None else name, password))
    assert answer.status_code == 500
    assert element(answer, "faultcode") == "sf:INVALID_LOGIN"
    message = "Invalid username, password, security token; or user locked out."
    assert element(answer, "faultstring") == f"INVALID_LOGIN: {message}"
    assert element(answer, "sf:exceptionCode") == "INVALID_LOGIN"
    assert element(answer, "sf:exceptionMessage") == message


async def test_a_logout_ends_the_session(http, username):
    answer = await call(http, LOGIN.format(username, PASSWORD))
    path, session = element(answer, "serverUrl").removeprefix("http://orderwright.test"), element(answer, "sessionId")
    assert (await call(http, "<urn:getUserInfo/>", SESSION.format(session), path)).text.count(username) == 1
    done = await call(http, "<urn:logout/>", SESSION.format(session), path)
    assert (done.status_code, "<logoutResponse>" in done.text) == (200, True)
    again = await call(http, "<urn:logout/>", SESSION.format(session), path)
    assert (again.status_code, element(again, "sf:exceptionCode")) == (500, "INVALID_SESSION_ID")
    headers = {"Authorization": f"Bearer {session}"}
    assert (await http.get(f"{BASE}/sobjects", headers=headers)).status_code == 401


async def test_the_time_is_the_instances(http, username, clock):
    session = element(await call(http, LOGIN.format(username, PASSWORD)), "sessionId")
    clock.now += dt.timedelta(seconds=1)
    answer = await call(http, "<urn:getServerTimestamp/>", SESSION.format(session))
    assert element(answer, "timestamp") == "2026-03-01T10:00:01.123Z"


BOMB = '<!DOCTYPE x [<!ENTITY a "{}">]><x>&a;&a;&a;</x>'
FILE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


@pytest.mark.parametrize(
    "body",
    ["", "no xml", "<x/>", BOMB.format("ha" * 1000), FILE, "<x>" * 5000, "é".encode("latin-1"), "<a>" + "b" * 70_000],
)
async def test_what_is_no_message_is_a_fault_and_opens_nothing(http, body):
    answer = await http.post("/services/Soap/u/59.0", content=body, headers={"Content-Type": "text/xml"})
    assert answer.status_code == 500
    assert element(answer, "sf:exceptionCode") == "INVALID_SOAP_HEADER"
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/services/Soap/u/19.0", "<urn:login/>", "UNSUPPORTED_API_VERSION"),
        ("/services/Soap/u/latest", "<urn:login/>", "UNSUPPORTED_API_VERSION"),
        ("/services/Soap/u/59.0", "<urn:query/>", "INVALID_OPERATION"),
        ("/services/Soap/u/59.0/00D999999999999", "<urn:logout/>", "INVALID_OPERATION"),
        ("/services/Soap/u/59.0", "<urn:getUserInfo/>", "INVALID_SESSION_ID"),
    ],
)
async def test_what_is_not_offered_is_a_fault(http, path, body, code):
    answer = await call(http, body, path=path)
    assert (answer.status_code, element(answer, "sf:exceptionCode")) == (500, code)


async def test_a_comment_does_not_cut_a_name_off(http, username):
    split = username[:4] + "<!-- a comment -->" + username[4:]
    assert (await call(http, LOGIN.format(split, PASSWORD))).status_code == 200
    assert (await call(http, LOGIN.format(username + "<!-- -->.evil.example", PASSWORD))).status_code == 500
