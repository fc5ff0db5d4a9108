"""Raw rows instead of features: the same SQL as in batch computes the features of the rows due."""

# ruff: noqa: S608  # queries are those of the feature engine

import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from components.features.available_days import default_day
from components.features.computing import carried_columns
from components.features.days import parse_day
from components.features.due import find_due
from components.features.engine import open_engine
from components.serving.bad_rows import MOST_NAMED
from components.serving.bodies.json import parsed
from components.serving.media_types import MEDIA_TYPES, Form
from penstock.contract.serving import Answer, RefusedRequestError, Request
from penstock.errors import DataError, RequestError
from penstock.use_case import UseCase
from penstock.use_case.source import Column

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Sequence[Mapping[str, Any]]

_TABLES = 'Send {"tables": {name: [rows...]}, "day": "2024-03-01"} as application/json.'
_ROWS = 'Send {"rows": [{...}], "day": "2024-03-01"} as application/json, or a table as CSV, '
_ROWS += "JSON Lines, Arrow or Parquet with the header `rows=raw,day=2024-03-01`."


def due_rows(request: Request, form: Form, use_case: UseCase) -> "pa.Table":
    """Compute the features of the rows due on a day, out of the raw rows of a body.

    The body holds everything that the features look back on. CSV has no header and the use case's
    columns in order; the other forms name them. The day is the attribute `day` or the member `day`
    of a JSON body; without one it is that of the newest row, with several tables the day after it.

    Returns:
        As `prepare` gives them: carried columns, then the features, ordered by time and key.

    Raises:
        RefusedRequestError: A table or column is missing, a row is bad, or nothing is due.
    """
    day, tables = _tables_of(request, form, use_case)
    try:
        asked = parse_day(day, "day") if day else None
    except RequestError as error:
        raise RefusedRequestError(str(error)) from None
    tolerant = use_case.model_copy(
        update={"quarantine": use_case.quarantine.model_copy(update={"max_share": 1.0})}
    )
    with TemporaryDirectory(prefix="raw-") as folder:
        place = _written(Path(folder), tables, use_case)
        memory = use_case.resources.prepare.memory
        with open_engine(memory, place, step="prepare") as (engine, scratch):
            try:
                chosen = asked or default_day(engine, scratch, tolerant, str(place))
                due = find_due(engine, scratch, tolerant, str(place), chosen)
                queries = [due.loaded.quarantine] if due.loaded.quarantined else []
                if due.made is not None and due.made.quarantined:
                    queries.append(due.made.quarantine)
            except DataError as error:
                said = (f"{each.what} {each.remedy}".strip() for each in error.problems)
                raise RefusedRequestError("\n".join(said)) from None
            for query in queries:
                _refuse(engine.execute(f"SELECT * FROM ({query}) LIMIT {MOST_NAMED}"), use_case)
            return engine.execute(due.select).to_arrow_table()


def answer_due(
    rows: "pa.Table", scores: "pa.Table", use_case: UseCase, media_type: str, *, features: bool
) -> Answer:
    """Answer with the carried columns of the rows due and their scores, a row each.

    Args:
        rows: What `due_rows` gave.
        scores: Their scores, by column.
        use_case: Whose rows they are.
        media_type: Of the answer; CSV has no header.
        features: Whether the features stand between the two.
    """
    kept = carried_columns(use_case, with_target=False)
    kept += use_case.features if features else []
    table = rows.select(list(dict.fromkeys(kept)))
    for name in scores.column_names:
        table = table.append_column(name, scores.column(name))
    form, stream = MEDIA_TYPES[media_type], io.BytesIO()
    if form == "json":
        stream.write(_json({"predictions": table.to_pylist()}))
    elif form == "jsonlines":
        for row in table.to_pylist():
            stream.write(_json(row) + b"\n")
    elif form == "csv":
        from pyarrow import csv

        csv.write_csv(table, stream, csv.WriteOptions(include_header=False))
    elif form == "arrow":
        import pyarrow as pa

        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
    else:
        import pyarrow.parquet as pq

        pq.write_table(table, stream)
    return Answer(stream.getvalue(), media_type)


