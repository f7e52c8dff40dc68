"""POST …/background-operations/{backgroundOperationId}/actions/cancel: an extension of ours."""

from __future__ import annotations

from orderwright.decisions.cancel_operation import decide_cancel_operation
from orderwright.objects.definition import Id
from orderwright.rest.background_operations.retry import BackgroundOperationOutput, shown
from orderwright.rest.context import Context
from orderwright.rest.representations import NoInput
from orderwright.store.operation_history import lock_operation
from orderwright.store.transaction import Call, Store, Transaction


async def cancel_operation(
    context: Context,
    background_operation_id: Id,
    body: NoInput,  # noqa: ARG001 - it is empty
) -> BackgroundOperationOutput:
    """Extension: cancel a background operation that has not asked a gateway for anything yet. It stays visible, and can
    be retried.
    """
    return await cancel(context.store, context.call, background_operation_id)


async def cancel(store: Store, call: Call, operation_id: Id) -> BackgroundOperationOutput:
    """The operation once it is canceled. Raises NotFound and what `decide_cancel_operation` raises."""

    async def act(transaction: Transaction) -> BackgroundOperationOutput:
        operation, requests = await lock_operation(transaction, operation_id)
        decision, after = decide_cancel_operation(operation, requests, transaction.now)
        await transaction.save(decision)
        return shown(after)

    output: BackgroundOperationOutput = await store.submit(call, act, BackgroundOperationOutput)
    return output
