"""Whatever comes, a body is answered or refused; nothing else is raised."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.serving.media_types import MEDIA_TYPES
from components.serving.predictor import ModelPredictor
from components.serving.schema import schema_of
from components.training.manifest import Feature, Manifest
from components.training.scorer import scorer_of
from penstock.contract.serving import RefusedRequestError, Request

FEATURES = (Feature("a", "double"), Feature("b", "float"), Feature("c", "bool"))


@pytest.fixture(scope="module")
def predictor():
    manifest = Manifest(
        candidate="constant", kind="constant", use_case="none", task="binary", target="y",
        classes=(0, 1), threshold=0.5, features=FEATURES, standardisation=None, fill=None,
        rounds=None, training={}, seed=0, libraries={}, payload_sha256="",
    )  # fmt: skip
    scorer = scorer_of(manifest, json.dumps({"values": [0.75, 0.25]}).encode())
    return ModelPredictor(scorer, schema_of(scorer), None)


def answered(predictor, body, content_type, accept="", **attributes):
    """Return the answer; None if the body was refused."""
    refused = None
    try:
        return predictor.predict(Request(body, content_type, accept, attributes))
    except RefusedRequestError as refusal:
        refused = refusal
    assert 400 <= refused.status < 500
    assert str(refused)
    return None


def assert_it_still_answers(predictor):
    assert answered(predictor, b"1,2,true\n", "text/csv", "text/csv").body == b"0.25\n"


def parquet():
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": np.arange(9.0), "b": np.arange(9.0), "c": [True] * 9}), stream)
    return stream.getvalue()


def stream():
    out = io.BytesIO()
    rows = pa.table({"a": np.arange(9.0), "b": np.arange(9.0), "c": [True] * 9})
    with pa.ipc.new_stream(out, rows.schema) as writer:
        writer.write_table(rows)
    return out.getvalue()


def test_the_bodies_that_are_spoilt_here_are_good_before(predictor):
    for body, content_type in (
        (parquet(), "application/x-parquet"),
        (stream(), "application/vnd.apache.arrow.stream"),
        (b"1,2,true\n" * 9, "text/csv"),
    ):
        assert answered(predictor, body, content_type, "text/csv").body == b"0.25\n" * 9


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(sorted(MEDIA_TYPES)))
@example(b"\x00" * 50, "text/csv")
@example(b'"1\n2",3,true\n', "text/csv")
@example(b"\r\r\r", "text/csv")
@example(b'{"a": 1e999, "b": 2, "c": true}', "application/jsonlines")
@example(b'{"a": 1, "a": 2, "b": 2, "c": true}', "application/jsonlines")
def test_random_bytes_kill_nothing(predictor, body, content_type):
    answered(predictor, body, content_type)
    answered(predictor, body, content_type, rows="raw")
    assert_it_still_answers(predictor)


CELLS = st.sampled_from(["", "1", "-2.5e-3", "nan", "true", '"', "x", "1e999", " 1", "ä", "\x00"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=6))
def test_every_line_of_csv_gets_one_answer_or_the_body_is_refused(predictor, rows):
    body = "".join(",".join(row) + "\n" for row in rows)
    answer = answered(predictor, body.encode(), "text/csv")
    if answer is not None:
        assert answer.body == b"0.25\n" * len(rows)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(VALUES, max_size=4))
@example([[10**400, 1, True]])
@example([[2**53 + 1, 1, True]])
@example([{"a": 1, "b": 2, "c": 1}])
def test_every_row_of_json_gets_one_answer_or_the_body_is_refused(predictor, rows):
    answer = answered(predictor, json.dumps({"instances": rows}).encode(), "application/json")
    if answer is not None:
        assert json.loads(answer.body) == {"predictions": [0.25] * len(rows)}
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    answer = answered(predictor, lines, "application/jsonlines")
    if answer is not None:
        assert answer.body == b'{"score": 0.25}\n' * len(rows)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4), st.booleans())
def test_spoilt_tables_kill_nothing(predictor, place, bytes_, is_parquet):
    body = bytearray(parquet() if is_parquet else stream())
    start = place % len(body)
    body[start : start + len(bytes_)] = bytes_
    content_type = "application/x-parquet" if is_parquet else "application/vnd.apache.arrow.stream"
    answered(predictor, bytes(body), content_type)
    assert_it_still_answers(predictor)


@pytest.mark.parametrize(
    ("first", "second"),
    [(1.0, 2.0), (0.1, 1 / 3), (5e-324, 3.4e38), (1.7976931348623157e308, 1e-45)],
)
def test_shortest_texts_come_back_as_the_same_numbers(predictor, first, second):
    from components.serving.bodies import csv, jsonlines

    schema = predictor.schema
    narrow = float(np.float32(second))
    line = f"{first!r},{np.float32(second)!s},true\n"
    table = csv.read(line.encode(), schema)
    assert table.column("a").to_pylist() == [first]
    assert table.column("b").to_pylist() == [narrow]
    text = f'{{"a":{first!r},"b":{narrow!r},"c":true}}\n'
    assert jsonlines.read(text.encode(), schema).equals(table)
