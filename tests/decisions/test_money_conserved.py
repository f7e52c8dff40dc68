"""Any order, any tenders, any answers of a gateway: no money is made, lost or used twice (semantics §13–§15, M3–M13).

Hypothesis plays the life of an order's money. After each step all sums are made by hand; in the end, when nothing is on
its way any more, the gateway's own books say the same as ours.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from orderwright.arithmetic.money import from_minor_units, scale_of
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.ensure_funds import decide_ensure_funds
from orderwright.decisions.ensure_refunds import decide_ensure_refunds
from orderwright.decisions.errors import Refusal
from orderwright.decisions.finish_operation import decide_give_up, finished
from orderwright.decisions.funds import funds_decision, operation_of, roll_up_funds
from orderwright.decisions.gateway_limits import UNLIMITED, GatewayLimits, Limits
from orderwright.decisions.move_payment import (
    PaymentWishes,
    decide_capture,
    decide_refund,
    decide_reverse_authorization,
)
from orderwright.decisions.plan_funds import FundsSequence, FundsWishes, capturable
from orderwright.decisions.plan_refunds import RefundWishes, refundable
from orderwright.decisions.put_off_operation import decide_put_off
from orderwright.decisions.record_answer import Answer, decide_record_answer
from orderwright.decisions.retry_operation import decide_retry_operation
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.start_operation import ENSURE_FUNDS
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.invoice import Invoice
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import find
from tests.builders import NOW, PRODUCT, ZERO, Line, asked, order_summary, with_fee
from tests.decisions.conservation import Gateway, check_gateway, check_money, check_operation, total

LIMITS: Limits = {
    "0b0000000000002": GatewayLimits(partial_capture=False),
    "0b0000000000003": GatewayLimits(multiple_capture=False),
    "0b0000000000004": GatewayLimits(partial_refund=False),
}
GATEWAYS = [None, None, None, None, *LIMITS]
# Half of the answers move money at once; the rest is everything else a gateway can say or fail to say.
MOVED = ["Success"] * 8 + ["Indeterminate", "RequiresReview", "Accepted"]
REFUSED = ["Decline", "PermanentFail", "ValidationError", "Indeterminate", "RequiresReview", "Accepted"]
PLENTY = [HealthCheck.too_slow, HealthCheck.data_too_large]
STEPS, MOST_TENDERS = 25, 6


class Player:
    """Plays what may be done with the money of one order, and keeps what only a player knows.

    `between` gives a number from one to another, both of them possible: drawn by hypothesis, or thrown.
    """

    def __init__(self, between: Callable[[int, int], int]) -> None:
        self.between = between
        currency = self.pick(["USD", "JPY", "KWD"])
        self.scale = scale_of(currency)
        self.books = order_summary(*self.lines(), currency=currency)
        self.gateway = Gateway(LIMITS)
        self.applied: dict[str, Decimal] = {}
        """What each operation's last run applied at once."""
        self.earlier: dict[str, set[str]] = {}
        """The requests of the runs before."""
        for _ in range(between(1, 4)):
            self.tender()

    # --- the start

    def money(self, units: int) -> str:
        return str(from_minor_units(units, self.scale))

    def lines(self) -> list[Line]:
        lines = []
        for number in range(self.between(1, 3)):
            price, count = self.between(1, 400), self.between(1, 4)
            lines.append(Line(str(number), count, self.money(price * count), (self.money(price // 9 * count),)))
        return lines

    def tender(self) -> None:
        """A payment summary with one to three authorizations, or one to three payments."""
        books, amounts = self.books, [self.between(1, 15) * 100 + self.between(0, 1) for _ in range(self.between(1, 3))]
        about = {"payment_gateway_id": self.pick(GATEWAYS)}
        if self.between(0, 2) == 0:
            books.pay(*(self.money(amount) for amount in amounts), **about)
        else:
            made = books.authorize(self.money(amounts[0]), **about)
            for amount in amounts[1:]:
                more = books.authorization(self.money(amount), **about)
                books.put(msgspec.structs.replace(more, order_payment_summary_id=made))
            books.whole = roll_up_funds(books.whole)

    # --- the steps

    def step(self) -> None:
        act = self.pick(self.possible())
        note(act.__name__)
        act()
        self.check()

    def possible(self) -> list[Callable[[], None]]:
        # Listed more than once: more often. What cannot be done now is left out.
        steps = [self.fund] * (5 if self.unpaid() else 1) * bool(self.books.whole.funds.invoices)
        steps += [self.refund] * (5 if self.refundable() else 1)
        steps += [self.answer] * 10 * bool(self.on_its_way())
        steps += [self.repeat] * bool(self.closed())
        steps += [self.retry] * (4 if any(self.run(o) for o in self.retryable()) else 1) * bool(self.retryable())
        steps += [self.stumble] * bool(self.running())
        steps += [self.invoice] * 3 * bool(self.items("quantity_available_to_fulfill"))
        steps += [self.cancel] * bool(self.items("quantity_available_to_cancel"))
        steps += [self.take_back] * 2 * bool(self.items("quantity_available_to_return"))
        steps += [self.tender] * (len(self.books.whole.payment_summaries) < MOST_TENDERS)
        return [*steps, self.move]

    def pick(self, choices: Sequence[Any]) -> Any:
        return choices[self.between(0, len(choices) - 1)]

    def yes(self) -> bool:
        return self.between(0, 1) == 1

    def some(self, choices: Sequence[str], most: int) -> list[str]:
        """Up to `most` of them, in any order, each once."""
        rest = list(choices)
        return [rest.pop(self.between(0, len(rest) - 1)) for _ in range(self.between(0, min(most, len(rest))))]

    def unpaid(self) -> list[Invoice]:
        return [i for i in self.books.whole.funds.invoices if i.balance > i.open_capture_amount]

    def refundable(self) -> Decimal:
        return total(refundable(payment) for payment in self.books.whole.funds.payments)

    def items(self, pool: str) -> list[OrderItemSummary]:
        return [item for item in self.books.whole.items if item.type == PRODUCT and getattr(item, pool) > 0]

    def invoice(self) -> None:
        item = self.pick(self.items("quantity_available_to_fulfill"))
        units = self.between(1, int(item.quantity_available_to_fulfill))
        self.books.invoice(self.books.fulfil({item.description or "": units}))

    def cancel(self) -> None:
        item = self.pick(self.items("quantity_available_to_cancel"))
        self.books.change(decide_cancel, asked(item, self.between(1, int(item.quantity_available_to_cancel))))

    def take_back(self) -> None:
        """A return, its credit memo, and perhaps a fee with its invoice."""
        item = self.pick(self.items("quantity_available_to_return"))
        change = asked(item, self.between(1, int(item.quantity_available_to_return)))
        if self.yes():
            change = with_fee(change, "AmountWithoutTax", self.money(self.between(1, 300)))
        made = self.books.change(decide_simple_return, change)
        self.books.credit(made.change_order_id)
        if made.fee_change_order_id:
            self.books.charge(made.fee_change_order_id)

    # --- operations

    def sequences(self) -> tuple[FundsSequence, ...]:
        ids = [summary.id for summary in self.books.whole.payment_summaries]
        return tuple(
            FundsSequence(
                order_payment_summary_id=summary_id,
                amount=Decimal(self.money(self.between(0, 3) * self.between(1, 300))),
            )
            for summary_id in self.some(ids, len(ids))
        )

    def fund(self) -> None:
        invoice = self.pick(self.unpaid() or self.books.whole.funds.invoices)
        wishes = FundsWishes(invoice_id=invoice.id, sequences=self.sequences(), is_allow_partial=self.yes())
        self.planned(lambda: self.books.fund(wishes, LIMITS), wishes)

    def refund(self) -> None:
        owed = [memo.id for memo in self.books.whole.credit_memos if memo.balance > memo.open_refund_amount]
        memo = self.pick([*owed, *owed, None])
        # Mostly what there is; now and then too much of it.
        most = max(int(self.refundable().scaleb(self.scale)) // self.pick([1, 2, 5]), 1)
        excess = self.between(0 if memo else 1, most)
        invoices = [invoice.id for invoice in self.unpaid()]
        wishes = RefundWishes(
            credit_memo_id=memo,
            excess_funds_amount=Decimal(self.money(excess)),
            invoices_to_pay=tuple(self.some(invoices, 2)),
            sequences=self.sequences(),
            is_allow_partial=self.yes(),
        )
        self.planned(lambda: self.books.refund(wishes, LIMITS), wishes)

    def planned(self, plan: Callable[[], str], wishes: FundsWishes | RefundWishes) -> None:
        """Plan, and note what was applied at once; unless less was allowed, all that was needed is planned."""
        before = total(line.amount for line in self.books.whole.funds.payment_lines)
        operation = self.books.operation(plan())
        applied = total(line.amount for line in self.books.whole.funds.payment_lines) - before
        # Fees that a refund pays are no part of what it refunds.
        self.applied[operation.id] = applied if operation.type == ENSURE_FUNDS else ZERO
        asked_for = total(request.amount for request in self.run(operation))
        planned = self.applied[operation.id] + asked_for
        if operation.status == "Error":
            assert not planned
            assert not applied
        elif wishes.sequences and wishes.is_allow_partial:
            assert planned <= operation.requested_amount
        else:
            assert planned == operation.requested_amount

    # What the last run of an operation asked for.
    def run(self, operation: BackgroundOperation) -> list[GatewayRequest]:
        before = self.earlier.get(operation.id, set())
        return [request for request in self.books.made_by(operation.id) if request.id not in before]

    def retryable(self) -> list[BackgroundOperation]:
        return [o for o in self.books.whole.funds.operations if o.finished_at and o.outcome != "Succeeded"]

    def retry(self) -> None:
        failed = [o for o in self.retryable() if self.run(o)]
        operation = self.pick(failed or self.retryable())
        made = self.books.made_by(operation.id)
        try:
            decision, after = decide_retry_operation(operation, made)
        except Refusal:
            return
        self.books.save(decision)
        if after.status == "New":
            self.earlier[operation.id] = {request.id for request in made}
            self.planned(lambda: self.plan_again(after), self.wishes(after))
        elif self.yes():
            self.finish(after)

    def wishes(self, operation: BackgroundOperation) -> FundsWishes | RefundWishes:
        if operation.type == ENSURE_FUNDS:
            return msgspec.convert(operation.input, FundsWishes)
        return msgspec.convert(operation.input, RefundWishes)

    def plan_again(self, operation: BackgroundOperation) -> str:
        wishes, whole = self.wishes(operation), self.books.loaded
        if isinstance(wishes, FundsWishes):
            self.books.save(decide_ensure_funds(whole, operation, wishes, NOW, LIMITS))
        else:
            self.books.save(decide_ensure_refunds(whole, operation, wishes, NOW, LIMITS))
        return operation.id

    def finish(self, operation: BackgroundOperation) -> None:
        """What the job of a resumed operation does when it has asked about all of its requests."""
        whole = self.books.loaded
        found = operation_of(whole, operation.id)
        if found is not None and not any(request.state == "Open" for request in self.run(operation)):
            self.books.save(funds_decision(whole, finished(whole, found, NOW)))

    def running(self) -> list[BackgroundOperation]:
        return [o for o in self.books.whole.funds.operations if o.finished_at is None]

    def stumble(self) -> None:
        """The job could not go on: the operation waits, or is given up."""
        operation = self.pick(self.running())
        decide = self.pick([decide_put_off, decide_give_up])
        self.books.save(decide(self.books.loaded, operation, "the job stumbled", NOW))

    # --- money asked for directly, by no operation

    def move(self) -> None:
        """A capture, a reversal or a refund of some of what is left, as a client asks for it."""
        funds = self.books.whole.funds
        held = [(a, capturable(a, NOW, self.limits(a))) for a in funds.authorizations]
        paid = [(p, refundable(p)) for p in funds.payments]
        kinds = [(decide_capture, held), (decide_reverse_authorization, held), (decide_refund, paid)]
        decide, sources = self.pick(kinds)
        some: list[tuple[Any, Decimal]] = [(source, left) for source, left in sources if left > 0]
        if not some:
            return
        source, left = self.pick(some)
        amount = from_minor_units(self.between(1, int(left.scaleb(self.scale))), self.scale)
        limits = {} if decide is decide_reverse_authorization else {"limits": self.limits(source)}
        try:
            decision, _ = decide(self.books.loaded, source.id, PaymentWishes(amount=amount), NOW, **limits)
        except Refusal:
            return
        self.books.save(decision)

    def limits(self, source: Any) -> GatewayLimits:
        return LIMITS.get(source.payment_gateway_id, UNLIMITED)

    # --- answers

    def on_its_way(self) -> list[GatewayRequest]:
        return self.books.requests(*OPEN_REQUEST_STATES)

    def closed(self) -> list[GatewayRequest]:
        return self.books.requests("Succeeded", "Refused")

    def answer(self) -> None:
        """The gateway is asked, for the first time or again, and something or nothing is heard of it."""
        request = self.pick(self.on_its_way())
        if request.id not in self.gateway.moved and self.between(0, 9) == 0:
            # It never got there.
            self.books.answer(request, "SystemError", may_retry=self.yes())
            return
        self.hear(request, self.pick(MOVED if self.send(request) else REFUSED))

    def send(self, request: GatewayRequest) -> bool:
        return self.gateway.send(request, self.between(0, 3) > 0, self.books.whole.funds)

    def hear(self, request: GatewayRequest, code: str) -> None:
        if code == "Accepted":
            self.books.accept(request)
        else:
            self.books.answer(request, code)
        self.heard_again(request, code)

    def heard_again(self, request: GatewayRequest, code: str) -> None:
        """The same answer once more, from a notification or a look-up."""
        if find(self.books.whole.funds.requests, request.id) in self.closed():
            said: Any = code
            answer = Answer(sf_result_code=said)
            decision = decide_record_answer(self.books.loaded, request.id, answer, NOW, may_retry=False)
            assert (decision.new, decision.changed) == ((), ())

    def repeat(self) -> None:
        """Any answer to a request that is closed changes nothing."""
        request = self.pick(self.closed())
        before, count = self.books.whole, len(self.books.others)
        self.books.answer(request, self.pick([*MOVED[:1], *REFUSED[:4], "SystemError"]), may_retry=True)
        assert (self.books.whole, len(self.books.others)) == (before, count)

    def settle(self) -> None:
        """All that is on its way is asked about until it is known."""
        for request in self.on_its_way():
            self.hear(request, "Success" if self.send(request) else "Decline")
            self.check()

    def check(self) -> None:
        check_money(self.books.whole)
        for operation in self.books.whole.funds.operations:
            check_operation(operation, self.run(operation), self.applied[operation.id])


def play(between: Callable[[int, int], int]) -> None:
    player = Player(between)
    player.check()
    for _ in range(STEPS):
        player.step()
    player.settle()
    check_gateway(player.books.whole.funds, player.gateway)
    assert not player.running(), "an operation waits for nothing"


@settings(max_examples=15, report_multiple_bugs=False, suppress_health_check=PLENTY)
@given(st.data())
def test_no_money_is_made_lost_or_used_twice(data: st.DataObject):
    play(lambda low, high: data.draw(st.integers(low, high)))


@settings(max_examples=80, report_multiple_bugs=False)
@given(st.integers(0, 2**32))
def test_nor_when_dice_are_thrown(seed: int):
    """Hypothesis likes small numbers and what it has seen before; dice get further into an order's life."""
    play(Random(seed).randint)
