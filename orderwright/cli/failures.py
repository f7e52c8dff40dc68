"""What people read when a command cannot do its work: one line on stderr, with the way out. No traceback."""

import sys
import traceback

import asyncpg
from rich.console import Console
from rich.text import Text

from orderwright.gateways.configuration import ConfigurationError
from orderwright.gateways.registry import UnknownGateway
from orderwright.settings import SettingsError
from orderwright.store.clock import ClockIsSet
from orderwright.store.embedded import EmbeddedPostgresError
from orderwright.store.migrate import MigrationError


class CommandFailed(Exception):
    """Says, in words for people, what could not be done and what to do about it."""


SELF_EXPLAINING = (
    ClockIsSet,
    CommandFailed,
    ConfigurationError,
    EmbeddedPostgresError,
    MigrationError,
    SettingsError,
    UnknownGateway,
)

ADVICE: dict[type[Exception], str] = {
    asyncpg.InvalidCatalogNameError: "Create that database first (createdb), or correct --database-url.",
    asyncpg.InvalidAuthorizationSpecificationError: "Correct the user or password in --database-url.",
    asyncpg.InsufficientPrivilegeError: "Let the user in --database-url own the database, or name another user.",
    asyncpg.TooManyConnectionsError: "Raise max_connections of PostgreSQL, or lower ORDERWRIGHT_CONNECTIONS.",
    asyncpg.UndefinedTableError: "Is this an Orderwright database, and up to date? See: orderwright migrate",
    asyncpg.ClientConfigurationError: "A database URL looks like postgresql://user:password@host:5432/database.",
    asyncpg.PostgresConnectionError: "The connection was lost; try again.",
}


def explained(error: BaseException) -> str | None:
    """What to tell people about `error`; None for one that only an error in the program can cause."""
    if isinstance(error, SELF_EXPLAINING):
        return str(error)
    if isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError):
        advice = next((text for kind, text in ADVICE.items() if isinstance(error, kind)), "")
        return f"PostgreSQL says: {str(error).rstrip('.')}. {advice}".rstrip()
    if isinstance(error, OSError):
        return str(error)
    return None


def exit_code_of(error: Exception) -> int:
    """Tell people about `error`, and return the exit code for it: 2 for what they can mend, 70 for what only we can."""
    text = explained(error)
    if text is not None:
        print_failure(text)
        return 2
    traceback.print_exception(error)
    print_failure("This is an error in Orderwright. Please report it, with the lines above.")
    return 70


def print_failure(text: str) -> None:
    """Print `text` on stderr, in red where there are colours."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(f"orderwright: {text}", style="red"))


def say(text: str) -> None:
    """Print one line for the operator on stderr, where the log goes."""
    print(f"orderwright: {text}", file=sys.stderr, flush=True)
