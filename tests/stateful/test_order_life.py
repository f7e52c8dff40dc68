"""Whole order lives through the real store: after every step, what is reloaded is what a simple model says."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from orderwright.clock import system_clock
from orderwright.decisions.adjust import AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.balances import excess_funds, outstanding_credit
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.cancel_fulfillment_item import LineToCancel, decide_cancel_fulfillment_item
from orderwright.decisions.change_items import ChangeDecision, ChangeItem
from orderwright.decisions.charge_fees import Fee
from orderwright.decisions.create_change_invoice import decide_create_change_invoice
from orderwright.decisions.create_credit_memo import decide_create_credit_memo
from orderwright.decisions.create_fulfillment_order import Allocation, FulfillmentGroup, decide_create_fulfillment_order
from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.create_order_payment_summary import MethodLabel, decide_create_order_payment_summary
from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.decision import Decision
from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.ensure_refunds import decide_ensure_refunds
from orderwright.decisions.funds import operation_of
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.plan_refunds import RefundWishes
from orderwright.decisions.record_answer import Answer, decide_record_answer
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.spread_discount import AdjustItem
from orderwright.decisions.start_operation import decide_start_ensure_funds, decide_start_ensure_refunds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id
from orderwright.objects.payment import PaymentAuthorization
from orderwright.objects.whole import WholeOrder, WholeSummary
from orderwright.store import load
from orderwright.store.database import Database
from orderwright.store.load import Loader
from orderwright.store.transaction import Call, Store, Transaction, read_record
from tests.builders import Discount, Line, delivery, placed_order
from tests.decisions.sums import check
from tests.stateful.model import ZERO, Debt, Model, Slice, Units

USER = "005000000000001"
PRODUCT = "01t000000000001"
EVERYTHING = Loader(
    "OrderSummary",
    WholeSummary,
    load.SUMMARY_PARTS
    | {
        "fulfillment_part": load.FULFILLMENT_PARTS,
        "funds_part": load.FUNDS_PARTS,
        "changes_part": load.CHANGES_PARTS,
    },
)

units = st.integers(1, 4)
cents = st.integers(0, 5_000)
# Of up to four units, any part that ever moves is a whole number of cents, also where a discount of some of them has
# come to lie in one pool with a discount of the others, and even where that happened twice.
evenly = st.integers(0, 34).map(lambda count: count * 144)
picks = st.integers(0, 10**6)
yes = st.booleans()
fees = st.one_of(st.just(0), st.just(0), st.integers(1, 1_000))


def money(count: int) -> Decimal:
    return Decimal(count).scaleb(-2)


def pick(choices: list[Any], number: int) -> Any:
    return choices[number % len(choices)]


class Life(RuleBasedStateMachine):
    """One order, its store, and the model beside it."""

    run: Any
    store: Store

    @initialize(
        lines=st.lists(st.tuples(units, evenly, evenly, evenly), min_size=1, max_size=3),
        charge=cents,
        slack=st.integers(-2_000, 2_000),
    )
    def place(self, lines: list[tuple[int, int, int, int]], charge: int, slack: int) -> None:
        self.shard = self.store.database.ids.new_bucket()
        made, items = [], {}
        for number, (quantity, price, tax, off) in enumerate(lines):
            discount = Discount(str(-money(min(off, price)) * quantity), "Header")
            made.append(
                Line(str(number), quantity, str(money(price) * quantity), (str(money(tax) * quantity),), (discount,))
            )
            items[str(number)] = Units(quantity, money(price - min(off, price)), money(tax))
        self.placed = placed_order([*made, delivery(str(money(charge)))], new_id=self.new_id)
        self.model = Model(items, money(charge))
        self.summary_id = self.run(self.create())
        amount = max(Decimal(1), self.model.worth + money(slack))
        self.run(self.authorize(amount))
        self.model.authorized = amount
        self.delivery_at = ""

    def new_id(self, record: Any) -> Id:
        return self.store.database.ids.new_id(record.ABOUT.key_prefix, self.shard)

    # --- the shell, in small

    async def submit(self, act: Callable[[Transaction], Awaitable[Any]]) -> Any:
        return await self.store.submit(Call(user_id=USER, request_key=str(uuid.uuid4())), act, Any)

    async def create(self) -> Id:
        whole = self.placed

        async def write(transaction: Transaction) -> bool:
            records = (whole.order, *whole.delivery_groups, *whole.adjustment_groups, *whole.items)
            await transaction.save(Decision(new=(*records, *whole.adjustments, *whole.taxes)), self.shard)
            return True

        async def summarise(transaction: Transaction) -> Id:
            stored: WholeOrder = await transaction.lock(load.ORDER, whole.order.id)
            decision, summary = decide_create_order_summary(stored, {}, Wishes())
            return (await transaction.save(decision))[summary.id]

        await self.submit(write)
        return await self.submit(summarise)  # type: ignore[no-any-return]

    async def authorize(self, amount: Decimal) -> None:
        record = PaymentAuthorization(
            id=self.new_id(PaymentAuthorization),
            amount=amount,
            currency_iso_code="USD",
            status="Processed",
            processing_mode="External",
        )
        label = MethodLabel(method="Visa", type="Card")

        def decide(whole: WholeSummary, now: Any) -> tuple[Decision, Any]:
            return decide_create_order_payment_summary(whole, record, [], label, frozenset({record.id}))

        await self.decide(load.SUMMARY, lambda whole, now: decide(whole, now)[0])

    async def decide(
        self, loader: Loader[WholeSummary], decide: Callable[[WholeSummary, Any], Decision]
    ) -> dict[Id, Id]:
        async def act(transaction: Transaction) -> dict[Id, Id]:
            whole = await transaction.lock(loader, self.summary_id)
            return await transaction.save(decide(whole, transaction.now))

        return await self.submit(act)  # type: ignore[no-any-return]

    def reload(self) -> WholeSummary:
        return self.run(self.store.preview(EVERYTHING, self.summary_id))  # type: ignore[no-any-return]

    def item_id(self, name: str) -> Id:
        return next(item.id for item in self.whole.items if item.description == name)

    # --- fulfillment

    @precondition(lambda self: any(u.to_cancel for u in self.model.items.values()))
    @rule(which=picks, count=units, ship=st.booleans())
    def allocate(self, which: int, count: int, ship: bool) -> None:
        name = pick([n for n, u in self.model.items.items() if u.to_cancel], which)
        item = self.model.items[name]
        wanted = {name: min(count, item.to_cancel)}
        paid = {name: min(wanted[name], item.paid)}
        each = item.price + item.tax
        found = Slice(wanted, each * wanted[name], paid, each * paid[name])
        if ship and not self.delivery_at:
            wanted["Delivery"], paid["Delivery"] = 1, self.model.delivery_paid
            found.worth += self.model.delivery
            found.paid_worth += self.model.delivery * self.model.delivery_paid
            self.model.delivery_paid = 0
        made = self.run(self.create_fulfillment_order(wanted))
        item.allocated += wanted[name]
        item.paid -= paid[name]
        self.model.slices[made] = found
        if "Delivery" in wanted:
            self.delivery_at = made

    async def create_fulfillment_order(self, wanted: dict[str, int]) -> Id:
        lines = (Allocation(order_item_summary_id=self.item_id(n), quantity=Decimal(c)) for n, c in wanted.items())
        group = FulfillmentGroup(
            fulfilled_from_location_id=USER, fulfillment_type="Warehouse", order_item_summaries=tuple(lines)
        )
        made: list[Id] = []

        def decide(whole: WholeSummary, now: Any) -> Decision:
            decision, ids = decide_create_fulfillment_order(
                whole, whole.delivery_groups[0].id, [group], "Allocated", now
            )
            made[:] = ids
            return decision

        real = await self.decide(load.SUMMARY, decide)
        return real[made[0]]

    def open_slices(self) -> list[Id]:
        return [i for i, s in self.model.slices.items() if s.status == "Allocated"]

    @precondition(lambda self: self.open_slices())
    @rule(which=picks, status=st.sampled_from(["Fulfilled", "Fulfilled", "Cancelled"]))
    def move(self, which: int, status: str) -> None:
        made = pick(self.open_slices(), which)
        self.run(
            self.decide(
                load.WITH_FULFILLMENT, lambda whole, now: decide_move_fulfillment_order(whole, made, status, now)
            )
        )
        found = self.model.slices[made]
        found.status = status
        for name, count in found.units.items():
            paid = count if found.invoice_id else found.paid[name]
            if name == "Delivery":
                self.delivery_at = made if status == "Fulfilled" else ""
                self.model.delivery_paid = 0 if status == "Fulfilled" else paid
            elif status == "Fulfilled":
                self.model.items[name].fulfilled += count
            else:
                self.model.items[name].allocated -= count
                self.model.items[name].paid += paid

    @precondition(lambda self: self.to_give_back())
    @rule(which=picks, count=units)
    def give_back(self, which: int, count: int) -> None:
        """cancel-item: units leave a fulfillment order, those an invoice charges first, and are to be had again."""
        made, name = pick(self.to_give_back(), which)
        found, item = self.model.slices[made], self.model.items[name]
        count = min(count, found.units[name])
        line = next(
            li
            for li in self.whole.fulfillment.lines
            if li.fulfillment_order_id == made and li.order_item_summary_id == self.item_id(name)
        )
        asked_for = [LineToCancel(fulfillment_order_line_item_id=line.id, quantity=Decimal(count))]
        self.run(
            self.decide(
                load.WITH_FULFILLMENT,
                lambda whole, now: decide_cancel_fulfillment_item(whole, made, asked_for),
            )
        )
        paid = min(count, found.paid[name])
        found.units[name] -= count
        found.paid[name] -= paid
        found.worth -= (item.price + item.tax) * count
        found.paid_worth -= (item.price + item.tax) * paid
        item.allocated -= count
        item.paid += count if found.invoice_id else paid

    def to_give_back(self) -> list[tuple[Id, str]]:
        return [
            (made, name)
            for made in self.open_slices()
            for name, count in self.model.slices[made].units.items()
            if count and name in self.model.items
        ]

    # --- changes

    @precondition(lambda self: any(u.to_cancel for u in self.model.items.values()))
    @rule(which=picks, count=units, shipping=st.booleans(), fee=fees)
    def cancel(self, which: int, count: int, shipping: bool, fee: int) -> None:
        name = pick([n for n, u in self.model.items.items() if u.to_cancel], which)
        item = self.model.items[name]
        count = min(count, item.to_cancel)
        made = self.change(decide_cancel, {name: count}, shipping=shipping, fee=money(fee))
        if shipping:
            self.take_delivery({name: count})
        item.canceled += count
        if paid := min(count, item.paid):
            self.model.credit_later(made, (item.price + item.tax) * paid)
            item.paid -= paid

    @precondition(lambda self: any(u.to_return for u in self.model.items.values()))
    @rule(which=picks, count=units, shipping=st.booleans(), fee=fees)
    def take_back(self, which: int, count: int, shipping: bool, fee: int) -> None:
        name = pick([n for n, u in self.model.items.items() if u.to_return], which)
        item = self.model.items[name]
        count = min(count, item.to_return)
        made = self.change(decide_simple_return, {name: count}, shipping=shipping, fee=money(fee))
        worth = (item.price + item.tax) * count
        if shipping:
            reduction = self.take_delivery({name: count})
            if self.delivery_at and self.model.slices[self.delivery_at].status == "Fulfilled":
                worth += reduction
        item.returned += count
        self.model.credit_later(made, worth)

    @precondition(lambda self: self.to_discount())
    @rule(which=picks, off=evenly, kind=st.sampled_from(["ProductOnly", "AmountTaxOnly", "Percentage"]), together=yes)
    def discount(self, which: int, off: int, kind: str, together: bool) -> None:
        """Each unit that is left costs the same less: a discount that divides evenly, or all there is."""
        name = pick(self.to_discount(), which)
        item = self.model.items[name]
        price = {"ProductOnly": min(money(off), item.price), "Percentage": item.price}.get(kind, ZERO)
        tax = {"AmountTaxOnly": min(money(off), item.tax), "Percentage": item.tax}.get(kind, ZERO)
        if not price + tax:
            return
        asked_for = AdjustItem(
            order_item_summary_id=self.item_id(name),
            adjustment_type=kind,
            amount=Decimal(-100) if kind == "Percentage" else -(price + tax) * item.left,
            reason="Unknown",
        )
        allocated = "PreFulfillment" if together else "InFulfillment" if item.in_fulfillment else "Disallowed"
        wishes = AdjustWishes(items=(asked_for,), allocated_items_change_order_type=allocated)
        made = self.adjust(wishes)
        if item.to_return:
            self.model.credit_later(made["post"], (price + tax) * item.to_return)
        assert ("in" in made) == (bool(item.in_fulfillment) and not together)
        self.model.discount(name, price, tax)

    def to_discount(self) -> list[str]:
        return [n for n, u in self.model.items.items() if u.left and u.price + u.tax]

    def adjust(self, wishes: AdjustWishes) -> dict[str, Id]:
        """A preview, then a submit; both must say the same. Returns the change orders' ids by group of units."""
        preview = self.run(self.store.preview(load.WITH_FULFILLMENT, self.summary_id))
        expected = decide_adjust(preview, wishes, self.store.now())
        made: list[AdjustDecision] = []

        def decided(whole: WholeSummary, now: Any) -> Decision:
            made[:] = [decide_adjust(whole, wishes, now)]
            return made[0].decision

        real = self.run(self.decide(load.WITH_FULFILLMENT, decided))
        assert (made[0].balances, made[0].lines) == (expected.balances, expected.lines)
        self.balances = made[0].balances
        return {group: real[order_id] for group, order_id in made[0].change_order_ids.items()}

    def take_delivery(self, wanted: dict[str, int]) -> Decimal:
        reduction = self.model.reduce_delivery(wanted)
        found = self.model.slices.get(self.delivery_at)
        if found and found.status == "Allocated":
            found.worth -= reduction
            found.paid_worth -= reduction * found.paid["Delivery"]
        return reduction

    def change(self, decide: Any, wanted: dict[str, int], *, shipping: bool, fee: Decimal) -> Id:
        """A preview, then a submit; both must say the same. Returns the change order's id."""
        items = [self.change_item(name, count, shipping, fee) for name, count in wanted.items()]
        preview = self.run(self.store.preview(load.WITH_FULFILLMENT, self.summary_id))
        expected = decide(preview, items, self.store.now()).balances
        made: list[ChangeDecision] = []

        def decided(whole: WholeSummary, now: Any) -> Decision:
            made[:] = [decide(whole, items, now)]
            return made[0].decision

        real = self.run(self.decide(load.WITH_FULFILLMENT, decided))
        assert made[0].balances == expected
        self.balances = made[0].balances
        if made[0].fee_change_order_id:
            self.model.fees += fee
            self.model.uncharged[real[made[0].fee_change_order_id]] = fee
        return real[made[0].change_order_id]  # type: ignore[no-any-return]

    def change_item(self, name: str, count: int, shipping: bool, fee: Decimal) -> ChangeItem:
        item_id = self.item_id(name)
        asked_for = Fee(
            order_item_summary_id=item_id,
            quantity=Decimal(count),
            amount=fee,
            amount_type="AmountWithTax",
            description="Restocking",
            product2_id=PRODUCT,
            reason="Unknown",
        )
        return ChangeItem(
            order_item_summary_id=item_id,
            quantity=Decimal(count),
            reason="Unknown",
            shipping_reduction_flag=shipping,
            fees=(asked_for,) if fee else (),
        )

    # --- money

    @precondition(lambda self: self.to_invoice())
    @rule(which=picks)
    def invoice(self, which: int) -> None:
        made = pick(self.to_invoice(), which)
        ids: list[Id] = []

        def decide(whole: WholeSummary, now: Any) -> Decision:
            decision, invoice = decide_create_invoice(whole, made, now)
            ids[:] = [invoice.id]
            return decision

        real = self.run(self.decide(load.WITH_FULFILLMENT, decide))
        found = self.model.slices[made]
        found.invoice_id = real[ids[0]]
        self.model.invoices[found.invoice_id] = Debt(found.worth - found.paid_worth)

    def to_invoice(self) -> list[Id]:
        slices = self.model.slices.items()
        return [i for i, s in slices if s.status != "Cancelled" and s.invoice_id is None and s.has_fresh]

    @precondition(lambda self: self.model.uncharged)
    @rule(all_of_them=yes)
    def charge(self, all_of_them: bool) -> None:
        chosen = list(self.model.uncharged)[: None if all_of_them else 1]
        ids: list[Id] = []

        def decide(whole: WholeSummary, now: Any) -> Decision:
            decision, invoice = decide_create_change_invoice(whole, chosen, now)
            ids[:] = [invoice.id]
            return decision

        real = self.run(self.decide(load.WITH_CHANGES, decide))
        total = sum((self.model.uncharged.pop(order_id) for order_id in chosen), ZERO)
        self.model.invoices[real[ids[0]]] = Debt(total)

    @precondition(lambda self: self.model.invoices)
    @rule(which=picks)
    def ensure_funds(self, which: int) -> None:
        invoice_id = pick(list(self.model.invoices), which)
        wishes = FundsWishes(invoice_id=invoice_id)
        operation = self.run(self.operate(wishes, decide_start_ensure_funds, decide_ensure_funds))
        found, left = (
            self.model.invoices[invoice_id],
            self.model.authorized - self.model.captured - self.model.capturing,
        )
        if found.needed > left:
            assert (operation.status, operation.outcome_code) == ("Error", "INSUFFICIENT_FUNDS")
        else:
            assert operation.requested_amount == found.needed
            self.model.capturing += found.needed
            found.pending += found.needed

    @precondition(lambda self: self.model.uncredited)
    @rule(all_of_them=st.booleans())
    def credit(self, all_of_them: bool) -> None:
        chosen = list(self.model.uncredited)[: None if all_of_them else 1]
        ids: list[Id] = []

        def decide(whole: WholeSummary, now: Any) -> Decision:
            decision, memo = decide_create_credit_memo(whole, chosen, now)
            ids[:] = [memo.id]
            return decision

        real = self.run(self.decide(load.WITH_CHANGES, decide))
        total = sum((self.model.uncredited.pop(order_id) for order_id in chosen), ZERO)
        self.model.memos[real[ids[0]]] = Debt(total)

    @precondition(lambda self: self.model.memos or self.model.excess)
    @rule(which=picks, both=st.booleans())
    def ensure_refunds(self, which: int, both: bool) -> None:
        memo_id = pick(list(self.model.memos), which) if self.model.memos else None
        excess = max(ZERO, self.model.excess - self.pending_excess()) if both or memo_id is None else ZERO
        if memo_id is None and not excess:
            return
        wishes = RefundWishes(credit_memo_id=memo_id, excess_funds_amount=excess)
        operation = self.run(self.operate(wishes, decide_start_ensure_refunds, decide_ensure_refunds))
        memo = self.model.memos[memo_id] if memo_id else Debt(ZERO)
        if memo.needed + excess > self.model.refundable:
            assert (operation.status, operation.outcome_code) == ("Error", "INSUFFICIENT_FUNDS")
        else:
            assert operation.requested_amount == memo.needed + excess
            self.model.refunding += memo.needed + excess
            memo.pending += memo.needed

    def pending_excess(self) -> Decimal:
        return self.model.refunding - sum((memo.pending for memo in self.model.memos.values()), ZERO)

    async def operate(self, wishes: Any, start: Any, plan: Any) -> BackgroundOperation:
        ids: list[Id] = []

        def begin(whole: WholeSummary, now: Any) -> Decision:
            decision, operation = start(whole, wishes, now)
            ids[:] = [operation.id]
            return decision  # type: ignore[no-any-return]

        operation_id = (await self.decide(load.FUNDS, begin))[ids[0]]

        def carry_on(whole: WholeSummary, now: Any) -> Decision:
            operation = operation_of(whole, operation_id)
            assert operation is not None
            return plan(whole, operation, msgspec.convert(operation.input, type(wishes)), now)  # type: ignore[no-any-return]

        await self.decide(load.FUNDS, carry_on)
        return await self.read_operation(operation_id)

    async def read_operation(self, operation_id: Id) -> BackgroundOperation:
        async with self.store.database.main.acquire() as session:
            record = await read_record(session, "BackgroundOperation", self.shard, operation_id)
        assert isinstance(record, BackgroundOperation)
        return record

    def requests(self) -> list[GatewayRequest]:
        return list(self.whole.funds.requests) if hasattr(self, "whole") else []

    @precondition(lambda self: self.requests())
    @rule(
        which=picks,
        code=st.sampled_from(["Success", "Success", "Success", "Decline", "Indeterminate", "SystemError"]),
        again=st.booleans(),
    )
    def answer(self, which: int, code: Any, again: bool) -> None:
        request = pick(self.requests(), which)
        answer = Answer(sf_result_code=code, gateway_ref_number="ref")

        def decide(whole: WholeSummary, now: Any) -> Decision:
            return decide_record_answer(whole, request.id, answer, now, may_retry=True)

        self.run(self.decide(load.FUNDS, decide))
        if code in ("Success", "Decline"):
            self.settle(request, moved=code == "Success")
            if again:
                self.run(self.decide(load.FUNDS, decide))

    def settle(self, request: GatewayRequest, *, moved: bool) -> None:
        model, amount = self.model, request.amount
        came = amount if moved else ZERO
        if request.kind == "Capture":
            model.capturing -= amount
            model.captured += came
            debt = model.invoices[request.invoice_id or ""]
        else:
            model.refunding -= amount
            model.refunded += came
            model.excess_refunded += ZERO if request.credit_memo_id else came
            debt = model.memos.get(request.credit_memo_id or "", Debt(ZERO, pending=amount))
        debt.pending -= amount
        debt.settled += came

    @precondition(lambda self: not any(u.to_cancel or u.to_return for u in self.model.items.values()))
    @rule()
    def rest(self) -> None:
        """An order may have come to its end: looking at it changes nothing."""

    # --- what must hold

    @invariant()
    def what_is_reloaded_equals_the_model(self) -> None:
        if not hasattr(self, "delivery_at"):
            return
        self.whole = self.reload()
        check(self.whole, self.placed)
        self.compare_units()
        self.compare_money()
        if hasattr(self, "balances"):
            self.compare_balances()

    def compare_units(self) -> None:
        for item in self.whole.items:
            expected = self.model.items.get(item.description or "")
            if expected is not None:
                quantities = (item.quantity_ordered, item.quantity_allocated, item.quantity_fulfilled)
                assert [int(q) for q in quantities] == [expected.ordered, expected.allocated, expected.fulfilled]
                assert [int(item.quantity_canceled), int(item.quantity_returned)] == [
                    expected.canceled,
                    expected.returned,
                ]
                assert [int(item.quantity), int(item.quantity_available_to_cancel)] == [
                    expected.left,
                    expected.to_cancel,
                ]
                assert item.total_amt_with_tax == (expected.price + expected.tax) * expected.left
                assert min(item.quantity, item.quantity_available_to_cancel, item.quantity_available_to_return) >= 0
        assert self.whole.summary.total_adjusted_delivery_amount == self.model.delivery

    def compare_money(self) -> None:
        model, summary = self.model, self.whole.summary
        paid = self.whole.payment_summaries[0]
        assert summary.grand_total_amount == model.worth
        assert (paid.authorization_amount, paid.captured_amount) == (model.authorized, model.captured)
        assert (paid.pending_capture_amount, paid.refunded_amount) == (model.capturing, model.refunded)
        assert paid.pending_refund_amount == model.refunding
        assert paid.refunded_amount + paid.pending_refund_amount <= paid.captured_amount
        assert paid.captured_amount + paid.pending_capture_amount <= paid.authorization_amount
        assert paid.available_to_refund_amount == model.refundable
        assert {i.id: i.balance for i in self.whole.funds.invoices} == {
            i: debt.total - debt.settled for i, debt in model.invoices.items()
        }
        assert {m.id: m.balance for m in self.whole.credit_memos} == {
            i: debt.total - debt.settled for i, debt in model.memos.items()
        }
        orders = {o.id: o for o in self.whole.fulfillment.orders}
        for made, found in model.slices.items():
            assert orders[made].status == found.status
            assert orders[made].grand_total_amount == (ZERO if found.status == "Cancelled" else found.worth)
        assert excess_funds(self.whole) == model.excess
        assert outstanding_credit(self.whole) == model.outstanding

    def compare_balances(self) -> None:
        assert self.balances.total_excess_funds_amount == self.model.excess
        assert self.balances.total_refundable_amount == self.model.excess + self.model.outstanding
        del self.balances


def test_any_order_life_reloaded_equals_the_model(fresh_database_url: str):
    with asyncio.Runner() as runner:
        database = runner.run(Database.open(fresh_database_url, connections=2))
        try:
            Life.run = staticmethod(runner.run)
            Life.store = Store(database, system_clock)
            run_state_machine_as_test(Life, settings=settings(max_examples=25, stateful_step_count=30))
        finally:
            runner.run(database.close())
