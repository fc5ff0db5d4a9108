import json
import shutil
from pathlib import Path

import pytest

from penstock.errors import UseCaseError
from penstock.use_case import json_schema, load_use_case, parse_use_case

MINIMAL = """\
name: tiny
task: binary
key: [id]
target: y
columns:
  id: {type: integer}
  x: {type: float}
  y: {type: integer}
features: [x]
split: {by: hash}
metric: roc_auc
candidates: {xgboost: {}}
"""


def problems_of(text: str, *, has_sql: bool = False) -> str:
    with pytest.raises(UseCaseError) as error:
        parse_use_case(text, file="use_case.yaml", has_sql=has_sql)
    return str(error.value)


def test_a_few_lines_are_a_use_case_with_a_baseline():
    tiny = parse_use_case(MINIMAL, file="use_case.yaml", has_sql=False)
    assert list(tiny.candidates) == ["xgboost", "constant"]
    assert tiny.group == "tiny"
    assert tiny.candidates["xgboost"].settings.max_depth == 6
    assert list(tiny.selected_candidates("constant")) == ["constant"]


def test_an_unknown_gate_metric_is_named_with_its_line():
    assert problems_of(MINIMAL + "gates:\n  - {metric: auc_roc, minimum: 0.5}\n") == (
        "use_case.yaml:14: gate metric 'auc_roc' is unknown. Use one of: roc_auc, "
        "average_precision, log_loss, brier, calibration_error, accuracy, precision, recall, f1."
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target: y", "taget: y", "use_case.yaml:4: 'taget' is not a setting here. Did you mean "
         "target? Use one of: "),
        ("task: binary", "task: binry", "use_case.yaml:2: task 'binry' is unknown. Did you mean "
         "binary? Use one of: binary, multiclass, regression."),
        ("x: {type: float}", "x: {type: flot}", "use_case.yaml:7: type 'flot' is unknown. Did you "
         "mean float? Use one of: string, integer, float, boolean, timestamp."),
        ("{by: hash}", "{by: time}", "use_case.yaml:10: a split by time needs a time column. "
         "Set time_column, or `split: {by: hash}`."),
        ("{xgboost: {}}", "{xgboost: {settings: {max_dept: 3}}}", "use_case.yaml:12: 'max_dept' is "
         "not a setting here. Did you mean max_depth? Use one of: rounds, "),
        ("{xgboost: {}}", "{boost: {kind: svm}}", "use_case.yaml:12: candidate kind 'svm' is "
         "unknown. Use one of: xgboost, logistic_regression, random_forest, constant."),
        ("{xgboost: {}}", "{boost: {}}", "use_case.yaml:12: candidate 'boost' has no kind. Add "
         "`kind:` with one of: xgboost, logistic_regression, random_forest, constant."),
        ("features: [x]", "features: [x, z]", "use_case.yaml:9: feature 'z' is no column, and "
         "there is no features.sql. Use one of: id, x."),
        ("features: [x]", "features: [y]", "use_case.yaml:9: feature 'y' is the target. "
         "Remove it."),
        ("key: [id]", "key: id", "use_case.yaml:3: key must be a list, not 'id'."),
        ("metric: roc_auc", "metric: rmse", "use_case.yaml:11: metric 'rmse' is unknown. "
         "Use one of: roc_auc, "),
        ("metric: roc_auc", "", "use_case.yaml:1: the setting 'metric' is missing. "
         "Add `metric: ...`."),
        ("metric: roc_auc", "metric: [", "use_case.yaml:13: this is not YAML: "),
        ("key: [id]", "key: [id]\nname: a", "use_case.yaml:4: 'name' stands here a second time. "
         "Remove it or the one in line 1."),
        ("x: {type: float}", "x: {type: float, role: pii}", "use_case.yaml:9: feature 'x' holds "
         "personal data. Remove it or its role."),
        ("split:", "seed: -1\nsplit:", "use_case.yaml:10: seed must be at least 0, not -1."),
        ("split:", "time_zone: Mars\nsplit:", "use_case.yaml:10: time zone 'Mars' is unknown. "
         "Use an IANA name such as UTC or Europe/Zurich."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_remedy(old, new, message):
    found = problems_of(MINIMAL.replace(old, new))
    assert message in found
    assert found.count("\n") <= 1


def test_problems_of_all_kinds_are_reported_at_once():
    text = (
        MINIMAL.replace("seed", "sed").replace("{type: float}", "{type: float, minimun: 0}")
        + "gates:\n  - {metric: auc}\n"
    )
    assert problems_of(text) == (
        "use_case.yaml:7: 'minimun' is not a setting here. Did you mean minimum? "
        "Use one of: type, column, nullable, minimum, maximum, allowed, role.\n"
        "use_case.yaml:14: gate metric 'auc' is unknown. Use one of: roc_auc, average_precision, "
        "log_loss, brier, calibration_error, accuracy, precision, recall, f1.\n"
        "use_case.yaml:14: the gate on 'auc' has no limit. "
        "Set minimum, maximum or not_worse_than_baseline."
    )


def test_a_reference_is_pinned_and_another_version_is_refused(tmp_path: Path):
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "use_case.yaml").write_text(MINIMAL)
    tiny = load_use_case(str(folder))
    assert tiny.reference == f"{folder}@{tiny.digest}"
    assert load_use_case(tiny.reference) == tiny
    (folder / "features.sql").write_text("SELECT * FROM source")
    changed = load_use_case(str(folder))
    with pytest.raises(UseCaseError) as error:
        load_use_case(tiny.reference)
    assert str(error.value) == (
        f"{folder}/use_case.yaml: the image or working tree holds {changed.digest} of this use "
        f"case, but the definition was compiled with {tiny.digest}. "
        "Compile again, or run the image that was built from the same commit."
    )
    shutil.rmtree(folder)


