"""Lines for the native Transform step: CSV without a header, JSON Lines."""

import csv
import io
import json
import math

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.features.lines import write_lines
from penstock.errors import DataError
from penstock.use_case import load_use_case

SETTINGS = """\
name: lined
task: binary
split: {{by: hash}}
key: [id]
entity: who
target: bad
columns:
  id: {{type: integer}}
  who: {{type: string}}
  amount: {{type: float}}
  share: {{type: float}}
  bad: {{type: boolean}}
features: [amount, share]
metric: roc_auc
candidates: {{logistic_regression: {{}}}}
inference: {{form: {form}}}
"""


@pytest.fixture
def lines(tmp_path):
    def write(form: str, rows: list[tuple]) -> str:
        (tmp_path / "use_case.yaml").write_text(SETTINGS.format(form=form))
        columns = dict(zip(["id", "who", "amount", "share"], zip(*rows, strict=True), strict=True))
        types = [pa.int64(), pa.string(), pa.float64(), pa.float64()]
        table = pa.table([pa.array(c, t) for c, t in zip(columns.values(), types, strict=True)],
                         names=list(columns))  # fmt: skip
        pq.write_table(table, tmp_path / "rows")
        out = tmp_path / "lines"
        with duckdb.connect() as connection:
            write_lines(connection, load_use_case(str(tmp_path)), tmp_path / "rows", out)
        return out.read_text()

    return write


ROWS = [
    (1, "ann", 0.1, 3.0),
    (2, 'a "b", c', 1e-300, None),
    (3, "", math.nan, -0.0),
    (4, None, 12345678.9, 1 / 3),
]


def test_csv_has_no_header_quotes_only_what_needs_it_and_leaves_unknown_fields_empty(lines):
    assert lines("csv", ROWS) == (
        '1,ann,0.1,3.0\n2,"a ""b"", c",1e-300,\n3,"",,-0.0\n4,,12345678.9,0.3333333333333333\n'
    )


def test_json_lines_are_objects_with_null_for_what_is_unknown(lines):
    text = lines("jsonlines", [*ROWS, (5, "two\nlines", 1.0, 2.0)])
    assert text.splitlines() == [
        '{"id":1,"who":"ann","amount":0.1,"share":3.0}',
        '{"id":2,"who":"a \\"b\\", c","amount":1e-300,"share":null}',
        '{"id":3,"who":"","amount":null,"share":-0.0}',
        '{"id":4,"who":null,"amount":12345678.9,"share":0.3333333333333333}',
        '{"id":5,"who":"two\\nlines","amount":1.0,"share":2.0}',
    ]


def test_parquet_needs_no_lines(lines):
    assert lines("parquet", ROWS) == ""


def test_a_text_with_a_line_break_is_refused_in_csv(lines):
    with pytest.raises(DataError) as error:
        lines("csv", [(1, "two\nlines", 1.0, 2.0), (2, "a\rb", 1.0, 2.0), (3, "one", 1.0, 2.0)])
    assert str(error.value) == (
        "lined: 2 values of 'who' hold a line break, which a line of CSV cannot. "
        "Set inference.form to jsonlines or parquet, or mend the source."
    )


numbers = st.floats(allow_nan=False, allow_infinity=False, width=64)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(numbers, numbers, st.text("a\",\t' ;\\é{}", max_size=6)), min_size=1))
def test_every_number_and_text_reads_back_the_same(lines, found):
    rows = [(i, text, a, b) for i, (a, b, text) in enumerate(found)]
    read = list(csv.reader(io.StringIO(lines("csv", rows), newline="")))
    assert [(int(i), who, float(a), float(b)) for i, who, a, b in read] == rows
    objects = [json.loads(line) for line in lines("jsonlines", rows).split("\n") if line]
    assert [tuple(each.values()) for each in objects] == rows
