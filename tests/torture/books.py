"""Our books and the gateway's, side by side: what one order captured and refunded, request by request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.store.ids import shard_of

ZERO = Decimal(0)
Row = Mapping[str, Any]

OURS = {
    "authorizations": """
        SELECT a.* FROM payment_authorization a
        JOIN order_payment_summary s ON s.shard = a.shard AND s.id = a.order_payment_summary_id
        WHERE s.shard = $1 AND s.order_summary_id = $2 ORDER BY a.id""",
    "payments": """
        SELECT p.* FROM payment p
        JOIN order_payment_summary s ON s.shard = p.shard AND s.id = p.order_payment_summary_id
        WHERE s.shard = $1 AND s.order_summary_id = $2 ORDER BY p.id""",
    "refunds": """
        SELECT r.*, l.payment_id FROM refund r
        JOIN refund_line_payment l ON l.shard = r.shard AND l.refund_id = r.id
        JOIN order_payment_summary s ON s.shard = r.shard AND s.id = r.order_payment_summary_id
        WHERE s.shard = $1 AND s.order_summary_id = $2 ORDER BY r.id""",
    "requests": "SELECT * FROM gateway_request WHERE shard = $1 AND order_summary_id = $2 ORDER BY id",
    "operations": "SELECT * FROM background_operation WHERE shard = $1 AND order_summary_id = $2 ORDER BY id",
    "successes": """
        SELECT g.sf_ref_number AS key, count(*) AS logs FROM payment_gateway_log g
        JOIN order_payment_summary s ON s.shard = g.shard AND s.id = g.order_payment_summary_id
        WHERE s.shard = $1 AND s.order_summary_id = $2 AND g.sf_result_code = 'Success' GROUP BY 1""",
}
THEIRS = {
    "authorizations": "SELECT * FROM simulator.authorization_totals WHERE reference = ANY ($1)",
    "captures": "SELECT * FROM simulator.capture_totals WHERE authorization_reference = ANY ($1)",
    "refunds": "SELECT * FROM simulator.refund WHERE capture_reference = ANY ($1)",
    "answers": "SELECT * FROM simulator.answer WHERE idempotency_key = ANY ($1)",
}


class Reader(Protocol):
    """A connection to our database, in which the gateway's books are too."""

    async def fetch(self, query: str, /, *arguments: object) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Ours:
    """The records of one order that say what its money did."""

    authorizations: Sequence[Row]
    payments: Sequence[Row]
    refunds: Sequence[Row]
    requests: Sequence[Row]
    operations: Sequence[Row]
    successes: Sequence[Row]

    @property
    def unsettled(self) -> list[Row]:
        """The requests whose money may still move."""
        return [request for request in self.requests if request["state"] in OPEN_REQUEST_STATES]

    @property
    def captured(self) -> Decimal:
        return total(payment["amount"] for payment in self.payments)


@dataclass(frozen=True)
class Theirs:
    """What the gateway has of the same order: totals per authorization, each capture, each refund, each answer."""

    authorizations: Sequence[Row]
    captures: Sequence[Row]
    refunds: Sequence[Row]
    answers: Sequence[Row]


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def reference(record: Row) -> str:
    """The name under which the gateway knows an authorization or a payment."""
    return str(record["gateway_ref_number"] or record["id"])


async def read_ours(reader: Reader, summary_id: Id) -> Ours:
    """Our records of an order."""
    found = {name: await reader.fetch(query, shard_of(summary_id), summary_id) for name, query in OURS.items()}
    return Ours(**found)


async def read_theirs(reader: Reader, ours: Ours) -> Theirs:
    """What the gateway has under the references and keys of our records."""
    authorizations = [reference(record) for record in ours.authorizations]
    captures = await reader.fetch(THEIRS["captures"], authorizations)
    # Captures that we know nothing of may have been refunded too.
    captured = {*(reference(record) for record in ours.payments), *(row["reference"] for row in captures)}
    return Theirs(
        authorizations=await reader.fetch(THEIRS["authorizations"], authorizations),
        captures=captures,
        refunds=await reader.fetch(THEIRS["refunds"], sorted(captured)),
        answers=await reader.fetch(THEIRS["answers"], [request["id"] for request in ours.requests]),
    )


