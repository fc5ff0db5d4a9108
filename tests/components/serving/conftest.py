"""Models with three features, served; each is trained once."""

from dataclasses import replace
from pathlib import Path

import pytest

from components.serving.predictor import load
from components.train import train
from penstock.contract import outputs_in
from penstock.use_case import load_use_case


@pytest.fixture(scope="session")
def trained():
    return {}


@pytest.fixture
def served(make_case, tmp_path, trained):
    """Return the predictor of a small model, and its case; `served.folder` is the model's."""

    def make(task="binary", candidate="xgboost"):
        if (task, candidate) not in trained:
            case = make_case(task)
            with outputs_in(tmp_path / candidate):
                found = train(case.use_case, case.train, case.validation, candidate)
            predictor = load(str(Path(found.model.path)))
            predictor = replace(predictor, use_case=load_use_case(case.use_case))
            trained[task, candidate] = predictor, case, Path(found.model.path)
        predictor, case, make.folder = trained[task, candidate]
        return predictor, case

    return make
