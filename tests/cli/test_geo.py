"""`orderwright geo`: what an operator sees of positions."""

import pytest

from tests.cli.conftest import command
from tests.conftest import execute

HEAD = "country,postal_code,latitude,longitude\n"
GEONAMES = "DE\t10115\tBerlin\tBerlin\tBE\t\t\t\t\t52.5323\t13.3846\t6\n"


@pytest.fixture
def url(database_url):
    yield database_url
    execute(database_url, "DELETE FROM postal_location")


def test_import_then_show(url, tmp_path):
    own, world = tmp_path / "shops.csv", tmp_path / "DE.txt"
    own.write_text(HEAD + "GB,SW1A 1AA,51.501,-0.142\nGB,M1 1AE,53.478,-2.241\n")
    world.write_text(GEONAMES)
    first = command("geo", "import", str(own), "--database-url", url)
    assert (first.returncode, first.stderr) == (0, "")
    assert "2 rows of shops.csv: 2 postal codes of 1 country, source Own." in first.stdout
    second = command("geo", "import", str(world), "--database-url", url)
    assert "1 postal codes of 1 country, source GeoNames." in second.stdout
    assert "CC BY 4.0" in second.stdout
    shown = command("geo", "show", "--database-url", url).stdout.splitlines()[::2]
    assert [line.split()[0] for line in shown] == ["Own", "GeoNames", "BuiltIn", "CountryCentroid"]
    assert shown[0].split(maxsplit=1)[1] == "2 postal codes, 1 countries (GB)"
    assert shown[1].split(maxsplit=1)[1] == "1 postal codes, 1 countries (DE)"


def test_nothing_is_imported_at_first(url):
    assert "nothing imported" in command("geo", "show", "--database-url", url).stdout.splitlines()[0]


def test_a_refused_file_ends_with_2_and_its_lines(url, tmp_path):
    path = tmp_path / "shops.csv"
    path.write_text(HEAD + "GB,SW1A 1AA,51.501,-0.142\nUSA,1,1,1\nUS,2,91,1\n")
    done = command("geo", "import", str(path), "--database-url", url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "line 3: country is 'USA'" in done.stderr
    assert "line 4: latitude is '91'" in done.stderr
    assert "Traceback" not in done.stderr
    assert "nothing imported" in command("geo", "show", "--database-url", url).stdout.splitlines()[0]


def test_a_file_that_is_not_there(tmp_path):
    done = command("geo", "import", str(tmp_path / "none.csv"))
    assert done.returncode == 2
    assert "does not exist" in done.stderr