def differences(ours: Ours, theirs: Theirs) -> list[str]:
    """Everything in which the books differ, or in which one of them breaks a limit; empty: they agree."""
    return [
        *_authorizations(ours, theirs),
        *_captures(ours, theirs),
        *_refunds(ours, theirs),
        *_requests(ours, theirs),
        *_overdrawn(theirs),
        *_too_much(ours),
        *[f"operation {row['id']} has not finished: {row['status']}" for row in _running(ours)],
    ]


def _running(ours: Ours) -> list[Row]:
    return [row for row in ours.operations if row["finished_at"] is None]


def _authorizations(ours: Ours, theirs: Theirs) -> Iterable[str]:
    known = {row["reference"]: row for row in theirs.authorizations}
    for authorization in ours.authorizations:
        here = total(p["amount"] for p in ours.payments if p["payment_authorization_id"] == authorization["id"])
        row = known.get(reference(authorization))
        there = row["captured"] if row else ZERO
        if here != there:
            yield f"authorization {authorization['id']}: {here} captured in our books, {there} in the gateway's"
        if max(here, there) > authorization["amount"]:
            yield f"authorization {authorization['id']} of {authorization['amount']}: {max(here, there)} captured"
        said = authorization["total_payment_capture_amount"]
        if said != here:
            yield f"authorization {authorization['id']} says that {said} is captured, not {here}"


def _captures(ours: Ours, theirs: Theirs) -> Iterable[str]:
    here = [(p["gateway_ref_number"], p["amount"]) for p in ours.payments if p["payment_authorization_id"]]
    there = [(row["reference"], row["captured"]) for row in theirs.captures]
    yield from _unlike("capture", here, there)


def _refunds(ours: Ours, theirs: Theirs) -> Iterable[str]:
    names = {payment["id"]: reference(payment) for payment in ours.payments}
    here = [(row["gateway_ref_number"], names[row["payment_id"]], row["amount"]) for row in ours.refunds]
    there = [(row["reference"], row["capture_reference"], row["amount"]) for row in theirs.refunds]
    yield from _unlike("refund", here, there)
    for payment in ours.payments:
        given_back = total(row["amount"] for row in theirs.refunds if row["capture_reference"] == reference(payment))
        if given_back > payment["amount"]:
            yield f"payment {payment['id']} of {payment['amount']}: {given_back} refunded"


def _unlike(what: str, here: Sequence[tuple[Any, ...]], there: Sequence[tuple[Any, ...]]) -> Iterable[str]:
    ours, theirs = Counter(here), Counter(there)
    yield from (f"{what} {row} is in the gateway's books and not in ours" for row in theirs - ours)
    yield from (f"{what} {row} is in our books and not in the gateway's" for row in ours - theirs)


def _requests(ours: Ours, theirs: Theirs) -> Iterable[str]:
    """A request has succeeded if and only if the gateway said so, and its success was recorded once."""
    answers = {row["idempotency_key"]: row["sf_result_code"] for row in theirs.answers}
    logs = {row["key"]: row["logs"] for row in ours.successes}
    for request in ours.requests:
        said = answers.get(request["id"])
        name = f"{request['kind']} {request['id']} of {request['amount']}"
        if (request["state"] == "Succeeded") != (said == "Success"):
            yield f"{name} is {request['state']} and the gateway's answer is {said}"
        elif request["state"] in OPEN_REQUEST_STATES and said is not None:
            yield f"{name} is {request['state']} although the gateway has answered {said}"
        if logs.get(request["id"], 0) != (request["state"] == "Succeeded"):
            yield f"{name} is {request['state']} and its success was logged {logs.get(request['id'], 0)} times"


def _overdrawn(theirs: Theirs) -> Iterable[str]:
    """Our own books know what is left: the gateway's limits are never what stops us."""
    for row in theirs.answers:
        if row["gateway_result_code"].startswith("amount_above"):
            yield f"{row['idempotency_key']} asked for more than there was: {row['gateway_message']}"


def _too_much(ours: Ours) -> Iterable[str]:
    """Nothing is captured but for an invoice, which takes all of it."""
    for payment in ours.payments:
        applied = payment["total_applied"] - payment["total_unapplied"]
        if payment["payment_authorization_id"] and applied != payment["amount"]:
            yield f"payment {payment['id']} of {payment['amount']} was captured, {applied} of it was needed"
