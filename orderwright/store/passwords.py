"""Passwords as they are kept: scrypt, with a salt and the cost beside the hash, so that the cost can be raised later.

Hashing takes a core and 32 MB for a quarter of a second, so it runs in threads, few at a time: who guesses passwords
waits in line, and the other requests do not.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

LOG2_N, BLOCK, PARALLEL = 15, 8, 3
"""32 MB of memory; as strong as any of the choices OWASP lists for scrypt."""
MEMORY_BYTES = 64 * 1024 * 1024
SALT_BYTES = 16
LEAST_LETTERS, MOST_LETTERS = 8, 1000

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="scrypt")


async def hashed(password: str) -> str:
    """What is kept of `password`: `scrypt$15$8$3$<salt>$<hash>`."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _hashed, password, secrets.token_bytes(SALT_BYTES))


async def is_right(password: str, kept: str | None) -> bool:
    """Whether `password` is the one behind `kept`; without any, as much time is spent on finding that it is not."""
    if len(password) > MOST_LETTERS:
        return False
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_THREADS, _is_right, password, kept or _NOBODYS) and kept is not None


def _hashed(password: str, salt: bytes) -> str:
    digest = _scrypt(password, salt, LOG2_N, BLOCK, PARALLEL)
    return "$".join(("scrypt", str(LOG2_N), str(BLOCK), str(PARALLEL), _text(salt), _text(digest)))


def _is_right(password: str, kept: str) -> bool:
    _, log2_n, block, parallel, salt, digest = kept.split("$")
    made = _scrypt(password, base64.b64decode(salt), int(log2_n), int(block), int(parallel))
    return hmac.compare_digest(made, base64.b64decode(digest))


def _scrypt(password: str, salt: bytes, log2_n: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=1 << log2_n, r=block, p=parallel, maxmem=MEMORY_BYTES, dklen=32
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


_NOBODYS = "$".join(("scrypt", str(LOG2_N), str(BLOCK), str(PARALLEL), _text(bytes(SALT_BYTES)), _text(bytes(32))))
