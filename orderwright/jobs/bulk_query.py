"""What a worker does for bulk jobs that ask: the whole result is kept as it was at one moment, and fetched later.

The query is one statement, which sees one snapshot; its rows and the state of its batch are committed together. So a
query that was interrupted is asked again as a whole.
"""

from __future__ import annotations

import logging
import time

import msgspec

from orderwright.decisions.rights import Rights
from orderwright.objects.custom_fields import Schema
from orderwright.objects.definition import Id
from orderwright.soql.arguments import Asked
from orderwright.soql.errors import QueryError
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import Prepared, prepare_afresh
from orderwright.store.bulk_found import keep_found
from orderwright.store.bulk_jobs import Batch, Job
from orderwright.store.bulk_progress import is_aborted, lock_batch, save_progress, waiting_batches
from orderwright.store.transaction import AGAIN, Call, Store, Transaction

_log = logging.getLogger(__name__)


class _Aborted(Exception):
    """The job was aborted while its query was being asked."""


async def carry_out_query(store: Store, schema: Schema) -> int:
    """Ask the next query; returns whether there was one that nobody else was at."""
    for batch_id, user_id in await waiting_batches(store.database.main, queries=True):
        if await _carry_out(store, schema, batch_id, user_id):
            return 1
    return 0


async def _carry_out(store: Store, schema: Schema, batch_id: Id, user_id: Id) -> int:
    async def begin(transaction: Transaction) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is None:
            return 0
        begun = msgspec.structs.replace(found[0], state="InProgress")
        await save_progress(transaction.session, begun, transaction.now)
        return 1

    async def ask(transaction: Transaction) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is None:
            return 0
        await _ask(transaction, schema, *found)
        return 1

    call = Call(user_id=user_id)
    try:
        return int(await store.submit(call, begin, int) and await store.submit(call, ask, int))
    except _Aborted:
        return 1
    except QueryError as error:
        message = f"{error.code}: {error.message}"
    except (*AGAIN, OSError):
        raise
    except Exception:  # noqa: BLE001  # whatever it was, the job must say so
        _log.exception("the query of bulk batch %s failed", batch_id)
        message = "UNKNOWN_EXCEPTION: an unexpected fault of this server; its log has it"
    await _fail(store, batch_id, call, message)
    return 1


async def _ask(transaction: Transaction, schema: Schema, batch: Batch, job: Job) -> None:
    since = time.perf_counter()
    prepared = prepared_query(schema, job, batch.query or "")
    arguments = prepared.arguments(Asked(prepared.texts, transaction.now, job.created_by_id))
    count = await keep_found(transaction.session, batch.id, prepared.plan, arguments)
    if await is_aborted(transaction.session, job.id):
        raise _Aborted
    elapsed = round(1000 * (time.perf_counter() - since))
    done = msgspec.structs.replace(
        batch, state="Completed", processed=count, total_milliseconds=elapsed, active_milliseconds=elapsed
    )
    await save_progress(transaction.session, done, transaction.now)


def prepared_query(schema: Schema, job: Job, text: str) -> Prepared:
    """The query of a job, as whoever sent it might see things when it was sent. Raises QueryError."""
    rights = Rights(frozenset(job.rights))
    dialect = Dialect(schema, job.api_version, job.operation == "queryAll", rights)
    return prepare_afresh(text, dialect)


async def _fail(store: Store, batch_id: Id, call: Call, message: str) -> None:
    async def act(transaction: Transaction) -> int:
        found = await lock_batch(transaction.session, batch_id)
        if found is not None:
            said = f"InvalidBatch : Failed to process query: {message}"
            failed = msgspec.structs.replace(found[0], state="Failed", state_message=said)
            await save_progress(transaction.session, failed, transaction.now)
        return 0

    await store.submit(call, act, int)
