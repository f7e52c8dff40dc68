"""One order that has been through everything, written by the decisions themselves: what `verify` has to find clean.

Three of A, two of B and a delivery charge, with an order-level discount and taxes. Two A, one B and the delivery are
invoiced, paid and fulfilled; one B waits in a second fulfillment order; one A is cancelled, one returned with its part
of the delivery. The return has a credit memo and a refund, the cancel a refund of excess funds; one capture is open.
"""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeItem
from orderwright.decisions.create_credit_memo import decide_create_credit_memo
from orderwright.decisions.create_fulfillment_order import (
    Allocation,
    FulfillmentGroup,
    decide_create_fulfillment_order,
)
from orderwright.decisions.create_invoice import decide_create_invoice
from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.decision import Decision
from orderwright.decisions.funds import funds_decision, roll_up_funds
from orderwright.decisions.move_fulfillment_order import decide_move_fulfillment_order
from orderwright.decisions.roll_up import roll_up_order
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.account import Account, User
from orderwright.objects.background_operation import GatewayRequest
from orderwright.objects.catalog import Product2
from orderwright.objects.definition import SObject
from orderwright.objects.fulfillment import Location, OrderDeliveryMethod
from orderwright.objects.order import (
    Order,
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)
from orderwright.objects.payment import (
    OrderPaymentSummary,
    Payment,
    PaymentAuthorization,
    PaymentLineInvoice,
    Refund,
    RefundLinePayment,
)
from orderwright.objects.whole import WholeOrder, WholeSummary
from orderwright.store import load
from orderwright.store.load import Loader
from orderwright.store.save import Author, completed, write
from orderwright.store.transaction import Call, Store

TODAY = dt.date(2024, 5, 17)
ORDER_SHARD, PLACED = 7, Decimal("67.71")


async def live(store: Store) -> str:
    """Write the order of this file's first lines; returns the id of its summary."""
    life = _Life(store)
    await life.people_and_things()
    await life.order()
    await life.summarise()
    await life.pay()
    await life.ship()
    await life.change()
    await life.settle()
    return life.summary_id


