"""The records that orders share: one shop, its products and prices, its customers. Made once, kept in the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from orderwright.demo.client import PATIENCE_SECONDS, Client, Part, Patience, Unanswered
from orderwright.demo.journal import Journal
from orderwright.demo.plan import CURRENCY, Line, PlannedOrder

MOST_RECORDS = 200
"""The most records that one collection takes."""
SHOP = "shop"

BASE_PARTS = (
    Part("POST", "sobjects/SalesChannel", "channel", {"SalesChannelName": "Online Retail", "Type": "B2C"}),
    Part("POST", "sobjects/Pricebook2", "prices", {"Name": "Online Retail", "IsActive": True}),
    Part("POST", "sobjects/OrderDeliveryMethod", "delivery", {"Name": "Royal Mail", "IsActive": True}),
    Part("POST", "sobjects/Location", "warehouse", {"Name": "Warehouse", "LocationType": "Warehouse"}),
    Part(
        "POST",
        "sobjects/PaymentGatewayProvider",
        "provider",
        {"DeveloperName": "Simulator", "MasterLabel": "Simulator", "IdempotencySupported": "Yes"},
    ),
    Part(
        "POST",
        "sobjects/PaymentGateway",
        "gateway",
        {"PaymentGatewayName": "Simulator", "PaymentGatewayProviderId": "@{provider.id}", "Status": "Active"},
    ),
)


class Shop:
    """The shop in which orders are placed."""

    def __init__(self, client: Client, journal: Journal) -> None:
        self._client = client
        self._journal = journal

    async def open(self) -> None:
        """Make the records of the shop itself, unless an earlier run did."""
        if not self._journal.facts(SHOP):
            answers = await self._create(BASE_PARTS, SHOP)
            made = {part.name: answer["id"] for part, answer in zip(BASE_PARTS, answers, strict=True)}
            self._journal.record(SHOP, made)

    def id_of(self, name: str) -> str:
        """The id of one of the shop's own records: channel, prices, delivery, warehouse, gateway."""
        return str(self._journal.facts(SHOP)[name])

    def account_of(self, order: PlannedOrder) -> str:
        """The account that buys."""
        return str(self._journal.facts(account_subject(order))["id"])

    def price_of(self, line: Line) -> str:
        """The price book entry of an item's product."""
        return str(self._journal.facts(product_subject(line.stock_code))["entry"])

    async def prepare(self, orders: Sequence[PlannedOrder]) -> None:
        """Make the customers and products that `orders` need and the shop does not have yet."""
        accounts = {
            account_subject(order): {"Name": buyer_name(order), "BillingCountry": order.country} for order in orders
        }
        for batch in batches(subject for subject in accounts if not self._journal.facts(subject)):
            await self._make_accounts(batch, [accounts[subject] for subject in batch])
        lines = {product_subject(line.stock_code): line for order in reversed(orders) for line in reversed(order.lines)}
        for batch in batches(subject for subject in reversed(lines) if not self._journal.facts(subject)):
            await self._make_products(batch, [lines[subject] for subject in batch])

    async def _create(self, parts: Sequence[Part], subject: str) -> list[Any]:
        """Create shared records, of which `subject` is the first; sent until it is answered, always under one key."""
        # Another run may put other records into the batch that begins with `subject`: that is another request.
        content = hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
        key = self._journal.key(subject, f"create {content}")
        patience = Patience(PATIENCE_SECONDS)
        while True:
            try:
                return await self._client.composite(parts, key)
            except Unanswered as lost:
                await patience.pause(lost)

    async def _make_accounts(self, subjects: Sequence[str], records: Sequence[dict[str, Any]]) -> None:
        part = collection("accounts", "Account", records)
        (answers,) = await self._create([part], subjects[0])
        for subject, answer in zip(subjects, answers, strict=True):
            self._journal.record(subject, {"id": answer["id"]})

    async def _make_products(self, subjects: Sequence[str], lines: Sequence[Line]) -> None:
        products = [
            {
                "Name": line.description,
                "ProductCode": line.stock_code,
                "StockKeepingUnit": line.stock_code,
                "IsActive": True,
            }
            for line in lines
        ]
        entries = [
            {
                "Pricebook2Id": self.id_of("prices"),
                "Product2Id": f"@{{products[{number}].id}}",
                "UnitPrice": line.unit_price,
                "CurrencyIsoCode": CURRENCY,
                "IsActive": True,
            }
            for number, line in enumerate(lines)
        ]
        parts = [collection("products", "Product2", products), collection("entries", "PricebookEntry", entries)]
        made, priced = await self._create(parts, subjects[0])
        for subject, product, entry in zip(subjects, made, priced, strict=True):
            self._journal.record(subject, {"id": product["id"], "entry": entry["id"]})


def account_subject(order: PlannedOrder) -> str:
    """Under which name the journal knows the buyer's account. A guest checkout makes an account of its own."""
    return f"account {order.customer_id}" if order.customer_id else f"account of guest {order.invoice_no}"


def buyer_name(order: PlannedOrder) -> str:
    """How the buyer is called; the file names nobody."""
    return f"Customer {order.customer_id}" if order.customer_id else f"Guest {order.invoice_no}"


def product_subject(stock_code: str) -> str:
    """Under which name the journal knows a product."""
    return f"product {stock_code}"


def collection(name: str, object_: str, records: Sequence[dict[str, Any]]) -> Part:
    """A part that creates up to 200 records of one object, all or none."""
    typed = [{"attributes": {"type": object_}, **record} for record in records]
    return Part("POST", "composite/sobjects", name, {"allOrNone": True, "records": typed})


def batches(items: Iterable[Any], size: int = MOST_RECORDS) -> list[list[Any]]:
    """`items` in lists of at most `size`."""
    every = list(items)
    return [every[start : start + size] for start in range(0, len(every), size)]
