"""All records of one account as SOQL shows them, in a form that is the same for two accounts with the same history."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simple_salesforce import Salesforce

ID = re.compile(r"\b[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\b")
NOT_FOLLOWED = {"CreatedById", "LastModifiedById", "OwnerId"}
OF_THE_GATEWAY = {"GatewayRefNumber", "Request", "Response"}
"""What a gateway calls a payment, and its messages, with keys that are chosen anew for each."""
MOST = 200
"""Records that `FIELDS(ALL)` lists at once."""

Records = dict[str, list[dict[str, Any]]]


def records_of(sf: Salesforce, account: str) -> Records:
    """What hangs on the account, directly or over other records, by object and in the order in which it was made.

    Ids become names of what they stand for; times and automatic numbers are left out.
    """
    found = _all(sf, account)
    names = {
        record["Id"]: f"{object_} {number}"
        for object_, records in found.items()
        for number, record in enumerate(records, 1)
    }
    return {object_: [_comparable(sf, object_, each, names) for each in records] for object_, records in found.items()}


def _all(sf: Salesforce, account: str) -> Records:
    """The records themselves: from each that is found to those that refer to it, until there are no more."""
    found: dict[str, dict[str, Any]] = {"Account": {account: _queried(sf, "Account", f"Id = '{account}'")[0]}}
    fresh = [account]
    while fresh:
        ids = ", ".join(f"'{each}'" for each in fresh)
        fresh = []
        for object_, fields in _referring(sf):
            known = found.setdefault(object_, {})
            for record in _queried(sf, object_, " OR ".join(f"{field} IN ({ids})" for field in fields)):
                if record["Id"] not in known:
                    known[record["Id"]] = record
                    fresh.append(record["Id"])
    return {object_: [known[each] for each in sorted(known)] for object_, known in found.items() if known}


def _queried(sf: Salesforce, object_: str, condition: str) -> list[dict[str, Any]]:
    found = sf.query(f"SELECT FIELDS(ALL) FROM {object_} WHERE {condition} LIMIT {MOST}")
    assert found["totalSize"] < MOST
    return list(found["records"])


def _referring(sf: Salesforce) -> Iterator[tuple[str, list[str]]]:
    """Each object that can be queried and that refers to others, and the fields by which it does."""
    for object_, fields in _described(sf).items():
        referring = [
            name for name, field in fields.items() if field["type"] == "reference" and name not in NOT_FOLLOWED
        ]
        if referring:
            yield object_, referring


_DESCRIBED: dict[str, Mapping[str, Mapping[str, Any]]] = {}


def _described(sf: Salesforce) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    if not _DESCRIBED:
        for object_ in sf.describe()["sobjects"]:
            if object_["queryable"]:
                fields = getattr(sf, object_["name"]).describe()["fields"]
                _DESCRIBED[object_["name"]] = {field["name"]: field for field in fields}
    return _DESCRIBED


def _comparable(sf: Salesforce, object_: str, record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    described = _described(sf)[object_]
    kept = {
        name: value
        for name, value in record.items()
        if name in described
        and described[name]["type"] not in {"datetime", "time"}
        and not described[name]["autoNumber"]
        and name not in OF_THE_GATEWAY
    }
    return {name: _named(value, names) for name, value in kept.items()}


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """`value` with the ids in it replaced: by their names, or, of records that belong to no account, by a blank."""
    if not isinstance(value, str):
        return value
    return ID.sub(lambda found: names.get(found[0], found[0][:3] if found[0][0].isdigit() else found[0]), value)
