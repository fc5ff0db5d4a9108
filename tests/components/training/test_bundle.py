import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.train import train
from components.training.rows import Rows
from components.training.scorer import load_model, scorer_of
from components.training.segments.bundle_folder import read_bundle, write_bundle
from components.training.segments.values import rows_by_value
from penstock.contract import outputs_in
from penstock.errors import DataError


@pytest.fixture
def bundle(segmented, tmp_path):
    """Return the folder of a bundle whose segment `tiny` is served by the pooled model."""

    def make(task="binary", candidates="xgboost", **more):
        case = segmented(task, extra_names=("tiny",), **more)
        with outputs_in(tmp_path / "trained"):
            found = train(case.use_case, case.train, case.validation, candidates)
        return Path(found.model.path), pq.read_table(case.test.path)

    return make


def by_hand(folder, table):
    """Score row by row, each with the model that the manifest names."""
    manifest, payload = read_bundle(folder)
    scorers = {
        name: scorer_of(stored.manifest, payload(name)) for name, stored in manifest.models.items()
    }
    scores, thresholds = [], []
    for row in range(table.num_rows):
        one = table.slice(row, 1)
        region = one["region"][0].as_py()
        chosen = scorers[region if region in scorers else None]
        scores.append(chosen.score(one)[0])
        thresholds.append(chosen.manifest.threshold)
    return np.array(scores), np.array(thresholds)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("candidates", ["xgboost", "random_forest"])
def test_each_row_is_scored_by_the_model_of_its_segment_in_the_rows_order(bundle, task, candidates):
    folder, table = bundle(task, candidates)
    scorer = load_model(folder)
    expected, thresholds = by_hand(folder, table)
    batch = table.combine_chunks().to_batches()[0]
    details = scorer.score_details(batch)
    assert np.array_equal(scorer.score(table), expected)
    assert np.array_equal(details.scores, expected)
    regions = table["region"].to_pylist()
    assert list(details.models) == ["pooled" if each == "tiny" else "own" for each in regions]
    if task == "binary":
        assert np.array_equal(details.thresholds, thresholds)
        assert np.array_equal(scorer.details_of(batch, expected).thresholds, thresholds)
    else:
        assert details.thresholds is None


def test_files_and_tables_score_alike(bundle, tmp_path):
    folder, table = bundle()
    pq.write_table(table, tmp_path / "rows.parquet", row_group_size=37)
    scores = load_model(folder).score_rows(Rows((tmp_path / "rows.parquet",)))
    assert np.array_equal(scores, load_model(folder).score(table))


def test_unknown_and_missing_segments_go_to_the_pooled_model_and_are_told_once(bundle, capfd):
    folder, table = bundle()
    strange = pa.array(["mars", None, "mars", "north"])
    rows = table.slice(0, 4).set_column(table.schema.get_field_index("region"), "region", strange)
    scorer = load_model(folder)
    capfd.readouterr()
    details = scorer.score_details(rows.combine_chunks().to_batches()[0])
    assert list(details.models) == ["pooled", "pooled", "pooled", "own"]
    assert np.array_equal(details.scores[:3], scorer.model(None).score(rows.slice(0, 3)))
    scorer.score(rows)
    assert capfd.readouterr().err.splitlines() == [
        "region 'mars': the pooled model serves 2 rows of a segment that was not trained.",
        "region is missing: the pooled model serves 1 rows of a segment that was not trained.",
    ]


def test_rows_that_no_model_serves_have_no_score(bundle, tmp_path):
    folder, table = bundle()
    manifest, payload = read_bundle(folder)
    from dataclasses import replace

    write_bundle(tmp_path / "bare", replace(manifest, pooled=None), payload)
    scorer = load_model(tmp_path / "bare")
    details = scorer.score_details(table.combine_chunks().to_batches()[0])
    tiny = np.array(table["region"].to_pylist()) == "tiny"
    assert tiny.any()
    assert np.array_equal(np.isnan(details.scores), tiny)
    assert np.array_equal(np.isnan(details.thresholds), tiny)
    assert {name for name, is_tiny in zip(details.models, tiny, strict=True) if is_tiny} == {"none"}


def test_contributions_add_up_to_each_rows_own_margin(bundle):
    import xgboost as xgb

    folder, table = bundle()
    scorer = load_model(folder)
    batch = table.combine_chunks().to_batches()[0]
    found = scorer.contributions(batch)
    assert found.shape == (table.num_rows, 3)
    for group in scorer.groups(batch):
        model = scorer.model(group.model)
        part = batch.take(group.rows).select(["a", "b", "c"])
        matrix = xgb.DMatrix(model.inputs(part))
        alone = model.model.predict(matrix, pred_contribs=True)
        assert np.array_equal(found[group.rows], alone[:, :-1].astype(np.float64))
        margin = model.model.predict(matrix, output_margin=True)
        assert found[group.rows].sum(axis=1) + alone[:, -1] == pytest.approx(margin, abs=1e-5)


