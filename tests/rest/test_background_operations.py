"""Retry and cancel over HTTP, with the jobs they stop or start again."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest
from pgqueuer.queries import Queries

from orderwright.decisions.put_off_operation import MOST_TRIES
from orderwright.jobs import operation as jobs
from orderwright.jobs.operation import put_off
from orderwright.jobs.relay import Job, hand_over
from orderwright.objects.identity import to_15
from orderwright.settlement import carry_out as sending
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.changing import Nothing, plain, post, refusal
from tests.rest.funding import OPERATIONS, Funded, funded, run, simulated

FUNDS = "ensure-funds-async"


@pytest.fixture
async def paying(api: Caller) -> Funded:
    return await funded(api)


class Handed:
    """A queue that only remembers which operations it was given."""

    def __init__(self, still_there: Sequence[str | None] = ()) -> None:
        self.operations: list[str] = []
        self.still_there = still_there
        """Operations whose earlier job has not left the queue yet."""

    async def enqueue(self, _: Any, payloads: list[bytes], *__: Any, **___: Any) -> list[int | None]:
        asked = [msgspec.json.decode(payload, type=Job).operation_id for payload in payloads]
        taken = [operation not in self.still_there for operation in asked]
        self.operations += [operation for operation, is_taken in zip(asked, taken, strict=True) if is_taken]
        return [1 if is_taken else None for is_taken in taken]


async def handed_over(store: Store, still_there: Sequence[str | None] = ()) -> list[str]:
    """The operations that the relay hands to the queue now."""
    queue = Handed(still_there)
    await hand_over(store.database, cast("Queries", queue), store.now())
    return queue.operations


async def failed(paying: Funded, store: Store) -> str:
    """An operation whose first card was declined, after the relay had handed it over."""
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    assert to_15(operation) in await handed_over(store)
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="decline", match=to_15(paying.authorizations[0]))
        await run(store, gateway, operation)
    assert (await paying.read(operation))["Outcome"] == "PartlySucceeded"
    return operation


async def test_a_failed_operation_runs_again_for_what_is_open(paying: Funded, store: Store, database: Database):
    operation = await failed(paying, store)
    assert to_15(operation) not in await handed_over(store)
    woken: list[None] = []
    store.committed = lambda: woken.append(None)
    answer = await paying.done(operation, "retry")
    assert answer == {
        "backgroundOperationId": operation, "errors": [], "outcome": "Pending", "retryCount": 1, "status": "New",
        "success": True,
    }  # fmt: skip
    assert woken
    # as quick as this, the job of the first run may still be in the queue: then the next look hands it over
    assert to_15(operation) not in await handed_over(store, still_there=[to_15(operation)])
    assert to_15(operation) in await handed_over(store)
    async with simulated(store) as gateway:
        await run(store, gateway, operation)
    done = await paying.read(operation)
    assert (done["Status"], done["Outcome"], done["RetryCount"], done["Attempts"]) == ("Complete", "Succeeded", 1, 2)
    amounts = await database.main.fetch(
        "SELECT amount::text FROM payment WHERE order_payment_summary_id = ANY ($1) ORDER BY id",
        [to_15(summary) for summary in paying.summaries],
    )
    assert [row["amount"] for row in amounts] == ["8.80", "20.00"]
    (invoice,) = await paying.placed.related("Invoices")
    assert invoice["Balance"] == 0


async def test_a_job_that_ends_after_a_retry_leaves_the_new_run_alone(
    paying: Funded, store: Store, monkeypatch: pytest.MonkeyPatch
):
    """It resumed after a crash, its last answer ended the operation as failed, and the retry came before its end."""
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    carry_out = sending.carry_out

    async def crashed(*_: Any, **__: Any) -> str:
        raise ConnectionError("the worker was killed")

    async def carried_out_and_retried(*given: Any, **more: Any) -> Any:
        code = await carry_out(*given, **more)
        if (await paying.read(operation))["Status"] == "Complete":
            await paying.done(operation, "retry")
        return code

    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="decline", times=2)
        monkeypatch.setattr(jobs, "carry_out", crashed)
        with pytest.raises(ConnectionError):
            await run(store, gateway, operation)
        monkeypatch.setattr(jobs, "carry_out", carried_out_and_retried)
        await run(store, gateway, operation)
        retried = await paying.read(operation)
        assert (retried["Status"], retried["Outcome"], retried["RetryCount"]) == ("New", "Pending", 1)
        monkeypatch.setattr(jobs, "carry_out", carry_out)
        await run(store, gateway, operation)
    assert (await paying.read(operation))["CompletedAmount"] > 0


async def test_what_succeeded_is_not_retried(paying: Funded, store: Store, database: Database):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await run(store, gateway, operation)
    async with Nothing(database, paying.placed):
        assert operation in refusal(await paying.act(operation, "retry"), 400, "INVALID_STATUS")
        refusal(await paying.act(operation, "cancel"), 400, "INVALID_STATUS")


async def test_money_without_an_answer_is_not_asked_for_again(paying: Funded, store: Store, database: Database):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="timeout_after_success", match=to_15(paying.authorizations[0]))
        await gateway.tell(operation="LookUp", kind="error_before", times=3)
        await run(store, gateway, operation)
        assert (await paying.read(operation))["Outcome"] == "Unknown"
        # the retry goes on with the same run: it asks again, and plans nothing before it knows
        assert (await paying.done(operation, "retry"))["status"] == "Running"
        await run(store, gateway, operation)
        assert (await paying.read(operation))["Outcome"] == "Unknown"
        await database.main.execute("DELETE FROM simulator.fault")
        await paying.done(operation, "retry")
        await run(store, gateway, operation)
        books = await gateway.books()
    assert (await paying.read(operation))["Outcome"] == "Succeeded"
    assert (
        sum(found.captured for found in books.authorizations if found.reference == to_15(paying.authorizations[0]))
        == 20
    )


async def test_a_canceled_operation_does_nothing_when_its_job_runs(paying: Funded, store: Store, database: Database):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    await handed_over(store)
    answer = await paying.done(operation, "cancel")
    assert (answer["status"], answer["outcome"], answer["success"]) == ("Canceled", "Failed", True)
    async with Nothing(database, paying.placed), simulated(store) as gateway:
        await run(store, gateway, operation)
    stored = await paying.read(operation)
    assert (stored["Status"], stored["OutcomeCode"], stored["Attempts"]) == ("Canceled", "CANCELED", 0)
    assert (await paying.done(operation, "retry"))["status"] == "New"


async def test_one_that_is_at_the_gateway_is_not_canceled(paying: Funded, store: Store):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    async with simulated(store) as gateway:
        await gateway.tell(operation="Capture", kind="error_before", match=to_15(paying.authorizations[0]))
        with pytest.raises(Exception, match="could not be reached"):
            await run(store, gateway, operation)
    assert "Capture of 20.00 GBP" in refusal(await paying.act(operation, "cancel"), 400, "INVALID_OPERATION")
    refusal(await paying.act(operation, "retry"), 400, "INVALID_STATUS")


async def test_a_dead_operation_is_retried(paying: Funded, store: Store):
    operation = await paying.queued(FUNDS, {"invoiceId": paying.invoice})
    operation_id = to_15(operation) or ""
    for _ in range(MOST_TRIES):
        await put_off(store, shard_of(operation_id), operation_id, "a fault")
    assert (await paying.read(operation))["Error"] == "a fault"
    await paying.done(operation, "retry")
    async with simulated(store) as gateway:
        await run(store, gateway, operation)
    done = await paying.read(operation)
    assert (done["Outcome"], done["Error"]) == ("Succeeded", None)


@pytest.mark.parametrize("action", ["retry", "cancel"])
async def test_unknown_operations_and_other_records_are_refused(api: Caller, action: str):
    plain(await post(api, f"{OPERATIONS}/08P000000000001/actions/{action}", {}), 404, "NOT_FOUND")
    plain(await post(api, f"{OPERATIONS}/801000000000001/actions/{action}", {}), 400, "INVALID_ID_FIELD")


async def test_a_repeated_retry_with_its_key_is_one_retry(paying: Funded, store: Store):
    operation = await failed(paying, store)
    path, key = f"{OPERATIONS}/{operation}/actions/retry", {"Idempotency-Key": f"again-{operation}"}
    first = await post(paying.placed.api, path, {}, headers=key)
    again = await post(paying.placed.api, path, {}, headers=key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (await paying.read(operation))["RetryCount"] == 1
