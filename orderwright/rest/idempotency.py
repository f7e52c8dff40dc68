"""The Idempotency-Key header: on every write, the saved answer is replayed, and nothing is done twice.

The same key with another request is a conflict. A request that was refused wrote nothing and gives its key back. Keys
belong to the client that sent them and the user it sent them for, and are kept as long as the setting
`idempotency_hours` says.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import re
from collections.abc import Awaitable, Callable

import msgspec

from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.operation import Operation
from orderwright.store.idempotency import Held, claim, keep, release

HEADER = "idempotency-key"
PAYMENTS_HEADER = "sfdc-payments-idempotency-key"
KEY_HEADERS = frozenset({HEADER, PAYMENTS_HEADER})
LONGEST_KEY = 255
SECRET_NUMBERS = re.compile(rb"cardNumber|accountNumber")
LOOKS, PAUSE_SECONDS = 100, 0.1
"""How long a second request waits for the first one with its key: ten seconds."""


class SavedAnswer(msgspec.Struct, frozen=True):
    """An answer as it is kept."""

    status: int
    content: bytes
    headers: dict[str, str]


def key_of(context: Context, operation: Operation, body: object) -> str | None:
    """The key of a write; None when it has none. Raises HttpError for one that is no key, and for two.

    An Idempotency-Key belongs to its client and user; a key of payments to the organisation and the kind of call,
    whoever sends it (returns-payments-inventory.yaml#idempotency, documented and inferred). So the saved answer may be
    another one's there, and who may not make the call is not told it: MissingRight is raised.
    """
    if operation.method in {"GET", "HEAD"} or context.call.client_id is None:
        return None
    given = {HEADER: context.received.headers.get(HEADER)}
    if operation.pays:
        given |= {PAYMENTS_HEADER: context.received.headers.get(PAYMENTS_HEADER), "idempotencyKey": _in_body(body)}
    sent = {name: key.strip() for name, key in given.items() if key is not None}
    if not sent:
        return None
    if len(sent) > 1:
        raise HttpError(
            "INVALID_IDEMPOTENCY_KEY", f"a key stands in {' and in '.join(sent)}; send it in one place only"
        )
    [(name, key)] = sent.items()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise HttpError("INVALID_IDEMPOTENCY_KEY", f"{name} has to be 1 to {LONGEST_KEY} printable characters")
    if name == HEADER:
        return f"{context.call.client_id}/{context.call.user_id}:{key}"
    context.rights.refuse_without(*operation.needs)
    return f"payments:{operation.path}:{key}"


def _in_body(body: object) -> str | None:
    """The key in the body of a payment call; a value that is no text is refused when the body is read."""
    inner = body
    if isinstance(inner, dict) and len(inner) == 1 and isinstance(next(iter(inner.values())), dict):
        # One sample wraps the body of a reversal.
        inner = next(iter(inner.values()))
    key = inner.get("idempotencyKey") if isinstance(inner, dict) else None
    return key if isinstance(key, str) and key else None


def digest_of(context: Context, method: str, path: str) -> bytes:
    """What tells one request from another; `path` with its query.

    Of a body that may hold a card or account number the digest is a slow one: few digits of such a number are unknown
    to who can read the rest of it in our tables, and a fast digest would be guessed back.
    """
    request = b"\0".join((method.encode(), path.encode(), context.received.body))
    if SECRET_NUMBERS.search(context.received.body):
        return hashlib.scrypt(request, salt=b"idempotency", n=2**14, r=8, p=1, dklen=32)
    return hashlib.sha256(request).digest()


async def once(context: Context, key: str, digest: bytes, perform: Callable[[], Awaitable[Answer]]) -> Answer:
    """What `perform` answers, or what it answered before under this key. Raises HttpError for a conflict."""
    database = context.store.database
    held = await _claimed(context, key, digest)
    if held is not None:
        saved = msgspec.json.decode(held.answer or b"", type=SavedAnswer)
        return Answer(saved.status, saved.content, {**saved.headers, "Idempotent-Replayed": "true"})
    answer = await perform()
    if answer.succeeded and answer.is_final:
        saved = SavedAnswer(answer.status, answer.content, dict(answer.headers))
        await keep(database, key, msgspec.json.encode(saved))
    else:
        await release(database, key)
    return answer


def repeatable(context: Context, key: str, digest: bytes) -> Context:
    """`context` whose transactions act at most once under `key`; their rows are told from the key's own by a suffix.

    The suffix holds the request: another one that finds the key free again, as after its time, is not taken for it.
    """
    call = msgspec.structs.replace(context.call, request_key=f"{key}#{digest.hex()}", repeatable=True)
    return dataclasses.replace(context, call=call)


async def _claimed(context: Context, key: str, digest: bytes) -> Held | None:
    """None once the key is ours; the finished request that holds it else."""
    for _ in range(LOOKS):
        held = await claim(context.store.database, key, context.call.client_id or "", digest, context.store.now())
        if held is None or held.answer is not None or held.digest != digest:
            break
        await asyncio.sleep(PAUSE_SECONDS)
    else:
        raise HttpError(
            "IDEMPOTENCY_KEY_IN_USE", "a request with this Idempotency-Key is still being carried out; ask again soon"
        )
    if held is not None and held.digest != digest:
        raise HttpError(
            "IDEMPOTENCY_KEY_REUSED",
            "this Idempotency-Key was sent before with another request; use a new key for a new request",
        )
    return held
