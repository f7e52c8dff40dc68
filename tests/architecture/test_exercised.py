"""The coverage page finds the tests that send requests to a resource, also through helpers, and no others."""

import pytest

from docs.tools.exercised import TESTS, sends_to

PAYMENTS, OCI, ORDERS = "/commerce/payments", "/commerce/oci", "/commerce/order-management/order-summaries"


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("rest/payments/test_sale.py", f"{PAYMENTS}/sales"),
        ("rest/payments/test_capture.py", f"{PAYMENTS}/authorizations/{{authorizationId}}/captures"),
        ("rest/payments/test_notify.py", f"{PAYMENTS}/notify"),
        ("rest/test_inventory_reservations.py", f"{OCI}/reservation/actions/update"),
        ("rest/test_inventory_reservations.py", f"{OCI}/location-graph/uploads"),
        ("rest/test_inventory_uploads.py", f"{OCI}/availability-records/uploads/{{uploadId}}"),
        ("rest/test_change_orders.py", f"{ORDERS}/{{orderSummaryId}}/actions/submit-cancel"),
        ("rest/test_change_orders.py", ORDERS),
    ],
)
def test_named_in_a_call_in_a_constant_or_in_a_helper_that_is_called(file, path):
    assert sends_to(TESTS / file, path)


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("rest/payments/test_sale.py", f"{PAYMENTS}/notify"),
        ("rest/payments/test_notify.py", f"{PAYMENTS}/postAuths"),
        # It names the resource of which this is a part.
        ("rest/payments/test_authorize.py", f"{PAYMENTS}/authorizations/{{authorizationId}}/reversals"),
        # What its helpers could send, and it does not call.
        ("rest/test_location_references.py", f"{OCI}/location-graph/uploads"),
        # It speaks of an action and starts no API.
        ("decisions/test_cancel.py", f"{ORDERS}/{{orderSummaryId}}/actions/submit-cancel"),
        ("gateways/test_http_adapter.py", f"{PAYMENTS}/payments/{{paymentId}}/refunds"),
    ],
)
def test_what_a_test_does_not_send_to_is_not_counted(file, path):
    assert not sends_to(TESTS / file, path)
