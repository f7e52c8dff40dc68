"""simple-salesforce, unmodified, over HTTPS with a certificate of `orderwright cert`: each way it knows to sign in."""

import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceRefusedRequest,
)

from orderwright.cli.process import REQUEST_GRACE_SECONDS
from tests.end_to_end.conftest import ORDERWRIGHT, run, started

PASSWORD = "correct <horse> & battery"
ADA = "ada@example.com"
SAID = r"It answers at https://127\.0\.0\.1:(\d+), too"


@dataclass
class Secure:
    """A server that speaks HTTP and HTTPS."""

    url: str
    https_port: int
    data: Path
    folder: Path

    @property
    def authority(self) -> str:
        return str(self.folder / "authority.pem")

    @property
    def domain(self) -> str:
        """What makes `https://{domain}.salesforce.com` lead here."""
        return f"localhost:{self.https_port}/login"

    def command(self, *arguments: str, words: str = "") -> str:
        done = subprocess.run(
            (*ORDERWRIGHT, *arguments, "--data", str(self.data)),
            input=words, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done
        return done.stdout

    def client(self, name: str, *options: str) -> dict[str, str]:
        made: dict[str, str] = json.loads(self.command("client", "create", name, "--json", *options))
        return made


@pytest.fixture(scope="module")
def secure() -> Iterator[Secure]:
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    assert run("cert", "--folder", str(folder), "shop.test").returncode == 0
    process, url = started(
        folder / "data", "--certificate", str(folder / "server.pem"), "--https-port", "0", "--workers", "2"
    )
    try:
        deadline = time.monotonic() + 10
        while not (said := re.search(SAID, (folder / "serve.log").read_text())):
            # the line comes after the one that says where HTTP is spoken
            assert time.monotonic() < deadline, (folder / "serve.log").read_text()
            time.sleep(0.02)
        server = Secure(url, int(said[1]), folder / "data", folder)
        server.client("first")
        server.command(
            "user", "create", ADA, "--name", "Ada Lovelace", "--permission-set", "StorefrontIntegration",
            "--password-stdin", words=f"{PASSWORD}\n",
        )  # fmt: skip
        yield server
        assert process.poll() is None
    finally:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        # connections that clients keep open in their pools, over TLS, do not hold up the end
        assert time.monotonic() - began < REQUEST_GRACE_SECONDS
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def trusted(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `orderwright cert` says: clients trust the authority because of a variable, and nothing else."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", secure.authority)


def works(salesforce: Salesforce) -> None:
    """A record is made and read, and what the user may not do is refused."""
    made = salesforce.Account.create({"Name": "Grace Hopper"})
    assert salesforce.Account.get(made["id"])["Name"] == "Grace Hopper"
    with pytest.raises(SalesforceRefusedRequest, match="Create Product2"):
        salesforce.Product2.create({"Name": "Mug"})


def test_username_password_and_security_token(secure: Secure) -> None:
    token = secure.command("user", "token", ADA).strip()
    works(Salesforce(username=ADA, password=PASSWORD, security_token=token, domain=secure.domain))
    works(Salesforce(username=ADA, password=PASSWORD, security_token="", domain=secure.domain))
    with pytest.raises(SalesforceAuthenticationFailed, match=r"INVALID_LOGIN\): Invalid username, password"):
        Salesforce(username=ADA, password="wrong", security_token="", domain=secure.domain)


def test_username_password_and_organization(secure: Secure) -> None:
    works(Salesforce(username=ADA, password=PASSWORD, organizationId="00D000000000001", domain=secure.domain))


def test_a_session_and_an_instance(secure: Secure) -> None:
    first = Salesforce(username=ADA, password=PASSWORD, security_token="", domain=secure.domain)
    works(Salesforce(session_id=first.session_id, instance=f"localhost:{secure.https_port}"))
    works(Salesforce(session_id=first.session_id, instance_url=f"https://127.0.0.1:{secure.https_port}"))
    with pytest.raises(SalesforceExpiredSession):
        Salesforce(session_id="wrong", instance=f"localhost:{secure.https_port}").Account.describe()


def test_username_password_and_a_client(secure: Secure) -> None:
    made = secure.client("password", "--flow", "password")
    key, secret = made["client_id"], made["client_secret"]
    works(Salesforce(username=ADA, password=PASSWORD, consumer_key=key, consumer_secret=secret, domain=secure.domain))
    with pytest.raises(SalesforceAuthenticationFailed, match=r"invalid_grant\): authentication failure"):
        Salesforce(username=ADA, password="wrong", consumer_key=key, consumer_secret=secret, domain=secure.domain)


def test_a_client_as_itself(secure: Secure) -> None:
    made = secure.client("itself", "--permission-set", "StorefrontIntegration")
    key, secret = made["client_id"], made["client_secret"]
    works(Salesforce(consumer_key=key, consumer_secret=secret, domain=secure.domain))


def test_an_assertion_signed_with_a_registered_key(secure: Secure) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = secure.folder / "client.pem"
    file.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    made = secure.client("signer", "--flow", "jwt-bearer", "--public-key", str(file))
    login = {"username": ADA, "consumer_key": made["client_id"], "privatekey": private, "domain": secure.domain}
    with (
        pytest.warns(UserWarning, match="authorize"),
        pytest.raises(SalesforceAuthenticationFailed, match="hasn't approved"),
    ):
        Salesforce(**login)
    secure.command("client", "allow", made["client_id"], ADA)
    works(Salesforce(**login))


def test_a_later_client_may_do_nothing_until_it_is_given_something(secure: Secure) -> None:
    made = secure.client("later")
    salesforce = Salesforce(consumer_key=made["client_id"], consumer_secret=made["client_secret"], domain=secure.domain)
    with pytest.raises(SalesforceRefusedRequest, match="Create Account"):
        salesforce.Account.create({"Name": "x"})
    secure.command("permission", "create", "AccountMaker", "create account", "read Account")
    secure.command("permission", "assign", "AccountMaker", made["client_id"])
    salesforce = Salesforce(consumer_key=made["client_id"], consumer_secret=made["client_secret"], domain=secure.domain)
    assert salesforce.Account.create({"Name": "x"})["success"]


def test_both_listeners_are_one_server(secure: Secure) -> None:
    context = ssl.create_default_context(cafile=secure.authority)
    with httpx.Client(verify=context) as client:
        answers = [client.get(f"{url}/services/data") for url in (secure.url, f"https://localhost:{secure.https_port}")]
    assert answers[0].json() == answers[1].json()


def test_the_certificate_is_for_its_names_and_of_its_authority_alone(secure: Secure) -> None:
    server, authority = (
        x509.load_pem_x509_certificate((secure.folder / name).read_bytes()) for name in ("server.pem", "authority.pem")
    )
    server.verify_directly_issued_by(authority)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert set(names.get_values_for_type(x509.DNSName)) == {"localhost", "shop.test"}
    assert (secure.folder / "server.pem").stat().st_mode & 0o077 == 0
    assert b"PRIVATE" not in (secure.folder / "authority.pem").read_bytes()
    context = ssl.create_default_context()
    with (
        socket.create_connection(("localhost", secure.https_port)) as plain,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


def test_a_certificate_that_cannot_be_used_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate")
    done = run("serve", "--data", str(tmp_path / "data"), "--port", "0", "--certificate", str(tmp_path / "bad.pem"))
    assert done.returncode == 2
    assert "orderwright cert" in done.stderr
    assert not (tmp_path / "data").exists()
