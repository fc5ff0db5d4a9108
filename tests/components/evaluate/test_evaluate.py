import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.evaluate import evaluate
from components.train import train
from penstock.contract import outputs_in
from penstock.data.digest import content_digest
from penstock.errors import DataError

HOSTILE = "<script>alert('x')</script>&\"north\""


@pytest.fixture
def evaluated(make_case, tmp_path):
    def run(
        task="binary", *, case=None, seed=0, name="evaluated", candidates="xgboost", **settings
    ):
        case = case or make_case(task, **settings)
        with outputs_in(tmp_path / "trained"):
            if not (tmp_path / "trained" / "model").exists():
                train(case.use_case, case.train, case.validation, candidates)
        model, scores = type(case.test)(), type(case.test)()
        model.uri, scores.uri = (str(tmp_path / "trained" / each) for each in ("model", "scores"))
        with outputs_in(tmp_path / name):
            return evaluate(case.use_case, model, case.test, scores, seed)

    return run


def document_of(result):
    return json.loads(Path(result.metrics.path).read_text())


def page_of(result):
    return Path(result.report.path).read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Counts elements, keeps attributes and checks that every element is closed."""

    VOID = frozenset({"meta", "line", "rect", "circle", "polyline", "path", "br"})

    def __init__(self, page):
        super().__init__()
        self.open, self.names, self.attributes, self.headings = [], [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.headings.append(data)


def test_the_metrics_have_values_within_their_intervals_and_a_stable_schema(evaluated):
    document = document_of(evaluated())
    assert list(document) == sorted(document)
    assert set(document) == {
        "baseline", "calibration", "candidates", "comparison", "confusion", "format", "gates",
        "intervals", "metrics", "model", "passed", "segments", "slices", "task", "test",
        "use_case", "verdict",
    }  # fmt: skip
    assert document["format"] == "penstock.metrics/1"
    assert {"name", "kind", "scores"} <= set(document["candidates"][0])
    assert document["intervals"] == {
        "method": "bootstrap percentile", "unit": "row", "resamples": 200,
        "confidence": 0.95, "seed": 0,
    }  # fmt: skip
    assert set(document["metrics"]) == {
        "roc_auc", "average_precision", "log_loss", "brier", "calibration_error",
        "accuracy", "precision", "recall", "f1",
    }  # fmt: skip
    for name, each in document["metrics"].items():
        if name != "calibration_error":  # its bootstrap distribution lies above the value
            assert each["low"] <= each["value"] <= each["high"], name
    assert sum(map(sum, document["confusion"]["counts"])) == document["test"]["rows"] == 400
    assert sum(each["rows"] for each in document["calibration"]) == 400
    assert document["metrics"]["roc_auc"]["value"] > 0.85


def test_the_same_inputs_give_the_same_bytes_and_another_seed_other_intervals(evaluated, make_case):
    case = make_case()
    first, second = evaluated(case=case, name="one"), evaluated(case=case, name="two")
    other = evaluated(case=case, name="three", seed=1)
    for output in ("metrics", "report", "curves"):
        digests = [content_digest(Path(getattr(r, output).path)) for r in (first, second)]
        assert digests[0] == digests[1]
    one, three = document_of(first)["metrics"], document_of(other)["metrics"]
    assert {n: e["value"] for n, e in one.items()} == {n: e["value"] for n, e in three.items()}
    assert one["roc_auc"]["low"] != three["roc_auc"]["low"]


def test_a_failed_gate_is_the_verdict(evaluated):
    result = evaluated(more="gates: [{metric: average_precision, minimum: 0.999}]")
    value = document_of(result)["metrics"]["average_precision"]["value"]
    assert result.passed is False
    assert result.verdict == (
        f"gate failed: average_precision {value:.3f} is {0.999 - value:.3f} below the minimum 0.999"
    )
    assert result.score == value
    assert result.verdict[5:] in page_of(result)


def test_passed_gates_are_the_verdict(evaluated):
    gates = "gates: [{metric: roc_auc, minimum: 0.6, not_worse_than_baseline: true}]"
    result = evaluated(more=gates)
    assert (result.passed, result.verdict) == (True, "every gate passed")


@pytest.mark.parametrize(
    ("task", "headings"),
    [
        (
            "binary",
            ["ROC", "Precision and recall", "Calibration", "Score distribution by class",
             "Confusion matrix", "Strongest features", "All metrics", "Segments", "Data"],
        ),
        (
            "multiclass",
            ["ROC", "Precision and recall", "Calibration", "Score distribution by class",
             "Confusion matrix", "Strongest features", "All metrics", "Segments", "Data"],
        ),
        (
            "regression",
            ["Predicted against true", "Residuals", "Strongest features", "All metrics",
             "Segments", "Data"],
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("candidate", ["xgboost", "logistic_regression", "random_forest"])
def test_the_report_holds_every_picture(evaluated, task, headings, candidate):
    metric = "rmse" if task == "regression" else "log_loss"
    result = evaluated(task, candidates=candidate, metric=metric)
    outline = Outline(page_of(result))
    assert outline.headings == ["Candidates", *headings]
    assert outline.names.count("svg") == (2 if task == "regression" else 4)
    assert outline.names.count("title") == 1 + outline.names.count("svg")
    assert outline.names.count("caption") == outline.names.count("table")


def test_the_report_asks_for_nothing_and_runs_nothing(evaluated):
    page = page_of(evaluated())
    outline = Outline(page)
    assert not {"script", "link", "img", "iframe", "object", "image", "use"} & set(outline.names)
    assert not {name for _, name, _ in outline.attributes if name in ("src", "href", "srcset")}
    assert not [name for _, name, _ in outline.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import|https?:", page)


def test_hostile_names_are_shown_as_text(evaluated, make_case):
    case = make_case()
    file = Path(case.test.path) / "part-0.parquet"
    table = pq.read_table(file)
    place = table.schema.get_field_index("region")
    regions = pa.array([HOSTILE] * table.num_rows)
    pq.write_table(table.set_column(place, "region", regions), file)
    page = page_of(evaluated(case=case))
    assert "<script" not in page
    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;&quot;north&quot;" in page


def test_a_segment_of_personal_data_is_not_shown(evaluated, make_case):
    case = make_case()
    settings = Path(case.use_case) / "use_case.yaml"
    settings.write_text(settings.read_text().replace("segment: region", "segment: customer"))
    result = evaluated(case=case)
    assert document_of(result)["segments"] == []
    assert "Segments" not in Outline(page_of(result)).headings


def test_known_entities_do_not_count(evaluated, make_case):
    case = make_case()
    file = Path(case.test.path) / "part-0.parquet"
    table = pq.read_table(file)
    known = np.arange(table.num_rows) % 4 == 0
    pq.write_table(table.append_column("known_compromised", pa.array(known)), file)
    marked = document_of(evaluated(case=case, name="marked"))
    pq.write_table(table.filter(pa.array(~known)), file)
    without = document_of(evaluated(case=case, name="without"))
    assert (marked["test"]["rows"], marked["test"]["rows_left_out"]) == (300, 100)
    assert marked["metrics"] == without["metrics"]
    assert marked["segments"] == without["segments"]


def test_intervals_resample_entities_where_the_use_case_has_them(evaluated):
    document = document_of(evaluated(more="entity: customer"))
    assert document["intervals"]["unit"] == "entity"


def test_precision_at_k_stands_under_its_name(evaluated):
    more = (
        "entity: customer\nevaluation:\n  precision_at_k:\n"
        "    - {name: customer_precision@10, group: customer, k: 10}"
    )
    each = document_of(evaluated(more=more))["metrics"]["customer_precision@10"]
    assert each["low"] <= each["value"] <= each["high"]


def test_test_rows_of_one_class_are_refused_and_nothing_is_written(evaluated, make_case, tmp_path):
    case = make_case()
    file = Path(case.test.path) / "part-0.parquet"
    table = pq.read_table(file)
    table = table.filter(pa.array(table["label"].to_numpy() == 0))
    pq.write_table(table, file)
    with pytest.raises(DataError) as caught:
        evaluated(case=case)
    assert str(caught.value) == (
        f"{case.test.path}: every one of the {table.num_rows} test rows has label = 0; "
        "a model can be judged on two classes or more. Widen the test window or check the label."
    )
    assert not (tmp_path / "evaluated").exists()


def test_no_test_rows_are_refused(evaluated, make_case):
    case = make_case()
    file = Path(case.test.path) / "part-0.parquet"
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    with pytest.raises(DataError) as caught:
        evaluated(case=case)
    assert str(caught.value) == (
        f"{case.test.path}: there is nothing to judge by: no test rows. Widen the test window."
    )


def test_a_class_that_training_did_not_know_is_refused(evaluated, make_case):
    case = make_case("multiclass")
    file = Path(case.test.path) / "part-0.parquet"
    table = pq.read_table(file)
    place = table.schema.get_field_index("label")
    labels = ["strange", *table["label"].to_pylist()[1:]]
    pq.write_table(table.set_column(place, "label", pa.array(labels)), file)
    with pytest.raises(DataError) as caught:
        evaluated("multiclass", case=case)
    assert str(caught.value) == (
        f"{case.test.path}: the target 'label' holds strange, not among the classes low, middle, "
        "top. Let the training rows hold every class, or leave those rows out."
    )


def test_kubeflow_gets_its_curves(evaluated):
    result = evaluated()
    curve = result.curves.metadata["confidenceMetrics"]
    assert len(curve) <= 200
    assert all(np.isfinite(point["confidenceThreshold"]) for point in curve)
    assert set(result.curves.metadata) == {"confidenceMetrics", "confusionMatrix"}
    assert result.metrics.metadata["roc_auc"] == document_of(result)["metrics"]["roc_auc"]["value"]
