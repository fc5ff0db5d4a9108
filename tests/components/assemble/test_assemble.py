import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from components.assemble import assemble
from components.evaluate import evaluate
from components.train import train
from components.training.scorer import load_model
from penstock.contract import Metrics, outputs_in
from penstock.errors import DataError

GATES = "gates: [{metric: roc_auc, minimum: 0.6}]"


@pytest.fixture
def version(segmented, tmp_path):
    """Train, evaluate and assemble a version; outcomes can be set by name."""

    def make(
        name,
        *,
        previous="",
        case=None,
        outcomes=None,
        pooled=None,
        seed=0,
        judged_by="",
        **settings,
    ):
        case = case or segmented(**({"gates": GATES} | settings))
        with outputs_in(tmp_path / name / "trained"):
            found = train(case.use_case, case.train, case.validation, "xgboost", seed)
        with outputs_in(tmp_path / name / "judged"):
            judged = evaluate(
                case.use_case, found.model, case.test, found.scores, 0, judged_by, "small/1"
            )
        document = json.loads(Path(judged.metrics.path).read_text())
        for each in document["segments"]:
            if each["name"] in (outcomes or {}):
                each["outcome"], each["reason"] = outcomes[each["name"]], "as the test says"
        if pooled is not None:
            document["pooled"] |= {"passed": pooled, "verdict": "as the test says"}
        Path(judged.metrics.path).write_text(json.dumps(document))
        with outputs_in(tmp_path / name / "assembled"):
            return assemble(case.use_case, found.model, judged.metrics, previous)

    return make


def served(result):
    manifest = load_model(Path(result.bundle.path)).manifest
    return {name: each.served_by for name, each in manifest.segments.items()}


def digest_of(result, name):
    manifest = load_model(Path(result.bundle.path)).manifest
    return manifest.models[name].manifest.payload_sha256


def test_new_models_that_passed_are_taken(version):
    result = version("one", extra_names=("tiny",))
    assert served(result) == {
        "east": "own",
        "north": "own",
        "south": "own",
        "tiny": "pooled",
        "west": "own",
    }
    assert result.promoted == 5
    summary = json.loads(Path(result.summary.path).read_text())
    assert summary["served_by"] == {"none": 0, "own": 4, "pooled": 1, "previous": 0}


def flip(case):
    """Change the training rows a little, so that other models come out."""
    file = Path(case.train.path) / "part-0.parquet"
    table = pq.read_table(file)
    pq.write_table(table.slice(0, table.num_rows - 100), file)


