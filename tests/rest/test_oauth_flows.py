"""Every grant, and what ends it: what is answered, what is refused, and that what was taken back is good no more."""

import base64
import datetime as dt
import hashlib
import hmac
import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from orderwright.cli import client as command_line
from orderwright.objects.identity import to_18
from orderwright.rest.oauth.grants import SCOPES
from orderwright.store.oauth_grants import approve, disapprove
from orderwright.store.users import MOST_ATTEMPTS, new_security_token, set_active
from tests.rest.calling import BASE
from tests.rest.signing_in import (
    CALLBACK,
    KEY,
    OTHER_KEY,
    PASSWORD,
    TOKEN,
    assertion,
    client_for,
    public_pem,
    user_with,
)

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUTHORIZE = "/services/oauth2/authorize"
VERIFIER = "a" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def named(request) -> str:
    """A username no other test has."""
    return f"u{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}@example.com"


async def status_with(http, token):
    return (await http.get(f"{BASE}/sobjects", headers={"Authorization": f"Bearer {token}"})).status_code


# --- password ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def form(database, clock, request):
    """What a program sends for Ada, who may use it."""
    username = named(request)
    await user_with(database, username, now=clock())
    scopes = ("api", "refresh_token", "id")
    client = await client_for(database, clock(), flows=("password",), scopes=scopes)
    return client | {"grant_type": "password", "username": username, "password": PASSWORD}


async def test_a_password_gives_a_token_and_one_to_renew_it(http, form):
    answer = await http.post(TOKEN, data=form)
    body = answer.json()
    assert answer.status_code == 200, body
    assert set(body) == {
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
        "expires_in",
    }  # fmt: skip
    assert body["access_token"].startswith("00D000000000001!")
    assert await status_with(http, body["access_token"]) == 200


@pytest.mark.parametrize(
    "change", [{"password": "wrong"}, {"username": "nobody@example.com"}, {"password": PASSWORD + "x"}]
)
async def test_a_wrong_name_or_password_is_refused_alike(http, form, change):
    answer = await http.post(TOKEN, data=form | change)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": "authentication failure"}


async def test_letter_case_of_a_username_does_not_matter(http, form):
    assert (await http.post(TOKEN, data=form | {"username": form["username"].upper()})).status_code == 200


async def test_a_security_token_may_follow_the_password(http, form, database):
    user_id = await database.main.fetchval("SELECT user_id FROM login WHERE username = $1", form["username"])
    token = await new_security_token(database.main, user_id)
    for password, status in ((PASSWORD + token, 200), (PASSWORD, 200), ("wrong" + token, 400), (token, 400)):
        assert (await http.post(TOKEN, data=form | {"password": password})).status_code == status, password


async def test_after_ten_wrong_passwords_the_right_one_has_to_wait(http, form, clock):
    for _ in range(MOST_ATTEMPTS):
        assert (await http.post(TOKEN, data=form | {"password": "wrong"})).status_code == 400
    assert (await http.post(TOKEN, data=form)).status_code == 400
    clock.now += dt.timedelta(minutes=14)
    assert (await http.post(TOKEN, data=form)).status_code == 400
    clock.now += dt.timedelta(minutes=1)
    assert (await http.post(TOKEN, data=form)).status_code == 200


async def test_success_forgets_what_failed_before(http, form):
    for _ in range(2):
        for _ in range(MOST_ATTEMPTS - 1):
            await http.post(TOKEN, data=form | {"password": "x" * 1001})  # too long to be looked at: quick
        assert (await http.post(TOKEN, data=form)).status_code == 200


async def test_a_client_without_the_flow_is_refused(http, form, database, clock):
    other = await client_for(database, clock())
    answer = await http.post(TOKEN, data=form | other)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


# --- refresh, revoke, introspect --------------------------------------------------------------------------------------


