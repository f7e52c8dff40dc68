"""Tokens: given for id and secret, kept as hashes, good for a while."""

import datetime as dt
import hashlib
import hmac
from base64 import b64decode, b64encode

import httpx
import pytest

from orderwright.store.database import Database
from tests.rest.calling import BASE

PATH = "/services/oauth2/token"


async def test_a_token_answer_looks_as_clients_expect(http: httpx.AsyncClient, client_secret: tuple[str, str]):
    client_id, secret = client_secret
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = await http.post(PATH, data=form)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["token_type"], body["scope"], body["instance_url"]) == ("Bearer", "api", "http://orderwright.test")
    assert int(body["issued_at"]) == 1772359200123
    assert answer.headers["cache-control"] == "no-store"
    signed = hmac.new(secret.encode(), (body["id"] + body["issued_at"]).encode(), hashlib.sha256).digest()
    assert b64decode(body["signature"]) == signed


async def test_neither_secret_nor_token_is_stored(
    http: httpx.AsyncClient, client_secret: tuple[str, str], database: Database
):
    form = dict(zip(("client_id", "client_secret"), client_secret, strict=True))
    token = (await http.post(PATH, data=form | {"grant_type": "client_credentials"})).json()["access_token"]
    stored = str(await database.main.fetch("SELECT * FROM oauth_client")) + str(
        await database.main.fetch("SELECT * FROM oauth_token")
    )
    assert token not in stored
    assert client_secret[1] not in stored
    assert hashlib.sha256(token.encode()).digest() in [
        bytes(row[0]) for row in await database.main.fetch("SELECT token_hash FROM oauth_token")
    ]


async def test_basic_serves_as_well(http: httpx.AsyncClient, client_secret: tuple[str, str]):
    answer = await http.post(PATH, data={"grant_type": "client_credentials"}, auth=client_secret)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password"}, 400, "unauthorized_client"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, 400, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "nobody"}, 400, "invalid_client_id"),
        ({"grant_type": "client_credentials", "scope": "full"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "client_id": ""}, 400, "invalid_request"),
    ],
)
async def test_a_wrong_form_is_refused(http, client_secret, form, status, error):
    known = dict(zip(("client_id", "client_secret"), client_secret, strict=True))
    answer = await http.post(PATH, data=known | form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


@pytest.mark.parametrize("header", ["Basic !!", f"Basic {b64encode(bytes([255])).decode()}"])
async def test_a_broken_basic_header_is_refused(http: httpx.AsyncClient, header: str):
    answer = await http.post(PATH, data={"grant_type": "client_credentials"}, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_token_ends(api, clock):
    assert (await api.send("GET", "/sobjects")).status_code == 200
    clock.now += dt.timedelta(hours=2)
    answer = await api.send("GET", "/sobjects")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


async def test_a_wrong_secret_by_basic_is_401(http: httpx.AsyncClient, client_secret: tuple[str, str]):
    """RFC 6749 section 5.2: a client that used the Authorization header is answered with its scheme."""
    form = {"grant_type": "client_credentials"}
    answer = await http.post(PATH, data=form, auth=(client_secret[0], "wrong"))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc", "Bearer é".encode()])
@pytest.mark.parametrize("path", ["/sobjects", "/sobjects/Order", "/commerce/order-management/clock", "/limits"])
async def test_no_good_token_means_401_to_the_letter(http: httpx.AsyncClient, header, path):
    headers = {} if header is None else {"Authorization": header}
    answer = await http.get(BASE + path, headers=headers)
    assert answer.status_code == 401
    assert answer.content == b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
    assert answer.headers["www-authenticate"].startswith("Bearer ")


async def test_a_token_is_taken_in_each_of_its_headers(http: httpx.AsyncClient, api):
    token = http.headers.pop("Authorization").partition(" ")[2]
    for headers in (
        {"Authorization": f"OAuth {token}"},
        {"Authorization": f"bearer  {token}"},
        {"X-SFDC-Session": token},
    ):
        assert (await http.get(f"{BASE}/sobjects", headers=headers)).status_code == 200, headers


@pytest.mark.parametrize("host", ["login.salesforce.com", "shop.my.salesforce.com", "LOGIN.SALESFORCE.COM"])
async def test_a_leading_segment_of_the_platform_is_dropped(http: httpx.AsyncClient, client_secret, host):
    form = dict(zip(("client_id", "client_secret"), client_secret, strict=True)) | {"grant_type": "client_credentials"}
    body = (await http.post(f"/{host}{PATH}", data=form)).json()
    assert body["instance_url"] == "http://orderwright.test"
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert (await http.get(f"/{host}{BASE}/sobjects", headers=headers)).status_code == 200
    assert (await http.get(f"/evil.example{BASE}/sobjects", headers=headers)).status_code == 404
