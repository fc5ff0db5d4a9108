import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.train import train
from components.training import boosting
from components.training.checkpoints import CandidateCheckpoints
from components.training.scorer import load_model
from penstock.contract import checkpoints_in, outputs_in
from penstock.data.digest import content_digest
from penstock.errors import DataError, UseCaseError

SAMPLING = ", subsample: 0.7, colsample_bytree: 0.7"


def trained(case, folder, candidates="", seed=0):
    with outputs_in(folder):
        return train(case.use_case, case.train, case.validation, candidates, seed)


def scores_of(result):
    return json.loads(Path(result.scores.path).read_text())


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_candidate_is_scored_and_the_best_one_beats_the_constant(make_case, tmp_path, task):
    result = trained(make_case(task), tmp_path / "out")
    document = scores_of(result)
    assert [each["name"] for each in document["candidates"]] == [
        "xgboost",
        "logistic_regression",
        "random_forest",
        "constant",
    ]
    by_name = {each["name"]: each["scores"][document["metric"]] for each in document["candidates"]}
    better = min if task == "regression" else max
    assert result.best == document["best"] == better(by_name, key=by_name.get)
    assert result.best != "constant"


def test_named_candidates_alone_compete_with_the_constant(make_case, tmp_path):
    result = trained(make_case(), tmp_path / "out", "random_forest")
    assert [each["name"] for each in scores_of(result)["candidates"]] == [
        "random_forest",
        "constant",
    ]


def test_an_unknown_candidate_is_refused(make_case, tmp_path):
    with pytest.raises(UseCaseError, match="candidate 'forest' is unknown"):
        trained(make_case(), tmp_path / "out", "forest")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("candidate", ["xgboost", "logistic_regression", "random_forest"])
