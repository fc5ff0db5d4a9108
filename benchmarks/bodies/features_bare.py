"""`… SOURCE FOLDER`: the use case's feature SQL in DuckDB alone, for the days of FOLDER/kept.sql.

Reads the raw rows in their declared types, runs the query and writes the rows of the days that
`preprocess` keeps, with the same columns, order and file settings.
"""

import sys
from pathlib import Path

import duckdb

from benchmarks.bodies.timing import Stopwatch
from penstock.use_case import load_use_case

RAW = (
    "SELECT TRANSACTION_ID, CAST(TX_DATETIME AS TIMESTAMP) AS TX_DATETIME, "
    "CAST(CUSTOMER_ID AS VARCHAR) AS CUSTOMER_ID, CAST(TERMINAL_ID AS VARCHAR) AS TERMINAL_ID, "
    "TX_AMOUNT, TX_FRAUD"
)
CARRIED = "TRANSACTION_ID, TX_DATETIME, CUSTOMER_ID, TX_FRAUD"

if __name__ == "__main__":
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    use_case = load_use_case("fraud")
    kept = (folder / "kept.sql").read_text()
    features = ", ".join(f"CAST({each} AS DOUBLE) AS {each}" for each in use_case.features)
    with Stopwatch() as watch, duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW source AS {RAW} FROM read_parquet('{source}/*.parquet')")
        rows = connection.execute(
            f"COPY (SELECT {CARRIED}, {features} FROM ({use_case.features_sql}) "
            f"WHERE {kept} ORDER BY TX_DATETIME, TRANSACTION_ID) TO '{folder / 'bare.parquet'}' "
            "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)"
        ).fetchone()[0]
    watch.report(rows=rows)
