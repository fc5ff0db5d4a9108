"""Every kind of sink, empty; and rows to publish."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.data.sinks import Publication

STORES = ("parquet", "sqlite", "postgresql", "iceberg", "s3")


@dataclass(frozen=True)
class Address:
    """Where a test publishes."""

    store: str
    uri: str


@pytest.fixture(params=STORES)
def sink_address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    store = request.param
    if store == "postgresql":
        database = request.getfixturevalue("postgres_database")
        return Address(store, f"{database}#decisions")
    if store == "s3":
        return Address(store, request.getfixturevalue("s3_bucket") + "/decisions")
    uris = {
        "parquet": f"{tmp_path}/decisions",
        "sqlite": f"sqlite:///{tmp_path}/kitchens.db#decisions",
        "iceberg": f"iceberg+sqlite://{tmp_path}/lake#main.decisions",
    }
    return Address(store, uris[store])


Rows = Callable[..., Publication]


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """Return a maker of publications; `score` tells one version of a run from another."""

    def make(run: str, day: str, scores: list[float | None], **columns: pa.Array) -> Publication:
        table = {
            "machine": pa.array([f"m{index}" for index in range(len(scores))]),
            "decided_at": pa.array(
                [pa.scalar(f"{day}T06:00:00").as_py()] * len(scores), pa.string()
            ).cast(pa.timestamp("us")),
            "score": pa.array(scores, pa.float64()),
            "decision": pa.array(['maintain, "now"\n', "", None][: len(scores)] * 1),
        }
        if len(scores) > 3:
            table["decision"] = pa.array(["leave"] * len(scores))
        table |= columns
        file = tmp_path / f"{run.replace('/', '-')}-{len(list(tmp_path.iterdir()))}.parquet"
        pq.write_table(pa.table(table), file)
        return Publication(file, run, date.fromisoformat(day))

    return make
