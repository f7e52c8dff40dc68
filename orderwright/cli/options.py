"""Options that mean the same to every command, and how they go together with the environment."""

import os
from pathlib import Path
from typing import Annotated

import typer

from orderwright.settings import Settings, SettingsError

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Folder of the embedded database, made if it is not there. [env: ORDERWRIGHT_DATA; default: "
        "/var/lib/orderwright for root, else one in your home]",
        show_default=False,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="A PostgreSQL (15 or newer) that runs already, instead of the embedded one. "
        "[env: ORDERWRIGHT_DATABASE_URL]",
        show_default=False,
    ),
]


def chosen(data: Path | None, database_url: str | None, **given: object) -> Settings:
    """The settings of the environment, with the options that were given in place. Raises SettingsError.

    `--data` and `--database-url` exclude each other; either of them sets aside both variables.
    """
    settings = Settings.read(os.environ)
    if data is not None or database_url is not None:
        settings = settings.changed(data=data, database_url=database_url)
    if settings.data is not None and settings.database_url is not None:
        raise SettingsError("Give a data folder (--data) or the URL of a database (--database-url), not both.")
    return settings.changed(**{name: value for name, value in given.items() if value is not None})