async def test_a_refresh_token_gives_new_tokens_until_it_is_revoked(http, form):
    first = (await http.post(TOKEN, data=form)).json()
    client = {name: form[name] for name in ("client_id", "client_secret")}
    renewal = client | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    again = (await http.post(TOKEN, data=renewal)).json()
    assert again["access_token"] != first["access_token"]
    assert "refresh_token" not in again
    assert (await http.post("/services/oauth2/revoke", data={"token": first["refresh_token"]})).status_code == 200
    assert [await status_with(http, t["access_token"]) for t in (first, again)] == [401, 401]
    refused = await http.post(TOKEN, data=renewal)
    assert refused.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}


async def test_a_refresh_token_is_no_use_to_another_client(http, form, database, clock):
    first = (await http.post(TOKEN, data=form)).json()
    other = await client_for(database, clock(), flows=("password",))
    answer = await http.post(
        TOKEN, data=other | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    )
    assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_revoked_token_is_good_no_more(http, form, method):
    token = (await http.post(TOKEN, data=form)).json()["access_token"]
    assert await status_with(http, token) == 200
    sent = {"data": {"token": token}} if method == "POST" else {"params": {"token": token}}
    assert (await http.request(method, "/services/oauth2/revoke", **sent)).status_code == 200
    assert await status_with(http, token) == 401
    answer = await http.request(method, "/services/oauth2/revoke", **sent)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_token")


async def test_a_client_sees_what_its_own_tokens_are_good_for(http, form, database, clock):
    tokens = (await http.post(TOKEN, data=form)).json()
    own = {name: form[name] for name in ("client_id", "client_secret")}
    path = "/services/oauth2/introspect"
    about = (await http.post(path, data=own | {"token": tokens["access_token"]})).json()
    assert (about["active"], about["username"], about["scope"]) == (True, form["username"], "api id refresh_token")
    assert about["exp"] - about["iat"] == 7200
    assert (await http.post(path, data=own | {"token": tokens["refresh_token"]})).json()[
        "token_type"
    ] == "refresh_token"
    other = await client_for(database, clock())
    for who, token in ((other, tokens["access_token"]), (own, "nonsense"), (other, tokens["refresh_token"])):
        assert (await http.post(path, data=who | {"token": token})).json() == {"active": False}
    clock.now += dt.timedelta(hours=3)
    assert (await http.post(path, data=own | {"token": tokens["access_token"]})).json() == {"active": False}
    assert (await http.post(path, data={"token": "x"})).status_code == 400


async def test_a_deactivated_user_is_out_at_once_and_cannot_come_back(http, form, database, clock):
    tokens = (await http.post(TOKEN, data=form)).json()
    user_id = await database.main.fetchval("SELECT user_id FROM login WHERE username = $1", form["username"])
    await set_active(database, user_id, is_active=False, now=clock())
    assert await status_with(http, tokens["access_token"]) == 401
    refused = await http.post(TOKEN, data=form)
    assert refused.json() == {"error": "invalid_grant", "error_description": "inactive user"}


# --- who it is --------------------------------------------------------------------------------------------------------


async def test_the_identity_url_and_userinfo_say_who_it_is(http, form):
    tokens = (await http.post(TOKEN, data=form)).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    identity = (await http.get(tokens["id"], headers=headers)).json()
    assert (identity["username"], identity["id"], identity["organization_id"]) == (
        form["username"], tokens["id"], to_18("00D000000000001"),
    )  # fmt: skip
    assert identity["urls"]["rest"] == "http://orderwright.test/services/data/v{version}/"
    info = (await http.get("/services/oauth2/userinfo", headers=headers)).json()
    assert (info["sub"], info["preferred_username"], info["name"]) == (tokens["id"], form["username"], "Ada Lovelace")


