"""`docker run IMAGE train`: a training job whose creator knew nothing of our command line."""

from typing import Any

import pytest

COMPONENT = "parts/steps.py:train"


@pytest.fixture
def training(job: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("PENSTOCK_TRAINING", COMPONENT)
    job.put("input/data/rows/data/rows.txt", "a b c")
    return job


def test_hyperparameters_are_the_components_parameters_and_channels_its_artifacts(
    training: Any,
) -> None:
    training.put("input/config/hyperparameters.json", {"rounds": "7", "note": "by hand"})
    assert training.run("train") == (0, "")
    assert training.read("model/model.json") == {"words": ["a", "b", "c"], "rounds": 7}
    assert training.read("output/data/scores/scores.json") == {"words": 3.0}
    assert training.read("output/data/parameters/parameters.json") == {"best": "by hand"}


def test_what_is_not_given_has_the_components_default(training: Any) -> None:
    assert training.run("train") == (0, "")
    assert training.read("model/model.json")["rounds"] == 3


def test_what_the_service_adds_to_the_hyperparameters_is_left_out(training: Any) -> None:
    added = {"sagemaker_job_name": '"x"', "_tuning_objective_metric": "auc", "rounds": "2"}
    training.put("input/config/hyperparameters.json", added)
    assert training.run("train") == (0, "")
    assert training.read("model/model.json")["rounds"] == 2


def test_everything_that_does_not_fit_is_named_at_once(job: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PENSTOCK_TRAINING", COMPONENT)
    job.put("input/data/training/rows.txt", "a")
    job.put("input/config/hyperparameters.json", {"epochs": "7"})
    code, errors = job.run("train")
    assert code == 1
    assert errors == (
        "parts/steps.py:train: the hyperparameter `epochs` is unknown. Use one of: note, rounds. "
        "the job has no channel `rows`. "
        "the channel `training` is unknown. Use one of: rows.\n"
    )
    assert job.read("output/failure") == errors.rstrip("\n")


def test_train_with_a_command_line_is_a_training_job(training: Any) -> None:
    code, errors = training.run(
        "train", "--component", COMPONENT, "--artifact", "rows:system.Dataset=rows",
        "--output", "model:system.Model", "--output", "scores:system.Metrics",
        "--returns", "best:string",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert training.read("model/model.json")["rounds"] == 3


def test_a_component_that_is_not_there_is_told(job: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("PENSTOCK_TRAINING", "parts/steps.py:trian")
    assert job.run("train") == (1, "`parts/steps.py` holds no component `trian`.\n")
