"""Upserts, references by values of their own, and values that only one record may have."""

from typing import Any

from tests.rest.bulk.bulking import Bulk, csv_of


async def by_key(bulk: Bulk) -> dict[str, Any]:
    found = await bulk.query("SELECT Name, Phone, Key__c FROM Account WHERE Key__c LIKE 'k_'")
    return {row["Key__c"]: (row["Name"], row["Phone"]) for row in found}


async def test_records_are_made_or_changed_by_their_key(keyed: Bulk):
    first = [{"Key__c": f"k{n}", "Name": f"A{n}", "Phone": "1"} for n in range(3)]
    job = await keyed.run("Account", "upsert", csv_of(*first), externalIdFieldName="key__C")
    assert [row["sf__Created"] for row in await keyed.written(job)] == ["true"] * 3
    ids = {row["Key__c"]: row["sf__Id"] for row in await keyed.written(job)}
    second = [
        {"Key__c": "K1", "Name": "B1", "Phone": ""}, {"Key__c": "k3", "Name": "B3"}, {"Key__c": "", "Name": "none"},
        {"Key__c": "k2", "Name": "#N/A"}, {"Key__c": "x" * 41, "Name": "long"}, {"Key__c": "k3", "Phone": "3"},
        {"Key__c": "k3", "Phone": "4", "Name": "B4"},
    ]  # fmt: skip
    job = await keyed.run("Account", "upsert", csv_of(*second), externalIdFieldName="Key__c")
    written = await keyed.written(job)
    assert [(row["Key__c"], row["sf__Created"]) for row in written] == [
        ("K1", "false"), ("k3", "true"), ("k3", "false"), ("k3", "false"),
    ]  # fmt: skip
    assert written[0]["sf__Id"] == ids["k1"]
    assert len({row["sf__Id"] for row in written[1:]}) == 1
    codes = [row["sf__Error"].partition(":")[0] for row in await keyed.failed(job)]
    assert codes == ["MISSING_ARGUMENT", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG"]
    assert await by_key(keyed) == {"k0": ("A0", "1"), "k1": ("B1", "1"), "k2": ("A2", "1"), "k3": ("B4", "4")}


async def test_numbers_tell_apart_however_they_are_written(keyed: Bulk):
    rows = [{"Number__c": "7", "Name": "A"}, {"Number__c": "7.00", "Name": "B"}, {"Number__c": "7e0", "Name": "C"}]
    job = await keyed.run("Account", "upsert", csv_of(*rows), externalIdFieldName="Number__c")
    assert [row["sf__Created"] for row in await keyed.written(job)] == ["true", "false", "false"]
    record = await keyed.api.read("Account", (await keyed.written(job))[2]["sf__Id"])
    assert (record["Name"], str(record["Number__c"])) == ("C", "7")


async def test_keys_that_several_records_have(keyed: Bulk):
    twice = [{"Old_Key__c": "same", "Name": "A"}, {"Old_Key__c": "SAME", "Name": "B"}]
    await keyed.run("Account", "insert", csv_of(*twice))
    rows = [{"Old_Key__c": "same", "Name": "C"}, {"Old_Key__c": "new", "Name": "D"}, {"Old_Key__c": "New", "Name": "E"}]
    job = await keyed.run("Account", "upsert", csv_of(*rows), externalIdFieldName="Old_Key__c")
    assert [(row["Name"], row["sf__Created"]) for row in await keyed.written(job)] == [("D", "true"), ("E", "false")]
    [failed] = await keyed.failed(job)
    assert failed["sf__Error"].startswith("DUPLICATE_EXTERNAL_ID:Old_Key__c: more than one record has this value")


async def test_upsert_by_id(keyed: Bulk):
    known = await keyed.api.create("Account", Name="A", Key__c="kept")
    rows = [{"Id": known, "Name": "B"}, {"Id": "", "Name": "C"}, {"Id": "001000000000001AAA", "Name": "D"}]
    job = await keyed.run("Account", "upsert", csv_of(*rows), externalIdFieldName="Id")
    assert [(row["Name"], row["sf__Created"]) for row in await keyed.written(job)] == [("B", "false"), ("C", "true")]
    [failed] = await keyed.failed(job)
    assert (failed["sf__Id"], failed["sf__Error"][:10]) == ("001000000000001AAA", "NOT_FOUND:")


async def test_a_unique_value_is_given_once(keyed: Bulk):
    await keyed.api.create("Account", Name="Single", Key__c="taken")
    rows = [{"Key__c": key, "Name": "N"} for key in ("a", "taken", "A", "b", "", "")]
    job = await keyed.run("Account", "insert", csv_of(*rows))
    assert [row["Key__c"] for row in await keyed.written(job)] == ["a", "b", "", ""]
    failed = await keyed.failed(job)
    assert [(row["Key__c"], row["sf__Error"][:16]) for row in failed] == [
        ("taken", "DUPLICATE_VALUE:"), ("A", "DUPLICATE_VALUE:"),
    ]  # fmt: skip
    again = await keyed.api.send("POST", "/sobjects/Account", {"Name": "x", "Key__c": "B"})
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    ids = [row["sf__Id"] for row in await keyed.written(job)]
    changes = [{"Id": ids[0], "Key__c": "c"}, {"Id": ids[1], "Key__c": "a"}, {"Id": ids[2], "Key__c": "c"}]
    job = await keyed.run("Account", "update", csv_of(*changes))
    assert [row["Key__c"] for row in await keyed.written(job)] == ["c", "a"]
    job = await keyed.run("Account", "delete", csv_of({"Id": ids[0]}))
    assert (await keyed.api.send("POST", "/sobjects/Account", {"Name": "x", "Key__c": "c"})).status_code == 201


async def test_references_by_a_value_of_the_other_record(keyed: Bulk):
    parent = await keyed.api.create("Account", Name="Parent", Key__c="P-1")
    for name in ("A", "B"):
        await keyed.api.create("Account", Name=name, Old_Key__c="both")
    rows = [
        {"Name": "1", "Parent__r.Key__c": "p-1"}, {"Name": "2", "Parent__r.Key__c": "P-2"}, {"Name": "3"},
        {"Name": "4", "Parent__r.Key__c": "#N/A"},
    ]  # fmt: skip
    job = await keyed.run("Account", "insert", csv_of(*rows))
    written = await keyed.written(job)
    found = [(await keyed.api.read("Account", row["sf__Id"]))["Parent__c"] for row in written]
    assert [(row["Name"], to) for row, to in zip(written, found, strict=True)] == [
        ("1", parent), ("3", None), ("4", None),
    ]  # fmt: skip
    [failed] = await keyed.failed(job)
    assert failed["sf__Error"].startswith(
        "INVALID_FIELD:Foreign key external ID: P-2 not found for field Key__c in entity Account:Parent__r.Key__c"
    )
    job = await keyed.run("Account", "insert", csv_of({"Name": "x", "Account:Any__r.Old_Key__c": "both"}))
    assert "More than one record found" in (await keyed.failed(job))[0]["sf__Error"]
    job = await keyed.run("Account", "insert", csv_of({"Name": "x", "Any__r.Key__c": "P-1"}))
    assert "Field name not found : Any__r.Key__c" in (await keyed.info(job))["errorMessage"]
    job = await keyed.run("Contact", "insert", csv_of({"LastName": "x", "Account.Id": parent, "Owner.Username": ""}))
    assert (await keyed.api.read("Contact", (await keyed.written(job))[0]["sf__Id"]))["AccountId"] == parent
