"""A small world of records that the queries of this folder are asked about, and the moment at which they are asked."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.objects.custom_fields import schema_with
from orderwright.objects.definition import SObject
from orderwright.objects.identity import to_18
from orderwright.objects.registry import BY_NAME
from orderwright.store.ids import IdSource, shard_of

NOW = dt.datetime(2026, 3, 18, 12, 0, tzinfo=dt.UTC)
"""A Wednesday."""

SCHEMA = schema_with(
    {
        "Product2": {
            "Colour__c": {"type": "Text", "length": 40},
            "Weight__c": {"type": "Number", "scale": 2},
            "Fragile__c": {"type": "Checkbox"},
            "Launched__c": {"type": "Date"},
            "Tags__c": {"type": "MultiselectPicklist", "values": ["kitchen", "gift", "sale"]},
            "Maker__c": {"type": "Lookup", "referenceTo": "Account", "relationshipName": "Products"},
            "Code__c": {"type": "Text", "length": 10, "unique": True, "caseSensitive": True},
        }
    }
)

_milliseconds = iter(range(1_770_000_000_000, 1_780_000_000_000, 7))
_IDS = IdSource(3, lambda: next(_milliseconds))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


class World:
    """All records, by the short names that the tests give them."""

    def __init__(self) -> None:
        self.records: dict[str, SObject] = {}
        self._bucket = 40

    def add(self, key: str, object_: str, /, near: str | None = None, **values: Any) -> str:
        """The id of a new record; it is in the shard of the record `near`, or in one of its own."""
        if near is None:
            self._bucket += 97
            shard = self._bucket % 4096
        else:
            shard = self.records[near].shard
        made = _IDS.new_id(BY_NAME[object_].about.key_prefix, shard)
        moment = values.pop("created_date", NOW)
        stamps = {"created_date": moment, "last_modified_date": moment, "system_modstamp": moment}
        self.records[key] = BY_NAME[object_].record(id=made, shard=shard, **stamps, **values)
        return made

    def move(self, name: str, near: str) -> None:
        """Put a payment record into the shard of its order, as it is when its order becomes known."""
        record = self.records[name]
        self.records[name] = msgspec.structs.replace(record, shard=self.records[near].shard)

    def __getitem__(self, name: str) -> str:
        return self.records[name].id

    def of(self, object_: str) -> list[SObject]:
        return [record for record in self.records.values() if type(record).__name__ == object_]

    @property
    def moved(self) -> list[tuple[int, str, int]]:
        """Home shard, id and present shard of each record that moved."""
        return [(shard_of(r.id), r.id, r.shard) for r in self.records.values() if shard_of(r.id) != r.shard]


def _people(world: World) -> None:
    user = world.add("user", "User", username="ada@shop.example", name="Ada Admin", email="ada@shop.example")
    other = world.add("other", "User", username="bot@shop.example", name="Bot", is_active=False)
    for name, about in {
        "acme": {"name": "Acme", "billing_city": "London", "billing_country": "UK", "owner_id": user},
        "bob": {"name": "Bob's BBQ", "person_email": "Bob@bbq.example", "billing_city": "london", "owner_id": other},
        "zoe": {"name": "zoe", "is_person_account": True, "phone": "+44 1", "owner_id": user},
        "old": {"name": "Old", "is_deleted": True, "owner_id": user},
    }.items():
        world.add(name, "Account", created_by_id=user, **about)  # type: ignore[arg-type]
    for name, last, account in (("ann", "Apple", "acme"), ("ben", "Berg", "acme"), ("cat", "Clay", "bob")):
        world.add(name, "Contact", last_name=last, name=f"{name} {last}", first_name=name, account_id=world[account])
    world.add("dan", "Contact", last_name="Dell", name="Dell", email="dan@x.example")


def _products(world: World) -> None:
    rows: dict[str, dict[str, Any]] = {
        "mug": {
            "name": "Mug", "product_code": "M-1", "stock_keeping_unit": "SKU-1", "description": "A blue mug",
            "created_date": at("2026-03-18T09:00"),
            "custom": {"Colour__c": "Blue", "Weight__c": "0.35", "Fragile__c": True, "Launched__c": "2026-01-15",
                       "Tags__c": "kitchen;gift", "Maker__c": world["acme"], "Code__c": "aB"},
        },
        "mug2": {
            "name": "mug", "product_code": "m-2", "is_active": False, "product_class": "Set",
            "created_date": at("2026-03-17T23:59:59.999"),
            "custom": {"Colour__c": "blue", "Weight__c": "10", "Tags__c": "gift", "Code__c": "ab"},
        },
        "pot": {
            "name": "Teapot", "product_class": "Bundle", "created_date": at("2026-03-01T00:00"),
            "custom": {"Tags__c": "gift;sale", "Launched__c": "2025-12-31"},
        },
        "towel": {"name": "100% cotton_towel", "product_code": "T_4", "created_date": at("2025-12-31T12:00")},
        "lines": {"name": "line\nbreak \"q\" \\", "product_code": "100", "created_date": at("2025-03-18T10:00")},
        "emile": {"name": "Émile", "quantity_unit_of_measure": "Each", "created_date": at("2024-06-15T10:30")},
        "gone": {"name": "Gone", "is_deleted": True, "created_date": at("2026-03-16T10:30")},
    }  # fmt: skip
    for name, about in rows.items():
        world.add(name, "Product2", **about)
    book = world.add("book", "Pricebook2", name="Shop")
    for name, product, price, currency in (
        ("entry1", "mug", "10.00", "GBP"), ("entry2", "mug", "12.5", "EUR"), ("entry3", "pot", "1200", "JPY"),
    ):  # fmt: skip
        world.add(
            name, "PricebookEntry", pricebook2_id=book, product2_id=world[product], unit_price=Decimal(price),
            currency_iso_code=currency,
        )  # fmt: skip


def _orders(world: World) -> None:
    rows: tuple[tuple[str, str | None, str, str, str, str | None, dict[str, Any]], ...] = (
        ("o1", "acme", "2026-03-01", "Activated", "GBP", "2026-03-01T10:00", {"billing_city": "Paris"}),
        ("o2", "acme", "2026-02-14", "Activated", "GBP", "2026-02-14T10:00", {"order_reference_number": "w-2"}),
        ("o3", "bob", "2026-03-18", "Activated", "EUR", "2026-03-18T10:00", {"order_reference_number": "W-3"}),
        ("o4", None, "2025-12-31", "Draft", "USD", None, {}),
        ("o5", "zoe", "2026-03-19", "Draft", "USD", "2026-03-17T01:00", {"is_deleted": True}),
    )
    for number, (name, account, day, status, currency, ordered, more) in enumerate(rows, start=1):
        world.add(
            name, "Order", effective_date=dt.date.fromisoformat(day), status=status, order_number=f"{number:08d}",
            account_id=world[account] if account else None, currency_iso_code=currency,
            ordered_date=at(ordered) if ordered else None, owner_id=world["user"],
            type="Retail" if number < 3 else None, **more,
        )  # fmt: skip
    world.add(
        "change", "Order", near="o1", effective_date=dt.date(2026, 3, 5), status="Activated", order_number="00000101",
        account_id=world["acme"], currency_iso_code="GBP", related_order_id=world["o1"], is_reduction_order=True,
        status_code="Activated", owner_id=world["other"],
    )  # fmt: skip
    world.add(
        "again", "Order", effective_date=dt.date(2026, 3, 6), status="Draft", order_number="00000102",
        original_order_id=world["o1"], currency_iso_code="GBP", owner_id=world["other"],
    )  # fmt: skip


def _items(world: World) -> None:
    rows = (
        ("i1", "o1", "mug", 2, "20.00", "Order Product"), ("i2", "o1", "pot", 1, "7.50", "Order Product"),
        ("i3", "o1", None, 1, "5.00", "Delivery Charge"), ("i4", "o2", "mug", 3, "30.00", "Order Product"),
        ("i5", "o3", "towel", 10, "99.90", "Order Product"), ("i6", "o4", "mug2", 1, "0", "Order Product"),
    )  # fmt: skip
    for name, order, product, quantity, amount, type_ in rows:
        world.add(
            name, "OrderItem", near=order, order_id=world[order], product2_id=world[product] if product else None,
            quantity=Decimal(quantity), total_line_amount=Decimal(amount), unit_price=Decimal(amount) / quantity,
            type=type_, earliest_estimated_delivery_time=dt.time(8, 30) if name == "i1" else None,
            currency_iso_code="GBP",
        )  # fmt: skip
    world.add(
        "g1", "OrderDeliveryGroup", near="o1", order_id=world["o1"], deliver_to_name="Ada",
        total_line_amount=Decimal("5.00"),
    )  # fmt: skip
    world.add(
        "tax1", "OrderItemTaxLineItem", near="o1", order_id=world["o1"], order_item_id=world["i1"], name="VAT",
        amount=Decimal("4.00"), rate=Decimal(20), type="Actual", tax_effective_date=dt.date(2026, 3, 1),
    )  # fmt: skip


def _summaries(world: World) -> None:
    for name, order, status, ordered in (
        ("s1", "o1", "Created", "2026-03-01T10:00"), ("s2", "o2", "Fulfilled", "2026-02-14T10:00"),
        ("s3", "o3", "Created", "2026-03-18T10:00"),
    ):  # fmt: skip
        head: Any = world.records[order]
        world.add(
            name, "OrderSummary", near=order, order_number=f"S-{name[1]}", original_order_id=world[order],
            account_id=head.account_id, status=status, currency_iso_code=head.currency_iso_code,
            ordered_date=at(ordered), billing_email_address=f"{name}@x.example" if name != "s3" else None,
            total_adjusted_product_amount=Decimal(f"{ord(name[1])}.50"),
        )  # fmt: skip
        world.add(f"d{name[1]}", "OrderDeliveryGroupSummary", near=order, order_summary_id=world[name])
    rows = (
        ("t1", "s1", "mug", "i1", 2, 0, 0), ("t2", "s1", "pot", "i2", 1, 1, 0), ("t3", "s2", "mug", "i4", 3, 0, 3),
        ("t4", "s3", "towel", "i5", 10, 4, 2),
    )  # fmt: skip
    for name, summary, product, item, ordered_, canceled, fulfilled in rows:
        world.add(
            name, "OrderItemSummary", near=summary, name=f"Line {name}", order_summary_id=world[summary],
            order_delivery_group_summary_id=world[f"d{summary[1]}"], original_order_item_id=world[item],
            product2_id=world[product], quantity_ordered=Decimal(ordered_), quantity_canceled=Decimal(canceled),
            quantity_fulfilled=Decimal(fulfilled), currency_iso_code="GBP", type="Order Product",
        )  # fmt: skip


def _money(world: World) -> None:
    for name, near, link, status in (
        ("v1", "s1", "s1", "Posted"),
        ("v2", "o4", "o4", "Draft"),
        ("v3", "s2", None, "Draft"),
    ):
        world.add(
            name, "Invoice", near=near, status=status, document_number=f"DOC-{name}", currency_iso_code="GBP",
            due_date=dt.date(2026, 4, 1), invoice_date=dt.date(2026, 3, 1),
            reference_entity_id=world[link] if link else None,
        )  # fmt: skip
    world.add(
        "vl1", "InvoiceLine", near="v1", invoice_id=world["v1"], name="L1", charge_amount=Decimal("20.00"),
        type="Charge", invoice_status="Posted", product2_id=world["mug"], invoice_line_start_date=dt.date(2026, 3, 1),
        invoice_line_end_date=dt.date(2026, 3, 31),
    )  # fmt: skip
    card = world.add(
        "card", "CardPaymentMethod", processing_mode="External", status="Active", nick_name="Visa",
        gateway_token_encrypted="tok_secret", account_id=world["acme"],
    )  # fmt: skip
    world.add(
        "ops", "OrderPaymentSummary", near="s1", order_summary_id=world["s1"], method="Visa - 1111", type="Card",
        payment_method_id=card, currency_iso_code="GBP",
    )  # fmt: skip
    for name, amount in (("p1", "12.34"), ("p2", "7.66")):
        world.add(
            name, "Payment", amount=Decimal(amount), processing_mode="External", status="Processed", type="Capture",
            order_payment_summary_id=world["ops"] if name == "p1" else None, currency_iso_code="GBP",
        )  # fmt: skip
    world.move("p1", "s1")
    world.add(
        "log", "PaymentGatewayLog", near="s1", referenced_entity_id=world["p1"], interaction_type="Capture",
        interaction_status="Success",
    )  # fmt: skip


def make_world() -> World:
    """All records, always the same."""
    world = World()
    for part in (_people, _products, _orders, _items, _summaries, _money):
        part(world)
    return world


WORLD = make_world()
NAME_OF = {record.id: name for name, record in WORLD.records.items()}


class _Id(str):
    """An id that `{name:18}` writes with 18 characters."""

    def __format__(self, how: str) -> str:
        return to_18(str(self)) if how == "18" else str(self)


def with_ids(text: str) -> str:
    """`text` with `{name}` replaced by the id of the record of that name."""
    return text.format(**{name: _Id(record.id) for name, record in WORLD.records.items()})
