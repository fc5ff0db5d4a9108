import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.train import train
from components.training.rows import Rows
from components.training.scorer import load_model
from penstock.contract import outputs_in
from penstock.errors import DataError

KINDS = ["xgboost", "logistic_regression", "random_forest"]


@pytest.fixture
def model_of(make_case, tmp_path):
    def make(candidate, task="binary"):
        case = make_case(task)
        with outputs_in(tmp_path / candidate):
            found = train(case.use_case, case.train, case.validation, candidate)
        return Path(found.model.path), case

    return make


def refusal(folder):
    with pytest.raises(DataError) as caught:
        load_model(folder)
    return str(caught.value)


def edit(folder, **changes):
    facts = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(facts | changes))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_and_its_files_score_alike(model_of, kind, task):
    folder, case = model_of(kind, task)
    scorer = load_model(folder)
    table = pq.read_table(case.test.path)
    scores = scorer.score(table)
    assert scores.shape == ((400, 3) if task == "multiclass" else (400,))
    assert np.array_equal(scores, scorer.score_rows(Rows((Path(case.test.path),))))
    assert np.array_equal(scores[:7], scorer.score(table.slice(0, 7)))
    if task == "multiclass":
        assert scores.sum(axis=1) == pytest.approx(np.ones(400))


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_byte_of_the_model_file_is_refused(model_of, kind):
    folder, _ = model_of(kind)
    file = next(file for file in folder.iterdir() if file.name != "model.json")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert refusal(folder) == (
        f"{folder}/model.json: the model file is not the one that the manifest was written for. "
        "Use a model that `train` wrote."
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "other/1"}, "the format is 'other/1', not 'penstock.model/1'."),
        ({"surprise": 1}, "the key 'surprise' is unknown."),
        ({"kind": "pickle"}, "the value of 'kind' is not of its type."),
        ({"threshold": "0.5"}, "the value of 'threshold' is not of its type."),
        ({"features": []}, "the value of 'features' is not of its type."),
        ({"classes": [0, 1, 2]}, "3 classes do not fit a binary task."),
        (
            {"standardisation": {"means": [0.0], "scales": [1.0]}},
            "the standardisation does not have one entry a feature.",
        ),
    ],
)
def test_a_tampered_manifest_is_refused(model_of, changes, message):
    folder, _ = model_of("xgboost")
    edit(folder, **changes)
    assert refusal(folder) == f"{folder}/model.json: {message} Use a model that `train` wrote."


def test_a_missing_key_is_refused(model_of):
    folder, _ = model_of("xgboost")
    facts = json.loads((folder / "model.json").read_text())
    del facts["classes"], facts["task"]
    (folder / "model.json").write_text(json.dumps(facts))
    assert refusal(folder).splitlines() == [
        f"{folder}/model.json: the key 'classes' is missing. Use a model that `train` wrote.",
        f"{folder}/model.json: the key 'task' is missing. Use a model that `train` wrote.",
    ]


def test_a_file_that_does_not_belong_is_refused(model_of):
    folder, _ = model_of("xgboost")
    (folder / "extra.pkl").write_bytes(b"x")
    assert refusal(folder) == (
        f"{folder}: the file 'extra.pkl' does not belong to a model. "
        "Use a model that `train` wrote."
    )


def test_a_model_of_other_width_than_the_manifest_is_refused(model_of):
    folder, _ = model_of("xgboost")
    facts = json.loads((folder / "model.json").read_text())
    edit(folder, features=facts["features"][:2])
    assert refusal(folder) == (
        f"{folder}/model.ubj: the model takes 3 features, the manifest names 2. "
        "Use a model that `train` wrote."
    )


def test_an_archive_that_could_run_code_is_refused_though_its_digest_fits(model_of):
    from skops import io as skops_io

    folder, _ = model_of("random_forest")
    payload = skops_io.dumps({"run": print, "path": Path("x")})
    (folder / "model.skops").write_bytes(payload)
    edit(folder, payload_sha256=hashlib.sha256(payload).hexdigest())
    assert refusal(folder).startswith(f"{folder}/model.skops: the model file ")


def test_scoring_names_every_missing_feature(model_of):
    folder, case = model_of("xgboost")
    table = pq.read_table(case.test.path, columns=["b"])
    with pytest.raises(DataError) as caught:
        load_model(folder).score(table)
    assert str(caught.value).splitlines() == [
        "rows to score: the feature 'a' is missing. Add the column.",
        "rows to score: the feature 'c' is missing. Add the column.",
    ]
