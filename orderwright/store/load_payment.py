"""The money around one payment that belongs to no order: the authorization or payment it began with, and all that
hangs on it.
"""

from __future__ import annotations

from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.objects.whole import Funds
from orderwright.store.load import Loader, many

Around = Loader[Funds]

_OPEN = "t.state IN ({})".format(", ".join(f"'{state}'" for state in OPEN_REQUEST_STATES))
_NO_ORDER = "t.order_summary_id IS NULL"


def _refunds(payments: str) -> str:
    """Refunds that were made of `payments`, and those under way, which have no line yet."""
    return many(
        "Refund",
        f"(t.id = ANY (ARRAY(SELECT l.refund_id FROM refund_line_payment l WHERE l.shard = $1 "
        f"AND l.payment_id = ANY ({payments}))) OR t.id = ANY (ARRAY(SELECT r.made_id FROM gateway_request r "
        f"WHERE r.shard = $1 AND r.order_summary_id IS NULL AND r.payment_id = ANY ({payments}))))",
    )


_CAPTURES = "ARRAY(SELECT p.id FROM payment p WHERE p.shard = $1 AND p.payment_authorization_id = $2)"

AUTHORIZATION_PARTS = {
    "authorizations": many("PaymentAuthorization", "t.id = $2"),
    "adjustments": many("PaymentAuthAdjustment", "t.payment_authorization_id = $2"),
    "payments": many("Payment", "t.payment_authorization_id = $2"),
    "refunds": _refunds(_CAPTURES),
    "refund_lines": many("RefundLinePayment", f"t.payment_id = ANY ({_CAPTURES})"),
}
PAYMENT_PARTS = {
    "payments": many("Payment", "t.id = $2"),
    "refunds": _refunds("ARRAY[$2]"),
    "refund_lines": many("RefundLinePayment", "t.payment_id = $2"),
}
_OF_AUTHORIZATION = f"(t.payment_authorization_id = $2 OR t.payment_id = ANY ({_CAPTURES})) AND {_NO_ORDER}"
_OF_PAYMENT = f"t.payment_id = $2 AND {_NO_ORDER}"


def _family(parts: dict[str, str], main: str, ids: str) -> dict[str, str]:
    """`parts`, all requests about them, whatever their state, and what their gateways said."""
    requests = f"({main} OR t.made_id = ANY ({ids})) AND {_NO_ORDER}"
    logs = f"t.referenced_entity_id = ANY ({ids})"
    return parts | {"requests": many("GatewayRequest", requests), "logs": many("PaymentGatewayLog", logs)}


_REFUNDED = (
    "SELECT l.refund_id FROM refund_line_payment l WHERE l.shard = $1 AND l.payment_id = ANY ({payments}) UNION ALL "
    "SELECT r.made_id FROM gateway_request r WHERE r.shard = $1 AND r.order_summary_id IS NULL "
    "AND r.payment_id = ANY ({payments})"
)
_IDS_OF_AUTHORIZATION = (
    "ARRAY(SELECT $2 UNION ALL SELECT p.id FROM payment p WHERE p.shard = $1 AND p.payment_authorization_id = $2 "
    "UNION ALL SELECT a.id FROM payment_auth_adjustment a WHERE a.shard = $1 AND a.payment_authorization_id = $2 "
    f"UNION ALL {_REFUNDED.format(payments=_CAPTURES)})"
)
_IDS_OF_PAYMENT = f"ARRAY(SELECT $2 UNION ALL {_REFUNDED.format(payments='ARRAY[$2]')})"

AROUND_AUTHORIZATION: Around = Loader(
    "PaymentAuthorization",
    Funds,
    AUTHORIZATION_PARTS | {"requests": many("GatewayRequest", f"{_OF_AUTHORIZATION} AND {_OPEN}")},
)
AROUND_PAYMENT: Around = Loader(
    "Payment", Funds, PAYMENT_PARTS | {"requests": many("GatewayRequest", f"{_OF_PAYMENT} AND {_OPEN}")}
)
_MADE = "t.id = (SELECT r.made_id FROM gateway_request r WHERE r.shard = $1 AND r.id = $2)"
AROUND_REQUEST: Around = Loader(
    "GatewayRequest",
    Funds,
    {
        "authorizations": many("PaymentAuthorization", _MADE),
        "payments": many("Payment", _MADE),
        "requests": many("GatewayRequest", f"t.id = $2 AND {_OPEN}"),
    },
)
"""A request that draws on nothing. What it makes is the first record: Pending while its gateway takes its time, and so
untouched by anything else.
"""

FAMILY_OF_AUTHORIZATION: Around = Loader(
    "PaymentAuthorization",
    Funds,
    _family(
        AUTHORIZATION_PARTS,
        f"t.payment_authorization_id = $2 OR t.payment_id = ANY ({_CAPTURES})",
        _IDS_OF_AUTHORIZATION,
    ),
)
FAMILY_OF_PAYMENT: Around = Loader("Payment", Funds, _family(PAYMENT_PARTS, "t.payment_id = $2", _IDS_OF_PAYMENT))
"""All that goes along when an authorization or a payment is put under an order."""
