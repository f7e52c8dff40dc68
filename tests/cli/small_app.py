"""What the child processes of a test's server run: an application and a worker that say who and where they are."""

import asyncio
import os

SLOW_SECONDS = 1.0


def create_app(store, settings):
    async def app(scope, receive, send):
        assert scope["type"] == "http"
        if scope["path"] == "/slow":
            await asyncio.sleep(SLOW_SECONDS)
        if scope["path"] == "/forever":
            await asyncio.sleep(3600)
        beats = await store.database.main.fetchval("SELECT count(*) FROM number_block")
        body = f"{os.getpid()} {os.getppid()} {settings.default_currency} {beats}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    return app


async def work(database, store, settings, stop):
    """Leave a row that says which process works, and one more when it ended well."""
    await database.main.execute("INSERT INTO number_block VALUES ($1, 1)", f"working {os.getpid()}")
    await stop.wait()
    await asyncio.sleep(0.3)
    await database.main.execute("INSERT INTO number_block VALUES ($1, 1)", f"ended {os.getpid()}")


def create_broken_app(store, settings):
    raise ZeroDivisionError("this application never starts")
