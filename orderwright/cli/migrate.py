"""orderwright migrate"""

from orderwright.cli.options import Data, DatabaseUrl, chosen


def migrate(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Bring the database to the version of this program.

    The embedded database is brought up to date by every command; this one is for a database given by URL. It may run
    while the server runs, twice, and from several machines at once. Make a backup first. Custom fields that records
    are looked up by get an index.

    Example: `orderwright migrate --database-url postgresql://orders@db.example.org/orders`
    """
    from orderwright.cli.database import current_database, index_declared_fields
    from orderwright.store.migrate import known_migrations

    settings = chosen(data, database_url)
    with current_database(settings, may_migrate=True, progress=lambda migration: print(f"applied {migration}")) as url:
        for field in index_declared_fields(url, settings):
            print(f"indexed {field}")
        print(f"The database is up to date: version {len(known_migrations())}.")
