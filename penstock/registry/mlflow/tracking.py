"""What a run keeps of a candidate: what MLflow's pages show, and what a version points to."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from penstock.registry.facts import ENGINE
from penstock.registry.fetching import copy_model
from penstock.registry.mlflow.pyfunc.flavour import flavour_files
from penstock.registry.mlflow.tags import KEY, allowed, as_tags, metric_names
from penstock.registry.port import Candidate

_LONGEST_PARAMETER = 6000
_LONGEST_DIGEST, _LONGEST_NAME = 36, 500
_CANDIDATES = "candidates.json"
_FACTS = ("name", "kind", "rounds", "threshold")
_TABLES = "mlflow.loggedArtifacts"
"""Tag by which `mlflow.load_table` and the pages find tables."""


def write_run(
    client: Any,
    experiment: str,
    candidate: Candidate,
    *,
    properties: Mapping[str, str],
    metrics: Mapping[str, float],
    key: str | None,
) -> Any:
    """Write a run and return it; it is not ended yet.

    It keeps the candidate's properties as parameters and tags, its metrics, what data it saw as an
    input, and these files: `model/` and what makes it an MLflow model (see `pyfunc`), `evidence/`,
    `metrics.json`, `report.html`, and all competing candidates as the table `candidates.json`.
    """
    from mlflow.entities import Metric, Param
    from mlflow.version import VERSION

    competing = _competing(candidate.metrics)
    tags = as_tags(properties) | metric_names(metrics) | ({KEY: key} if key else {})
    if competing:
        tags[_TABLES] = json.dumps([{"path": _CANDIDATES, "type": "table"}])
    run = client.create_run(experiment, tags=tags, run_name=candidate.group)
    number, now = run.info.run_id, time.time_ns() // 1_000_000
    client.log_batch(
        number,
        [Metric(allowed(name), value, now, 0) for name, value in metrics.items()],
        [
            Param(allowed(name), value[:_LONGEST_PARAMETER])
            for name, value in candidate.properties.items()
        ],
        [],
    )
    seen = _seen(properties)
    if seen is not None:
        client.log_inputs(number, datasets=[seen])
    with tempfile.TemporaryDirectory(prefix="penstock-run-") as scratch:
        folder = Path(scratch)
        model = candidate.model
        if model.is_file() or (model / ENGINE).is_file():
            copy_model(model, folder / "model")
        else:
            client.log_artifacts(number, str(model), "model")
        if candidate.evidence is not None:
            client.log_artifacts(number, str(candidate.evidence), "evidence")
        for name, path in (("metrics.json", candidate.metrics), ("report.html", candidate.report)):
            if path is not None:
                shutil.copyfile(path, folder / name)
        if competing:
            (folder / _CANDIDATES).write_text(json.dumps(competing), encoding="utf-8")
        files = flavour_files(model, candidate.evidence, number, VERSION, datetime.now(UTC))
        for name, text in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        client.log_artifacts(number, scratch)
    return run


def _competing(metrics: Path | None) -> Mapping[str, Any]:
    """Return the candidates that the metrics document names, as MLflow's table; empty: none."""
    if metrics is None:
        return {}
    document = json.loads(metrics.read_bytes())
    listed = document.get("candidates")
    rows = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not rows:
        return {}
    scores = sorted({name for each in rows for name in each.get("scores", {})})
    return {
        "columns": [*_FACTS, *scores],
        "data": [
            [each.get(name) for name in _FACTS]
            + [each.get("scores", {}).get(name) for name in scores]
            for each in rows
        ],
    }


def _seen(properties: Mapping[str, str]) -> Any:
    """Return what data the candidate has learned from, as MLflow's input; None: it is not known."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    table = properties.get("data_table", "none")
    if table == "none":
        return None
    known = {
        name: value
        for name, value in properties.items()
        if name.startswith("data_") and value != "none"
    }
    snapshot = known.get("data_snapshot_to")
    digest = snapshot or known.get("data_digest", "").removeprefix("sha256:") or "unknown"
    dataset = Dataset(
        table[:_LONGEST_NAME],
        digest[:_LONGEST_DIGEST],
        table.partition(":")[0] if "://" in table else "local",
        json.dumps({"uri": table, **known}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])
