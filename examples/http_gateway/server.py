#!/usr/bin/env python3
"""A payment gateway that Orderwright can ask over HTTP, in one file and with nothing but Python's standard library.

    GATEWAY_SECRET=$(openssl rand -hex 32) python3 server.py 9000 books.sqlite

It "moves" money in a SQLite file. To move real money, replace what `Books.carry_out` does between finding no earlier
answer and saving the new one by a call to a provider, under the same key. The contract: docs/gateways.md.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import sqlite3
import sys
import threading
import time
from contextlib import closing
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WINDOW_SECONDS = 300
OPERATIONS = {"/authorizations": "auth", "/captures": "cap", "/refunds": "ref", "/voids": "void"}
LARGEST_BODY_BYTES = 100_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (key_hash TEXT PRIMARY KEY, question TEXT NOT NULL, answer TEXT NOT NULL);
-- What can be drawn on: an authorization by captures and voids, a capture by refunds. Amounts are text.
CREATE TABLE IF NOT EXISTS source (reference TEXT PRIMARY KEY, currency TEXT NOT NULL, whole TEXT NOT NULL,
                                   used TEXT NOT NULL);
"""


class Refused(Exception):
    """Nothing was done: the request makes no sense."""


# --- signatures -------------------------------------------------------------------------------------------------------


def signature(secret: str, what: str, about: str, timestamp: str, body: bytes) -> str:
    signed = f"v1\n{what}\n{about}\n{timestamp}\n".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def is_signed(secret: str, method: str, path: str, timestamp: str, body: bytes, given: str) -> bool:
    expected = signature(secret, method, path, timestamp, body)
    if not hmac.compare_digest(expected.encode(), given.encode()):
        return False
    return timestamp.isdigit() and abs(time.time() - int(timestamp)) <= WINDOW_SECONDS


# --- the books --------------------------------------------------------------------------------------------------------


