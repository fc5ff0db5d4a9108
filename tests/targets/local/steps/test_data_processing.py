"""What is sent of records and kept with their answers."""

from __future__ import annotations

import pytest

from penstock.errors import StepError
from penstock.targets.local.steps.data_processing import RecordError, data_processing


def processing(media, split="Line", **said):
    return data_processing(
        {"TransformInput": {"ContentType": media, "SplitType": split}, "DataProcessing": said}
    )


def test_quoted_columns_stay_columns():
    found = processing("text/csv", InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,-1]")
    record = b'"Caracas, east",1,"say ""x"""\n'
    assert found.sent(record) == b'1,"say ""x"""\n'
    assert found.kept((record,), b"0.5\n") == b'"Caracas, east",0.5\n'


def test_an_answer_joins_a_json_object_under_its_own_name():
    found = processing("application/jsonlines", JoinSource="Input")
    records = (b'{"id": 1, "a": 2.5}\n', b"[1, 2]\n")
    assert found.kept(records, b'{"score": 0.1}\n{"score": 0.2}\n') == (
        b'{"id":1,"a":2.5,"SageMakerOutput":{"score":0.1}}\n'
        b'{"SageMakerInput":[1,2],"SageMakerOutput":{"score":0.2}}\n'
    )


def test_a_json_document_is_one_record():
    found = processing("application/json", "None", InputFilter="$.features", JoinSource="Input")
    assert found.sent(b'{"id": 7, "features": {"instances": [[1]]}}') == b'{"instances":[[1]]}'
    assert found.kept((b'{"id": 7}',), b'{"predictions": [0.5]}') == (
        b'{"id":7,"SageMakerOutput":{"predictions":[0.5]}}'
    )


def test_a_csv_file_as_a_whole_is_filtered_line_by_line():
    found = processing("text/csv", "None", InputFilter="$[1:]", JoinSource="Input")
    assert found.sent(b"a,1\nb,2\n") == b"1\n2\n"
    assert found.kept((b"a,1\nb,2\n",), b"0.5\n0.6\n") == b"a,1,0.5\nb,2,0.6\n"


def test_an_output_filter_alone_selects_from_the_answers():
    found = processing("text/csv", OutputFilter="$[0]")
    assert found.kept((b"x\n", b"y\n"), b"1,2\n3,4\n") == b"1\n3\n"


def test_an_answer_that_cannot_be_read_is_told():
    found = processing("application/jsonlines", JoinSource="Input")
    with pytest.raises(RecordError, match=r"^b'oops' is no JSON: Expecting value"):
        found.kept((b"{}\n",), b"oops\n")


def test_only_texts_can_be_filtered():
    with pytest.raises(StepError) as refused:
        processing("application/x-parquet", JoinSource="Input")
    assert str(refused.value) == (
        "DataProcessing: the content type 'application/x-parquet' can be neither filtered nor "
        "joined. Use one of: text/csv, application/json, application/jsonlines."
    )
