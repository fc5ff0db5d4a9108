"""Raw rows in: features and scores as the inference pipeline gives them."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from components.prepare import prepare
from penstock.contract import outputs_in
from penstock.contract.serving import RefusedRequestError, Request

DAY = "2024-01-02"


@pytest.fixture
def asked(served):
    predictor, case = served()
    rows = pq.read_table(case.test.path)

    def ask(body, content_type="application/json", accept="application/json", **attributes):
        text = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
        given = {"rows": "raw", "day": DAY} | attributes
        return predictor.predict(Request(text, content_type, accept, given)).body

    return ask, rows, case, predictor


def refusal(ask, *given, **attributes):
    with pytest.raises(RefusedRequestError) as refused:
        ask(*given, **attributes)
    return str(refused.value)


def as_parquet(rows):
    stream = io.BytesIO()
    pq.write_table(rows, stream)
    return stream.getvalue()


def as_stream(rows):
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        writer.write_table(rows)
    return stream.getvalue()


def as_csv(rows):
    stream = io.BytesIO()
    pa.csv.write_csv(rows, stream, pa.csv.WriteOptions(include_header=False))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("write", "content_type"),
    [
        (lambda rows: json.dumps({"rows": rows.to_pylist()}, default=str).encode(),
         "application/json"),
        (lambda rows: "".join(json.dumps(row, default=str) + "\n" for row in rows.to_pylist())
         .encode(), "application/jsonlines"),
        (as_csv, "text/csv"),
        (as_stream, "application/vnd.apache.arrow.stream"),
        (as_parquet, "application/x-parquet"),
    ],
)  # fmt: skip
def test_features_and_scores_equal_those_of_the_inference_pipeline(
    asked, tmp_path, write, content_type
):
    ask, rows, case, predictor = asked
    with outputs_in(tmp_path / "prepared"):
        day = prepare(case.use_case, str(case.test.path), day=DAY)
    batch = pq.read_table(day.rows.path)
    expected = batch.append_column("score", pa.array(predictor.scorer.score(batch)))
    body = ask(write(rows), content_type, "application/x-parquet", features="yes")
    assert pq.read_table(pa.BufferReader(body)).equals(expected)
    assert day.due == expected.num_rows > 50


def test_answers_are_the_rows_due_with_their_keys(asked):
    ask, rows, _, predictor = asked
    told = json.loads(ask({"rows": rows.slice(0, 400).to_pylist()}))["predictions"]
    assert list(told[0]) == ["id", "at", "region", "score"]
    assert {row["at"][:10] for row in told} == {DAY}
    by_id = dict(zip(rows["id"].to_pylist(), predictor.scorer.score(rows), strict=True))
    assert [row["score"] for row in told] == [by_id[row["id"]] for row in told]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"b": "oops"}, "the row with id = 3: b is not a number. Correct the rows."),
        ({"region": None}, "the row with id = 3: region is missing. Correct the rows."),
        ({"id": 4}, "the row with id = 4: the key is that of another row. Correct the rows."),
        ({"at": "noon"}, "the row with id = 3: at is not a time. Correct the rows."),
    ],
)
def test_a_bad_raw_row_is_named_by_its_key(asked, change, message):
    ask, rows, _, _ = asked
    given = rows.to_pylist()
    given[3] |= change
    assert refusal(ask, {"rows": given}) == message


@pytest.mark.parametrize(
    ("body", "attributes", "message"),
    [
        ({"rows": []}, {}, "no row is of 2024-01-02, so nothing is due; there is no other row"),
        ({"rows": [5]}, {}, "`rows` is no list of objects."),
        ([], {}, "`rows` is no list of objects."),
        ({"rows": [{"id": 1}]}, {}, "column 'region' is missing. The source has: id."),
        ({"rows": [{"id": 1}]}, {"day": "monday"},
         "day 'monday' is not a day. Write it as 2018-07-25."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_raw_rows_as_a_whole_is_told(asked, body, attributes, message):
    ask, *_ = asked
    assert message in refusal(ask, body, **attributes)


def test_a_day_without_rows_says_which_day_has_some(asked):
    ask, rows, *_ = asked
    assert refusal(ask, {"rows": rows.to_pylist()}, day="2024-03-01") == (
        "no row is of 2024-03-01, so nothing is due; there are rows of 2024-01-01…2024-01-03. "
        "Give another day, or append a batch (pipeline data new-batch)."
    )


def test_without_the_use_cases_files_raw_rows_are_refused(served):
    from dataclasses import replace

    predictor, _ = served()
    with pytest.raises(RefusedRequestError) as refused:
        replace(predictor, use_case=None).predict(
            Request(b"{}", "application/json", "", {"rows": "raw"})
        )
    assert str(refused.value) == (
        "the files of the use case that computes the features are not beside this model. "
        "Send the features."
    )


@pytest.mark.slow
def test_ten_thousand_entities_get_the_same_features_and_scores_in_batch_and_online(tmp_path):
    """Generated payments: as many rows due on one day, with 37 days of history."""
    from dataclasses import replace
    from datetime import date

    from components.preprocess import preprocess
    from components.serving.predictor import load
    from components.train import train
    from penstock.use_case import load_use_case
    from use_cases.fraud.generator import generate

    fraud = load_use_case("fraud")
    with outputs_in(tmp_path / "training"):
        source = tmp_path / "rows"
        source.mkdir()
        generate(source, start=date(2018, 6, 1), days=75, seed=3, customers=6000, terminals=5000)
        data = preprocess("fraud", str(source))
        fitted = train("fraud", data.train, data.validation, "xgboost")
    predictor = load(fitted.model.path)
    with outputs_in(tmp_path / "inference"):
        prepared = prepare("fraud", str(source))
    batch = pq.read_table(prepared.rows.path)
    expected = batch.append_column("score", pa.array(predictor.scorer.score(batch)))
    rows = pq.read_table(source)
    answer = replace(predictor, use_case=fraud).predict(
        Request(
            as_parquet(rows),
            "application/x-parquet",
            "application/x-parquet",
            {"rows": "raw", "features": "yes"},
        )
    )
    found = pq.read_table(pa.BufferReader(answer.body))
    assert prepared.due == found.num_rows >= 10_000
    assert np.array_equal(found["score"], expected["score"])
    assert found.select(expected.column_names).equals(expected)