class Books:
    """Each request is carried out once, in one transaction, and its answer is kept under its key."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._one_at_a_time = threading.Lock()
        with closing(self._connect()) as connection, connection:
            connection.executescript(SCHEMA)

    def carry_out(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        key_hash = hashlib.sha256(request["idempotency_key"].encode()).hexdigest()
        question = what_is_asked(kind, request)
        with self._one_at_a_time, closing(self._connect()) as connection, connection:
            earlier = connection.execute("SELECT question, answer FROM answer WHERE key_hash = ?", [key_hash])
            for kept_question, kept_answer in earlier:
                if kept_question != question:
                    raise Refused("the idempotency key belongs to another request")
                return {**json.loads(kept_answer), "duplicate": True}
            answer = self._answer(connection, kind, request, key_hash)
            connection.execute("INSERT INTO answer VALUES (?, ?, ?)", [key_hash, question, json.dumps(answer)])
            return answer

    def look_up(self, key_hash: str) -> dict[str, Any] | None:
        with closing(self._connect()) as connection, connection:
            row = connection.execute("SELECT answer FROM answer WHERE key_hash = ?", [key_hash]).fetchone()
        return None if row is None else json.loads(row[0])

    def _answer(
        self, connection: sqlite3.Connection, kind: str, request: dict[str, Any], key_hash: str
    ) -> dict[str, Any]:
        amount, currency = money(request["amount"]), request["currency_iso_code"]
        answer = {"idempotency_key": request["idempotency_key"], "amount": str(amount), "gateway_date": now()}
        number = f"ex_{kind}_{key_hash[:16]}"
        problem = None
        if kind != "auth":
            problem = self._draw(connection, request, request.get("payment") or request["authorization"], amount)
        if problem:
            return {**answer, "result": "PermanentFail", "gateway_result_code": "refused", "gateway_message": problem}
        if kind in {"auth", "cap"}:
            connection.execute("INSERT INTO source VALUES (?, ?, ?, '0')", [number, currency, str(amount)])
        done = {"result": "Success", "gateway_ref_number": number, "gateway_result_code": "approved"}
        return {**answer, **done, "gateway_message": "Approved"}

    def _draw(
        self, connection: sqlite3.Connection, request: dict[str, Any], source: dict[str, Any], amount: Decimal
    ) -> str | None:
        """Take the amount from what is left of its source, or return why not."""
        reference = source["gateway_ref_number"] or source["our_id"]
        if not reference.startswith("ex_"):
            # Authorized or captured elsewhere, before the order came to Orderwright: known from now on.
            opened = [reference, source["currency_iso_code"], str(money(source["amount"]))]
            connection.execute("INSERT OR IGNORE INTO source VALUES (?, ?, ?, '0')", opened)
        found = connection.execute("SELECT currency, whole, used FROM source WHERE reference = ?", [reference])
        row = found.fetchone()
        if row is None or row[0] != request["currency_iso_code"]:
            return f"{reference} is not known in this currency"
        used = Decimal(row[2]) + amount
        if used > Decimal(row[1]):
            return f"{amount} is more than is left of {reference}"
        connection.execute("UPDATE source SET used = ? WHERE reference = ?", [str(used), reference])
        return None

    def _connect(self) -> sqlite3.Connection:
        # `with connection` commits at its end and rolls back on an error; FULL survives a power cut.
        connection = sqlite3.connect(self._path)
        connection.execute("PRAGMA synchronous = FULL")
        return connection


def what_is_asked(kind: str, request: dict[str, Any]) -> str:
    """What two requests under one key must have in common; of a token only a hash is kept."""
    source = request.get("payment") or request.get("authorization") or {}
    token = hashlib.sha256(str(request.get("payment_method_token", "")).encode()).hexdigest()
    reference = source.get("gateway_ref_number") or source.get("our_id")
    return json.dumps([kind, str(money(request["amount"])), request["currency_iso_code"], reference, token])


def money(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or amount <= 0:
        raise Refused(f"{text} is no amount")
    return amount


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# --- HTTP -------------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Verifies, carries out, and signs what it answers."""

    secret: str
    books: Books

    def do_POST(self) -> None:
        body = self._verified_body()
        kind = OPERATIONS.get(self.path)
        if body is None:
            return
        if kind is None:
            self._answer(404, {"code": "no_such_path", "message": self.path})
            return
        try:
            self._answer(200, self.books.carry_out(kind, json.loads(body)))
        except Refused as refusal:
            self._answer(422, {"code": "refused", "message": str(refusal)})
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation):
            self._answer(400, {"code": "malformed", "message": "the request is not what the contract says"})

    def do_GET(self) -> None:
        if self._verified_body() is None:
            return
        folder, _, key_hash = self.path.rpartition("/")
        answer = self.books.look_up(key_hash) if folder == "/answers" else None
        self._answer(404, {"code": "unknown"}) if answer is None else self._answer(200, answer)

    def _verified_body(self) -> bytes | None:
        """The body, if we can believe it; else it is answered, and not signed.

        We cannot vouch for what became of a request that may be another than the one whose signature it carries.
        """
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST_BODY_BYTES:
            self.send_error(413)
            return None
        body = self.rfile.read(length)
        timestamp = self.headers.get("Orderwright-Timestamp", "")
        given = self.headers.get("Orderwright-Signature", "")
        if is_signed(self.secret, self.command, self.path, timestamp, body, given):
            return body
        self.send_error(401, "The signature is missing, wrong or too old")
        return None

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        timestamp = str(int(time.time()))
        about = self.headers.get("Orderwright-Signature", "")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Orderwright-Timestamp", timestamp)
        self.send_header("Orderwright-Signature", signature(self.secret, f"ANSWER {status}", about, timestamp, body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        logging.getLogger("gateway").info(format, *args)


def main() -> None:
    port, path = int(sys.argv[1]), sys.argv[2]
    Handler.secret = os.environ["GATEWAY_SECRET"]
    Handler.books = Books(path)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    # Loopback only: put a server that speaks TLS in front of it.
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
