"""The OpenAPI document and the page are made from the table, and the table is sound."""

import httpx
import pytest
from openapi_spec_validator import validate

from orderwright.rest.errors import FRAMEWORK, catalogue
from orderwright.rest.operation import VERSIONED
from orderwright.rest.operations import OPERATIONS
from orderwright.rest.versions import label_of


async def test_the_document_is_valid_and_holds_every_operation(http: httpx.AsyncClient):
    document = (await http.get("/openapi.json")).json()
    validate(document)
    described = {(m.upper(), path) for path, methods in document["paths"].items() for m in methods}
    assert described == {(o.method, o.full_path) for o in OPERATIONS}


async def test_the_page_shows_every_operation_and_every_error(http: httpx.AsyncClient):
    answer = await http.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script" not in answer.text
    for operation in OPERATIONS:
        assert operation.full_path in answer.text
    for entry in catalogue():
        assert entry.code in answer.text


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_every_operation_explains_itself(operation):
    assert operation.summary
    assert operation.description
    assert operation.method != "POST" or operation.example is not None
    assert operation.absolute or operation.full_path.startswith(VERSIONED)
    for name, _ in operation.parameters.values():
        assert name in operation.hints


def test_every_code_stands_once_and_says_what_it_means():
    entries = catalogue()
    assert len({entry.code for entry in entries}) == len(entries)
    assert all(entry.meaning and entry.status >= 400 for entry in entries)
    assert {entry.code for entry in FRAMEWORK} <= {entry.code for entry in entries}


async def test_versions_are_listed_as_clients_expect(http: httpx.AsyncClient):
    versions = (await http.get("/services/data")).json()
    assert versions[0] == {"label": "Spring '20", "url": "/services/data/v48.0", "version": "48.0"}
    assert versions[-1]["version"] == "67.0"
    assert [label_of(n) for n in (49, 50, 51, 58, 67)] == [
        "Summer '20", "Winter '21", "Spring '21", "Summer '23", "Summer '26",
    ]  # fmt: skip