def test_a_name_refers_to_the_projects_own_use_case(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    fraud = load_use_case("fraud")
    assert fraud.reference == f"fraud@{fraud.digest}"
    assert fraud.features_sql.count("OVER") == 12


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UseCaseError) as error:
        load_use_case("frawd")
    assert str(error.value) == (
        "there is no use case 'frawd'. Did you mean fraud? Use one of: diabetes, fraud, "
        "maintenance, wine; or the path of a folder that holds use_case.yaml."
    )


def segmented(folder: Path, segments: str) -> Path:
    folder.mkdir()
    (folder / "use_case.yaml").write_text(
        MINIMAL.replace("  y:", "  kind: {type: string}\n  y:") + "segment: kind\n"
        "segments: {file: kinds.txt}\n"
    )
    (folder / "kinds.txt").write_text(segments, encoding="utf-8")
    return folder


def test_segments_come_from_the_file_beside_the_settings_and_are_part_of_the_version(tmp_path):
    first = load_use_case(str(segmented(tmp_path / "one", "\ufeff# kinds\na\n\nb\n")))
    same = load_use_case(str(segmented(tmp_path / "two", "a\nb # the second\n")))
    other = load_use_case(str(segmented(tmp_path / "three", "a\nc\n")))
    assert first.segment_names == same.segment_names == ("a", "b")
    assert first.digest == same.digest != other.digest


def test_a_segment_file_that_is_absent_or_repeats_itself_is_named(tmp_path, monkeypatch):
    folder = segmented(tmp_path / "tiny", "a\nb\na\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UseCaseError) as error:
        load_use_case("tiny")
    assert str(error.value) == (
        "tiny/kinds.txt:3: the segment 'a' stands in line 1 already. Remove one."
    )
    (folder / "kinds.txt").write_bytes("a\n\xff".encode("latin-1"))
    with pytest.raises(UseCaseError) as error:
        load_use_case("tiny")
    assert str(error.value) == "tiny/kinds.txt: the file is not UTF-8 text. Save it as UTF-8."
    (folder / "kinds.txt").unlink()
    with pytest.raises(UseCaseError) as error:
        load_use_case("tiny")
    assert str(error.value) == (
        "tiny/kinds.txt: the file cannot be read: No such file or directory."
    )


def test_rows_sql_is_part_of_the_version(tmp_path):
    text = MINIMAL.replace("features:", "  at: {type: timestamp}\nfeatures:") + (
        "time_column: at\ntables: {events: {columns: {id: {type: integer}}}}\n"
    )
    digests = set()
    for name, sql in (("one", "SELECT 1"), ("two", "SELECT 2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "use_case.yaml").write_text(text)
        (tmp_path / name / "rows.sql").write_text(sql)
        loaded = load_use_case(str(tmp_path / name))
        assert loaded.rows_sql == sql
        digests.add(loaded.digest)
    assert len(digests) == 2


def test_an_unknown_candidate_is_refused():
    with pytest.raises(UseCaseError) as error:
        load_use_case("wine").selected_candidates("xgboost, boost")
    assert str(error.value) == (
        "wine: candidate 'boost' is unknown. "
        "Use one of: logistic_regression, random_forest, xgboost, constant."
    )


def test_the_json_schema_describes_every_setting():
    schema = json_schema()
    assert json.loads(json.dumps(schema)) == schema
    undescribed = [
        name for name, part in schema["properties"].items() if not {"description", "$ref"} & {*part}
    ]
    assert undescribed == []
    assert schema["additionalProperties"] is False
