"""Users with passwords and clients of every kind, for the tests of signing in."""

import datetime as dt
import uuid
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orderwright.store.database import Database
from orderwright.store.oauth import NewClient, register_client
from orderwright.store.permissions import create_permission_set
from orderwright.store.users import create_user, set_password

TOKEN = "/services/oauth2/token"
PASSWORD = "correct horse battery"
CALLBACK = "https://app.example/callback?tenant=1"

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


async def user_with(
    database: Database, username: str, *rights: str, password: str | None = PASSWORD, now: dt.datetime
) -> str:
    """The id of a new user who has exactly these rights."""
    name = f"set_{username.partition('@')[0]}"
    if rights:
        await create_permission_set(database, name, name, rights, now)
    async with database.main.acquire() as session, session.transaction():
        user_id = await create_user(
            database, session, username=username, name="Ada Lovelace", email="ada@example.com",
            sets=[name] if rights else [], now=now,
        )  # fmt: skip
    if password is not None:
        await set_password(database, user_id, password)
    return user_id


async def client_for(database: Database, now: dt.datetime, **about: Any) -> dict[str, str]:
    """client_id and client_secret of a new client, as a form has them; without a secret only the id."""
    client_id, secret = await register_client(database, NewClient(**({"name": "A program"} | about)), now)
    return {"client_id": client_id} | ({"client_secret": secret} if secret else {})


async def token_of_rights(http: httpx.AsyncClient, database: Database, now: dt.datetime, *rights: str) -> str:
    """The access token of a new client that has exactly these rights."""
    sets: tuple[str, ...] = ()
    if rights:
        made = f"rights_{uuid.uuid4().hex}"
        await create_permission_set(database, made, made, rights, now)
        sets = (made,)
    form = await client_for(database, now, sets=sets)
    answer = await http.post(TOKEN, data=form | {"grant_type": "client_credentials"})
    return str(answer.json()["access_token"])


def assertion(
    client_id: str, username: str, *, key: rsa.RSAPrivateKey = KEY, algorithm: str = "RS256", **claims: Any
) -> str:
    """What a client signs to act for a user; `claims` go before, and None leaves one out."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=3)
    said = {"iss": client_id, "sub": username, "aud": "https://login.salesforce.com", "exp": soon} | claims
    return jwt.encode({k: v for k, v in said.items() if v is not None}, key, algorithm=algorithm)
