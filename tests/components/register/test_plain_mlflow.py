"""Registered models are loaded by MLflow alone, where nothing of this project is installed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.train import train
from components.training.scorer import load_model
from penstock.contract import outputs_in
from penstock.registry import Candidate, open_registry

_ALONE = """
import json, sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("penstock", "components", "pipelines", "use_cases"):
            raise ModuleNotFoundError(f"{name} is not installed here")
sys.meta_path.insert(0, Refused())
import mlflow, numpy as np, pandas as pd
uri, jobs = sys.argv[1], json.loads(sys.argv[2])
mlflow.set_tracking_uri(uri)
for address, rows, target in jobs:
    model = mlflow.pyfunc.load_model(address)
    table = pd.read_parquet(rows)
    wanted = [each.name for each in model.metadata.signature.inputs]
    found = model.predict(table)
    assert list(found.columns) == [each.name for each in model.metadata.signature.outputs]
    assert found.index.equals(table.index)
    np.save(target, found.to_numpy())
    example = model.input_example
    assert list(example.columns) == wanted, example
    assert model.predict(example).notna().all(axis=None)
    assert not {"penstock", "components"} & {name.partition(".")[0] for name in sys.modules}
    print(wanted)
"""


KINDS = ("xgboost", "logistic_regression", "random_forest")


def _registered(uri, group, folder, evidence=None):
    registered = open_registry(uri).register(Candidate(group, folder, evidence=evidence))
    return f"models:/{registered.group}/{registered.version}"


def _scored_alone(uri, jobs):
    """Score in a process that finds neither this project nor its installation."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _ALONE, uri, json.dumps(jobs)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "mismatch" not in done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_kind_of_model_scores_alike_to_the_last_bit_without_this_project(
    make_case, segmented, tmp_path
):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    jobs, expected = [], []
    for number, (make, task, kind) in enumerate(
        [
            *((make_case, "binary", kind) for kind in KINDS),
            (make_case, "multiclass", "xgboost"),
            (make_case, "multiclass", "logistic_regression"),
            (make_case, "regression", "random_forest"),
            (segmented, "binary", "xgboost,random_forest"),
        ]
    ):
        case = make(task)
        with outputs_in(tmp_path / str(number)):
            found = train(case.use_case, case.train, case.validation, kind)
        folder, rows = Path(found.model.path), tmp_path / f"{number}.parquet"
        table = pq.read_table(case.test.path)
        pq.write_table(table, rows)
        jobs.append((_registered(uri, task, folder), str(rows), f"{tmp_path}/{number}.npy"))
        expected.append(load_model(folder).score(table))
    told = _scored_alone(uri, jobs)
    assert told == ["['a', 'b', 'c']"] * 6 + ["['a', 'b', 'c', 'region']"]
    for (address, _, target), scores in zip(jobs, expected, strict=True):
        assert np.array_equal(np.load(target).reshape(scores.shape), scores), address
