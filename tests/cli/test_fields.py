"""orderwright fields: custom fields are declared and listed, and a declaration that cannot work is not written."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from orderwright.cli.failures import CommandFailed
from orderwright.cli.fields import app
from orderwright.settings import read_custom_fields


def run(*arguments: str):
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_a_field_is_added_and_listed(tmp_path: Path):
    file = tmp_path / "fields.toml"
    done = run("add", "Account.Loyalty__c", "Text", "length=20", "unique=true", "label=In words", "--file", str(file))
    assert done.exit_code == 0, done.output
    run("add", "Product2.Colour__c", "Picklist", "values=['Red', 'Blue']", "--file", str(file))
    schema = read_custom_fields(file)
    loyalty = schema.by_name["Account"].customs["Loyalty__c"]
    assert (loyalty.length, loyalty.unique, loyalty.custom and loyalty.custom.label) == (20, True, "In words")
    assert schema.by_name["Product2"].customs["Colour__c"].values == ("Red", "Blue")
    listed = run("list", "--file", str(file)).output
    assert "Loyalty__c" in listed
    assert "Colour__c" in listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("Account.Loyalty", "Text"),
        ("Account.Loyalty__c", "Words"),
        ("Account.Loyalty__c", "Text", "scale=2"),
        ("Account.First__c", "Text"),
        ("Nothing.First__c", "Text"),
    ],
)
def test_what_cannot_work_is_not_written(tmp_path: Path, arguments: tuple[str, ...]):
    file = tmp_path / "fields.toml"
    file.write_text('[Account.First__c]\ntype = "Text"\n')
    before = file.read_text()
    with pytest.raises(CommandFailed):
        run("add", *arguments, "--file", str(file))
    assert file.read_text() == before