def test_the_same_inputs_give_the_same_bytes_whatever_the_threads(make_case, tmp_path, candidate):
    case = make_case(extra=SAMPLING)
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from components.train import train\n"
        "from penstock.contract import Dataset, outputs_in\n"
        "def data(path):\n    d = Dataset(); d.uri = path; return d\n"
        "use_case, train_, validation, out, candidate = sys.argv[1:]\n"
        "with outputs_in(out):\n"
        "    train(use_case, data(train_), data(validation), candidate)\n"
    )
    digests = set()
    for threads in ("1", "2", "4"):
        out = tmp_path / f"threads-{threads}"
        inputs = [case.use_case, case.train.path, case.validation.path, str(out), candidate]
        environment = os.environ | {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        subprocess.run([sys.executable, "-c", program, *inputs], check=True, env=environment)
        digests.add((content_digest(out / "model"), content_digest(out / "scores")))
    assert len(digests) == 1


def test_another_seed_gives_another_model_where_rows_are_sampled(make_case, tmp_path):
    case = make_case(extra=SAMPLING)
    first = trained(case, tmp_path / "one", "xgboost", seed=1)
    second = trained(case, tmp_path / "two", "xgboost", seed=2)
    assert content_digest(Path(first.model.path)) != content_digest(Path(second.model.path))


@pytest.mark.parametrize("extra", ["", SAMPLING])
@pytest.mark.parametrize("stopping", [0, 100])
def test_an_interrupted_training_ends_with_the_bytes_of_an_undisturbed_one(
    make_case, tmp_path, monkeypatch, extra, stopping
):
    case = make_case(extra=extra)
    settings = Path(case.use_case) / "use_case.yaml"
    text = settings.read_text().replace("stopping_rounds: 0", f"stopping_rounds: {stopping}")
    settings.write_text(text.replace("xgboost: {", "xgboost: {refit: true, "))
    undisturbed = trained(case, tmp_path / "undisturbed", "xgboost")

    class Killed(BaseException):
        pass

    saved = []
    save = CandidateCheckpoints.save_state

    def save_and_die(self, state):
        save(self, state)
        saved.append(state)
        raise Killed

    with checkpoints_in(tmp_path / "checkpoints"):
        monkeypatch.setattr(CandidateCheckpoints, "save_state", save_and_die)
        for attempt in range(10):
            try:
                resumed = trained(case, tmp_path / f"resumed-{attempt}", "xgboost")
                break
            except Killed:
                continue
    assert len(saved) == attempt >= 2
    for output in ("model", "scores"):
        first, second = getattr(undisturbed, output).path, getattr(resumed, output).path
        assert content_digest(Path(first)) == content_digest(Path(second))


def test_a_finished_candidate_is_not_fitted_again(make_case, tmp_path, monkeypatch):
    case = make_case()
    with checkpoints_in(tmp_path / "checkpoints"):
        first = trained(case, tmp_path / "one")
        monkeypatch.setattr(boosting, "_boost", None)
        second = trained(case, tmp_path / "two")
    assert content_digest(Path(first.model.path)) == content_digest(Path(second.model.path))


def test_a_damaged_or_stale_checkpoint_is_passed_over(make_case, tmp_path):
    case = make_case()
    undisturbed = trained(case, tmp_path / "undisturbed")
    with checkpoints_in(tmp_path / "checkpoints"):
        trained(case, tmp_path / "one", seed=9)
        trained(case, tmp_path / "two")
        for file in (tmp_path / "checkpoints").rglob("*.bin"):
            file.write_bytes(file.read_bytes()[:-5])
        third = trained(case, tmp_path / "three")
    assert content_digest(Path(third.model.path)) == content_digest(Path(undisturbed.model.path))


def test_early_stopping_keeps_the_best_round(make_case, tmp_path):
    case = make_case()
    settings = Path(case.use_case) / "use_case.yaml"
    settings.write_text(
        settings.read_text()
        .replace("stopping_rounds: 0", "stopping_rounds: 5")
        .replace("learning_rate: 0.1", "learning_rate: 0.9")
    )
    result = trained(case, tmp_path / "out", "xgboost")
    rounds = scores_of(result)["candidates"][0]["rounds"]
    scorer = load_model(Path(result.model.path))
    assert rounds == scorer.manifest.rounds == scorer.model.num_boosted_rounds()
    assert 1 <= rounds < 120


def test_a_refitted_model_has_learned_from_both_sets(make_case, tmp_path):
    case = make_case()
    settings = Path(case.use_case) / "use_case.yaml"
    settings.write_text(settings.read_text().replace("xgboost: {", "xgboost: {refit: true, "))
    result = trained(case, tmp_path / "out", "xgboost")
    assert load_model(Path(result.model.path)).manifest.training["rows"] == 800 + 400


def test_without_validation_rows_several_candidates_cannot_be_compared(make_case, tmp_path):
    case = make_case()
    file = Path(case.validation.path) / "part-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    with pytest.raises(DataError) as caught:
        trained(case, tmp_path / "out")
    assert str(caught.value) == (
        f"{case.validation.path}: there are no validation rows to choose between xgboost, "
        "logistic_regression, random_forest by. Set split.validation_days, or name one candidate."
    )
    alone = trained(case, tmp_path / "alone", "xgboost")
    assert (alone.best, scores_of(alone)["measured_on"]) == ("xgboost", "train")


def test_training_rows_of_one_class_are_refused(make_case, tmp_path):
    case = make_case()
    file = Path(case.train.path) / "part-0.parquet"
    table = pq.read_table(file)
    pq.write_table(table.filter(np.asarray(table["label"]) == 0), file)
    with pytest.raises(DataError) as caught:
        trained(case, tmp_path / "out")
    assert str(caught.value) == (
        f"{case.train.path}: every training row has label = 0; a model needs two classes. "
        "Widen the training window or check the label."
    )


def test_a_missing_feature_and_a_text_feature_are_both_named(make_case, tmp_path):
    case = make_case()
    file = Path(case.train.path) / "part-0.parquet"
    table = pq.read_table(file)
    table = table.drop_columns(["a"]).set_column(5, "b", table["region"])
    pq.write_table(table, file)
    with pytest.raises(DataError) as caught:
        trained(case, tmp_path / "out")
    assert str(caught.value).splitlines() == [
        f"{case.train.path}: the feature 'a' is missing. "
        "The columns are: id, customer, region, at, label, b, c.",
        f"{case.train.path}: the feature 'b' is of type string, not a number. "
        "Turn it into numbers in the feature SQL.",
    ]
