"""The locks hold every dependency, exactly, and nothing about the machine they were made on."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.sources import ROOT

LOCKS = ("run.txt", "dev.txt")


def lines(lock: str) -> list[str]:
    return (ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()


def locked(lock: str) -> dict[str, Requirement]:
    entries = [Requirement(line.rstrip(" \\")) for line in lines(lock) if line and line[0] not in " #"]
    return {canonicalize_name(entry.name): entry for entry in entries}


def wanted() -> dict[str, list[Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    run = [Requirement(text) for text in project["project"]["dependencies"]]
    return {"run.txt": run, "dev.txt": run + [Requirement(text) for text in project["dependency-groups"]["dev"]]}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_locked_within_its_bounds(lock):
    entries = locked(lock)
    for requirement in wanted()[lock]:
        entry = entries.get(canonicalize_name(requirement.name))
        assert entry is not None, f"{requirement.name} is not locked: make lock"
        version = next(iter(entry.specifier)).version
        assert requirement.specifier.contains(version), f"{entry} against {requirement}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_exact_and_has_hashes(lock):
    text = "\n".join(lines(lock)).replace("\\\n", "")
    entries = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert entries
    assert [line for line in entries if not re.match(r"[a-z0-9-]+==\S+.*--hash=sha256:[0-9a-f]{64}", line)] == []


def test_both_locks_agree():
    development = locked("dev.txt")
    assert {name: str(entry.specifier) for name, entry in locked("run.txt").items()} == {
        name: str(development[name].specifier) for name in locked("run.txt")
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_no_address_or_path_of_a_machine_is_in_a_lock(lock):
    assert [line for line in lines(lock) if re.search(r"://|--(extra-)?index|--find-links|(^|\s)/\w", line)] == []
