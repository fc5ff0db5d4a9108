"""Publishes in a forked child for every line of its input, so that a kill costs no new start.

A line is JSON: address, rows, run, day. Answers `pid N` and, after one more
line, `ended N` with the child's status.
"""

import json
import os
import sys
from datetime import date
from pathlib import Path


def main() -> None:
    import pg8000.legacy
    import pyarrow.csv
    import pyarrow.parquet
    import sqlalchemy.dialects.postgresql.pg8000
    import sqlalchemy.dialects.sqlite

    import penstock.data.database.writing
    import penstock.data.sinks.parquet.writer
    import penstock.data.sinks.sql.writer
    from penstock.data.sinks import Publication, open_sink

    loaded = (
        pg8000.legacy,
        pyarrow.csv,
        sqlalchemy.dialects.postgresql.pg8000,
        sqlalchemy.dialects.sqlite,
        penstock.data.database.writing,
        penstock.data.sinks.parquet.writer,
        penstock.data.sinks.sql.writer,
    )
    assert all(loaded)
    print("ready", flush=True)
    while line := sys.stdin.readline():
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            day = date.fromisoformat(asked["day"])
            publication = Publication(Path(asked["rows"]), asked["run"], day)
            open_sink(asked["address"]).publish(publication)
            os._exit(0)
        print(f"pid {child}", flush=True)
        sys.stdin.readline()  # Until then the child's number stays its own, also once it has ended.
        _, status = os.waitpid(child, 0)
        print(f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
