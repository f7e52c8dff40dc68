"""Takes a file of postal codes into the table `postal_location`: all of it, or nothing.

The rows stream into a temporary table, so that a file may be larger than memory, and from there into place in the same
transaction: until it commits, requests go by what was there before. A code that GeoNames lists with several places gets
the middle of them; one that the merchant's own file places twice, differently, is an error.
"""

from __future__ import annotations

from pathlib import Path

import asyncpg
import msgspec

from orderwright.geo.imported import ImportedSource
from orderwright.geo.read_file import MOST_PROBLEMS, Advance, FileRefused, PostalFile, opened

ARRIVING = """
CREATE TEMPORARY TABLE arriving (
    line bigint, country_code text COLLATE "C", postal_code text COLLATE "C",
    latitude double precision, longitude double precision
) ON COMMIT DROP
"""
TWICE = """
SELECT country_code, postal_code, array_agg(line ORDER BY line) AS lines FROM arriving
GROUP BY country_code, postal_code HAVING count(DISTINCT (latitude, longitude)) > 1
ORDER BY min(line) LIMIT $1
"""
FORGET = "DELETE FROM postal_location WHERE source = $1"
# The middle of several points is that of their directions from the centre of the Earth: a mean of degrees would be
# wrong across the 180th meridian. Six decimals are a tenth of a metre. In order of the key, so that two imports at once
# wait for each other.
KEEP = """
WITH middle AS (
    SELECT country_code, postal_code,
           avg(cosd(latitude) * cosd(longitude)) AS x, avg(cosd(latitude) * sind(longitude)) AS y,
           avg(sind(latitude)) AS z
    FROM arriving GROUP BY country_code, postal_code
), kept AS (
    INSERT INTO postal_location (country_code, postal_code, source, latitude, longitude)
    SELECT country_code, postal_code, $1,
           round(atan2d(z, sqrt(x * x + y * y))::numeric, 6)::double precision,
           round(atan2d(y, x)::numeric, 6)::double precision
    FROM middle ORDER BY country_code, postal_code
    ON CONFLICT (country_code, postal_code, source)
    DO UPDATE SET latitude = excluded.latitude, longitude = excluded.longitude
    RETURNING country_code
)
SELECT count(*) AS codes, count(DISTINCT country_code) AS countries FROM kept
"""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import."""

    source: ImportedSource
    rows: int
    """Rows of the file that were taken."""
    codes: int
    """Postal codes that are new or placed anew."""
    countries: int
    skipped: int
    """GeoNames rows without a position."""


async def import_postal_file(
    connection: asyncpg.Connection, path: Path, advance: Advance, *, replace: bool = False
) -> ImportReport:
    """Take the file's postal codes in, in place of those it names again; with `replace`, of all of the same source.

    Raises FileRefused with every problem found, at most `MOST_PROBLEMS`, each with its line, and OSError; nothing is
    kept then.
    """
    with opened(path, advance) as file:
        async with connection.transaction():
            await connection.execute(ARRIVING)
            await connection.copy_records_to_table("arriving", records=file.rows())
            await _check(connection, file, path)
            if replace:
                await connection.execute(FORGET, file.source)
            rows = await connection.fetchval("SELECT count(*) FROM arriving")
            [kept] = await connection.fetch(KEEP, file.source)
    return ImportReport(
        source=file.source, rows=rows, codes=kept["codes"], countries=kept["countries"], skipped=file.skipped
    )


async def _check(connection: asyncpg.Connection, file: PostalFile, path: Path) -> None:
    problems = list(file.problems)
    if file.source == "Own" and not problems:
        problems = [
            f"line {row['lines'][-1]}: {row['postal_code']} of {row['country_code']} has another position in line "
            f"{row['lines'][0]}; leave one of them"
            for row in await connection.fetch(TWICE, MOST_PROBLEMS)
        ]
    if problems:
        more = " There may be more." if len(problems) == MOST_PROBLEMS else ""
        raise FileRefused("\n".join([f"{path} was not imported, and nothing was changed.{more}", *problems]))
