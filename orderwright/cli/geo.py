"""orderwright geo: where postal codes are, for ranking locations by distance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from rich.progress import Progress

    from orderwright.geo.import_file import ImportReport

app = typer.Typer(name="geo", help="Where postal codes are, for distances.", no_args_is_help=True)


@app.callback()
def geo() -> None:
    """Where postal codes are, for distances."""


@app.command("import")
def import_file(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="CSV, or a file of GeoNames."),
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget what was imported from the same source before.")
    ] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Import positions of postal codes: all rows of the file, or none and a line for each that is wrong.

    The file is the merchant's own CSV, whose first line is `country,postal_code,latitude,longitude`, or one that
    GeoNames offers at https://download.geonames.org/export/zip (about 120 countries), as .txt or .zip. Codes that it
    names again are placed anew, others stay. The own table is asked first, then GeoNames.

    Example: `orderwright geo import allCountries.zip`
    """
    import asyncio

    from orderwright.cli.database import current_database
    from orderwright.cli.failures import CommandFailed
    from orderwright.cli.progress import progress_bar
    from orderwright.geo.read_file import FileRefused

    size = file.stat().st_size if file.suffix.lower() != ".zip" else None
    try:
        with current_database(chosen(data, database_url)) as url, progress_bar() as bar:
            report = asyncio.run(imported(url, file, size, bar, replace=replace))
    except FileRefused as error:
        raise CommandFailed(str(error)) from error
    print(told(file, report))


async def imported(url: str, file: Path, size: int | None, bar: Progress, *, replace: bool) -> ImportReport:
    """What came of importing `file` into the database at `url`; `bar` shows how many of its `size` bytes were read."""
    import asyncpg

    from orderwright.geo.import_file import import_postal_file

    task = bar.add_task("import", total=size)
    connection = await asyncpg.connect(url)
    try:
        return await import_postal_file(
            connection, file, lambda count: bar.update(task, advance=count), replace=replace
        )
    finally:
        await connection.close()


def told(file: Path, report: ImportReport) -> str:
    """What an import did, and whom to thank for the data."""
    from orderwright.geo.protocol import ATTRIBUTIONS

    skipped = f" {report.skipped} rows without a position were skipped." if report.skipped else ""
    return (
        f"{report.rows} rows of {file.name}: {report.codes} postal codes of {report.countries} "
        f"{'country' if report.countries == 1 else 'countries'}, source {report.source}.{skipped}\n"
        f"Data: {ATTRIBUTIONS[report.source]}"
    )


@app.command()
def show(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Print the sources of positions in the order in which they are asked: how many codes, of which countries, whose.

    Example: `orderwright geo show`
    """
    import asyncio

    from orderwright.cli.database import current_database

    with current_database(chosen(data, database_url)) as url:
        print(asyncio.run(sources(url)))


async def sources(url: str) -> str:
    """The sources as text, two lines each."""
    import asyncpg

    from orderwright.geo.built_in import COUNTRIES, zip_positions
    from orderwright.geo.centroids import country_centroids
    from orderwright.geo.imported import count_imported
    from orderwright.geo.protocol import ATTRIBUTIONS

    connection = await asyncpg.connect(url)
    try:
        counts = await count_imported(connection)
    finally:
        await connection.close()
    counts["BuiltIn"] = (len(zip_positions()), sorted(COUNTRIES))
    counts["CountryCentroid"] = (0, list(country_centroids()))
    return "\n".join(described(source, *counts.get(source, (0, [])), text) for source, text in ATTRIBUTIONS.items())


def described(source: str, codes: int, countries: list[str], attribution: str) -> str:
    """One source: its counts, and the countries by name when they are few."""
    held = f"{codes} postal codes" if codes or not countries else "the middle only"
    names = f" ({', '.join(countries)})" if 0 < len(countries) <= 10 else ""
    what = f"{held}, {len(countries)} countries{names}" if countries else "nothing imported"
    return f"{source:<16} {what}\n{'':<16} {attribution}"
