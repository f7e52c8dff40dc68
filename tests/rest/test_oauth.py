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
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "nobody"}, 401, "invalid_client"),
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


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic abc", "Bearer é".encode()])
async def test_no_good_token_means_401(http: httpx.AsyncClient, header):
    headers = {} if header is None else {"Authorization": header}
    answer = await http.get(f"{BASE}/sobjects", headers=headers)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
