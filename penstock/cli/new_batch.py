"""New data for a use case whose generated data grow by days, as they arrive in real life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from penstock.data.address import FILE_SCHEMES, Address, parse_address
from penstock.data.batches import open_store
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase, generate_days
from penstock.use_case.generation import SINGLE_TABLE, generator_of_days
from penstock.use_case.source import Column

SPAN = "--"
"""Between the first and the last day in the name of a batch of several days (ISO 8601-1, 4.4.2)."""


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What was appended.

    Attributes:
        source: Address of the rows, as a run's source takes it.
        first_day: First day appended.
        last_day: Last day appended.
        batches: Names of the batches, in order: the first load is one, then each day is one.
        rows: Rows appended to all tables.
    """

    source: str
    first_day: date
    last_day: date
    batches: tuple[str, ...]
    rows: int


def default_source(use_case: UseCase, home: Path) -> str:
    """Return the address that generated rows of a use case are loaded into and read from.

    Args:
        use_case: With a generator of days.
        home: The folder of this machine's state, `.penstock`.

    Raises:
        UseCaseError: The use case has no generator of days.
    """
    generator = generator_of_days(use_case)
    kind, table = generator.store, "" if use_case.tables else generator.table
    folder = home.absolute() / "data" / use_case.name
    if kind == "iceberg":
        named = f"{use_case.name}.{table}" if table else ""
        return str(Address("iceberg+sqlite", f"{folder}/warehouse", named))
    if kind == "sqlite":
        return str(Address("sqlite", f"/{folder}/{use_case.name}.db", table))
    return str(Address("", str(folder / table)))


def new_batch(
    use_case: UseCase, source: str = "", *, home: Path, days: int | None = None
) -> NewBatch:
    """Append the next generated days to the use case's tables; the first time, the first load.

    What is there is read from the store, so that a call after a killed one goes on where that one
    was stopped: a batch is there as a whole or not at all.

    Args:
        use_case: With a generator of days.
        source: Address of the rows; empty: the default.
        home: The folder of this machine's state, `.penstock`.
        days: Days to append; None: the first load, or the days of a batch.

    Raises:
        UseCaseError: The use case has no generator of days, or it cannot be called.
        DataError: The store holds other batches than this generator's, or refuses the rows.
        ServiceError: The store could not be reached.
        WorkError: The disk is full or may not be written.
    """
    generator = generator_of_days(use_case)
    address = source or default_source(use_case, home)
    store_address, tables = _tables(use_case, address)
    store = open_store(str(store_address))
    span = _span(store.batches(), address)
    if days is None:
        days = generator.batch_days if span else generator.load_days or 1
    scratch = home.absolute() / "data"
    scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".batch-", dir=scratch) as folder:
        first = (span[1] - span[0]).days + 1 if span else 0
        found = generate_days(use_case, Path(folder), first_day=first, days=days)
        _check_follows(found, span, address)
        _name_columns(use_case, found)
        batches = _batches(found, at_once=span is None)
        rows = 0
        for name, by_table in batches.items():
            rows += store.append(name, {tables[table]: files for table, files in by_table.items()})
    first_day, last_day = min(found), max(found)
    return NewBatch(address, first_day, last_day, tuple(batches), rows)


def _batches(
    found: Mapping[date, Mapping[str, Path]], *, at_once: bool
) -> Mapping[str, Mapping[str, list[Path]]]:
    """Return the files of each batch by table: one batch of all days, or one a day."""
    if not at_once:
        return {
            str(day): {table: [file] for table, file in files.items()}
            for day, files in found.items()
        }
    together: dict[str, list[Path]] = {}
    for files in found.values():
        for table, file in files.items():
            together.setdefault(table, []).append(file)
    return {f"{min(found)}{SPAN}{max(found)}": together}


def is_loaded(use_case: UseCase, source: str) -> bool:
    """Say whether the store of a use case holds a batch.

    Raises:
        DataError: The store cannot be read.
        ServiceError: The store could not be reached.
    """
    store_address, _ = _tables(use_case, source)
    return bool(open_store(str(store_address)).batches())


def _tables(use_case: UseCase, source: str) -> tuple[Address, Mapping[str, str]]:
    """Return the address of the store and the name there of each table."""
    address = parse_address(source)
    if use_case.tables:
        tables = {name: table.table or name for name, table in use_case.tables.items()}
        return replace(address, table=""), tables
    if address.scheme in FILE_SCHEMES:
        parent, _, table = address.place.rstrip("/").rpartition("/")
        return replace(address, place=parent), {SINGLE_TABLE: table}
    if not address.table:
        what = "the address names no table."
        raise DataError(Problem(what, source, "Write it after `#`."))
    return replace(address, table=""), {SINGLE_TABLE: address.table}


def _span(batches: Sequence[str], source: str) -> tuple[date, date] | None:
    """Return the first and the last day of a store; None for an empty one."""
    days = []
    for batch in batches:
        first, _, last = batch.partition(SPAN)
        try:
            days += [date.fromisoformat(first), date.fromisoformat(last or first)]
        except ValueError as error:
            what = f"the batch {batch!r} is none of generated days."
            raise DataError(Problem(what, source, "Name another store.")) from error
    return (min(days), max(days)) if days else None


def _check_follows(
    found: Mapping[date, object], span: tuple[date, date] | None, source: str
) -> None:
    if span and next(iter(found)) != span[1] + timedelta(days=1):
        what = (
            f"the store holds the days {span[0]} to {span[1]}, but the generator went on with "
            f"{next(iter(found))}."
        )
        remedy = "Give source.generator the settings of the first load back, or name another store."
        raise DataError(Problem(what, source, remedy))


def _name_columns(use_case: UseCase, found: Mapping[date, Mapping[str, Path]]) -> None:
    """Give columns their names in the store, where those are others."""
    for files in found.values():
        for table, file in files.items():
            columns = use_case.tables[table].columns if table else use_case.columns
            names = _other_names(columns)
            if names:
                _rename(file, names)


def _other_names(columns: Mapping[str, Column]) -> Mapping[str, str]:
    return {
        name: column.column
        for name, column in columns.items()
        if column.column and column.column != name
    }


def _rename(file: Path, names: Mapping[str, str]) -> None:
    from pyarrow import parquet

    table = parquet.read_table(file)
    renamed = table.rename_columns([names.get(name, name) for name in table.column_names])
    parquet.write_table(renamed, file, compression="snappy")
