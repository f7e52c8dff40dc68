"""The bulk calls of simple-salesforce against a real server and its worker."""

import csv
import io
import time
from typing import Any

import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceGeneralError

pytestmark = pytest.mark.usefixtures("server")


@pytest.fixture(autouse=True)
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library looks every five seconds how far a batch is."""
    pause = time.sleep
    for module in ("bulk", "bulk2"):
        monkeypatch.setattr(f"simple_salesforce.{module}.sleep", lambda _: pause(0.05))


def accounts(name: str, count: int) -> list[dict[str, Any]]:
    return [{"Name": f"{name} {n}", "BillingCity": "London"} for n in range(count)]


def test_the_older_api(salesforce: Salesforce):
    bulk = salesforce.bulk.Account
    made = bulk.insert([*accounts("older", 25), {"BillingCity": "Nowhere"}], batch_size=10)
    assert [row["success"] for row in made] == [True] * 25 + [False]
    assert made[-1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    ids = [row["id"] for row in made if row["success"]]
    changed = bulk.update([{"Id": i, "Phone": None, "BillingCity": "Rome"} for i in ids], use_serial=True)
    assert all(row["success"] and not row["created"] for row in changed)
    again = bulk.upsert([{"Id": ids[0], "Name": "older first"}], "Id", batch_size="auto")
    assert again in ([], [{"success": True, "created": False, "id": ids[0], "errors": []}])  # a fault of its own
    found = bulk.query("SELECT Id, Name, BillingCity, CreatedDate FROM Account WHERE Name LIKE 'older %'")
    assert {row["Id"] for row in found} == set(ids)
    assert {row["BillingCity"] for row in found} == {"Rome"}
    assert all(isinstance(row["CreatedDate"], int) for row in found)
    detailed = bulk.delete([{"Id": i} for i in ids], include_detailed_results=True)
    assert [row["Id"] for row in detailed] == [row["id"] for row in detailed] == ids
    assert bulk.query("SELECT Id FROM Account WHERE Name LIKE 'older %'") == []
    assert len(bulk.query_all("SELECT Id FROM Account WHERE Name LIKE 'older %'")) == 25
    with pytest.raises(SalesforceGeneralError, match="INVALID_FIELD"):
        bulk.query("SELECT Nmae FROM Account")


def test_bulk_2(salesforce: Salesforce, tmp_path: Any):
    bulk = salesforce.bulk2.Account
    [done] = bulk.insert(records=[*accounts("newer", 40), {"Name": "", "BillingCity": "Nowhere"}], wait=0)
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"], done["numberRecordsTotal"]) == (41, 1, 41)
    results = bulk.get_all_ingest_records(done["job_id"])
    assert [len(results[kind]) for kind in ("successfulRecords", "failedRecords", "unprocessedRecords")] == [40, 1, 0]
    assert results["failedRecords"][0]["sf__Error"].startswith("REQUIRED_FIELD_MISSING:")
    ids = [row["sf__Id"] for row in results["successfulRecords"]]
    file = tmp_path / "changes.csv"
    file.write_text("Id,Phone\n" + "".join(f"{i},{n}\n" for n, i in enumerate(ids)))
    changed = bulk.update(csv_file=str(file), batch_size=15, wait=0)
    assert [each["numberRecordsFailed"] for each in changed] == [0, 0, 0]
    pages = list(
        bulk.query("SELECT Id, Phone FROM Account WHERE Name LIKE 'newer %' ORDER BY Id", max_records=15, wait=0)
    )
    assert [page.count("\n") - 1 for page in pages] == [15, 15, 10]
    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert {row["Id"]: row["Phone"] for row in rows} == {i: str(n) for n, i in enumerate(ids)}
    files = bulk.download("SELECT Id FROM Account WHERE Name LIKE 'newer %'", str(tmp_path), wait=0)
    assert [each["number_of_records"] for each in files] == [40]
    [gone] = bulk.delete(records=[{"Id": i} for i in ids], wait=0)
    assert gone["numberRecordsFailed"] == 0
    assert salesforce.query("SELECT COUNT() FROM Account WHERE Name LIKE 'newer %'")["totalSize"] == 0