async def test_nobody_else_is_told(http, form, client_secret, database):
    tokens = (await http.post(TOKEN, data=form)).json()
    others = dict(zip(("client_id", "client_secret"), client_secret, strict=True)) | {
        "grant_type": "client_credentials"
    }
    token = (await http.post(TOKEN, data=others)).json()["access_token"]
    for headers, text in (
        ({}, "Missing_OAuth_Token"),
        ({"Authorization": "Bearer wrong"}, "Bad_OAuth_Token"),
        ({"Authorization": f"Bearer {token}"}, "Wrong_Id"),
    ):
        answer = await http.get(tokens["id"], headers=headers)
        assert (answer.status_code, answer.text) == (403, text)


# --- assertions -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def signer(database, clock):
    return await client_for(database, clock(), flows=("jwt-bearer",), public_key=public_pem(KEY), scopes=("api", "id"))


async def test_an_assertion_gives_a_token_for_a_user_who_is_allowed(http, database, clock, signer, request):
    username = named(request)
    user_id = await user_with(database, username, password=None, now=clock())
    form = {"grant_type": JWT_BEARER, "assertion": assertion(signer["client_id"], username)}
    refused = await http.post(TOKEN, data=form)
    assert refused.json() == {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    await approve(database.main, signer["client_id"], user_id, clock())
    body = (await http.post(TOKEN, data=form)).json()
    assert body["id"].endswith(to_18(user_id))
    assert not {"refresh_token", "signature"} & set(body)
    assert await status_with(http, body["access_token"]) == 200
    await disapprove(database.main, signer["client_id"], user_id)
    assert (await http.post(TOKEN, data=form)).status_code == 400


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"key": OTHER_KEY}, "invalid_grant", "invalid assertion"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant", "audience is invalid"),
        ({"exp": 1}, "invalid_grant", "expired authorization code"),
        ({"exp": 100_000_000_000}, "invalid_grant", "expired authorization code"),  # in milliseconds
        ({"exp": None}, "invalid_grant", "invalid assertion"),
        ({"exp": 99_999_999_999}, "invalid_grant", "the assertion ends in more than 600 seconds"),
        ({"exp": 1e22}, "invalid_grant", "the assertion ends in more than 600 seconds"),
        ({"iss": "nobody"}, "invalid_client_id", "client identifier invalid"),
        ({"iss": "half\ud800"}, "invalid_client_id", "client identifier invalid"),
        ({"sub": "half\ud800"}, "invalid_grant", "invalid assertion"),
        ({"sub": None}, "invalid_grant", "invalid assertion"),
    ],
)
async def test_an_assertion_that_is_not_right_is_refused(http, signer, change, error, text):
    made = assertion(signer["client_id"], signer["client_id"], **change)
    answer = await http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": made})
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": text}


@pytest.mark.parametrize("scope", ["api\x00", "nonsense", "full nonsense", "refresh_token"])
async def test_full_stands_for_no_scope_that_there_is_not_nor_for_renewal(http, database, clock, scope):
    client = await client_for(database, clock(), scopes=("full",)) | {"grant_type": "client_credentials"}
    refused = await http.post(TOKEN, data=client | {"scope": scope})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    assert (await http.post(TOKEN, data=client | {"scope": "api id"})).json()["scope"] == "api id"


def test_the_command_line_knows_the_same_scopes():
    assert set(command_line.SCOPES) == SCOPES


async def test_a_token_that_only_says_who_somebody_is_opens_nothing_else(http, database, clock):
    client = await client_for(database, clock(), scopes=("id",)) | {"grant_type": "client_credentials"}
    headers = {"Authorization": f"Bearer {(await http.post(TOKEN, data=client)).json()['access_token']}"}
    assert (await http.get("/services/oauth2/userinfo", headers=headers)).status_code == 200
    for path in ("", "/limits", "/sobjects", "/recent"):
        refused = await http.get(BASE + path, headers=headers)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "INSUFFICIENT_ACCESS"), path