def _tables_of(
    request: Request, form: Form, use_case: UseCase
) -> "tuple[str, dict[str, Rows | pa.Table]]":
    day = request.attributes.get("day", "")
    if form != "json":
        if use_case.tables:
            raise RefusedRequestError(f"{use_case.name} reads several tables.", _TABLES)
        return day, {"": _table(request.body, form, use_case)}
    document = parsed(request.body)
    if not isinstance(document, dict):
        document = {}
    day = day or str(document.get("day") or "")
    if not use_case.tables:
        return day, {"": _objects(document.get("rows"), "rows", _ROWS)}
    tables = document.get("tables")
    if not isinstance(tables, dict):
        raise RefusedRequestError("the body has no object `tables`.", _TABLES)
    problems = [f"the table {name!r} is missing." for name in use_case.tables if name not in tables]
    problems += [
        f"the table {name!r} is unknown." for name in tables if name not in use_case.tables
    ]
    if problems:
        known = f"Send {', '.join(use_case.tables)}; an empty list is a table without rows."
        raise RefusedRequestError("\n".join(problems), known)
    return day, {name: _objects(rows, f"tables.{name}", _TABLES) for name, rows in tables.items()}


def _objects(rows: Any, name: str, remedy: str) -> Rows:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RefusedRequestError(f"`{name}` is no list of objects.", remedy)
    return rows


def _table(body: bytes, form: Form, use_case: UseCase) -> "Rows | pa.Table":
    import pyarrow as pa

    try:
        if form == "csv":
            from pyarrow import csv

            names = list(use_case.columns)
            return csv.read_csv(
                pa.BufferReader(body),
                read_options=csv.ReadOptions(column_names=names),
                convert_options=csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True
                ),
            )
        if form == "jsonlines":
            rows = [parsed(line) for line in body.splitlines()]
            return _objects(rows, "the lines", _ROWS)
        if form == "arrow":
            with pa.ipc.open_stream(pa.BufferReader(body)) as stream:
                return stream.read_all()
        import pyarrow.parquet as pq

        return pq.read_table(pa.BufferReader(body))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0][:200].rstrip(".")
        raise RefusedRequestError(f"the body cannot be read: {reason}.", _ROWS) from None


def _written(folder: Path, tables: "Mapping[str, Rows | pa.Table]", use_case: UseCase) -> Path:
    """Write the tables as the files of a source, with the names that the store would give."""
    import pyarrow.parquet as pq

    place = folder / "source"
    for logical, rows in tables.items():
        declared = use_case.tables[logical].columns if logical else use_case.columns
        stored = (use_case.tables[logical].table or logical) if logical else "rows"
        table = _arrow(rows, declared)
        names = [declared[n].column or n if n in declared else n for n in table.column_names]
        target = (place / stored if logical else place) / "part-0.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table.rename_columns(names), target)
    return place


def _arrow(rows: "Rows | pa.Table", declared: Mapping[str, Column]) -> "pa.Table":
    """Keep values as they are; a column of mixed kinds becomes text, for the checks to judge."""
    import pyarrow as pa

    if isinstance(rows, pa.Table):
        return rows
    names = dict.fromkeys(name for row in rows for name in row) or dict.fromkeys(declared)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        try:
            column = pa.array(values)
        except (pa.ArrowException, OverflowError):
            column = pa.array([None if each is None else _text(each) for each in values])
        columns[name] = column.cast(pa.string()) if pa.types.is_null(column.type) else column
    return pa.table(columns)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _refuse(found: Any, use_case: UseCase) -> None:
    names = [each[0] for each in found.description]
    said = []
    for row in found.fetchall():
        facts = dict(zip(names, row, strict=True))
        key = ", ".join(f"{k} = {facts[k]}" for k in use_case.key if facts.get(k) is not None)
        where = f"the row with {key}" if key else f"the row {list(facts.values())[1:]}"
        said.append(f"{where}: {facts[names[0]]}.")
    if said:
        raise RefusedRequestError("\n".join(said), "Correct the rows.")


def _json(value: Any) -> bytes:
    def plain(each: Any) -> Any:
        if isinstance(each, datetime | date):
            return each.isoformat()
        raise TypeError(type(each))

    return json.dumps(value, default=plain, ensure_ascii=False).encode()


__all__ = ["answer_due", "due_rows"]
