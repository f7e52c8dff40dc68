"""The writing side of one transaction: references are looked up at once, orders are worked on whole and saved once.

An order that is touched is locked and kept here; every new or changed part goes into this working copy at once, and its
totals are computed and written when the request ends (or reads), however many records it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import msgspec

from orderwright.decisions.count_exceptions import decide_exception_category, decide_raise_exception
from orderwright.decisions.decision import Decision
from orderwright.decisions.draft_fulfillment_order import decide_draft_line, decide_draft_order
from orderwright.decisions.edit_order import PARTS, decide_saved_order, priced_item, with_records
from orderwright.decisions.edit_order_head import refuse_new_order
from orderwright.decisions.errors import (
    CannotUpdate,
    InvalidCrossReference,
    InvalidOperation,
    RequiredFieldMissing,
    named,
)
from orderwright.decisions.roll_up import roll_up_order
from orderwright.decisions.ship_items import decide_add_shipment_item
from orderwright.decisions.write_record import CREATED_BY_CALLER, decide_new_record, links_of
from orderwright.objects.catalog import PricebookEntry
from orderwright.objects.custom_fields import STANDARD_SCHEMA, Schema, value_of
from orderwright.objects.definition import Definition, Id, SObject
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.identity import to_15
from orderwright.objects.order import Order, OrderItem
from orderwright.objects.order_summary import OrderSummary
from orderwright.objects.picklists import Picklists
from orderwright.objects.process_exception import ProcessException
from orderwright.objects.registry import definition_of
from orderwright.objects.shipment import Shipment, ShipmentItem
from orderwright.objects.whole import WholeOrder, find
from orderwright.soql.shards import stays
from orderwright.store.existing import find_existing
from orderwright.store.fulfillment_stock import Stock
from orderwright.store.keys import hold, refuse_taken
from orderwright.store.load import ORDER, WITH_FULFILLMENT
from orderwright.store.transaction import NotFound, Transaction, read_record

NEW = "~new"

T = TypeVar("T", bound=SObject)


@dataclass(slots=True)
class _Working:
    """An order as it is stored (None: not yet), and as it will be."""

    stored: WholeOrder | None
    whole: WholeOrder


class Writing:
    """One transaction's working state; thrown away and made anew when the transaction is run again."""

    def __init__(
        self,
        transaction: Transaction,
        user_id: Id,
        default_currency: str,
        picklists: Picklists,
        stock: Stock,
        schema: Schema = STANDARD_SCHEMA,
    ) -> None:
        self.schema = schema
        self.transaction = transaction
        self.stock = stock
        self.user_id = user_id
        self.default_currency = default_currency
        self.picklists = picklists
        self._known: dict[Id, SObject | None] = {}
        self._made: dict[Id, SObject] = {}
        self._orders: dict[Id, _Working] = {}

    async def look_up(self, body: Any) -> None:
        """Find all records that `body` (JSON values) names in its `…Id` fields, in one statement."""
        wanted = set(_ids_in(body)) - self._known.keys() - self._made.keys()
        if wanted:
            self._known |= await find_existing(self.transaction.session, wanted)

    async def create(self, definition: Definition, given: Mapping[str, Any], version: int) -> Id:
        """Add the record that `given` describes; returns its id. Raises Refusal; then nothing was added."""
        if definition.name not in CREATED_BY_CALLER:
            raise CannotUpdate(f"{definition.name} records are made by order management actions; use the action for it")
        record = decide_new_record(definition, given, NEW, version, self.default_currency)
        if definition.about.has_owner and getattr(record, "owner_id", None) is None:
            record = msgspec.structs.replace(record, owner_id=self.user_id)
        await self.check_links(definition, record)
        await refuse_taken(self.transaction.session, definition, record, None, self.transaction.now)
        record_id = await self._add(definition, record)
        await hold(self.transaction.session, definition, None, self._made[record_id], self.transaction.now)
        return record_id

    async def _add(self, definition: Definition, record: SObject) -> Id:
        if isinstance(record, Order):
            return self._add_order(record)
        if definition.name in PARTS:
            return await self._add_part(definition, record)
        return await self._add_other(definition, record)

    async def refuse_taken(self, definition: Definition, after: SObject, before: SObject) -> None:
        """Raise DuplicateValue when another record has a unique value that a change gives."""
        await refuse_taken(self.transaction.session, definition, after, before, self.transaction.now)

    async def take_values(self, definition: Definition, before: SObject, after: SObject) -> None:
        """Hold the unique values of a changed record, and give back those it had."""
        await hold(self.transaction.session, definition, before, after, self.transaction.now)

    async def release(self, record: SObject) -> None:
        """Give back the unique values of a record that is deleted."""
        await hold(self.transaction.session, self.schema.of(record), record, None, self.transaction.now)

    def _add_order(self, record: Order) -> Id:
        refuse_new_order(record)
        order = self._identified(record, "Order", self.transaction.shard)
        self._orders[order.id] = _Working(None, WholeOrder(order=order))
        return self._remember(order)

    async def _add_part(self, definition: Definition, record: SObject) -> Id:
        order_id = self.order_of(record)
        whole = await self.order(order_id)
        if isinstance(record, OrderItem) and record.pricebook_entry_id is not None:
            record = self._priced(record, whole.order)
        made = self._identified(record, definition.name, whole.order.shard)
        self._orders[order_id].whole = with_records(whole, (made,))
        return self._remember(made)

    async def _add_other(self, definition: Definition, record: SObject) -> Id:
        if isinstance(record, FulfillmentOrder | FulfillmentOrderLineItem):
            return await self._add_drafted(record)
        refuse_bookings(definition, record)
        if isinstance(record, ProcessException):
            record = decide_exception_category(record, self.picklists)
            if record.order_summary_id is not None:
                return await self._add_exception(record, record.order_summary_id)
        made = self._identified(record, definition.name, await self._shard_of(definition, record))
        await self._refuse_elsewhere(definition, made)
        if isinstance(made, ShipmentItem):
            decision = decide_add_shipment_item(await self.shipment(made.shipment_id), made)
        else:
            decision = Decision(new=(made,))
        await self.transaction.save(decision, made.shard)
        return self._remember(made)

    async def _shard_of(self, definition: Definition, record: SObject) -> int:
        """The shard of the record that a new one hangs on, else the one this transaction stays on."""
        root = definition.about.root
        above: Id | None = getattr(record, root) if root is not None else None
        if above is None and isinstance(record, ProcessException):
            above = record.attached_to_id
        return self.transaction.shard if above is None else await self.transaction.find_shard(above)

    async def shipment(self, record_id: Id) -> Shipment:
        """A shipment, locked: its units are counted by whoever adds or takes some. Raises NotFound."""
        found = await self.locked(record_id)
        if not isinstance(found, Shipment):
            raise NotFound(record_id)
        return found

    async def _add_exception(self, record: ProcessException, order_summary_id: Id) -> Id:
        summary = await self.locked(order_summary_id)
        if not isinstance(summary, OrderSummary):
            raise NotFound(order_summary_id)
        made = self._identified(record, "ProcessException", summary.shard)
        await self._refuse_elsewhere(self.schema.of(made), made)
        await self.transaction.save(decide_raise_exception(summary, made), summary.shard)
        return self._remember(made)

    async def _add_drafted(self, record: FulfillmentOrder | FulfillmentOrderLineItem) -> Id:
        """A fulfillment order, or a line of one: its order is locked, and holds nothing more until it is activated."""
        whole = await self.transaction.lock(WITH_FULFILLMENT, await self._summary_of(record))
        made = self._identified(record, type(record).__name__, whole.summary.shard)
        await self._refuse_elsewhere(self.schema.of(made), made)
        decision = (
            decide_draft_order(whole, made, self.picklists)
            if isinstance(made, FulfillmentOrder)
            else decide_draft_line(whole, made)
        )
        settled = await self.stock.settled(self.transaction, decision, whole.fulfillment)
        await self.transaction.save(settled, whole.summary.shard)
        return self._remember(made)

    async def _summary_of(self, record: FulfillmentOrder | FulfillmentOrderLineItem) -> Id:
        if isinstance(record, FulfillmentOrderLineItem):
            order_id = record.fulfillment_order_id
            record = cast("FulfillmentOrder", self._made.get(order_id) or await self.stored(order_id))
        if record.order_summary_id is None:
            raise RequiredFieldMissing(
                "a fulfillment order needs OrderSummaryId: the order whose units it is about", "OrderSummaryId"
            )
        return record.order_summary_id

    def _identified(self, record: T, object_: str, shard: int) -> T:
        self.transaction.stay_on(shard)
        return msgspec.structs.replace(record, id=self.transaction.new_id(object_, shard), shard=shard)

    def _remember(self, made: SObject) -> Id:
        self._made[made.id] = made
        return made.id

    def _priced(self, record: OrderItem, order: Order) -> OrderItem:
        entry = self.known(record.pricebook_entry_id)
        if not isinstance(entry, PricebookEntry):
            raise NotFound(record.pricebook_entry_id or "")
        return priced_item(record, entry.product2_id, entry.pricebook2_id, entry.currency_iso_code, order)

    def know(self, records: Iterable[SObject]) -> None:
        """Know records that were read whole."""
        self._known |= {record.id: record for record in records}

    def known(self, record_id: Id | None) -> SObject | None:
        """A record that was made here, or looked up and read whole; None for any other."""
        return self._made.get(record_id or "") or self._known.get(record_id or "")

    async def check_links(self, definition: Definition, record: SObject, before: SObject | None = None) -> None:
        """Raise InvalidCrossReference unless all records exist that `record`, and not `before`, refers to."""
        links = [
            (field, target)
            for field, target in links_of(record, definition)
            if before is None or value_of(before, field) != target
        ]
        missing = {target for _, target in links} - self._known.keys() - self._made.keys()
        if missing:
            self._known |= await find_existing(self.transaction.session, missing)
        for field, target in links:
            if target not in self._known and target not in self._made:
                raise InvalidCrossReference(
                    f"{field.wire_name} is {target}, and there is no such record; send the id of a record of "
                    f"{named(field.to)}",
                    field.wire_name,
                )
        if before is not None:
            await self._refuse_elsewhere(definition, record, before)

    async def _refuse_elsewhere(self, definition: Definition, record: SObject, before: SObject | None = None) -> None:
        """Raise InvalidCrossReference where `record`, and not `before`, refers to a record of another order.

        Queries and `verify` count on it: what hangs on one order is in its shard (decisions.md S4).
        """
        for field, target in links_of(record, definition):
            is_new = before is None or value_of(before, field) != target
            if is_new and stays(definition, field) and await self.transaction.find_shard(target) != record.shard:
                raise InvalidCrossReference(
                    f"{field.wire_name} is {target}, which belongs to another order; send the id of a record of the "
                    "same order",
                    field.wire_name,
                )

    def order_of(self, record: SObject) -> Id:
        """The order that a child record hangs on, through its item where it has no link of its own."""
        order_id: Id | None = getattr(record, "order_id", None)
        if order_id is not None:
            return order_id
        item = self.known(getattr(record, "order_item_id", None))
        if not isinstance(item, OrderItem):
            raise InvalidCrossReference(f"{record.id} belongs to no order", "OrderItemId")
        return item.order_id

    async def order(self, order_id: Id) -> WholeOrder:
        """The working copy of an order; locked and loaded when it is asked for the first time. Raises NotFound."""
        if order_id not in self._orders:
            whole = await self.transaction.lock(ORDER, order_id)
            self._orders[order_id] = _Working(whole, whole)
        return self._orders[order_id].whole

    def take_order(self, whole: WholeOrder) -> None:
        """Work on an order that is locked and loaded already."""
        self._orders.setdefault(whole.order.id, _Working(whole, whole))

    def put_order(self, whole: WholeOrder) -> None:
        """Make `whole` the working copy of its order."""
        self._orders[whole.order.id].whole = whole

    def drop_order(self, order_id: Id) -> None:
        """Work no more on an order: it is deleted."""
        del self._orders[order_id]

    def forget(self, records: Iterable[SObject]) -> None:
        """Know deleted records no longer, so that nothing can be made to refer to them."""
        for record in records:
            self._made.pop(record.id, None)
            self._known.pop(record.id, None)

    async def part(self, definition: Definition, record_id: Id) -> SObject:
        """A child of an order, from the order's working copy. Raises NotFound."""
        known = self.known(record_id) or await self.stored(record_id)
        whole = await self.order(self.order_of(known))
        found: SObject | None = find(getattr(whole, PARTS[definition.name]), record_id)
        if found is None:
            raise NotFound(record_id)
        return found

    async def stored(self, record_id: Id) -> SObject:
        """A record as it is stored, not locked: enough to find out what it hangs on. Raises NotFound."""
        definition = definition_of(record_id)
        if definition is None:
            raise NotFound(record_id)
        shard = await self.transaction.find_shard(record_id)
        record = await read_record(self.transaction.session, definition.name, shard, record_id)
        self._known[record_id] = record
        return record

    async def locked(self, record_id: Id) -> SObject:
        """A record that belongs to no order being worked on, locked. Raises NotFound."""
        if record_id in self._made:
            await self.flush()
        return await self.transaction.lock_record(record_id)

    async def flush(self) -> None:
        """Write everything, totals included; the working copies can be used further. Raises Refusal."""
        for working in self._orders.values():
            if working.whole is working.stored:
                continue
            whole = roll_up_order(working.whole)
            await self.transaction.save(decide_saved_order(working.stored, whole), whole.order.shard)
            working.stored = working.whole = whole
        await self.transaction.flush()


def refuse_bookings(definition: Definition, record: SObject) -> None:
    """Raise InvalidOperation for a record of money that would change sums kept elsewhere."""
    for name in ("order_payment_summary_id", "payment_authorization_id"):
        if getattr(record, name, None) is not None:
            field = definition.stored[name].wire_name
            raise InvalidOperation(
                f"{field} cannot be set when a {definition.name} is created: its sums would be wrong; create it "
                "without, and put it under a payment summary with order-payment-summaries",
                field,
            )


def _ids_in(value: Any) -> Iterator[Id]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if type(inner) is str:
                record_id = to_15(inner) if key[-2:].lower() == "id" else None
                if record_id is not None and definition_of(record_id) is not None:
                    yield record_id
            else:
                yield from _ids_in(inner)
    elif isinstance(value, list):
        yield from _ids_of_all(value)


def _ids_of_all(values: Iterable[Any]) -> Iterator[Id]:
    for value in values:
        yield from _ids_in(value)