async def test_the_public_key_is_no_shared_secret(http, signer):
    """An assertion signed with HS256 under the public key, which anybody can have, proves nothing."""
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    payload = assertion(signer["client_id"], signer["client_id"]).split(".")[1].encode()
    signed = hmac.new(public_pem(KEY).encode(), head + b"." + payload, hashlib.sha256).digest()
    forged = b".".join((head, payload, base64.urlsafe_b64encode(signed).rstrip(b"="))).decode()
    for text in (forged, "", "a.b.c", assertion(signer["client_id"], signer["client_id"]).rpartition(".")[0] + "."):
        answer = await http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": text})
        assert answer.json()["error"] == "invalid_grant", text


@pytest.mark.parametrize(
    "aud",
    [
        "http://orderwright.test", "http://orderwright.test/services/oauth2/token", "https://test.salesforce.com",
        ["https://elsewhere.example", "http://orderwright.test/login.salesforce.com"],
        "https://orderwright.test/login.salesforce.com",  # TLS that ended before us
    ],
    ids=str,
)  # fmt: skip
async def test_an_assertion_may_name_this_server_by_each_of_its_addresses(http, signer, aud):
    soon = f"{dt.datetime.now(dt.UTC).timestamp() + 60:.0f}"  # as text: simple-salesforce sends it so
    right = assertion(signer["client_id"], signer["client_id"], aud=aud, exp=soon)
    assert (await http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": right})).status_code == 200


async def test_an_assertion_may_end_at_a_time_in_milliseconds(http, signer):
    """So the platform's own tools write it: `Date.now() + 300`."""
    soon = int(dt.datetime.now(dt.UTC).timestamp() * 1000) + 300
    right = assertion(signer["client_id"], signer["client_id"], exp=soon)
    assert (await http.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": right})).status_code == 200


# --- the browser ------------------------------------------------------------------------------------------------------


class Browser:
    """A person at the login page of a client."""

    def __init__(self, http: httpx.AsyncClient, client_id: str, **asked: str) -> None:
        self.http = http
        self.asked = {
            "response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "state": "st&te",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        } | asked  # fmt: skip
        self.page = ""

    async def open(self) -> httpx.Response:
        return self._seen(await self.http.get(AUTHORIZE, params=self.asked))

    async def send(self, **typed: str) -> httpx.Response:
        fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', self.page))
        return self._seen(await self.http.post(AUTHORIZE, data={k: unescape(v) for k, v in fields.items()} | typed))

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        self.page = answer.text
        return answer


def query_of(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    place = urlsplit(answer.headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == CALLBACK.partition("?")[0]
    return {name: values[0] for name, values in parse_qs(place.query).items()}


@pytest.fixture
async def app_client(database, clock):
    return await client_for(
        database, clock(), name="<b>App</b>", flows=("authorization_code",), keeps_secret=False,
        redirect_uris=(CALLBACK,), scopes=("api", "refresh_token"),
    )  # fmt: skip


@pytest.fixture
async def browser(http, database, clock, app_client, request):
    await user_with(database, named(request), now=clock())
    return Browser(http, app_client["client_id"])


async def test_a_person_signs_in_and_consents_and_the_client_gets_a_token_once(http, browser, app_client, request):
    assert "Sign in to let &lt;b&gt;App&lt;/b&gt; in" in (await browser.open()).text
    consent = await browser.send(do="login", username=named(request), password=PASSWORD)
    assert "use the API as you" in consent.text
    back = query_of(await browser.send(do="allow"))
    assert (back["state"], back["tenant"]) == ("st&te", "1")
    form = app_client | {
        "grant_type": "authorization_code", "code": back["code"], "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    }  # fmt: skip
    body = (await http.post(TOKEN, data=form)).json()
    assert body["scope"] == "api refresh_token"
    assert await status_with(http, body["access_token"]) == 200
    renewal = app_client | {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    assert (await http.post(TOKEN, data=renewal)).status_code == 200
    # the code again: somebody else may have had it, so all that it brought is taken back
    assert (await http.post(TOKEN, data=form)).json()["error"] == "invalid_grant"
    assert await status_with(http, body["access_token"]) == 401
    assert (await http.post(TOKEN, data=renewal)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code_verifier": "b" * 64}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"redirect_uri": "https://app.example/callback"}, "redirect_uri_mismatch"),
        ({"code": "wrong"}, "invalid_grant"),
        ({"client_id": "other"}, "invalid_grant"),
    ],
    ids=str,
)
async def test_a_code_is_good_only_for_who_asked_for_it(
    http, browser, app_client, database, clock, request, change, error
):
    await browser.open()
    await browser.send(do="login", username=named(request), password=PASSWORD)
    code = query_of(await browser.send(do="allow"))["code"]
    form = app_client | {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    }  # fmt: skip
    if "client_id" in change:
        change = await client_for(
            database, clock(), flows=("authorization_code",), keeps_secret=False, redirect_uris=(CALLBACK,)
        )
    answer = await http.post(TOKEN, data=form | change)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_code_ends_after_ten_minutes(http, browser, app_client, clock, request):
    await browser.open()
    await browser.send(do="login", username=named(request), password=PASSWORD)
    code = query_of(await browser.send(do="allow"))["code"]
    clock.now += dt.timedelta(minutes=10)
    form = app_client | {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    }  # fmt: skip
    assert (await http.post(TOKEN, data=form)).json()["error_description"] == "expired authorization code"


async def test_a_person_may_say_no(browser, request):
    await browser.open()
    await browser.send(do="login", username=named(request), password=PASSWORD)
    assert query_of(await browser.send(do="deny"))["error"] == "access_denied"


async def test_a_wrong_password_shows_the_page_again(browser, request):
    await browser.open()
    answer = await browser.send(do="login", username=named(request), password="wrong")
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text


async def test_a_form_from_elsewhere_is_refused(http, browser, request):
    """Neither a form without our word, nor one whose word belongs to another browser, does anything."""
    await browser.open()
    await browser.send(do="login", username=named(request), password=PASSWORD)
    for word in ("", "0" * 64, "é"):
        assert (await browser.send(do="allow", word=word)).status_code == 403
        await browser.open()
    http.cookies.clear()
    assert (await browser.send(do="allow")).status_code == 403


async def test_who_has_only_the_login_page_cannot_consent(browser, request):
    await browser.open()
    answer = await browser.send(do="allow")
    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "Password" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": CALLBACK + "&more=1"},
        {"redirect_uri": CALLBACK.upper()},
        {"client_id": "nobody"},
    ],
    ids=str,
)
async def test_nothing_is_sent_to_an_address_that_is_not_the_clients(http, app_client, asked):
    answer = await Browser(http, **({"client_id": app_client["client_id"]} | asked)).open()
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "full"}, "invalid_scope"),
    ],
    ids=str,
)
async def test_what_is_wrong_is_told_to_the_client(http, app_client, asked, error):
    assert query_of(await Browser(http, app_client["client_id"], **asked).open())["error"] == error


async def test_no_other_page_can_show_ours(browser):
    headers = (await browser.open()).headers
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert {"HttpOnly", "SameSite=Lax"} <= set(headers["set-cookie"].split("; "))


async def test_neither_codes_nor_refresh_tokens_nor_passwords_are_stored(http, browser, app_client, database, request):
    await browser.open()
    await browser.send(do="login", username=named(request), password=PASSWORD)
    code = query_of(await browser.send(do="allow"))["code"]
    form = app_client | {
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER,
    }  # fmt: skip
    body = (await http.post(TOKEN, data=form)).json()
    tables = ("oauth_client", "oauth_token", "oauth_grant", "oauth_code", "browser_session", "login", "failed_login")
    stored = str([await database.main.fetch(f"SELECT * FROM {table}") for table in tables])  # noqa: S608
    assert "scrypt$" in stored
    for secret in (code, body["access_token"], body["refresh_token"], PASSWORD):
        assert secret not in stored
