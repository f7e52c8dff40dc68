"""GET /services/data: the versions, and what each has."""

from __future__ import annotations

import msgspec

from orderwright.rest.context import Context
from orderwright.rest.oauth.token import identity_url
from orderwright.rest.operation import NEWEST_VERSION, OLDEST_VERSION

SEASONS = ("Spring", "Summer", "Winter")


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One API version."""

    label: str
    url: str
    version: str


def label_of(version: int) -> str:
    """The release's name: three a year, and Winter is named for the year it leads into. 48 is Spring '20."""
    years, season = divmod(version - OLDEST_VERSION, 3)
    year = 20 + years + (1 if SEASONS[season] == "Winter" else 0)
    return f"{SEASONS[season]} '{year}"


async def list_versions(context: Context) -> list[Version]:  # noqa: ARG001  # all handlers are called alike
    """Lists all API versions."""
    return [
        Version(label=label_of(number), url=f"/services/data/v{number}.0", version=f"{number}.0")
        for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)
    ]


async def list_resources(context: Context) -> dict[str, str]:
    """Lists what this version has, by name; under `identity`, where to read who is signed in."""
    base = f"/services/data/v{context.version}.0"
    found: dict[str, str] = {}
    for operation in context.router.operations:
        if operation.absolute or not operation.path or operation.since > context.version:
            continue
        first = operation.path.split("/")[1]
        found.setdefault(first, f"{base}/{first}")
        if operation.manner == "connect" and "{" not in operation.path:
            found.setdefault(operation.path.removeprefix("/commerce/"), base + operation.path)
    return found | {"identity": identity_url(context.received.base_url, context.call.user_id)}
