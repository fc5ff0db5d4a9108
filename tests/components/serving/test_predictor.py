"""Every form of a body gives the scores that the streaming form gives, to the last bit."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from components.serving.predictor import load
from penstock.contract.serving import RefusedRequestError, Request
from penstock.errors import DataError

FEATURES = ["a", "b", "c"]


def as_csv(rows):
    stream = io.BytesIO()
    pa.csv.write_csv(rows.select(FEATURES), stream, pa.csv.WriteOptions(include_header=False))
    return stream.getvalue()


def as_lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows.to_pylist()).encode()


def as_lists(rows):
    lists = [[row[name] for name in FEATURES] for row in rows.to_pylist()]
    return json.dumps({"instances": lists}).encode()


def as_objects(rows):
    return json.dumps({"instances": rows.to_pylist()}).encode()


def as_stream(rows):
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, rows.schema) as writer:
        writer.write_table(rows)
    return stream.getvalue()


def as_parquet(rows):
    stream = io.BytesIO()
    pq.write_table(rows, stream)
    return stream.getvalue()


BODIES = {
    "csv": (as_csv, "text/csv"),
    "lines": (as_lines, "application/jsonlines"),
    "lists": (as_lists, "application/json"),
    "objects": (as_objects, "application/json"),
    "arrow": (as_stream, "application/vnd.apache.arrow.stream"),
    "parquet": (as_parquet, "application/x-parquet"),
}


def scores_of(body, media_type):
    if media_type == "text/csv":
        return np.array([[float(n) for n in line.split(b",")] for line in body.splitlines()])
    if media_type == "application/json":
        return np.array(json.loads(body)["predictions"])
    if media_type == "application/jsonlines":
        rows = [json.loads(line) for line in body.splitlines()]
        return np.array([row.get("score", row.get("scores")) for row in rows])
    if "arrow" in media_type:
        table = pa.ipc.open_stream(body).read_all()
    else:
        table = pq.read_table(pa.BufferReader(body))
    return np.column_stack([column.to_numpy() for column in table.columns])


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_every_body_and_every_answer_holds_the_same_scores(served, task):
    predictor, case = served(task)
    rows = pq.read_table(case.test.path).select(FEATURES)
    expected = predictor.scorer.score(rows)
    wanted = expected.reshape(len(rows), -1)
    for write, content_type in BODIES.values():
        for accept in dict(BODIES.values()).values():
            answer = predictor.predict(Request(write(rows), content_type, accept))
            assert answer.content_type == accept
            found = scores_of(answer.body, accept).reshape(wanted.shape)
            assert np.array_equal(found, wanted), (content_type, accept)


@pytest.mark.parametrize("candidate", ["logistic_regression", "random_forest"])
def test_texts_give_the_same_scores_where_the_model_takes_double_precision(served, candidate):
    predictor, case = served("binary", candidate)
    rows = pq.read_table(case.test.path).select(FEATURES)
    expected = predictor.scorer.score(rows)
    answer = predictor.predict(Request(as_csv(rows), "text/csv"))
    assert np.array_equal(scores_of(answer.body, "text/csv").ravel(), expected)


def refusal(predictor, body, content_type="text/csv", accept=""):
    with pytest.raises(RefusedRequestError) as refused:
        predictor.predict(Request(body, content_type, accept))
    return refused.value.status, str(refused.value)


CSV, JSON, LINES = "text/csv", "application/json", "application/jsonlines"
ARROW, PARQUET = "application/vnd.apache.arrow.stream", "application/x-parquet"
EXAMPLE = 'Send {"instances": [[1.5, 2], [3, null]]} or {"instances": [{"amount": 1.5}]}.'


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        (CSV, b"", "the body holds no row. Send one row a line."),
        (CSV, b"1,2,3\nx,2,3\n", "row 2, column 'a': 'x' is not a number."),
        (CSV, b"1,2,3\n1,2\n1,2,3,4\n",
         "row 2: it has 2 columns, not 3.\nrow 3: it has 4 columns, not 3."),
        (CSV, b"1,2\n1,2,3\n1,y,3\n",
         "row 1: it has 2 columns, not 3.\nrow 3, column 'b': 'y' is not a number."),
        (CSV, b"1,2,3\n\n1,2,3\n", "row 2: it is empty; 3 columns are expected."),
        (CSV, b"1,2,\xff\n", "row 1: it is not UTF-8."),
        (CSV, b"1,2,3\n" * 30 + b"x,2,3\n" * 30,
         "\n".join(f"row {row}, column 'a': 'x' is not a number." for row in range(31, 41))),
        (JSON, b"{", "the body is no JSON: Expecting property name enclosed in double quotes: "
         f"line 1 column 2 (char 1). {EXAMPLE}"),
        (JSON, b"[]", f"the body has no list `instances`. {EXAMPLE}"),
        (JSON, b'{"instances": [[1, 2, NaN]]}',
         "the body is no JSON: NaN is no number of JSON; write null for no value. " + EXAMPLE),
        (JSON, b'{"instances": [[1, 2], 5, [1, "2", true]]}',
         "row 1: it has 2 values, not 3.\nrow 2: 5 is neither a list nor an object."),
        (JSON, b'{"instances": [[1, "2", 3], [[], 2, 3]]}',
         "row 1, column 'b': '2' is not a number.\nrow 2, column 'a': [] is not a number."),
        (JSON, b'{"instances": [{"a": 1, "b": 2}]}',
         "row 1, column 'c': it is missing. Write null for no value."),
        (JSON, b"[" * 100_000, f"the body is nested too deeply. {EXAMPLE}"),
        (LINES, b'{"a": 1, "b": 2, "c": 3}\noops\n',
         "row 2: it is no JSON: Expecting value: line 1 column 1 (char 0)."),
        (LINES, b'{"a": 1, "b": 2, "c": 3}\n{"a": 1, "b": 2}\n',
         "row 2, column 'c': it is missing. Write null for no value."),
        (LINES, b'{"a": 1, "b": "x", "c": 3}\n', "row 1, column 'b': 'x' is not a number."),
        (LINES, b"\n", "the body holds no row. Send one JSON object a line."),
        (ARROW, b"", "the body is no Arrow stream, or a damaged one: Tried reading schema message, "
         "was null or length 0. Send it whole."),
        (PARQUET, b"PAR1", "the body is no Parquet file, or a damaged one: Parquet file size is 4 "
         "bytes, smaller than the minimum file footer (8 bytes). Send it whole."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_body_is_told_by_row_and_column(served, content_type, body, message):
    predictor, _ = served()
    assert refusal(predictor, body, content_type) == (400, message)


@pytest.mark.parametrize("write", [as_stream, as_parquet])
def test_columns_that_a_model_cannot_take_are_told_together(served, write):
    predictor, _ = served()
    content_type = ARROW if write is as_stream else PARQUET
    body = write(pa.table({"a": ["x"], "b": [1.0]}))
    assert refusal(predictor, body, content_type) == (
        400,
        "the column 'a' is of type string, not a number.\nthe column 'c' is missing.",
    )


@pytest.mark.parametrize("write", [as_stream, as_parquet])
def test_a_table_cut_off_anywhere_is_refused(served, write):
    predictor, case = served()
    body = write(pq.read_table(case.test.path).select(FEATURES))
    content_type = ARROW if write is as_stream else PARQUET
    for length in (1, 8, len(body) // 3, len(body) // 2, len(body) - 12):
        assert refusal(predictor, body[:length], content_type)[0] == 400


def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(served):
    predictor, _ = served()
    zeros = pa.array(np.zeros(12_000_000))
    body = as_parquet(pa.table({"a": zeros, "b": zeros, "c": zeros}))
    status, message = refusal(predictor, body, PARQUET)
    assert len(body) < 1_000_000
    assert status == 413
    assert message.endswith("Send fewer rows at a time.")


def test_missing_and_infinite_values_are_scored_as_in_batch(served):
    predictor, _ = served()
    rows = pa.table({"a": [None, float("nan"), float("inf")], "b": [1.0] * 3, "c": [1, 2, 3]})
    expected = predictor.scorer.score(rows)
    answer = predictor.predict(Request(b",1,1\nnan,1,2\ninf,1,3\n", CSV))
    assert np.array_equal(scores_of(answer.body, CSV).ravel(), expected)


def test_columns_that_the_model_does_not_know_are_left_out(served):
    predictor, case = served()
    rows = pq.read_table(case.test.path)
    expected = predictor.scorer.score(rows)
    for write, content_type in ((as_stream, ARROW), (as_parquet, PARQUET)):
        answer = predictor.predict(Request(write(rows), content_type, CSV))
        assert np.array_equal(scores_of(answer.body, CSV).ravel(), expected)


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ("", "text/csv"),
        ("*/*", "text/csv"),
        ("application/json", "application/json"),
        ("text/html, application/json;q=0.5, text/csv;q=0.1", "application/json"),
        ("application/*", "application/json"),
        ("text/csv;q=0, */*", "application/json"),
    ],
)
def test_the_most_wished_type_that_is_understood_is_answered(served, accept, answered):
    predictor, _ = served()
    assert predictor.predict(Request(b"1,2,3\n", CSV, accept)).content_type == answered


def test_types_that_are_not_understood_are_named(served):
    predictor, _ = served()
    known = (
        "text/csv, application/json, application/jsonlines, application/x-jsonlines, "
        "application/x-ndjson, application/vnd.apache.arrow.stream, "
        "application/vnd.apache.parquet, application/x-parquet."
    )
    assert refusal(predictor, b"1,2,3", "image/png") == (
        415, f"the content type 'image/png' is unknown. Use one of: {known}",
    )  # fmt: skip
    assert refusal(predictor, b"1,2,3", "") == (415, f"no content type. Use one of: {known}")
    assert refusal(predictor, b"1,2,3", "text/csv; charset=latin-1") == (
        415, "the charset 'latin-1' is unknown. Use UTF-8.",
    )  # fmt: skip
    assert refusal(predictor, b"1,2,3", CSV, "image/png") == (
        406, f"no answer can be given as 'image/png'. Accept one of: {known}",
    )  # fmt: skip


def test_a_model_of_other_features_than_its_use_case_computes_is_not_served(served, monkeypatch):
    from components.serving import schema

    predictor, _ = served()
    settings = predictor.use_case.model_copy(update={"features": ["a", "c"]})
    monkeypatch.setattr(schema, "load_use_case", lambda _: settings)
    with pytest.raises(DataError) as refused:
        load(str(served.folder))
    assert str(refused.value) == (
        f"{served.folder}: the model takes a, b, c; the use case small computes a, c. "
        "Train again, or serve the model with the files it was trained with."
    )