class _Life:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.user_id = self.new_id(User, 1)
        self.account_id = self.new_id(Account, 2)
        self.product_ids = {name: self.new_id(Product2, shard) for shard, name in enumerate("AB", 3)}
        self.method_id = self.new_id(OrderDeliveryMethod, 5)
        self.location_id = self.new_id(Location, 6)
        self.ids: dict[str, str] = {}
        self.summary_id = ""
        self.calls = 0

    def new_id(self, record: type[SObject], shard: int = ORDER_SHARD) -> str:
        return self.store.database.ids.new_id(record.ABOUT.key_prefix, shard)

    async def write(self, shard: int, *records: SObject) -> None:
        author = Author(user_id=self.user_id, now=self.store.now())
        made = await completed(records, self.store.database, shard, author, {})
        async with self.store.database.main.acquire() as session, session.transaction():
            await write(session, shard, made, ())

    async def decide(self, loader: Loader[Any], root_id: str, decide: Callable[[Any], Decision]) -> None:
        async def act(transaction):
            whole = await transaction.lock(loader, root_id)
            return await transaction.save(decide(whole))

        self.calls += 1
        call = Call(user_id=self.user_id, request_key=f"life-{self.calls}")
        await self.store.submit(call, act, dict)

    async def whole(self, loader: Loader[WholeSummary] = load.SUMMARY) -> WholeSummary:
        return await self.store.preview(loader, self.summary_id)

    async def item(self, name: str):
        return next(i for i in (await self.whole()).items if i.description == name)

    async def people_and_things(self) -> None:
        await self.write(1, User(id=self.user_id, username="mira", name="Mira"))
        await self.write(2, Account(id=self.account_id, name="Ada"))
        for name, product_id in self.product_ids.items():
            await self.write(self.store_shard(product_id), Product2(id=product_id, name=f"Product {name}"))
        await self.write(5, OrderDeliveryMethod(id=self.method_id, name="Ground"))
        await self.write(6, Location(id=self.location_id, name="North", location_type="Warehouse"))

    def store_shard(self, product_id: str) -> int:
        return 3 if product_id == self.product_ids["A"] else 4

    async def order(self) -> None:
        self.order_id = self.new_id(Order)
        group = OrderDeliveryGroup(
            id=self.new_id(OrderDeliveryGroup), order_id=self.order_id, order_delivery_method_id=self.method_id
        )
        discount = OrderAdjustmentGroup(
            id=self.new_id(OrderAdjustmentGroup), order_id=self.order_id, name="May", type="Header"
        )
        items = [
            self.order_item("A", 3, "30.00", group.id),
            self.order_item("B", 2, "40.00", group.id),
            self.order_item("Delivery", 1, "5.99", group.id, type_="Delivery Charge"),
        ]
        adjustments = [self.adjustment(items[0], "-6.01", discount.id), self.adjustment(items[1], "-7.00", discount.id)]
        taxes = [
            self.tax(items[0], "3.10"),
            self.tax(items[1], "2.01"),
            self.tax(items[2], "0.30"),
            self.tax(items[0], "-0.33", adjustments[0].id),
            self.tax(items[1], "-0.35", adjustments[1].id),
        ]
        order = Order(
            id=self.order_id,
            account_id=self.account_id,
            currency_iso_code="USD",
            effective_date=TODAY,
            status="Activated",
            status_code="Activated",
        )
        whole = roll_up_order(
            WholeOrder(
                order=order,
                delivery_groups=(group,),
                adjustment_groups=(discount,),
                items=tuple(items),
                adjustments=tuple(adjustments),
                taxes=tuple(taxes),
            )
        )
        assert whole.order.grand_total_amount == PLACED
        await self.write(ORDER_SHARD, whole.order, *whole.delivery_groups, *whole.adjustment_groups, *whole.items,
                         *whole.adjustments, *whole.taxes)  # fmt: skip

    def order_item(self, name: str, quantity: int, amount: str, group_id: str, type_: str = "Order Product"):
        return OrderItem(
            id=self.new_id(OrderItem),
            order_id=self.order_id,
            order_delivery_group_id=group_id,
            currency_iso_code="USD",
            description=name,
            product2_id=self.product_ids.get(name),
            quantity=Decimal(quantity),
            unit_price=Decimal(amount) / quantity,
            total_line_amount=Decimal(amount),
            rounded_line_amount=Decimal(amount),
            type=type_,
        )

    def adjustment(self, item: OrderItem, amount: str, group_id: str):
        return OrderItemAdjustmentLineItem(
            id=self.new_id(OrderItemAdjustmentLineItem),
            order_id=self.order_id,
            order_item_id=item.id,
            order_adjustment_group_id=group_id,
            adjustment_group_type="Header",
            currency_iso_code="USD",
            name="May",
            amount=Decimal(amount),
        )

    def tax(self, item: OrderItem, amount: str, adjustment_id: str | None = None):
        return OrderItemTaxLineItem(
            id=self.new_id(OrderItemTaxLineItem),
            order_id=self.order_id,
            order_item_id=item.id,
            order_item_adjustment_line_item_id=adjustment_id,
            name="Sales tax",
            amount=Decimal(amount),
            tax_effective_date=TODAY,
            type="Actual",
        )

    async def summarise(self) -> None:
        products = {i: Product2(id=i, name=f"Product {n}") for n, i in self.product_ids.items()}
        await self.decide(
            load.ORDER, self.order_id, lambda whole: decide_create_order_summary(whole, products, Wishes())[0]
        )
        async with self.store.database.main.acquire() as session:
            self.summary_id = await session.fetchval("SELECT id FROM order_summary")

    async def pay(self) -> None:
        """An authorization of 80.00; all that was ordered is captured, one more unit of money is being captured."""
        summary, authorization, payment = (
            self.new_id(record) for record in (OrderPaymentSummary, PaymentAuthorization, Payment)
        )
        self.ids |= {"summary": summary, "authorization": authorization, "payment": payment}
        paid: dict[str, Any] = {"order_payment_summary_id": summary, "currency_iso_code": "USD", "status": "Processed"}
        await self.write(
            ORDER_SHARD,
            OrderPaymentSummary(
                id=summary, order_summary_id=self.summary_id, currency_iso_code="USD", method="Visa", type="Card"
            ),
            PaymentAuthorization(id=authorization, amount=Decimal(80), processing_mode="External", **paid),
            Payment(
                id=payment,
                amount=PLACED,
                payment_authorization_id=authorization,
                processing_mode="External",
                type="Capture",
                **paid,
            ),
            GatewayRequest(
                id=self.new_id(GatewayRequest),
                kind="Capture",
                amount=Decimal("1.00"),
                currency_iso_code="USD",
                order_summary_id=self.summary_id,
                order_payment_summary_id=summary,
                payment_authorization_id=authorization,
            ),
        )
        await self.roll_up_money()

    async def roll_up_money(self) -> None:
        await self.decide(load.FUNDS, self.summary_id, lambda whole: funds_decision(whole, roll_up_funds(whole)))

    async def ship(self) -> None:
        first = await self.allocate({"A": 2, "B": 1, "Delivery": 1})
        await self.allocate({"B": 1})
        await self.decide(
            load.WITH_FULFILLMENT,
            self.summary_id,
            lambda whole: decide_create_invoice(whole, first, self.store.now())[0],
        )
        await self.decide(
            load.WITH_FULFILLMENT,
            self.summary_id,
            lambda whole: decide_move_fulfillment_order(whole, first, "Fulfilled", self.store.now()),
        )

    async def allocate(self, units: dict[str, int]) -> str:
        lines = [
            Allocation(order_item_summary_id=(await self.item(name)).id, quantity=Decimal(count))
            for name, count in units.items()
        ]
        group = FulfillmentGroup(
            fulfilled_from_location_id=self.location_id, fulfillment_type="Warehouse", order_item_summaries=tuple(lines)
        )
        before = {order.id for order in (await self.whole(load.WITH_FULFILLMENT)).fulfillment.orders}
        await self.decide(
            load.SUMMARY,
            self.summary_id,
            lambda whole: decide_create_fulfillment_order(
                whole, whole.delivery_groups[0].id, [group], "Allocated", self.store.now()
            )[0],
        )
        after = {order.id for order in (await self.whole(load.WITH_FULFILLMENT)).fulfillment.orders}
        return next(iter(after - before))

    async def change(self) -> None:
        a = await self.item("A")

        def asked(shipping: bool) -> list[ChangeItem]:
            return [
                ChangeItem(
                    order_item_summary_id=a.id,
                    quantity=Decimal(1),
                    reason="Unknown",
                    shipping_reduction_flag=shipping,
                )
            ]

        await self.decide(
            load.SUMMARY, self.summary_id, lambda whole: decide_cancel(whole, asked(False), self.store.now()).decision
        )
        await self.decide(
            load.SUMMARY,
            self.summary_id,
            lambda whole: decide_simple_return(whole, asked(True), self.store.now()).decision,
        )

    async def settle(self) -> None:
        returned = next(o for o in (await self.whole()).change_orders if o.change_class == "creditable")
        cancelled = next(o for o in (await self.whole()).change_orders if o.change_class == "excess")
        await self.decide(
            load.WITH_CHANGES,
            self.summary_id,
            lambda whole: decide_create_credit_memo(whole, [returned.id], self.store.now())[0],
        )
        funds = await self.whole(load.FUNDS)
        invoice, memo = funds.funds.invoices[0], funds.credit_memos[0]
        application = PaymentLineInvoice(
            id=self.new_id(PaymentLineInvoice),
            amount=invoice.total_amount_with_tax,
            invoice_id=invoice.id,
            payment_id=self.ids["payment"],
            type="Applied",
        )
        await self.write(ORDER_SHARD, application)
        await self.refund(-returned.grand_total_amount, credit_memo_id=memo.id)
        await self.refund(-cancelled.grand_total_amount)
        await self.roll_up_money()

    async def refund(self, amount: Decimal, credit_memo_id: str | None = None) -> None:
        refund = Refund(
            id=self.new_id(Refund),
            amount=amount,
            currency_iso_code="USD",
            order_payment_summary_id=self.ids["summary"],
            processing_mode="External",
            status="Processed",
            type="Referenced",
            credit_memo_id=credit_memo_id,
        )
        line = RefundLinePayment(
            id=self.new_id(RefundLinePayment),
            amount=amount,
            payment_id=self.ids["payment"],
            refund_id=refund.id,
            type="Applied",
            unapplied_amount=Decimal(0) if credit_memo_id else amount,
        )
        await self.write(ORDER_SHARD, refund, line)
