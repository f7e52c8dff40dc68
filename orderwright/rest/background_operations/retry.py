"""POST …/background-operations/{backgroundOperationId}/actions/retry: an extension of ours."""

from __future__ import annotations

import msgspec

from orderwright.decisions.retry_operation import decide_retry_operation
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse, NoInput
from orderwright.store.operation_history import lock_operation
from orderwright.store.transaction import Call, Store, Transaction


class BackgroundOperationOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The operation as it is now; `retryCount` is how often it was retried."""

    background_operation_id: Id | None = None
    errors: tuple[ErrorResponse, ...] = ()
    outcome: str | None = None
    retry_count: int | None = None
    status: str | None = None
    success: bool = True


async def retry_operation(
    context: Context,
    background_operation_id: Id,
    body: NoInput,  # noqa: ARG001 - it is empty
) -> BackgroundOperationOutput:
    """Extension: run a background operation that failed again, for what is still open of it. Money that moved stays;
    of excess funds, and of sequences with an amount, only what was not moved is asked for.
    """
    return await retry(context.store, context.call, background_operation_id)


async def retry(store: Store, call: Call, operation_id: Id) -> BackgroundOperationOutput:
    """The operation once it waits to run again. Raises NotFound and what `decide_retry_operation` raises."""

    async def act(transaction: Transaction) -> BackgroundOperationOutput:
        operation, requests = await lock_operation(transaction, operation_id)
        decision, after = decide_retry_operation(operation, requests)
        await transaction.save(decision)
        transaction.leaves_work = True
        return shown(after)

    output: BackgroundOperationOutput = await store.submit(call, act, BackgroundOperationOutput)
    return output


def shown(operation: BackgroundOperation) -> BackgroundOperationOutput:
    """How an operation looks after an action on it."""
    return BackgroundOperationOutput(
        background_operation_id=operation.id,
        outcome=operation.outcome,
        retry_count=operation.retry_count,
        status=operation.status,
    )
