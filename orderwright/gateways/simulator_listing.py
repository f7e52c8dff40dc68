"""The simulator's books as a list of movements, page by page.

The saved answers give the order; what moved is read from the entries themselves. A movement is booked when it settled,
so that what has been listed once stays all there is of that time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg

from orderwright.gateways.protocol import ListedTransaction, NotListed
from orderwright.gateways.simulator_booking import OUT_OF_REACH

PAGE = 500

# What was authorized by one request and recorded by another is the first one's. A capture without an authorization was
# made elsewhere.
_LIST = """
SELECT page.booked_at, page.idempotency_key, page.gateway_ref_number, moved.*
FROM (
    SELECT coalesce(settles_at, gateway_date) AS booked_at, idempotency_key, gateway_ref_number
    FROM simulator.answer
    WHERE sf_result_code = 'Success'
      AND coalesce(settles_at, gateway_date) >= $1::timestamptz(3)
      AND coalesce(settles_at, gateway_date) < $2::timestamptz(3)
      AND coalesce(settles_at, gateway_date) <= $3::timestamptz(3)
      AND (coalesce(settles_at, gateway_date), idempotency_key) > ($4::timestamptz(3), $5::text)
    ORDER BY coalesce(settles_at, gateway_date), idempotency_key LIMIT $6::integer) AS page
LEFT JOIN LATERAL (
    SELECT 'Authorize' AS kind, NULL AS drawn_on, authorized AS amount, currency_iso_code
    FROM simulator.authorization
    WHERE reference = page.gateway_ref_number
      AND (post_authorized_by IS DISTINCT FROM page.idempotency_key OR NOT starts_with(reference, 'sim_auth_'))
    UNION ALL
    SELECT CASE WHEN starts_with(reference, 'sim_sale_') THEN 'Sale' ELSE 'Capture' END,
           CASE WHEN starts_with(reference, 'sim_sale_') THEN NULL ELSE authorization_reference END,
           amount, currency_iso_code
    FROM simulator.capture WHERE reference = page.gateway_ref_number AND authorization_reference IS NOT NULL
    UNION ALL
    SELECT 'Refund', capture_reference, refund.amount, currency_iso_code
    FROM simulator.refund JOIN simulator.capture ON capture.reference = capture_reference
    WHERE refund.reference = page.gateway_ref_number
    UNION ALL
    SELECT 'Void', authorization_reference, void.amount, currency_iso_code
    FROM simulator.void JOIN simulator.authorization ON "authorization".reference = authorization_reference
    WHERE void.reference = page.gateway_ref_number) AS moved ON true
ORDER BY page.booked_at, page.idempotency_key"""


async def list_books(
    books: asyncpg.Pool, since: datetime, until: datetime, now: datetime
) -> AsyncIterator[ListedTransaction]:
    """See `Listing.transactions`; what has not settled by `now` is not listed. No connection is kept between pages."""
    place: tuple[datetime, str] = (since, "")
    while True:
        try:
            rows = await books.fetch(_LIST, since, until, now, *place, PAGE)
        except OUT_OF_REACH as error:
            raise NotListed(f"The simulator's books are out of reach: {error}") from error
        for row in rows:
            if row["kind"] is not None:
                yield ListedTransaction(**row)
        if len(rows) < PAGE:
            return
        place = (rows[-1]["booked_at"], rows[-1]["idempotency_key"])
