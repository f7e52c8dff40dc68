"""How a shopper pays, and who moves the money."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import About, Id, SObject, boolean, moment, number, picklist, reference, text, whole


class CardPaymentMethod(SObject, frozen=True, kw_only=True):
    """Card Payment Method."""

    ABOUT: ClassVar[About] = About(
        label="Card Payment Method",
        key_prefix="03O",
        name_field="CardPaymentMethodNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        addresses=("PaymentMethod",),
    )

    account_id: Annotated[Id | None, reference("Account", create=True, update=True, children="CardPaymentMethods")] = (
        None
    )
    audit_email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    auto_card_type: Annotated[str | None, text(length=20)] = None
    card_bin: Annotated[int | None, whole(create=True)] = None
    card_category: Annotated[str | None, picklist("CreditCard", "DebitCard", create=True)] = None
    card_holder_first_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    card_holder_last_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    card_holder_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    card_last_four: Annotated[int | None, whole(create=True)] = None
    card_payment_method_number: Annotated[str | None, text(length=255, autonumber="CPM-{000000000}", idlookup=True)] = (
        None
    )
    card_type: Annotated[
        str | None, picklist("Visa", "Master Card", "American Express", "Diners Club", "JCB", "Maestro", create=True)
    ] = None
    card_type_category: Annotated[
        str | None,
        picklist("Visa", "MasterCard", "AmericanExpress", "Jcb", "DinersClub", "Maestro", "Discover", "UnionPay"),
    ] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    company_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    display_card_number: Annotated[str | None, text(length=20)] = None
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    expiry_month: Annotated[int | None, whole(create=True, update=True)] = None
    expiry_year: Annotated[int | None, whole(create=True, update=True)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_token: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_token_details: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    gateway_token_encrypted: Annotated[str | None, text("encryptedstring", create=True, update=True)] = None
    input_card_number: Annotated[str | None, text(create=True, length=20)] = None
    ip_address: Annotated[str | None, text(create=True, update=True, length=39)] = None
    is_auto_pay_enabled: Annotated[bool, boolean(create=True, update=True)] = False
    mac_address: Annotated[str | None, text(create=True, update=True, length=32)] = None
    nick_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, children="CardPaymentMethods")
    ] = None
    payment_method_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    payment_method_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    payment_method_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_details: Annotated[str | None, text(create=True)] = None
    payment_method_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
        ),
    ] = None
    payment_method_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    payment_method_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    payment_method_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    payment_method_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    payment_method_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    payment_method_sub_type: Annotated[str | None, text(create=True)] = None
    payment_method_type: Annotated[str | None, picklist(create=True, update=True)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    saved_payment_method_id: Annotated[Id | None, reference("SavedPaymentMethod", create=True, update=True)] = None
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    start_month: Annotated[int | None, whole(create=True, update=True)] = None
    start_year: Annotated[int | None, whole(create=True, update=True)] = None
    status: Annotated[str, picklist("Active", "InActive", "Canceled", create=True, update=True, restricted=True)]


class DigitalWallet(SObject, frozen=True, kw_only=True):
    """Digital Wallet."""

    ABOUT: ClassVar[About] = About(
        label="Digital Wallet",
        key_prefix="1DW",
        name_field="DigitalWalletNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        addresses=("PaymentMethod",),
    )

    account_id: Annotated[Id | None, reference("Account", create=True, update=True, children="DigitalWallets")] = None
    audit_email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    billing_name: Annotated[str | None, text(create=True, update=True)] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    company_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    customer: Annotated[str | None, text(create=True, length=255)] = None
    digital_wallet_number: Annotated[str | None, text(length=255, autonumber="DW-{000000000}", idlookup=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    gateway_token: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_token_details: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    gateway_token_encrypted: Annotated[str | None, text("encryptedstring", create=True, update=True)] = None
    ip_address: Annotated[str | None, text(create=True, update=True, length=39)] = None
    is_auto_pay_enabled: Annotated[bool, boolean(create=True, update=True)] = False
    mac_address: Annotated[str | None, text(create=True, update=True, length=32)] = None
    nick_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    payment_gateway_id: Annotated[Id | None, reference("PaymentGateway", create=True, children="DigitalWallets")] = None
    payment_method_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    payment_method_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    payment_method_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_details: Annotated[str | None, text(create=True)] = None
    payment_method_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
        ),
    ] = None
    payment_method_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    payment_method_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    payment_method_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    payment_method_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    payment_method_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    payment_method_sub_type: Annotated[str | None, text(create=True)] = None
    payment_method_type: Annotated[str | None, picklist(create=True, update=True)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    saved_payment_method_id: Annotated[Id | None, reference("SavedPaymentMethod", create=True, update=True)] = None
    status: Annotated[str, picklist("Active", "InActive", "Canceled", create=True, update=True, restricted=True)]
    type: Annotated[str | None, text(create=True, update=True, length=40)] = None


class AlternativePaymentMethod(SObject, frozen=True, kw_only=True):
    """Alternative Payment Method."""

    ABOUT: ClassVar[About] = About(
        label="Alternative Payment Method",
        key_prefix="8Z7",
        name_field="AlternativePaymentMethodNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        since=51,
        addresses=("PaymentMethod",),
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[
        Id | None, reference("Account", create=True, update=True, children="AlternativePaymentMethods")
    ] = None
    alternative_payment_method_number: Annotated[str | None, text(autonumber="APM-{000000000}", idlookup=True)] = None
    audit_email: Annotated[str | None, text("email", create=True, update=True)] = None
    bank_account_holder_type: Annotated[str | None, picklist("Business", "Individual", restricted=True)] = None
    bank_account_type: Annotated[str | None, text()] = None
    billing_first_name: Annotated[str | None, text(create=True, update=True)] = None
    billing_last_name: Annotated[str | None, text(create=True, update=True)] = None
    billing_name: Annotated[str | None, text(create=True, update=True)] = None
    comments: Annotated[str | None, text("textarea", create=True, update=True)] = None
    company_name: Annotated[str | None, text(create=True, update=True)] = None
    email: Annotated[str | None, text("email", create=True, update=True)] = None
    extended_payment_method_type: Annotated[str | None, text(create=True, update=True)] = None
    gateway_token: Annotated[str | None, text("encryptedstring", create=True, update=True)] = None
    gateway_token_details: Annotated[str | None, text("textarea", create=True, update=True)] = None
    ip_address: Annotated[str | None, text(create=True, update=True)] = None
    is_auto_pay_enabled: Annotated[bool, boolean(create=True, update=True)] = False
    mac_address: Annotated[str | None, text(create=True, update=True)] = None
    nick_name: Annotated[str | None, text(create=True, update=True)] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, children="AlternativePaymentMethods")
    ] = None
    payment_method_city: Annotated[str | None, text(create=True, update=True)] = None
    payment_method_country: Annotated[str | None, text(create=True, update=True)] = None
    payment_method_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_details: Annotated[str | None, text(create=True)] = None
    payment_method_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
        ),
    ] = None
    payment_method_latitude: Annotated[Decimal | None, number(create=True, update=True)] = None
    payment_method_longitude: Annotated[Decimal | None, number(create=True, update=True)] = None
    payment_method_postal_code: Annotated[str | None, text(create=True, update=True)] = None
    payment_method_state: Annotated[str | None, text(create=True, update=True)] = None
    payment_method_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    payment_method_street: Annotated[str | None, text("textarea", create=True, update=True)] = None
    payment_method_sub_type: Annotated[str | None, text(create=True)] = None
    payment_method_type: Annotated[str | None, picklist(create=True, update=True)] = None
    phone: Annotated[str | None, text("phone", create=True, update=True)] = None
    processing_mode: Annotated[str, picklist("Salesforce", "External", create=True, restricted=True)]
    saved_payment_method_id: Annotated[Id | None, reference("SavedPaymentMethod", create=True, update=True)] = None
    status: Annotated[str, picklist("Active", "InActive", "Canceled", create=True, update=True, restricted=True)]
    record_type_id: Annotated[Id | None, reference("RecordType", create=True, update=True)] = None


class PaymentGateway(SObject, frozen=True, kw_only=True):
    """Payment Gateway."""

    ABOUT: ClassVar[About] = About(
        label="Payment Gateway",
        key_prefix="0b0",
        name_field="PaymentGatewayName",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    comments: Annotated[str | None, text("textarea", create=True, update=True, length=1000)] = None
    default_tap_to_pay_location: Annotated[str | None, text()] = None
    external_reference: Annotated[
        str | None, text(create=True, update=True, length=255, idlookup=True, unique=True)
    ] = None
    gateway_mode: Annotated[
        str | None, picklist("Connected", "Live", "Test", create=True, update=True, restricted=True)
    ] = None
    merchant_account_id: Annotated[Id | None, reference("MerchantAccount", create=True, update=True)] = None
    merchant_credential_id: Annotated[Id | None, reference("NamedCredential", create=True, update=True)] = None
    payment_gateway_name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    payment_gateway_provider_id: Annotated[
        Id, reference("PaymentGatewayProvider", create=True, update=True, children="PaymentGateways")
    ]
    payment_processor: Annotated[
        str | None, picklist("Paypal", "Stripe", create=True, update=True, restricted=True)
    ] = None
    payment_status: Annotated[
        str | None, picklist("Enabled", "Disabled", create=True, update=True, restricted=True)
    ] = "Enabled"
    payout_status: Annotated[str | None, picklist("Enabled", "Disabled", create=True, update=True, restricted=True)] = (
        "Enabled"
    )
    provider_account: Annotated[str | None, text(create=True, update=True)] = None
    status: Annotated[
        str,
        picklist(
            "Active",
            "Inactive",
            "Complete",
            "Enabled",
            "Pending",
            "Rejected",
            "Restricted",
            "RestrictedSoon",
            create=True,
            update=True,
            restricted=True,
        ),
    ]


class PaymentGatewayProvider(SObject, frozen=True, kw_only=True):
    """Payment Gateway Provider."""

    ABOUT: ClassVar[About] = About(
        label="Payment Gateway Provider",
        key_prefix="0cJ",
        name_field="DeveloperName",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    apex_adapter_id: Annotated[Id | None, reference("ApexClass", create=True, update=True)] = None
    comments: Annotated[str | None, text(create=True, update=True, length=1000)] = None
    developer_name: Annotated[str, text(create=True, update=True, length=255)]
    idempotency_supported: Annotated[str | None, picklist("No", "Yes", create=True, update=True)] = None
    language: Annotated[str, picklist(create=True, update=True)] = "en_US"
    master_label: Annotated[str, text(create=True, update=True, length=255)]
    namespace_prefix: Annotated[str | None, text(length=15)] = None


class PaymentGatewayLog(SObject, frozen=True, kw_only=True):
    """Payment Gateway Log."""

    ABOUT: ClassVar[About] = About(
        label="Payment Gateway Log",
        key_prefix="0Xt",
        name_field="PaymentGatewayLogNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
    )

    currency_iso_code: Annotated[str | None, picklist()] = None
    gateway_auth_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_avs_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    gateway_message: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    gateway_result_code: Annotated[str | None, text(create=True, update=True, length=64)] = None
    gateway_result_code_description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    interaction_status: Annotated[
        str | None,
        picklist("NoOp", "Initiated", "Success", "Failed", "Timeout", create=True, update=True, restricted=True),
    ] = None
    interaction_type: Annotated[
        str | None,
        picklist(
            "Authorization",
            "Sale",
            "Void",
            "Capture",
            "Tokenize",
            "Avs",
            "ReferencedRefund",
            "CheckGiftCardBalance",
            "AuthorizationReversal",
            "PostAuth",
            create=True,
            restricted=True,
        ),
    ] = None
    is_notification: Annotated[str | None, picklist("No", "Yes", create=True, update=True, restricted=True)] = "No"
    order_payment_summary_id: Annotated[
        Id | None, reference("OrderPaymentSummary", create=True, update=True, children="PaymentGatewayLogs")
    ] = None
    payment_gateway_id: Annotated[
        Id | None, reference("PaymentGateway", create=True, update=True, children="PaymentGatewayLogs")
    ] = None
    payment_gateway_log_number: Annotated[str | None, text(length=255, autonumber="PGL-{000000000}", idlookup=True)] = (
        None
    )
    referenced_entity_id: Annotated[
        Id | None,
        reference(
            "CardPaymentMethod",
            "Payment",
            "PaymentAuthAdjustment",
            "PaymentAuthorization",
            "Refund",
            create=True,
            update=True,
            children="PaymentGatewayLogs",
        ),
    ] = None
    request: Annotated[str | None, text("textarea", create=True, update=True, length=131072)] = None
    response: Annotated[str | None, text("textarea", create=True, update=True, length=131072)] = None
    retry_category: Annotated[
        str | None,
        picklist(
            "CardLimit",
            "GatewayConnection",
            "PaymentInformation",
            "PaymentProcessing",
            "Security",
            "Unknown",
            create=True,
            update=True,
            restricted=True,
            since=66,
        ),
    ] = None
    sf_ref_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    sf_result_code: Annotated[
        str | None,
        picklist(
            "Success",
            "PermanentFail",
            "Decline",
            "RequiresReview",
            "Indeterminate",
            "SystemError",
            "ValidationError",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
