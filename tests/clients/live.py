"""A server as an operator starts it, on HTTP and HTTPS, with somebody who may sign in to it in every way."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.conftest import ORDERWRIGHT, run, started

USERNAME = "ada@example.com"
PASSWORD = "correct <horse> & battery"
HTTPS = re.compile(r"https://127\.0\.0\.1:(\d+)")
FLOWS = ("client_credentials", "password", "jwt-bearer", "authorization_code")
CALLBACK = "http://localhost:1717/callback"

FIELDS = """
[Account.Shop_Number__c]
type = "Text"
length = 20
externalId = true
unique = true

[Account.Since__c]
type = "Date"

[Account.Points__c]
type = "Number"
precision = 10
scale = 2
"""


@dataclass(frozen=True)
class Live:
    """A running server, and what somebody needs to sign in."""

    http_port: int
    https_port: int
    folder: Path
    client_id: str
    client_secret: str
    security_token: str
    private_key: str

    def port(self, scheme: str) -> int:
        return self.http_port if scheme == "http" else self.https_port

    def url(self, scheme: str) -> str:
        return f"{scheme}://localhost:{self.port(scheme)}"

    def domain(self, scheme: str) -> str:
        """What makes `https://{domain}.salesforce.com` lead here."""
        return f"localhost:{self.port(scheme)}/login"

    @property
    def authority(self) -> str:
        return str(self.folder / "authority.pem")

    def verified(self) -> subprocess.CompletedProcess[str]:
        """What `orderwright verify` says of all that is stored."""
        with patch.dict(os.environ, environment(self.folder)):
            return run("verify", "--data", str(self.folder / "data"))


def environment(folder: Path) -> dict[str, str]:
    """What every command of this installation is started with."""
    return {"ORDERWRIGHT_CUSTOM_FIELDS": str(folder / "fields.toml")}


@contextmanager
def live_server() -> Iterator[Live]:
    # in /tmp: pytest's own folders are closed to the user PostgreSQL runs as, and a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    (folder / "fields.toml").write_text(FIELDS, encoding="utf-8")
    assert run("cert", "--folder", str(folder)).returncode == 0
    with patch.dict(os.environ, environment(folder)):
        process, url = started(folder / "data", "--certificate", str(folder / "server.pem"), "--https-port", "0")
    try:
        yield _with_a_user(folder, int(url.rpartition(":")[2]), _https_port(folder / "serve.log"))
        assert process.poll() is None
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder)


def _https_port(log: Path) -> int:
    """It is said in the line after the one that says where HTTP is spoken."""
    deadline = time.monotonic() + 10
    while not (said := HTTPS.search(log.read_text())):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)
    return int(said[1])


def _with_a_user(folder: Path, http_port: int, https_port: int) -> Live:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "key.pem").write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _command(
        folder, "user", "create", USERNAME, "--name", "Ada Lovelace", "--permission-set", "SystemAdministrator",
        "--password-stdin", words=f"{PASSWORD}\n",
    )  # fmt: skip
    flows = [word for flow in FLOWS for word in ("--flow", flow)]
    made = json.loads(_command(
        folder, "client", "create", "suite", "--json", *flows, "--user", USERNAME, "--scope", "api",
        "--scope", "refresh_token", "--redirect-uri", CALLBACK, "--public-key", str(folder / "key.pem"),
    ))  # fmt: skip
    token = _command(folder, "user", "token", USERNAME).strip()
    return Live(http_port, https_port, folder, made["client_id"], made["client_secret"], token, private.decode())


def _command(folder: Path, *arguments: str, words: str = "") -> str:
    done = subprocess.run(
        (*ORDERWRIGHT, *arguments, "--data", str(folder / "data")),
        input=words, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done
    return done.stdout
