"""What is sold, at which price, through which channel."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import About, Id, SObject, boolean, currency, picklist, reference, text, whole


class Product2(SObject, frozen=True, kw_only=True):
    """Product."""

    ABOUT: ClassVar[About] = About(
        label="Product", key_prefix="01t", calls=frozenset({"create", "update", "delete", "query", "retrieve"})
    )

    name: Annotated[str, text(create=True, update=True, length=255)]
    product_code: Annotated[str | None, text(create=True, update=True, length=255)] = None
    stock_keeping_unit: Annotated[str | None, text(create=True, update=True, length=180)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=4000)] = None
    is_active: Annotated[bool, boolean(create=True, update=True)] = True
    external_id: Annotated[str | None, text(create=True, update=True, length=255)] = None
    quantity_unit_of_measure: Annotated[str | None, picklist(create=True, update=True)] = None
    product_class: Annotated[str, picklist("Simple", "VariationParent", "Variation", "Bundle", "Set")] = "Simple"


class Pricebook2(SObject, frozen=True, kw_only=True):
    """Price Book."""

    ABOUT: ClassVar[About] = About(
        label="Price Book", key_prefix="01s", calls=frozenset({"create", "update", "delete", "query", "retrieve"})
    )

    name: Annotated[str, text(create=True, update=True, length=255)]
    is_active: Annotated[bool, boolean(create=True, update=True)] = True
    is_standard: Annotated[bool, boolean()] = False
    description: Annotated[str | None, text(create=True, update=True, length=255)] = None


class PricebookEntry(SObject, frozen=True, kw_only=True):
    """Price Book Entry."""

    ABOUT: ClassVar[About] = About(
        label="Price Book Entry", key_prefix="01u", calls=frozenset({"create", "update", "delete", "query", "retrieve"})
    )

    name: Annotated[str | None, text()] = None
    pricebook2_id: Annotated[Id, reference("Pricebook2", create=True, children="PricebookEntries", cascade=True)]
    product2_id: Annotated[Id, reference("Product2", create=True, children="PricebookEntries", cascade=True)]
    unit_price: Annotated[Decimal, currency(create=True, update=True)]
    is_active: Annotated[bool, boolean(create=True, update=True)] = True
    currency_iso_code: Annotated[str | None, picklist(create=True)] = None
    use_standard_price: Annotated[bool, boolean(create=True, update=True)] = False
    product_code: Annotated[str | None, text()] = None


class SalesChannel(SObject, frozen=True, kw_only=True):
    """Origin of an order; B2C matches it by name to the site/domain id."""

    ABOUT: ClassVar[About] = About(
        label="Sales Channel",
        key_prefix="0bI",
        name_field="SalesChannelName",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    external_channel_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    sales_channel_name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    type: Annotated[str | None, picklist("B2B", "B2C", "Other", create=True, update=True, since=53)] = None
    type_category: Annotated[str | None, picklist("B2B", "B2C", "Other", restricted=True, since=53)] = None


class OrderItemType(SObject, frozen=True, kw_only=True):
    """Read-only list of the Type values and their TypeCode."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Type", key_prefix="0iT", name_field="MasterLabel", calls=frozenset({"query", "retrieve"})
    )

    api_name: Annotated[str, text(length=255)]
    is_default: Annotated[bool, boolean()] = False
    master_label: Annotated[str | None, text(length=255)] = None
    sort_order: Annotated[int | None, whole()] = None
    type_code: Annotated[str | None, picklist("Product", "Charge", restricted=True)] = None
