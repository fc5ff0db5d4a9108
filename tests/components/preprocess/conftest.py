import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

SETTINGS = """\
name: shop
task: binary
time_column: at
time_zone: {zone}
key: [id]
entity: who
target: bad
label_delay_days: 2
columns:
  id: {{type: integer, minimum: 0}}
  at: {{type: timestamp}}
  who: {{type: string}}
  amount: {{type: float, minimum: 0, maximum: 100}}
  kind: {{type: string, nullable: true, allowed: [a, b]}}
  bad: {{type: integer, allowed: [0, 1]{target}}}
quarantine: {{max_share: {share}, unknown_columns: {unknown}}}
features: [amount, twice]
split: {{train_days: 3, validation_days: 2, test_days: 2}}
metric: roc_auc
candidates: {{logistic_regression: {{}}}}
evaluation: {{exclude_known: {{days: 1}}}}
{more}
"""


class Shop:
    """A small use case in a folder of its own, and its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sql = "SELECT *, amount * 2 AS twice FROM source"
        self.settings = {"zone": "UTC", "share": "0.5", "unknown": "ignore", "more": ""}
        self.settings["target"] = ""

    def rows(self, days: int = 12, a_day: int = 6) -> pd.DataFrame:
        count = days * a_day
        index = pd.Series(range(count))
        return pd.DataFrame(
            {
                "id": index,
                "at": pd.Timestamp("2024-01-01")
                + pd.to_timedelta(index * 86_400 // a_day, unit="s"),
                "who": ("w" + (index % 5).astype(str)),
                "amount": (index % 10).astype(float),
                "kind": "a",
                "bad": (index % 3 == 0).astype(int),
            }
        ).astype({"at": "datetime64[us]"})

    def save(self, rows: pd.DataFrame, name: str = "rows.parquet") -> Path:
        file = self.folder / name
        if name.endswith("csv"):
            rows.to_csv(file, index=False)
        else:
            rows.to_parquet(file)
        return file

    def prepare(self, source: Path | str, **asked: Any) -> "Result":
        from components.preprocess import preprocess
        from penstock.contract import outputs_in

        (self.folder / "use_case.yaml").write_text(SETTINGS.format(**self.settings))
        (self.folder / "features.sql").write_text(self.sql)
        out = self.folder / "out"
        with outputs_in(out):
            prepared = preprocess(str(self.folder), str(source), **asked)
        return Result(out, prepared.rows, prepared)


class Result:
    """What a run of the component wrote."""

    def __init__(self, folder: Path, rows: int, outputs: Any) -> None:
        self.folder, self.rows, self.outputs = folder, rows, outputs
        self.train, self.validation, self.test, self.quarantine = (
            pd.read_parquet(folder / name) for name in ("train", "validation", "test", "quarantine")
        )
        self.summary = json.loads((folder / "summary").read_text())


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def new_shop(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Shop]:
    return lambda: Shop(tmp_path_factory.mktemp("shop"))
