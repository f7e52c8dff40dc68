"""The API about itself."""

from __future__ import annotations

from orderwright.rest.documents import docs_page, openapi_document
from orderwright.rest.operation import Operation

DOCUMENTS = (
    Operation(
        "GET", "/openapi.json", openapi_document, "This API as OpenAPI 3.1", absolute=True, public=True, tag="Documents"
    ),
    Operation(
        "GET", "/docs", docs_page, "This API as a page to read",
        absolute=True, public=True, answers="text/html", tag="Documents",
    ),
)  # fmt: skip
