"""Carries out, at once and in order, what a worker would do in its own time: for tests, which cannot wait."""

from __future__ import annotations

from orderwright.jobs.bulk import carry_out_rows
from orderwright.jobs.bulk_query import carry_out_query
from orderwright.jobs.bulk_rows import Writers
from orderwright.jobs.inventory import carry_out_piece, give_back_lapsed
from orderwright.jobs.operation import put_off, run_operation
from orderwright.jobs.relay import BATCH, HANDED, WAITING
from orderwright.jobs.rounds import deliver_notifications
from orderwright.jobs.worker import WorkerSettings
from orderwright.objects.definition import Id
from orderwright.settlement.gateways import Gateways
from orderwright.settlement.settle import settle_due
from orderwright.store.fulfillment_inventory import carry_out_left_duties
from orderwright.store.routing_capacity import settle_left_capacity
from orderwright.store.transaction import Store


async def carry_out_jobs(store: Store, gateways: Gateways, writers: Writers, settings: WorkerSettings) -> int:
    """Carry out what is due by the store's clock, until nothing is; returns how many background operations ran.

    An operation that failed is put off, as by a worker: it is due again when the clock has gone on.
    """
    done = 0
    while True:
        ran = await _run_waiting(store, gateways, may_reauthorize=settings.reauthorize == "when_needed")
        done += ran
        if not ran and not await _go_round(store, gateways, writers):
            return done


async def _run_waiting(store: Store, gateways: Gateways, *, may_reauthorize: bool) -> int:
    waiting = await store.database.main.fetch(WAITING, store.now(), BATCH)
    for row in waiting:
        shard, operation_id = row["shard"], row["id"]
        await store.database.main.execute(HANDED, store.now(), [shard], [operation_id])
        await _run(store, gateways, shard, operation_id, may_reauthorize=may_reauthorize)
    return len(waiting)


async def _run(store: Store, gateways: Gateways, shard: int, operation_id: Id, *, may_reauthorize: bool) -> None:
    try:
        await run_operation(store, gateways, shard, operation_id, may_reauthorize=may_reauthorize)
    except Exception as error:  # noqa: BLE001  # whatever it was, the operation says so, as with a worker
        await put_off(store, shard, operation_id, str(error) or type(error).__name__)


async def _go_round(store: Store, gateways: Gateways, writers: Writers) -> int:
    """One of each round of a worker; returns how much was done."""
    done = await settle_due(store, gateways)
    done += await deliver_notifications(store, gateways)
    done += await carry_out_piece(store)
    done += await carry_out_rows(store, writers)
    done += await carry_out_query(store, writers.schema)
    done += await give_back_lapsed(store)
    done += await carry_out_left_duties(store)
    return done + await settle_left_capacity(store)
