"""Settings: read once from the environment, refused when wrong, listed for people."""

import pytest

from orderwright.settings import Settings, SettingsError, all_settings
from tests.cli.conftest import command


def test_without_variables_every_setting_has_its_default():
    assert Settings.read({}) == Settings()


def test_variables_are_read_and_empty_ones_are_unset():
    settings = Settings.read({"ORDERWRIGHT_PORT": "9000", "ORDERWRIGHT_DATABASE_URL": "", "PORT": "1"})
    assert settings == Settings(port=9000)


@pytest.mark.parametrize("settings", [Settings(), Settings(port=0, database_url="postgresql:///x", workers=3)])
def test_a_child_process_reads_the_same_settings(settings):
    environment = {"ORDERWRIGHT_DATA": "/elsewhere", "ORDERWRIGHT_PORT": "7"} | settings.environment()
    assert Settings.read(environment) == settings


def test_a_path_may_begin_with_the_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(Settings.read({"ORDERWRIGHT_DATA": "~/orders"}).data) == "/home/somebody/orders"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "tcp://10.0.0.1:80"),
        ("PORT", "65536"),
        ("WORKERS", "0"),
        ("DEFAULT_CURRENCY", "usd"),
        ("DEFAULT_CURRENCY", "XAU"),
        ("LOG_LEVEL", "loud"),
        ("PICKLISTS", "/nowhere/picklists.toml"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"ORDERWRIGHT_{name} is '{value}'"):
        Settings.read({f"ORDERWRIGHT_{name}": value})


@pytest.mark.parametrize(
    ("text", "why"),
    [("Status =", "Invalid value"), ('[FulfillmentOrder]\nColour = "x"', "Status and Type"), ("é", "codec|invalid")],
)
def test_a_file_of_picklists_that_cannot_work_is_refused_when_it_is_named(tmp_path, text, why):
    file = tmp_path / "picklists.toml"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(SettingsError, match=f"(?s)ORDERWRIGHT_PICKLISTS is .*({why})"):
        Settings.read({"ORDERWRIGHT_PICKLISTS": str(file)})


def test_every_setting_is_explained():
    assert {setting.name for setting in all_settings()} == set(Settings.__struct_fields__)
    assert all(setting.meaning and not setting.meaning.endswith(".") for setting in all_settings())


def test_the_list_shows_values_defaults_and_no_password():
    done = command("settings", ORDERWRIGHT_PORT="9000", ORDERWRIGHT_DATABASE_URL="postgresql://u:s3cret@h/x")
    assert done.returncode == 0
    assert "ORDERWRIGHT_PORT=9000\n" in done.stdout
    assert "Default: 8080." in done.stdout
    assert "ORDERWRIGHT_DATABASE_URL=postgresql://h/x\n" in done.stdout
    assert "s3cret" not in done.stdout
