"""`… FOLDER VERSIONS`: a registry of one group with that many versions, and a ledger of decisions.

One version is registered as runs do it; the others are its rows under other numbers, since
registering each would take minutes. Some are approved one after the other.
"""

import json
import sqlite3
import sys
import uuid
from pathlib import Path

from penstock.approval.opening import open_approvals
from penstock.approval.port import Person
from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry

GROUP, DECISIONS = "fraud", 20

COPIED = ("runs", "tags", "latest_metrics", "model_versions", "model_version_tags")
"""Tables that hold what a registry tells of a version."""


def write(folder: Path, versions: int) -> None:
    """Write `mlflow.db`, `ledger.db`, their files and keys."""
    registry = open_registry(f"sqlite:///{folder}/mlflow.db")
    model, pack = folder / "model", folder / "evidence"
    model.mkdir(parents=True)
    pack.mkdir()
    (model / "weights.bin").write_bytes(b"\x00" * 10_000)
    metrics = {f"metric_{number}": {"value": number / 7} for number in range(12)}
    (pack / "metrics.json").write_text(json.dumps({"metrics": metrics}))
    sentence = (
        "Better than fraud/3: average precision 0.6412 instead of 0.62, +0.0212 "
        "(95 % interval +0.0121 … +0.0304, 58,264 test rows)."
    )
    write_pack(
        pack,
        {
            "candidate": {"group": GROUP, "started_by": "ann"},
            "verdict": {"recommended": True, "sentence": sentence},
            "digests": {"model": {"digest": content_digest(model)}},
        },
    )
    properties = {
        "execution": "e1",
        "started_by": "ann",
        "recommended": "true",
        "verdict": sentence,
        "champion": "none",
        **{f"data_fact_{number}": "x" * 40 for number in range(8)},
    }
    registry.register(Candidate(GROUP, model, pack / "metrics.json", None, properties, pack))
    repeat(folder / "mlflow.db", versions)
    approvals = open_approvals(registry, f"sqlite:///{folder}/ledger.db", keys=folder / "keys")
    for version in range(1, DECISIONS + 1):
        evidence = registry.describe(GROUP, version).properties["evidence_digest"]
        approvals.approve(
            GROUP, version, "local", Person("ben"), evidence=evidence, justification="measured"
        )


def repeat(file: Path, versions: int) -> None:
    """Copy the rows of version 1 until there are so many."""
    database = sqlite3.connect(file)
    with database:
        (run,) = database.execute("SELECT run_id FROM model_versions").fetchone()
        for table in COPIED:
            rows = database.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            kept = [dict(zip(names, row, strict=True)) for row in rows]
            mine = [row for row in kept if run in row.values() or row.get("version") == 1]
            marks = ", ".join("?" * len(names))
            database.executemany(
                f"INSERT INTO {table} VALUES ({marks})",
                (
                    [_of(name, row[name], run, number) for name in names]
                    for number in range(2, versions + 1)
                    for row in mine
                ),
            )
    database.close()


def _of(name: str, value: object, run: str, number: int) -> object:
    if name == "version":
        return number
    return uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex if value == run else value


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
