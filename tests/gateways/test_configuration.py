"""How a gateway reads its configuration, and that its secrets are not shown."""

import copy
import pickle
import traceback
from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from orderwright.gateways.configuration import ConfigurationError, Secret, read_configuration

VARIABLE = "ORDERWRIGHT_GATEWAY_ACME_PAY_SECRET_KEY"


class Acme(msgspec.Struct, frozen=True, kw_only=True):
    secret_key: Secret
    webhook_secret: Secret | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=120)] = 10
    sandbox: bool = False


def read(**variables: str) -> Acme:
    environment = {f"ORDERWRIGHT_GATEWAY_ACME_PAY_{name}": text for name, text in variables.items()}
    return read_configuration(Acme, "Acme-Pay", {**environment, "ORDERWRIGHT_GATEWAY": "Acme-Pay", "PATH": "/bin"})


def test_values_are_typed_and_the_rest_has_defaults():
    assert read(SECRET_KEY="s", TIMEOUT_SECONDS="2.5", SANDBOX="true", WEBHOOK_SECRET="") == Acme(
        secret_key=Secret("s"), timeout_seconds=2.5, sandbox=True
    )


def test_a_secret_may_be_in_a_file(tmp_path: Path):
    (tmp_path / "key").write_text("from a file\n")
    assert read(SECRET_KEY_FILE=str(tmp_path / "key")).secret_key.reveal() == "from a file"


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({}, rf"Acme-Pay needs {VARIABLE} \(or {VARIABLE}_FILE"),
        ({"SECRET_KEY": "s", "SECRET_KEY_FILE": "/there"}, "both set"),
        ({"SECRET_KEY_FILE": "/not/there"}, "cannot be read: No such file"),
        ({"SECRET_KEY_FILE": "/"}, "cannot be read: Is a directory"),
        ({"SECRET_KEY_FILE": "/dev/null"}, "is empty"),
        ({"SECRET_KEY_FILE": "/dev/zero"}, "is empty|too large|not text"),
        ({"SECRET_KEY": "s", "TIMEOUT_SECONDS": "soon"}, "ACME_PAY_TIMEOUT_SECONDS is 'soon'"),
        ({"SECRET_KEY": "s", "TIMEOUT_SECONDS": "121"}, "ACME_PAY_TIMEOUT_SECONDS is '121'"),
        ({"SECRET_KEY": "s", "SECRETKEY": "s"}, "ACME_PAY_SECRETKEY is no setting .* It knows: .*SECRET_KEY"),
    ],
)
def test_what_is_missing_or_wrong_is_refused(variables: dict[str, str], complaint: str):
    with pytest.raises(ConfigurationError, match=complaint):
        read(**variables)


def test_a_secret_is_shown_nowhere():
    secret = Secret("hunter2")
    configuration = Acme(secret_key=secret)
    assert "hunter2" not in f"{secret} {secret!r} {configuration} {configuration!r} {[secret]}"
    with pytest.raises(TypeError):
        msgspec.json.encode(configuration)
    for copier in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(secret)


def test_a_secret_is_not_in_the_traceback_of_its_misuse():
    secret = Secret("hunter2")
    with pytest.raises(TypeError) as error:
        secret + "x"  # type: ignore[operator]
    shown = traceback.TracebackException.from_exception(error.value, capture_locals=True).format()
    assert "hunter2" not in "".join(shown).replace('Secret("hunter2")', "the line above")


def test_secrets_are_equal_by_their_text():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
