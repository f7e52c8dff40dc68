"""What the tests of this layer say to the API, and how they count what is stored."""

from decimal import Decimal
from typing import Any

import httpx
import msgspec

from orderwright.objects.registry import BY_NAME
from orderwright.store.database import Database

BASE = "/services/data/v67.0"
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def exact(answer: httpx.Response) -> Any:
    """The JSON of an answer with exact numbers."""
    return _DECODER.decode(answer.content)


class Caller:
    """A signed-in client."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def send(self, method: str, path: str, json: Any = None) -> httpx.Response:
        """Send a request below the newest version; Decimals go as JSON numbers."""
        content = None if json is None else msgspec.json.Encoder(decimal_format="number").encode(json)
        headers = {} if json is None else {"Content-Type": "application/json"}
        return await self.http.request(method, BASE + path, content=content, headers=headers)

    async def create(self, object_: str, **fields: Any) -> str:
        """The id of a new record."""
        answer = await self.send("POST", f"/sobjects/{object_}", fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def read(self, object_: str, record_id: str) -> Any:
        """A record as it is stored now."""
        answer = await self.send("GET", f"/sobjects/{object_}/{record_id}")
        assert answer.status_code == 200, answer.text
        return exact(answer)

    async def draft(self, **fields: Any) -> str:
        """The id of a new draft order in GBP."""
        return await self.create(
            "Order", **({"EffectiveDate": "2026-03-01", "Status": "Draft", "CurrencyIsoCode": "GBP"} | fields)
        )


async def row_counts(database: Database) -> dict[str, int]:
    """How many records of each object there are, and how many requests left an answer."""
    tables = [definition.table for definition in BY_NAME.values()] + ["request_key"]
    parts = [f"SELECT '{table}' AS name, count(*) AS rows FROM \"{table}\"" for table in tables]  # noqa: S608  # our own names
    return {row["name"]: row["rows"] for row in await database.main.fetch(" UNION ALL ".join(parts))}
