"""A background operation and all that came of it: its requests to the gateway, their log, the payments and refunds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.definition import Id, SObject
from orderwright.objects.invoice import CreditMemo, Invoice
from orderwright.objects.payment import OrderPaymentSummary, Payment, Refund
from orderwright.objects.payment_method import PaymentGatewayLog
from orderwright.objects.process_exception import ProcessException
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.records import read_records
from orderwright.store.transaction import NotFound, Transaction, read_record

R = TypeVar("R", bound=SObject)

REQUESTS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM gateway_request t
WHERE t.shard = $1 AND t.order_summary_id = $2 AND t.background_operation_id = $3
"""
LOGS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM payment_gateway_log t
WHERE t.shard = $1 AND t.order_payment_summary_id = ANY ($2::text[]) AND t.sf_ref_number = ANY ($3::text[])
"""
EXCEPTIONS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM process_exception t
WHERE t.shard = $1 AND t.order_summary_id = $2 AND t.background_operation_id = $3
"""
ORDER_NUMBER = "SELECT order_number FROM order_summary WHERE shard = $1 AND id = $2"
LISTED = """
SELECT coalesce(json_agg(json_build_object('operation', row_to_json(v.t), 'order_number', v.order_number)), '[]')
FROM (
    SELECT t, s.order_number FROM background_operation t JOIN order_summary s ON s.shard = t.shard
    AND s.id = t.order_summary_id WHERE NOT t.is_deleted AND ($1 OR t.outcome <> 'Succeeded')
    ORDER BY t.submitted_at DESC, t.id DESC LIMIT $2
) v
"""


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An operation, and the number of the order summary it is about."""

    operation: BackgroundOperation
    order_number: str | None


class OperationHistory(msgspec.Struct, frozen=True, kw_only=True):
    """An operation with what it asked of the gateway and what came of that, each in order of creation."""

    operation: BackgroundOperation
    order_number: str | None
    document_number: str | None
    """Of the invoice or the credit memo."""
    requests: tuple[GatewayRequest, ...]
    payment_summaries: tuple[OrderPaymentSummary, ...]
    """Those the requests are about."""
    logs: tuple[PaymentGatewayLog, ...]
    exceptions: tuple[ProcessException, ...]
    payments: tuple[Payment, ...]
    refunds: tuple[Refund, ...]


async def lock_operation(
    transaction: Transaction, operation_id: Id
) -> tuple[BackgroundOperation, tuple[GatewayRequest, ...]]:
    """The operation and all requests it ever made, its order locked until the transaction ends. Raises NotFound."""
    # The order's row first, as everywhere (decisions.md S7): a job that records an answer waits, or we wait for it.
    found = await read_operation(transaction.session, operation_id)
    await transaction.find_shard(operation_id)
    await transaction.lock_record(found.order_summary_id)
    operation = await read_operation(transaction.session, operation_id)
    return operation, await _requests(transaction.session, operation)


async def read_operation(session: Session, operation_id: Id) -> BackgroundOperation:
    """The operation as it is now. Raises NotFound."""
    record = await read_record(session, "BackgroundOperation", shard_of(operation_id), operation_id)
    if not isinstance(record, BackgroundOperation):
        raise NotFound(operation_id)
    return record


async def _requests(session: Session, operation: BackgroundOperation) -> tuple[GatewayRequest, ...]:
    text = await session.fetchval(REQUESTS, shard_of(operation.id), operation.order_summary_id, operation.id)
    return msgspec.json.decode(text, type=tuple[GatewayRequest, ...])


async def read_history(session: Session, operation_id: Id) -> OperationHistory:
    """The operation with all that came of it. Raises NotFound."""
    operation = await read_operation(session, operation_id)
    shard = shard_of(operation_id)
    requests = await _requests(session, operation)
    summaries = await _read(session, OrderPaymentSummary, [request.order_payment_summary_id for request in requests])
    logs = await _logs(session, shard, requests)
    moved = [log.referenced_entity_id for log in logs if log.sf_result_code == "Success"]
    return OperationHistory(
        operation=operation,
        order_number=await session.fetchval(ORDER_NUMBER, shard, operation.order_summary_id),
        document_number=await _document_number(session, operation.reference_entity_id),
        requests=requests,
        payment_summaries=summaries,
        logs=logs,
        exceptions=await _exceptions(session, operation),
        payments=await _read(session, Payment, moved),
        refunds=await _read(session, Refund, moved),
    )


async def _logs(session: Session, shard: int, requests: Sequence[GatewayRequest]) -> tuple[PaymentGatewayLog, ...]:
    summaries = sorted({request.order_payment_summary_id or "" for request in requests})
    text = await session.fetchval(LOGS, shard, summaries, [request.id for request in requests])
    return msgspec.json.decode(text, type=tuple[PaymentGatewayLog, ...])


async def _exceptions(session: Session, operation: BackgroundOperation) -> tuple[ProcessException, ...]:
    text = await session.fetchval(EXCEPTIONS, shard_of(operation.id), operation.order_summary_id, operation.id)
    return msgspec.json.decode(text, type=tuple[ProcessException, ...])


async def _read(session: Session, record: type[R], ids: Sequence[Id | None]) -> tuple[R, ...]:
    wanted = [i for i in ids if i is not None and i.startswith(record.ABOUT.key_prefix)]
    return tuple(sorted(await read_records(session, record, wanted), key=lambda found: found.id))


async def _document_number(session: Session, record_id: Id | None) -> str | None:
    for record in (Invoice, CreditMemo):
        found: Sequence[Any] = await _read(session, record, [record_id])
        if found:
            return str(found[0].document_number)
    return None


async def read_listed(session: Session, most: int, *, succeeded: bool) -> list[Listed]:
    """The latest operations, the newest first; those that succeeded only when asked for."""
    return msgspec.json.decode(await session.fetchval(LISTED, succeeded, most), type=list[Listed])
