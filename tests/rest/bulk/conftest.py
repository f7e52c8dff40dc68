from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.transaction import Store
from tests.rest.bulk.bulking import Bulk
from tests.rest.calling import Caller

FIELDS = """
[Account.Key__c]
type = "Text"
length = 40
unique = true
externalId = true

[Account.Number__c]
type = "Number"
precision = 8
scale = 2
unique = true
externalId = true

[Account.Old_Key__c]
type = "Text"
length = 40
externalId = true

[Account.Parent__c]
type = "Lookup"
referenceTo = "Account"

[Account.Any__c]
type = "Lookup"
referenceTo = ["Account", "Contact"]

[Order.Shop_Key__c]
type = "Text"
length = 40
unique = true
externalId = true
"""


@pytest.fixture
def bulk(api: Caller, store: Store) -> Bulk:
    return Bulk(api, store)


@pytest.fixture
async def keyed(api: Caller, store: Store, tmp_path: Path) -> AsyncIterator[Bulk]:
    """Bulk jobs where there are fields by which records are told apart."""
    file = tmp_path / "fields.toml"
    file.write_text(FIELDS)
    settings = Settings(custom_fields=file)
    app = create_app(store, settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://orderwright.test",
            headers={"Authorization": api.http.headers["Authorization"]},
        ) as client,
    ):
        yield Bulk(Caller(client), store, settings)
    await store.database.main.execute("DELETE FROM unique_value WHERE field LIKE '%\\_\\_c'")
