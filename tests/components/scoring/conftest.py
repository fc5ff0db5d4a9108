"""Trained models of the small use case, and rows for them as `prepare` writes them."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.scoring.predictions import PredictionForm
from components.train import train
from components.training.scorer import Scorer, load_model
from penstock.contract import Model, outputs_in
from penstock.use_case import UseCase, load_use_case


@dataclass(frozen=True, slots=True)
class Scored:
    reference: str
    use_case: UseCase
    model: Model
    scorer: Scorer
    rows: pa.Table
    form: PredictionForm


@pytest.fixture
def make_scored(make_case, tmp_path):
    def make(task="binary", candidate="xgboost", *, inference="reasons: 2", rows=800) -> Scored:
        case = make_case(task, more=f"inference: {{{inference}}}", rows=rows)
        with outputs_in(tmp_path / f"trained-{task}-{candidate}"):
            fitted = train(case.use_case, case.train, case.validation, candidates=candidate)
        use_case, scorer = load_use_case(case.use_case), load_model(Path(fitted.model.path))
        table = pq.read_table(f"{case.test.path}/part-0.parquet").drop_columns(["label"])
        for name in use_case.features:
            column = table.column(name).cast(pa.float64())
            table = table.set_column(table.column_names.index(name), name, column)
        form = PredictionForm(use_case, scorer.manifest.classes, "small/3")
        return Scored(case.use_case, use_case, fitted.model, scorer, table, form)

    return make
