"""A small use case of several tables: machines of a plant, what they measure and how they fail."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

SETTINGS = """\
name: plant
task: binary
tables:
  machines:
    key: [machine]
    columns:
      machine: {{type: string}}
      kind: {{type: string}}
  readings:
    key: [machine, happened]
    time_column: happened
    table: {readings}
    columns:
      machine: {{type: string, column: {machine}}}
      happened: {{type: timestamp}}
      heat: {{type: float, minimum: 0, maximum: 1000}}
  faults:
    key: [machine, happened]
    time_column: happened
    columns:
      machine: {{type: string}}
      happened: {{type: timestamp}}
time_column: decided_at
time_zone: {zone}
key: [machine, decided_at]
entity: machine
segment: kind
target: fails
columns:
  machine: {{type: string}}
  kind: {{type: string}}
  decided_at: {{type: timestamp}}
  fails: {{type: integer, allowed: [0, 1], nullable: true}}
features: [heat_1d, heat_3d, readings_3d, faults_3d]
history_days: 3
quarantine: {{max_share: {share}}}
split: {{train_days: 3, validation_days: 0, test_days: 2}}
metric: roc_auc
candidates: {{logistic_regression: {{}}}}
{more}
"""
ROWS = """\
WITH known AS (SELECT max(happened) AS until FROM readings)
SELECT machine, kind, days.starts AS decided_at,
    CASE WHEN known.until < days.starts + INTERVAL 20 HOURS THEN NULL
    ELSE CAST(EXISTS (SELECT 1 FROM faults WHERE faults.machine = machines.machine
        AND faults.happened >= days.starts AND faults.happened < days.starts + INTERVAL 24 HOURS)
    AS INTEGER) END AS fails
FROM machines, days, known
"""
FEATURES = """\
SELECT source.*,
    (SELECT sum(heat) FROM readings AS r WHERE r.machine = source.machine
        AND r.happened >= decided_at - INTERVAL 24 HOURS AND r.happened < decided_at) AS heat_1d,
    (SELECT avg(CAST(round(heat * 1000) AS BIGINT)) FROM readings AS r
        WHERE r.machine = source.machine
        AND r.happened >= decided_at - INTERVAL 72 HOURS AND r.happened < decided_at) AS heat_3d,
    (SELECT count(*) FROM readings AS r WHERE r.machine = source.machine
        AND r.happened >= decided_at - INTERVAL 72 HOURS AND r.happened < decided_at)
        AS readings_3d,
    (SELECT count(*) FROM faults AS f WHERE f.machine = source.machine
        AND f.happened >= decided_at - INTERVAL 72 HOURS AND f.happened < decided_at) AS faults_3d
FROM source
"""
Tables = dict[str, pd.DataFrame]


class Plant:
    """The use case in a folder of its own, and its tables."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows_sql, self.features_sql = ROWS, FEATURES
        self.settings = {
            "zone": "Europe/Zurich",
            "share": "0.2",
            "readings": "readings",
            "machine": "machine",
            "more": "",
        }

    def tables(self, first: str, days: int, machines: int = 4) -> Tables:
        """Readings every four hours of `days` days, in the plant's zone, as instants in UTC."""
        names = [f"m{number}" for number in range(machines)]
        start = pd.Timestamp(first, tz="Europe/Zurich")
        end = pd.Timestamp(start.date() + pd.Timedelta(days=days), tz="Europe/Zurich")
        times = pd.date_range(start, end, freq="4h", inclusive="left").tz_convert("UTC")
        readings = pd.DataFrame(
            [
                (machine, at, (number * 37 + step * 11) % 100 / 8)
                for step, at in enumerate(times)
                for number, machine in enumerate(names)
            ],
            columns=["machine", "happened", "heat"],
        )
        faults = readings[readings.index % 9 == 4][["machine", "happened"]]
        kinds = ["press", "oven"]
        return {
            "machines": pd.DataFrame(
                {"machine": names, "kind": [kinds[number % 2] for number in range(machines)]}
            ),
            "readings": readings,
            "faults": faults.reset_index(drop=True),
        }

    def files(self, tables: Tables, name: str = "source") -> str:
        """Write the tables as Parquet, with instants that name their zone."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        for table, rows in tables.items():
            rows.to_parquet(place / f"{table}.parquet", index=False)
            (place / table).mkdir(exist_ok=True)
            (place / f"{table}.parquet").replace(place / table / "part-0.parquet")
        return str(place)

    def sqlite(self, tables: Tables, name: str = "plant.db") -> str:
        """Write the tables into SQLite, with times in UTC as text."""
        file = self.folder / name
        with sqlite3.connect(file) as connection:
            for table, rows in tables.items():
                shown = rows.assign(**{c: rows[c].map(str) for c in rows if c == "happened"})
                shown.to_sql(table, connection, index=False, if_exists="replace")
        connection.close()
        return f"sqlite:///{file}"

    def write(self) -> str:
        (self.folder / "use_case.yaml").write_text(SETTINGS.format(**self.settings))
        (self.folder / "rows.sql").write_text(self.rows_sql)
        (self.folder / "features.sql").write_text(self.features_sql)
        return str(self.folder)

    def prepare(self, source: str, day: str = "") -> "Answer":
        from components.prepare import prepare
        from penstock.contract import outputs_in

        out = self.folder / "due"
        with outputs_in(out):
            return Answer(out, prepare(self.write(), source, day=day)._asdict())

    def preprocess(self, source: str, **asked: Any) -> "Answer":
        from components.preprocess import preprocess
        from penstock.contract import outputs_in

        out = self.folder / "trained"
        with outputs_in(out):
            return Answer(out, preprocess(self.write(), source, **asked)._asdict())


class Answer:
    """What a run of a component gave: its values, its files as tables, and its summary."""

    def __init__(self, folder: Path, values: Mapping[str, Any]) -> None:
        self.folder, self.values = folder, values
        self.summary = json.loads((folder / "summary").read_text())

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_parquet(self.folder / name)

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return Plant(tmp_path)