def test_models_of_other_kinds_tell_no_contributions(bundle):
    folder, table = bundle(candidates="random_forest")
    assert load_model(folder).contributions(table.to_batches()[0]) is None


def test_models_are_loaded_when_their_first_row_comes(bundle):
    folder, table = bundle()
    scorer = load_model(folder)
    assert scorer._loaded == {}
    scorer.score(table.filter(pa.compute.equal(table["region"], "west")))
    assert list(scorer._loaded) == ["west"]


def test_a_missing_segment_column_is_told(bundle):
    folder, table = bundle()
    with pytest.raises(DataError, match="the feature 'region' is missing"):
        load_model(folder).score(table.drop_columns(["region"]))


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mixture_of_segments_scores_as_row_by_row(small_bundle, data):
    folder, table = small_bundle
    rows = data.draw(st.lists(st.integers(0, table.num_rows - 1), max_size=40))
    names = st.sampled_from(["north", "south", "east", "west", "tiny", "mars", None])
    regions = data.draw(st.lists(names, min_size=len(rows), max_size=len(rows)))
    part = table.take(pa.array(rows, pa.int64())).set_column(
        table.schema.get_field_index("region"), "region", pa.array(regions, pa.string())
    )
    assert np.array_equal(load_model(folder).score(part), by_hand(folder, part)[0])


@pytest.fixture
def small_bundle(bundle):
    return bundle()


@given(st.lists(st.one_of(st.none(), st.sampled_from("abc"), st.text(max_size=3)), max_size=50))
def test_rows_by_value_holds_every_row_once_and_in_order(values):
    groups = rows_by_value(pa.array(values, pa.string()))
    assert sorted(row for _, rows in groups for row in rows) == list(range(len(values)))
    for name, rows in groups:
        assert [values[row] for row in rows] == [name] * len(rows)
        assert list(rows) == sorted(rows)


@pytest.mark.parametrize(
    ("column", "names"),
    [
        (pa.array([1, 2, None]), ["1", "2", None]),
        (pa.array([True, False, True]), ["true", "false"]),
        (pa.array([1.5, 2.0, 1.5]), ["1.5", "2.0"]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y"]),
    ],
)
def test_segments_of_any_type_are_named_as_text(column, names):
    assert [name for name, _ in rows_by_value(column)] == names


def refusal(folder):
    with pytest.raises(DataError) as caught:
        load_model(folder)
    return str(caught.value)


def test_a_changed_byte_of_the_models_is_refused(bundle):
    folder, _ = bundle()
    content = bytearray((folder / "models.bin").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "models.bin").write_bytes(content)
    assert refusal(folder) == (
        f"{folder}/model.json: the models are not those that the manifest was written for. "
        "Use a model that `train` wrote."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda facts: facts.pop("segment"), "the key 'segment' is missing."),
        (lambda facts: facts.update(surprise=1), "the key 'surprise' is unknown."),
        (lambda facts: facts.update(segments=[]), "a value is not of its type."),
        (lambda facts: facts.update(features=[1]), "a value is not of its type."),
        (
            lambda facts: facts["segments"]["west"].update(served_by="nobody"),
            "a value is not of its type.",
        ),
        (
            lambda facts: facts["segments"]["west"]["model"].update(kind="pickle", offset="0"),
            "the model of the segment 'west': the value of 'kind' is not of its type. "
            "the value of 'offset' is missing or not of its type.",
        ),
        (
            lambda facts: facts["pooled"].update(size=10**9),
            "the model of all segments lies outside of models.bin.",
        ),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(bundle, change, message):
    folder, _ = bundle()
    facts = json.loads((folder / "model.json").read_text())
    change(facts)
    (folder / "model.json").write_text(json.dumps(facts))
    assert refusal(folder) == f"{folder}/model.json: {message} Use a model that `train` wrote."


def test_a_file_too_many_is_refused(bundle):
    folder, _ = bundle()
    (folder / "run.pkl").write_bytes(b"")
    assert refusal(folder) == (
        f"{folder}: the file 'run.pkl' does not belong to a model. Use a model that `train` wrote."
    )


def test_a_bundle_is_read_as_it_was_written(bundle, tmp_path):
    folder, _ = bundle()
    manifest, payload = read_bundle(folder)
    written = write_bundle(tmp_path / "again", manifest, payload)
    assert written == manifest
    for name in ("model.json", "models.bin"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes()
