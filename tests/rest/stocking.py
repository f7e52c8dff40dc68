"""Places with units in them, through the API, and what is asked of them; each test has names of its own."""

import itertools
import uuid
from decimal import Decimal
from typing import Any

import httpx

from orderwright.store.database import Database
from tests.rest.calling import Caller, exact

OCI = "/commerce/oci"
GET = f"{OCI}/availability/availability-records/actions/get-availability"
BATCH = f"{OCI}/availability-records/actions/batch-update"
UPLOADS = f"{OCI}/availability-records/uploads"
GRAPH = f"{OCI}/location-graph/uploads"
RESERVE = f"{OCI}/reservation/actions/reservations"
UPDATE = f"{OCI}/reservation/actions/update"
FULFILL = f"{OCI}/reservation/actions/fulfillments"
RELEASE = f"{OCI}/reservation/actions/releases"
TRANSFER = f"{OCI}/reservation/actions/transfers"

FIGURES = ("onHand", "reserved", "safetyStockCount", "availableToFulfill", "availableToOrder")


class Stockroom:
    """A signed-in client, and names that no other test uses."""

    def __init__(self, api: Caller, database: Database) -> None:
        self.api = api
        self.database = database
        self._mark = uuid.uuid4().hex[:8]
        self._numbers = itertools.count(1)

    def name(self, name: str) -> str:
        return f"{name}-{self._mark}"

    def action(self) -> str:
        """An actionRequestId nobody used."""
        return f"{self._mark}-{next(self._numbers)}"

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.api.send("POST", path, body)

    async def done(self, path: str, body: Any) -> Any:
        """What was answered to a request that worked."""
        answer = await self.post(path, body)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    async def refused(self, path: str, body: Any, status: int = 400) -> Any:
        """The one error of a request that was refused."""
        answer = await self.post(path, body)
        assert answer.status_code == status, answer.text
        (error,) = exact(answer)
        return error

    async def locate(self, groups: dict[str, list[str]], *alone: str) -> None:
        """Make the locations and groups with these names, and publish them; whatever was published before stays."""
        ids = {}
        for location in sorted({name for members in groups.values() for name in members} | set(alone)):
            ids[location] = await self.api.create(
                "Location", Name=location, LocationType="Warehouse", ShouldSyncWithOci=True,
                ExternalReference=self.name(location),
            )  # fmt: skip
        for group, members in groups.items():
            made = await self.api.create(
                "LocationGroup", LocationGroupName=group, IsEnabled=True, ShouldSyncWithOci=True,
                ExternalReference=self.name(group),
            )  # fmt: skip
            for location in members:
                await self.api.create("LocationGroupAssignment", LocationGroupId=made, LocationId=ids[location])
        published = await self.done(GRAPH, None)
        status = await self.api.send("GET", f"{GRAPH}/{published['uploadId']}")
        assert status.json()["status"] == "COMPLETED", status.text

    async def count(self, location: str, sku: str, on_hand: Any, **more: Any) -> None:
        """State how much of a SKU is at a location."""
        record = {
            "actionRequestId": self.action(), "locationIdentifier": self.name(location),
            "stockKeepingUnit": self.name(sku), "onHand": on_hand,
        }  # fmt: skip
        done = await self.done(BATCH, {"records": [record | more]})
        assert done == {"errors": [], "success": True}

    async def at(self, location: str, sku: str) -> dict[str, Any]:
        """The record of a SKU at a location."""
        body = {"locationIdentifiers": [self.name(location)], "stockKeepingUnits": [self.name(sku)]}
        found: dict[str, Any] = (await self.done(GET, body))["locations"][0]["inventoryRecords"][0]
        return found

    async def in_group(self, group: str, sku: str) -> dict[str, Any]:
        """The record of a SKU in a group."""
        body = {"locationGroupIdentifiers": [self.name(group)], "stockKeepingUnits": [self.name(sku)]}
        found: dict[str, Any] = (await self.done(GET, body))["locationGroups"][0]["inventoryRecords"][0]
        return found

    async def figures(self, location: str, sku: str) -> list[Decimal]:
        """On hand, reserved, safety stock, available to fulfil and to order, at a location."""
        record = await self.at(location, sku)
        return [Decimal(record[name]) for name in FIGURES]

    async def group_figures(self, group: str, sku: str) -> list[Decimal]:
        """The same in a group."""
        record = await self.in_group(group, sku)
        return [Decimal(record[name]) for name in FIGURES]

    def line(self, place: str, sku: str, quantity: Any, *, group: bool = False) -> dict[str, Any]:
        """Units of a SKU at a place, as most inputs have them."""
        kind = "locationGroupIdentifier" if group else "locationIdentifier"
        return {kind: self.name(place), "stockKeepingUnit": self.name(sku), "quantity": quantity}

    async def reserve(self, *lines: dict[str, Any], **more: Any) -> str:
        """The id of a new reservation of these lines."""
        action = self.action()
        await self.done(RESERVE, {"actionRequestId": action, "createRecords": list(lines)} | more)
        return action

    async def check_ledger(self) -> None:
        """Every movement of this test's SKUs adds up to the counters, and to what is held."""
        rows = await self.database.main.fetch(UNBALANCED, f"%-{self._mark}")
        assert rows == []


UNBALANCED = """
WITH summed AS (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger WHERE stock_keeping_unit LIKE $1 GROUP BY 1, 2, 3
), held AS (
    SELECT stock_keeping_unit, is_group, place, sum(quantity) AS reserved
    FROM inventory.hold WHERE stock_keeping_unit LIKE $1 GROUP BY 1, 2, 3
)
SELECT s.*, l.on_hand, l.reserved, h.reserved FROM (SELECT * FROM inventory.stock WHERE stock_keeping_unit LIKE $1) s
FULL JOIN summed l USING (stock_keeping_unit, is_group, place)
FULL JOIN held h USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
   OR s.reserved IS DISTINCT FROM coalesce(h.reserved, 0)
"""
