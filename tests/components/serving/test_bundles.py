"""A scorer that routes by segment gets the segment behind the features."""

import io
import json
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.serving.lines import answer_files, transform_settings
from components.serving.predictor import ModelPredictor
from components.serving.schema import schema_of
from components.training.manifest import Feature
from penstock.contract.serving import RefusedRequestError, Request
from penstock.errors import DataError
from penstock.use_case import load_use_case

SETTINGS = """\
name: small
task: binary
key: [id]
segment: region
target: label
time_column: at
columns:
  id: {type: integer}
  region: {type: string}
  at: {type: timestamp}
  label: {type: integer}
  a: {type: float}
features: [a]
metric: average_precision
candidates: {xgboost: {}}
inference: {form: csv}
segments: {names: [north, south]}
"""


class Bundle:
    """Scores `a` plus 100 in the north; NaN for an unknown segment."""

    needed_columns = ("a", "region")
    manifest = SimpleNamespace(
        features=(Feature("a", "double"),), feature_names=("a",), task="binary", classes=(0, 1)
    )

    def score(self, rows):
        found = {"north": 100.0, "south": 0.0}
        added = np.array([found.get(each, np.nan) for each in rows["region"].to_pylist()])
        return rows["a"].to_numpy() + added


@pytest.fixture
def predictor(tmp_path):
    (tmp_path / "use_case.yaml").write_text(SETTINGS)
    scorer = Bundle()
    return ModelPredictor(scorer, schema_of(scorer), load_use_case(str(tmp_path)))


def parquet(rows):
    stream = io.BytesIO()
    pq.write_table(rows, stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"1,north\n2,south\n", "text/csv"),
        (b'{"a": 1, "region": "north"}\n{"region": "south", "a": 2}\n', "application/jsonlines"),
        (b'{"instances": [[1, "north"], [2, "south"]]}', "application/json"),
        (parquet(pa.table({"region": ["north", "south"], "a": [1.0, 2.0]})),
         "application/x-parquet"),
    ],
)  # fmt: skip
def test_the_segment_is_the_column_behind_the_features_or_goes_by_its_name(
    predictor, body, content_type
):
    answer = predictor.predict(Request(body, content_type, "text/csv"))
    assert answer.body == b"101\n2\n"


def test_a_missing_segment_is_named(predictor):
    with pytest.raises(RefusedRequestError) as refused:
        predictor.predict(Request(b'{"a": 1}\n', "application/jsonlines"))
    assert str(refused.value) == ("row 1, column 'region': it is missing. Write null for no value.")


def test_a_row_that_no_model_serves_has_no_score(predictor):
    rows = b'{"instances": [[1, "west"], [2, "south"]]}'
    answer = predictor.predict(Request(rows, "application/json"))
    assert json.loads(answer.body) == {"predictions": [None, 2.0]}


def test_a_transform_sends_the_segment_behind_the_features(predictor):
    settings = transform_settings(predictor.use_case)
    # Carried are id, at and region; the model's one feature follows.
    assert settings["input_filter"] == "$[3:,2]"
    assert settings["output_filter"] == "$[0,1,2,-1]"


def test_the_body_finds_the_segment_among_the_carried_columns(predictor, tmp_path):
    (tmp_path / "lines").write_text("7,2024-01-01,north,1\n8,2024-01-01,south,2\n")
    answer_files(predictor, tmp_path / "lines", tmp_path / "answers")
    assert (tmp_path / "answers" / "lines.out").read_text() == (
        "7,2024-01-01,north,101\n8,2024-01-01,south,2\n"
    )


def test_lines_that_carry_something_else_are_refused(predictor, tmp_path):
    (tmp_path / "lines").write_text("7,north,1\n")
    with pytest.raises(DataError) as refused:
        answer_files(predictor, tmp_path / "lines", tmp_path / "answers")
    assert str(refused.value) == (
        "the lines carry 2 columns, and where the segment 'region' stands among them is not known. "
        "Transform the lines of `prepare`, with the use case's files at hand."
    )
