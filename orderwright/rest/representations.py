"""What several Connect resources take in and give out, with the documented names, versions and aliases.

Source: connect-api/order-management.yaml#types (documented).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from orderwright.decisions.balances import Balances
from orderwright.decisions.charge_fees import AMOUNT_TYPES
from orderwright.decisions.errors import named
from orderwright.objects.definition import Id
from orderwright.rest.codec import About, IdOf, Longest, OnlyWhenSet, Since


class ErrorResponse(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One problem found while processing: a stable code and words for people."""

    error_code: str
    message: str


class NoInput(msgspec.Struct, frozen=True):
    """Nothing: a request that says all by its path. A property in its body was meant for something else."""


class ChangeItemFeeInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A fee charged with a cancel or a return; `amount` above zero, read according to `amountType`."""

    amount: Decimal
    amount_type: Annotated[str, About(f"{named(AMOUNT_TYPES)}.")]
    description: Annotated[str, Longest(255)]
    price_book_entry_id: Annotated[Id | None, IdOf("PricebookEntry")] = None
    product2_id: Annotated[Id, IdOf("Product2")]
    reason: str


class ChangeItemInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One item to cancel or return; `quantity` in whole units above zero."""

    change_item_fees: Annotated[tuple[ChangeItemFeeInput, ...], Since(57)] = ()
    order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
    quantity: Decimal
    reason: str
    reason_for_change_text: Annotated[str | None, Since(59)] = None
    shipping_reduction_flag: bool


class ChangeInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The item changes that form one cancel or return."""

    change_items: tuple[ChangeItemInput, ...]


class ChangeItemOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Money changes, reductions positive; `totalExcessFundsAmount` and `totalRefundableAmount` are order-wide."""

    grand_total_amount: Decimal
    total_adj_delivery_amt_with_tax: Annotated[Decimal, Since(49)]
    total_adj_dist_amount_with_tax: Annotated[Decimal, Since(49)]
    total_adj_product_amt_with_tax: Annotated[Decimal, Since(49)]
    total_adjusted_delivery_amount: Decimal
    total_adjusted_delivery_tax_amount: Decimal
    total_adjusted_product_amount: Decimal
    total_adjusted_product_tax_amount: Decimal
    total_adjustment_distributed_amount: Decimal
    total_adjustment_distributed_tax_amount: Decimal
    total_amount: Decimal
    total_excess_funds_amount: Decimal
    total_fee_amount: Annotated[Decimal, Since(57)]
    total_fee_tax_amount: Annotated[Decimal, Since(57)]
    total_refundable_amount: Decimal
    total_required_funds_amount: Annotated[Decimal, Since(54)]
    total_tax_amount: Decimal


class StepOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One number explained: the rule, what it was applied to, the part of it, the exact value and the rounded one."""

    order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
    component: str
    rule: str
    base: Decimal
    fraction: str
    exact: str
    rounded: Decimal
    source: str


Explanation = Annotated[tuple[StepOutput, ...] | None, OnlyWhenSet(), About("With ?explain=true: why each number is.")]


PreviewToken = Annotated[
    str | None, OnlyWhenSet(), About("With ?explain=true: what a submit sends back in the header Preview-Token.")
]


class PreviewChangeOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a cancel or return would do; nothing is stored."""

    change_balances: ChangeItemOutput | None = None
    errors: tuple[ErrorResponse, ...] = ()
    explanation: Explanation = None
    order_summary_id: Id | None = None
    preview_token: PreviewToken = None
    success: bool = True


class SubmitChangeOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a cancel or return did, and the change orders it made."""

    change_balances: ChangeItemOutput | None = None
    change_order_id: Id | None = None
    errors: tuple[ErrorResponse, ...] = ()
    explanation: Explanation = None
    fee_change_order_id: Annotated[Id | None, Since(57)] = None
    success: bool = True


def change_item_output(balances: Balances) -> ChangeItemOutput:
    """The balances of a decision under their documented names."""
    return ChangeItemOutput(**{name: getattr(balances, name) for name in balances.__struct_fields__})
