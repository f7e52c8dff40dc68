#!/usr/bin/env python3
"""A payment gateway that Orderwright can ask over HTTP, in one file and with nothing but Python's standard library.

    GATEWAY_SECRET=$(openssl rand -hex 32) python3 server.py 9000 books.sqlite

It "moves" money in a SQLite file. To move real money, replace what `Books.carry_out` does between finding no earlier
answer and saving the new one by a call to a provider, under the same key. Sales, post-authorizations, payment methods
and transactions are optional: a gateway without them answers 404. The contract: docs/gateways.md.
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
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

WINDOW_SECONDS = 300
OPERATIONS = {
    "/authorizations": "auth",
    "/captures": "cap",
    "/refunds": "ref",
    "/voids": "void",
    "/sales": "sale",
    "/post-authorizations": "post",
}
KINDS = {"auth": "Authorize", "post": "Authorize", "cap": "Capture", "ref": "Refund", "void": "Void", "sale": "Sale"}
PAGE = 100
LARGEST_BODY_BYTES = 100_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS answer (key_hash TEXT PRIMARY KEY, question TEXT NOT NULL, answer TEXT NOT NULL);
-- What can be drawn on: an authorization by captures and voids, a capture by refunds. Amounts are text.
CREATE TABLE IF NOT EXISTS source (reference TEXT PRIMARY KEY, currency TEXT NOT NULL, whole TEXT NOT NULL,
                                   used TEXT NOT NULL);
-- What is listed by GET /transactions, in the order in which it was booked.
CREATE TABLE IF NOT EXISTS movement (number INTEGER PRIMARY KEY, booked_at TEXT NOT NULL, kind TEXT NOT NULL,
                                     reference TEXT NOT NULL, key TEXT NOT NULL, drawn_on TEXT, amount TEXT NOT NULL,
                                     currency TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS movement_in_order ON movement (booked_at, number);
"""


# What a request that is not what the contract says ends in.
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, InvalidOperation)


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
        number, drawn_on = f"ex_{kind}_{key_hash[:16]}", None
        problem = None
        if kind == "post":
            # What the payer's device left with us is its number, from now on known here.
            number = request["payment_method_token"]
            problem = self._unrecordable(connection, number)
        elif kind in {"cap", "ref", "void"}:
            source = request.get("payment") or request["authorization"]
            drawn_on = source["gateway_ref_number"] or source["our_id"]
            problem = self._draw(connection, request, source, amount)
        if problem:
            return {**answer, "result": "PermanentFail", "gateway_result_code": "refused", "gateway_message": problem}
        if kind in {"auth", "cap", "sale", "post"}:
            connection.execute("INSERT INTO source VALUES (?, ?, ?, '0')", [number, currency, str(amount)])
        entry = [now(), KINDS[kind], number, request["idempotency_key"], drawn_on, str(amount), currency]
        connection.execute("INSERT INTO movement VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", entry)
        done = {"result": "Success", "gateway_ref_number": number, "gateway_result_code": "approved"}
        return {**answer, **done, "gateway_message": "Approved"}

    def _unrecordable(self, connection: sqlite3.Connection, number: str) -> str | None:
        """Why what a device made cannot be recorded. A real provider has it in its books; this one believes it once."""
        known = connection.execute("SELECT 1 FROM source WHERE reference = ?", [number]).fetchone()
        if not number or number.startswith("ex_") or known:
            return f"{number} is no authorization that waits to be recorded"
        return None

    def page(self, since: str, until: str, cursor: str) -> dict[str, Any]:
        """Movements from `since` on and before `until`, oldest first; `cursor` is the place of the last one given."""
        booked_at, _, number = cursor.partition(" ")
        with closing(self._connect()) as connection, connection:
            rows = connection.execute(
                "SELECT number, booked_at, kind, reference, key, drawn_on, amount, currency FROM movement"
                " WHERE booked_at >= ? AND booked_at < ? AND (booked_at, number) > (?, ?)"
                " ORDER BY booked_at, number LIMIT ?",
                [moment(since), moment(until), booked_at, int(number or 0), PAGE],
            ).fetchall()
        names = (
            "booked_at",
            "kind",
            "gateway_ref_number",
            "idempotency_key",
            "drawn_on",
            "amount",
            "currency_iso_code",
        )
        last = f"{rows[-1][1]} {rows[-1][0]}" if len(rows) == PAGE else None
        return {"transactions": [dict(zip(names, row[1:], strict=True)) for row in rows], "next_cursor": last}

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
    return moment(datetime.now(UTC).isoformat())


def moment(text: str) -> str:
    """A time as it is kept: in UTC, and as long as any other, so that texts compare as times do."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat(timespec="microseconds")


# --- tokens -----------------------------------------------------------------------------------------------------------


def tokenize(request: dict[str, Any]) -> dict[str, Any]:
    """A token for a payment method, the same for the same key. Nothing of the payment method is kept or logged."""
    key = request["idempotency_key"]
    answer = {"idempotency_key": key, "gateway_date": now()}
    if request.get("card") and not passes_luhn(request["card"]["card_number"]):
        return {**answer, "result": "ValidationError", "gateway_result_code": "incorrect_number"}
    if not request.get("card") and not request["bank"]["account_number"]:
        return {**answer, "result": "ValidationError", "gateway_result_code": "incorrect_number"}
    token = f"ex_tok_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    return {**answer, "result": "Success", "gateway_token": token, "gateway_result_code": "approved"}


def passes_luhn(number: str) -> bool:
    if not (number.isascii() and number.isdigit()):
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


# --- HTTP -------------------------------------------------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    """Verifies, carries out, and signs what it answers."""

    secret: str
    books: Books

    def do_POST(self) -> None:
        body = self._verified_body()
        if body is None:
            return
        try:
            if self.path == "/payment-methods":
                self._answer(200, tokenize(json.loads(body)))
            elif self.path in OPERATIONS:
                self._answer(200, self.books.carry_out(OPERATIONS[self.path], json.loads(body)))
            else:
                self._answer(404, {"code": "no_such_path", "message": self.path})
        except Refused as refusal:
            self._answer(422, {"code": "refused", "message": str(refusal)})
        except MALFORMED:
            self._answer(400, {"code": "malformed", "message": "the request is not what the contract says"})

    def do_GET(self) -> None:
        if self._verified_body() is None:
            return
        place = urlsplit(self.path)
        if place.path == "/transactions":
            self._list({name: values[-1] for name, values in parse_qs(place.query).items()})
            return
        folder, _, key_hash = place.path.rpartition("/")
        answer = self.books.look_up(key_hash) if folder == "/answers" else None
        self._answer(404, {"code": "unknown"}) if answer is None else self._answer(200, answer)

    def _list(self, asked: dict[str, str]) -> None:
        try:
            self._answer(200, self.books.page(asked["since"], asked["until"], asked.get("cursor", "")))
        except MALFORMED:
            self._answer(400, {"code": "malformed", "message": "since and until are times, cursor is what we gave"})

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
