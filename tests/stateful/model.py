"""A trivially simple order: units per item and money per order as plain arithmetic, for amounts that divide evenly."""

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from orderwright.arithmetic.money import round_fraction

ZERO = Decimal(0)


@dataclass
class Units:
    """One item. Every unit has the same price, discount and tax, to the cent."""

    ordered: int
    price: Decimal
    """Of one unit, after discounts, before tax."""
    tax: Decimal
    allocated: int = 0
    fulfilled: int = 0
    canceled: int = 0
    returned: int = 0
    paid: int = 0
    """Unallocated units that an invoice charges: their fulfillment order was invoiced, then cancelled."""

    @property
    def in_fulfillment(self) -> int:
        return self.allocated - self.fulfilled

    @property
    def to_cancel(self) -> int:
        return self.ordered - self.canceled - self.allocated

    @property
    def to_return(self) -> int:
        return self.fulfilled - self.returned

    @property
    def left(self) -> int:
        return self.ordered - self.canceled - self.returned


@dataclass
class Slice:
    """A fulfillment order: units by item name, its worth when it was made, and its invoice."""

    units: dict[str, int]
    worth: Decimal
    paid: dict[str, int]
    """Of the units, those that an earlier invoice charges."""
    paid_worth: Decimal
    status: str = "Allocated"
    invoice_id: str | None = None

    @property
    def has_fresh(self) -> bool:
        return any(self.paid[name] < count for name, count in self.units.items())


@dataclass
class Debt:
    """An invoice or a credit memo: what it is over, what is settled, what is on its way."""

    total: Decimal
    settled: Decimal = ZERO
    pending: Decimal = ZERO

    @property
    def needed(self) -> Decimal:
        return max(ZERO, self.total - self.settled - self.pending)


@dataclass
class Model:
    items: dict[str, Units]
    delivery: Decimal
    """What the delivery charge costs now; it has no tax."""
    authorized: Decimal = ZERO
    captured: Decimal = ZERO
    capturing: Decimal = ZERO
    refunded: Decimal = ZERO
    refunding: Decimal = ZERO
    excess_refunded: Decimal = ZERO
    creditable: Decimal = ZERO
    """What was taken off the order to be credited: returns, and discounts of what was fulfilled."""
    delivery_paid: int = 0
    """Whether an invoice charges the delivery, whose fulfillment order was cancelled."""
    fees: Decimal = ZERO
    slices: dict[str, Slice] = field(default_factory=dict)
    invoices: dict[str, Debt] = field(default_factory=dict)
    memos: dict[str, Debt] = field(default_factory=dict)
    uncredited: dict[str, Decimal] = field(default_factory=dict)
    """What is to be credited by change order, until a credit memo holds it."""
    uncharged: dict[str, Decimal] = field(default_factory=dict)
    """Fees by change order, until an invoice charges them."""

    @property
    def worth(self) -> Decimal:
        return sum(((u.price + u.tax) * u.left for u in self.items.values()), self.delivery + self.fees)

    @property
    def excess(self) -> Decimal:
        return max(ZERO, self.captured - self.excess_refunded - self.worth - self.creditable)

    @property
    def refundable(self) -> Decimal:
        return self.captured - self.refunded - self.refunding

    @property
    def outstanding(self) -> Decimal:
        memos = (memo.total - memo.settled for memo in self.memos.values())
        return sum((*self.uncredited.values(), *memos), ZERO)

    def credit_later(self, change_order_id: str, worth: Decimal) -> None:
        """A creditable change order took `worth` off the order."""
        self.uncredited[change_order_id] = worth
        self.creditable += worth

    def discount(self, name: str, price: Decimal, tax: Decimal) -> None:
        """Every unit of an item that is left costs so much less, also where a fulfillment order holds it."""
        item = self.items[name]
        item.price -= price
        item.tax -= tax
        for found in self.slices.values():
            if found.status == "Allocated":
                found.worth -= (price + tax) * found.units.get(name, 0)
                found.paid_worth -= (price + tax) * found.paid.get(name, 0)

    def reduce_delivery(self, units: dict[str, int]) -> Decimal:
        """What goes with these units, by their part of the price of all; call it before they leave."""
        total = sum(Fraction(u.price) * u.left for u in self.items.values())
        part = sum(Fraction(self.items[name].price) * count for name, count in units.items())
        if not total:
            total = Fraction(sum(u.left for u in self.items.values()))
            part = Fraction(sum(units.values()))
        reduction = round_fraction(Fraction(self.delivery) * part / total, 2)
        self.delivery -= reduction
        return reduction
