"""Rows in, predictions out: the scorer's own numbers, in constant memory, whole or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.batch_transform import batch_transform
from components.scoring import streaming, writing
from components.scoring.streaming import score_file
from penstock.contract import Dataset, outputs_in
from penstock.errors import DataError, WorkError


def write(path: Path, table: pa.Table, **options: int) -> Path:
    pq.write_table(table, path, **options)
    return path


def dataset(path: Path) -> Dataset:
    found = Dataset()
    found.uri = str(path)
    return found


@pytest.mark.parametrize("candidate", ["xgboost", "logistic_regression", "random_forest"])
@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_scores_are_those_of_the_whole_table_to_the_last_bit(
    make_scored, tmp_path, monkeypatch, task, candidate
):
    monkeypatch.setattr(streaming, "ROWS_AT_A_TIME", 37)
    scored = make_scored(task, candidate, inference="reasons: 0")
    rows = write(tmp_path / "rows.parquet", scored.rows, row_group_size=100)
    with outputs_in(tmp_path / "out"):
        made = batch_transform(scored.reference, scored.model, dataset(rows), "small/3")
    found = pq.read_table(made.path)
    wanted = scored.scorer.score(scored.rows)
    if task == "multiclass":
        for index, label in enumerate(("low", "middle", "top")):
            assert np.array_equal(found.column(f"score_{label}").to_numpy(), wanted[:, index])
        wanted = wanted.max(axis=1)
    assert np.array_equal(found.column("score").to_numpy(), wanted)
    assert made.metadata["rows"] == found.num_rows == 400


def test_predictions_have_carried_columns_then_scores_decisions_and_reasons(make_scored, tmp_path):
    scored = make_scored(inference="reasons: 2, positive_decision: visit, negative_decision: wait")
    score_file(
        write(tmp_path / "rows.parquet", scored.rows),
        tmp_path / "out.parquet",
        scored.scorer,
        scored.form,
    )
    found = pq.read_table(tmp_path / "out.parquet")
    assert [f"{field.name} {field.type}" for field in found.schema] == [
        "id int64",
        "at timestamp[us]",
        "region string",
        "score double",
        "decision string",
        "model string",
        "model_version string",
        "reason_1 string",
        "reason_2 string",
    ]
    threshold = scored.scorer.manifest.threshold
    for row in found.to_pylist():
        assert row["decision"] == ("visit" if row["score"] >= threshold else "wait")
        assert (row["model"], row["model_version"]) == ("", "small/3")
    assert set(found.column("decision").to_pylist()) == {"visit", "wait"}


def test_several_classes_are_decided_by_the_greatest_probability(make_scored, tmp_path):
    scored = make_scored("multiclass", inference="reasons: 1")
    rows = write(tmp_path / "rows.parquet", scored.rows)
    score_file(rows, tmp_path / "out.parquet", scored.scorer, scored.form)
    for row in pq.read_table(tmp_path / "out.parquet").to_pylist():
        by_class = {name: row[f"score_{name}"] for name in ("low", "middle", "top")}
        assert row["decision"] == max(by_class, key=by_class.__getitem__)
        assert row["score"] == max(by_class.values())


def test_a_regression_decides_nothing(make_scored, tmp_path):
    scored = make_scored("regression", inference="reasons: 0")
    rows = write(tmp_path / "rows.parquet", scored.rows)
    score_file(rows, tmp_path / "out.parquet", scored.scorer, scored.form)
    assert set(pq.read_table(tmp_path / "out.parquet")["decision"].to_pylist()) == {""}


def test_the_bytes_do_not_depend_on_threads_or_on_the_rows_groups(
    make_scored, tmp_path, monkeypatch
):
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", 150)
    scored = make_scored()
    seen = set()
    for number, (threads, size, group) in enumerate([(1, 400, 400), (2, 33, 77), (5, 7, 1000)]):
        monkeypatch.setattr(streaming, "ROWS_AT_A_TIME", size)
        rows = write(tmp_path / f"rows-{number}.parquet", scored.rows, row_group_size=group)
        target = tmp_path / f"out-{number}.parquet"
        score_file(rows, target, scored.scorer, scored.form, threads=threads)
        seen.add(target.read_bytes())
    assert len(seen) == 1
    metadata = pq.read_metadata(target)
    assert [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)] == [
        150,
        150,
        100,
    ]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 40), max_size=12), group=st.integers(1, 50))
def test_batches_of_any_sizes_become_full_row_groups(tmp_path, sizes, group):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(writing, "ROWS_PER_GROUP", group)
        every = pa.record_batch({"n": np.arange(sum(sizes))})
        starts = np.cumsum([0, *sizes])[:-1]
        batches = (every.slice(a, n) for a, n in zip(starts.tolist(), sizes, strict=True))
        rows = writing.write_batches(batches, every.schema, tmp_path / "out.parquet")
    found = pq.ParquetFile(tmp_path / "out.parquet")
    assert rows == sum(sizes)
    assert found.read().column("n").to_pylist() == list(range(sum(sizes)))
    counts = [found.metadata.row_group(i).num_rows for i in range(found.num_row_groups)]
    assert counts[:-1] == [group] * (len(counts) - 1)


def test_no_row_gives_an_empty_file_of_the_same_columns(make_scored, tmp_path):
    scored = make_scored()
    columns = []
    for number, table in enumerate([scored.rows.slice(0, 0), scored.rows]):
        rows = write(tmp_path / f"{number}.parquet", table)
        target = tmp_path / f"out-{number}.parquet"
        assert score_file(rows, target, scored.scorer, scored.form) == table.num_rows
        columns.append(pq.read_schema(target))
    assert columns[0].equals(columns[1])


def test_a_model_trained_on_another_schema_is_refused_with_every_difference(make_scored, tmp_path):
    scored = make_scored()
    table = scored.rows.rename_columns(
        ["n" if name == "b" else name for name in scored.rows.column_names]
    )
    index = table.column_names.index("c")
    table = table.set_column(index, "c", table.column("c").cast(pa.int64()))
    use_case = scored.use_case.model_copy(update={"features": ["a", "c", "n"]})
    rows = write(tmp_path / "rows.parquet", table)
    with pytest.raises(DataError) as raised:
        score_file(
            rows, tmp_path / "out.parquet", scored.scorer, replace(scored.form, use_case=use_case)
        )
    remedy = "Use a model that was trained with this feature SQL, or train one."
    assert str(raised.value).splitlines() == [
        f"{rows}: model small/3 needs the feature 'b', which the rows lack. {remedy}",
        f"{rows}: model small/3 takes 'c' as double, the rows hold int64. {remedy}",
        f"{rows}: model small/3 was trained without the feature 'n'. {remedy}",
    ]
    assert sorted(tmp_path.glob("*out*")) == []


def test_a_column_named_like_one_of_the_predictions_is_refused(make_scored, tmp_path):
    scored = make_scored()
    names = ["score" if name == "region" else name for name in scored.rows.column_names]
    use_case = scored.use_case.model_copy(update={"segment": "score"})
    rows = write(tmp_path / "rows.parquet", scored.rows.rename_columns(names))
    with pytest.raises(DataError) as raised:
        score_file(
            rows, tmp_path / "out.parquet", scored.scorer, replace(scored.form, use_case=use_case)
        )
    assert str(raised.value) == (
        f"{rows}: the column 'score' bears the name of a column of predictions. "
        "Give it another name in the use case."
    )


def test_a_half_written_file_of_rows_is_told_and_nothing_is_left(make_scored, tmp_path):
    scored = make_scored()
    rows = write(tmp_path / "rows.parquet", scored.rows)
    rows.write_bytes(rows.read_bytes()[:-200])
    with pytest.raises(DataError, match=r"the rows cannot be read: .*Run the step before this"):
        score_file(rows, tmp_path / "out.parquet", scored.scorer, scored.form)
    assert [file.name for file in tmp_path.glob("*.parquet*")] == ["rows.parquet"]


def test_a_full_disk_is_told_and_what_was_there_stays(make_scored, tmp_path, monkeypatch):
    scored = make_scored()
    rows = write(tmp_path / "rows.parquet", scored.rows)
    target = write(tmp_path / "out.parquet", pa.table({"before": [1]}))

    def full(self: object, *given: object, **named: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(WorkError) as raised:
        score_file(rows, target, scored.scorer, scored.form)
    assert str(raised.value) == (
        f"{target}: the predictions cannot be written: No space left on device. "
        "Free disk space, then run it again."
    )
    assert pq.read_table(target).to_pydict() == {"before": [1]}
    assert sorted(file.name for file in tmp_path.glob("*.parquet")) == [
        "out.parquet",
        "rows.parquet",
    ]
