"""Answers of a transform become the very predictions of the streaming form."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from components.scoring.answers import read_answers
from components.scoring.collecting import collect
from components.scoring.streaming import score_file
from components.serving.lines import answer_files
from components.serving.predictor import load
from penstock.errors import DataError


@pytest.mark.parametrize("form", ["csv", "jsonlines"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_both_forms_give_the_same_predictions(make_scored, tmp_path, task, form):
    scored = make_scored(task, inference=f"form: {form}")
    rows, lines = tmp_path / "rows.parquet", tmp_path / "lines"
    pq.write_table(scored.rows, rows)
    chosen = scored.rows.select(["id", "at", "region", "a", "b", "c"])
    if form == "csv":
        chosen.to_pandas().to_csv(lines, header=False, index=False)
    else:
        lines.write_text("".join(json.dumps(r, default=str) + "\n" for r in chosen.to_pylist()))
    answer_files(load(scored.model.path), lines, tmp_path / "answers")
    collect(rows, tmp_path / "answers", tmp_path / "a.parquet", scored.scorer, scored.form)
    score_file(rows, tmp_path / "b.parquet", scored.scorer, scored.form)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_file_with_too_few_lines_is_named(make_scored, tmp_path):
    scored = make_scored(inference="form: csv")
    rows, answers = tmp_path / "rows.parquet", tmp_path / "answers"
    pq.write_table(scored.rows, rows)
    answers.mkdir()
    (answers / "part-0.out").write_text("1,0.5\n" * 200)
    (answers / "part-1.out").write_text("1,0.5\n" * 199)
    with pytest.raises(DataError) as raised:
        collect(rows, answers, tmp_path / "out.parquet", scored.scorer, scored.form)
    assert str(raised.value) == (
        f"{answers}: the transform gave 399 answers to 400 rows (part-0.out: 200, part-1.out: "
        "199). See the log of its step; run it again."
    )
    assert not (tmp_path / "out.parquet").exists()


def test_no_answer_at_all_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised:
        read_answers(tmp_path, 1, form="csv")
    assert str(raised.value) == (
        f"{tmp_path}: the transform left no answers. See the log of its step."
    )


def test_answers_stand_behind_whatever_is_carried_along(tmp_path: Path) -> None:
    (tmp_path / "a.out").write_text('1,"x, ""y""",7,0.25,0.75\n' * 3000 + "z,,0.5,1,0\n")
    found = read_answers(tmp_path, 2, form="csv")
    assert found.scores.shape == (3001, 2)
    assert found.scores[0].tolist() == [0.25, 0.75]
    assert found.scores[-1].tolist() == [1.0, 0.0]
    assert found.lines == {"a.out": 3001}


def test_a_missing_score_is_nan(tmp_path: Path) -> None:
    (tmp_path / "a.out").write_text("1,nan\n2,0.5\n3,\n")
    assert np.isnan(read_answers(tmp_path, 1, form="csv").scores).tolist() == [True, False, True]
    (tmp_path / "a.out").write_text('{"SageMakerOutput": {"score": null}, "id": 1}\n')
    assert np.isnan(read_answers(tmp_path, 1, form="jsonlines").scores).tolist() == [True]


@pytest.mark.parametrize("line", ["[]", '{"score": [1, 2]}', '{"id": 3}', "oops", '{"score": "x"}'])
def test_a_line_without_scores_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.out").write_text('{"score": 0.5}\n' + line + "\n")
    with pytest.raises(DataError) as raised:
        read_answers(tmp_path, 1, form="jsonlines")
    assert str(raised.value) == (
        f"{tmp_path}/a.out:2: the line holds no score. See the model's server."
    )


def test_a_line_of_csv_that_is_no_number_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.out").write_text("1,0.5\n2,oops\n")
    with pytest.raises(DataError, match=r"a\.out: the answers cannot be read: .*oops"):
        read_answers(tmp_path, 1, form="csv")
