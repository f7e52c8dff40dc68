"""orderwright work"""

from orderwright.cli.options import Data, DatabaseUrl, chosen


def work(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Run one more process that carries out background jobs; `serve` runs some already.

    Any number may run, on any machine that reaches the database. Ctrl+C or SIGTERM ends it after the jobs in hand.

    Example: `orderwright work --database-url postgresql://orders@db.example.org/orders`
    """
    from orderwright.cli.database import current_database
    from orderwright.cli.process import carry_out_jobs, run, start_log
    from orderwright.cli.server import WORKER

    settings = chosen(data, database_url)
    start_log("worker", settings)
    with current_database(settings) as url:
        print("The worker is ready.", flush=True)
        run(lambda stop: carry_out_jobs(url, settings, WORKER, stop))
