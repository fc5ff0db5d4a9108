"""`… FOLDER DATA COPIES`: a month of card transactions to score, its copies, and a model.

DATA is the folder of the handbook's days, one Parquet file each; empty: transactions of the use
case's generator stand for them. `rows-1.parquet` holds the 31 days of August as `prepare` writes
them, `rows-COPIES.parquet` that month COPIES times, `model/` the XGBoost candidate of the use case,
trained on July.
"""

import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from components.features.computing import carried_columns
from components.features.writing import ROWS_PER_GROUP
from components.preprocess import preprocess
from components.train import train
from penstock.contract import Dataset, outputs_in
from penstock.use_case import UseCase, load_use_case

AUGUST = "2018-08-*.parquet"
LEARNT, WATCHED = "2018-07-[01]*.parquet", "2018-07-2*.parquet"
"""Days to train on, and days to stop early and set the threshold on."""


def handbook(folder: Path, pattern: str, columns: list[str], use_case: UseCase) -> pa.Table:
    """Return the days of a pattern with the features as DOUBLE and times in microseconds."""
    files = sorted(folder.glob(pattern))
    if not files:
        sys.exit(f"{folder} holds no {pattern}")
    table = pa.concat_tables(pq.read_table(file, columns=columns) for file in files)
    for index, name in enumerate(table.column_names):
        kind = table.schema.field(name).type
        if name in use_case.features:
            kind = pa.float64()
        elif pa.types.is_timestamp(kind):
            kind = pa.timestamp("us")
        table = table.set_column(index, name, table.column(index).cast(kind))
    return table.sort_by(
        [(use_case.time_column, "ascending"), *[(k, "ascending") for k in use_case.key]]
    )


def write(path: Path, table: pa.Table) -> Dataset:
    """Write a table as `prepare` does; return it as an artifact."""
    pq.write_table(table, path, row_group_size=ROWS_PER_GROUP)
    written = Dataset()
    written.uri = str(path)
    return written


def generated(folder: Path, use_case: UseCase) -> tuple[Dataset, Dataset, pa.Table]:
    """Return rows to train on, to watch and to score out of the use case's generator."""
    from use_cases.fraud.generator import generate

    source = folder / "source"
    source.mkdir()
    generate(source, start=date(2018, 5, 1), days=90, seed=1, customers=5_000, terminals=10_000)
    with outputs_in(folder / "prepared"):
        made = preprocess(use_case.name, source=str(source))
    parts = [pq.read_table(each.path) for each in (made.train, made.validation, made.test)]
    every = pa.concat_tables(parts)
    return made.train, made.validation, every.drop_columns([use_case.target])


def main(folder: Path, data: str, copies: int) -> None:
    """Write everything below `folder`."""
    use_case = load_use_case("fraud")
    folder.mkdir(parents=True, exist_ok=True)
    carried = carried_columns(use_case, with_target=False)
    columns = [*carried, *use_case.features]
    if data:
        both = [*columns, use_case.target]
        days = Path(data)
        learnt = write(folder / "learnt.parquet", handbook(days, LEARNT, both, use_case))
        watched = write(folder / "watched.parquet", handbook(days, WATCHED, both, use_case))
        month = handbook(days, AUGUST, columns, use_case)
    else:
        learnt, watched, month = generated(folder, use_case)
        month = month.select(columns)
    with outputs_in(folder / "trained"):
        made = train("fraud", learnt, watched, candidates="xgboost")
    Path(made.model.path).rename(folder / "model")
    write(folder / "rows-1.parquet", month)
    whole = pa.concat_tables([month] * copies).combine_chunks()
    write(folder / f"rows-{copies}.parquet", whole)
    print(f"{month.num_rows} rows, {whole.num_rows} in {copies} copies")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