def test_a_segment_that_did_not_pass_keeps_its_previous_model(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    flip(case)
    second = version(
        "two",
        case=case,
        previous=str(first.bundle.path),
        outcomes={"north": "failed_gate", "west": "failed"},
    )
    assert served(second) == {
        "east": "own",
        "north": "previous",
        "south": "own",
        "west": "previous",
    }
    assert digest_of(second, "north") == digest_of(first, "north")
    assert digest_of(second, "east") != digest_of(first, "east")
    assert second.promoted == 3
    table = pq.read_table(case.test.path)
    rows = table.filter(pc.equal(table["region"], "north"))
    scores = [load_model(Path(each.bundle.path)).score(rows) for each in (first, second)]
    assert np.array_equal(*scores)
    summary = json.loads(Path(second.summary.path).read_text())
    assert summary["segments"]["north"] == {
        "served_by": "previous",
        "reason": "as the test says",
        "model": "xgboost",
        "origin": str(first.bundle.path),
    }


def test_a_model_that_is_kept_twice_still_names_where_it_came_from(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    bad = {"north": "failed_gate"}
    second = version("two", case=case, previous=first.bundle.path, outcomes=bad)
    third = version("three", case=case, previous=second.bundle.path, outcomes=bad)
    assert served(third)["north"] == "previous"
    summary = json.loads(Path(third.summary.path).read_text())
    assert summary["segments"]["north"]["origin"] == first.bundle.path


def test_without_a_previous_model_the_pooled_one_serves_and_else_none(version, segmented):
    case = segmented(gates=GATES)
    bad = {"north": "failed_gate"}
    pooled = version("one", case=case, outcomes=bad)
    assert served(pooled)["north"] == "pooled"
    none = version("two", case=case, outcomes=bad, pooled=False)
    assert served(none)["north"] == "none"
    summary = json.loads(Path(none.summary.path).read_text())
    assert summary["segments"]["north"]["reason"] == (
        "as the test says; there is no previous version"
    )
    assert summary["pooled"] == {
        "model": "",
        "origin": "",
        "reason": "the new one did not pass: as the test says; there is no previous version",
    }


def test_a_pooled_model_that_did_not_pass_leaves_the_previous_one(version, segmented):
    case = segmented(gates=GATES, extra_names=("tiny",))
    first = version("one", case=case)
    flip(case)
    second = version("two", case=case, previous=first.bundle.path, pooled=False)
    assert served(second)["tiny"] == "pooled"
    assert digest_of(second, None) == digest_of(first, None)
    assert second.promoted == 4


def test_a_thin_segment_keeps_its_model_where_the_new_pooled_one_failed(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    file = Path(case.train.path) / "part-0.parquet"
    table = pq.read_table(file)
    north = pc.equal(table["region"], "north")
    pq.write_table(table.filter(pc.or_(pc.invert(north), pc.less(table["id"], 100))), file)
    passed = version("two", case=case, previous=first.bundle.path)
    assert served(passed)["north"] == "pooled"
    failed = version("three", case=case, previous=first.bundle.path, pooled=False)
    assert served(failed)["north"] == "previous"


def drop(case, region):
    for given in (case.train, case.validation, case.test):
        file = Path(given.path) / "part-0.parquet"
        table = pq.read_table(file)
        pq.write_table(table.filter(pc.not_equal(table["region"], region)), file)


def test_a_segment_that_vanished_from_the_data_keeps_its_model(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    drop(case, "west")
    second = version("two", case=case, previous=first.bundle.path)
    assert served(second)["west"] == "previous"
    assert digest_of(second, "west") == digest_of(first, "west")


def test_a_segment_that_the_settings_leave_out_goes(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    drop(case, "west")
    settings = Path(case.use_case) / "use_case.yaml"
    text = settings.read_text().replace("segments: {", "segments: {names: [north, south, east], ")
    settings.write_text(text)
    second = version("two", case=case, previous=first.bundle.path)
    assert served(second) == {"east": "own", "north": "own", "south": "own"}


def single(case, folder):
    settings = Path(case.use_case) / "use_case.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("segments: {", "report: {} # {"))
    with outputs_in(folder):
        found = train(case.use_case, case.train, case.validation, "xgboost")
    settings.write_text(text)
    return found


def test_one_earlier_model_for_all_counts_as_the_pooled_one(version, segmented, tmp_path):
    case = segmented(gates=GATES)
    before = single(case, tmp_path / "single")
    result = version(
        "two",
        case=case,
        previous=f"file://{before.model.path}",
        outcomes={"north": "failed_gate"},
        pooled=False,
    )
    assert served(result)["north"] == "pooled"
    manifest = load_model(Path(before.model.path)).manifest
    assert digest_of(result, None) == manifest.payload_sha256
    table = pq.read_table(case.test.path)
    rows = table.filter(pc.equal(table["region"], "north"))
    expected = load_model(Path(before.model.path)).score(rows)
    assert np.array_equal(load_model(Path(result.bundle.path)).score(rows), expected)


def test_a_previous_version_of_other_features_lends_nothing_and_says_so(version, segmented):
    case = segmented(gates=GATES)
    settings = Path(case.use_case) / "use_case.yaml"
    text = settings.read_text()
    settings.write_text(text.replace("features: [a, b, c]", "features: [a, b]"))
    first = version("one", case=case)
    settings.write_text(text)
    second = version(
        "two", case=case, previous=first.bundle.path, outcomes={"north": "failed"}, pooled=False
    )
    assert served(second)["north"] == "none"
    summary = json.loads(Path(second.summary.path).read_text())
    assert summary["segments"]["north"]["reason"] == (
        "as the test says; the previous version cannot serve: it knows no c"
    )


def test_the_previous_model_may_be_an_archive(version, segmented, tmp_path):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    archive = tmp_path / "kept" / "model.tar.gz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:gz") as content:
        for file in Path(first.bundle.path).iterdir():
            content.add(file, file.name)
    second = version("two", case=case, previous=archive.as_uri(), outcomes={"north": "failed_gate"})
    assert digest_of(second, "north") == digest_of(first, "north")


def test_a_damaged_previous_model_is_refused_and_nothing_is_written(version, segmented, tmp_path):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    models = Path(first.bundle.path) / "models.bin"
    models.write_bytes(models.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="the models are not those that the manifest was written"):
        version("two", case=case, previous=first.bundle.path)
    assert list((tmp_path / "two" / "assembled").iterdir()) == []


def test_metrics_of_another_bundle_are_refused(version, segmented, tmp_path):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    flip(case)
    version("two", case=case)
    other = Metrics()
    other.uri = str(tmp_path / "two" / "judged" / "metrics")
    model = type(first.bundle)()
    model.uri = str(tmp_path / "one" / "trained" / "model")
    with outputs_in(tmp_path / "three"), pytest.raises(DataError) as caught:
        assemble(case.use_case, model, other)
    assert str(caught.value) == (
        "metrics: the metrics are of another model than this one. "
        "Give the metrics of this very model."
    )


def test_a_single_model_is_refused(segmented, tmp_path):
    case = segmented(gates=GATES)
    found = single(case, tmp_path / "single")
    with outputs_in(tmp_path / "out"), pytest.raises(DataError) as caught:
        assemble(case.use_case, found.model, found.scores)
    assert str(caught.value) == (
        f"{found.model.path}: the model is no bundle of one model per segment. "
        "Set segments in the use case, and train."
    )


def test_a_challenger_that_is_not_better_leaves_the_champion_and_says_why(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    flip(case)
    champion = str(first.bundle.path)
    second = version("two", case=case, previous=champion, judged_by=champion)
    assert set(served(second).values()) == {"previous"}
    assert second.promoted == 0
    summary = json.loads(Path(second.summary.path).read_text())
    for name, each in summary["segments"].items():
        assert each["reason"].startswith("Undecided against small/1: average precision "), name
        assert digest_of(second, name) == digest_of(first, name)
    assert summary["pooled"]["origin"] == champion
    assert summary["pooled"]["reason"].endswith("; the previous one serves on")


def test_one_manifest_mixes_promoted_challengers_with_kept_champions(version, segmented):
    case = segmented(gates=GATES)
    first = version("one", case=case)
    # Where the champion learnt from mostly shuffled labels, the challenger is better.
    file = Path(case.train.path) / "part-0.parquet"
    table, random = pq.read_table(file), np.random.default_rng(1)
    labels = table["label"].to_numpy().copy()
    north = np.flatnonzero(np.asarray(table["region"]) == "north")
    north = north[random.random(len(north)) < 0.8]
    labels[north] = random.permutation(labels[north])
    spoilt = table.set_column(table.column_names.index("label"), "label", [labels])
    pq.write_table(spoilt, file)
    weak = version("weak", case=case, outcomes={"north": "passed"})
    pq.write_table(table.slice(0, table.num_rows - 100), file)
    champion = str(weak.bundle.path)
    mixed = version("mixed", case=case, previous=champion, judged_by=champion)
    found = served(mixed)
    assert found["north"] == "own"
    assert {found[name] for name in ("east", "south", "west")} == {"previous"}
    assert mixed.promoted >= 1
    assert digest_of(mixed, "east") == digest_of(weak, "east") == digest_of(first, "east")
