import json
from html.parser import HTMLParser
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from components.evaluate import evaluate
from components.evaluation.report import segments
from components.train import train
from components.training.segments import competition
from penstock.contract import outputs_in
from penstock.data.digest import content_digest

GATES = "gates: [{metric: roc_auc, minimum: 0.6}]"


@pytest.fixture
def judged(segmented, tmp_path):
    def run(case=None, *, change=None, name="out", **settings):
        case = case or segmented(**({"gates": GATES} | settings))
        if change is not None:
            file = Path(case.test.path) / "part-0.parquet"
            pq.write_table(change(pq.read_table(file)), file)
        with outputs_in(tmp_path / f"{name}-trained"):
            found = train(case.use_case, case.train, case.validation, "xgboost")
        with outputs_in(tmp_path / name):
            return evaluate(case.use_case, found.model, case.test, found.scores, 0)

    return run


def document_of(result):
    return json.loads(Path(result.metrics.path).read_text())


def outcomes_of(result):
    return {
        each["name"]: (each["outcome"], each["reason"]) for each in document_of(result)["segments"]
    }


def keep(region, count=0, label=None):
    """Keep so many rows of a region (of one label), and all of the others."""

    def change(table):
        here = pc.equal(table["region"], region)
        part = table.filter(here)
        if label is not None:
            part = part.filter(pc.equal(part["label"], label))
        rest = table.filter(pc.invert(here))
        import pyarrow as pa

        return pa.concat_tables([rest, part.slice(0, count)])

    return change


def test_every_segment_is_judged_by_its_own_rows(judged):
    result = judged()
    document = document_of(result)
    assert result.passed is True
    assert result.verdict == ("4 of 4 models of single segments passed; the pooled model passed")
    assert document["outcomes"] == {"passed": 4}
    assert sum(each["rows"] for each in document["segments"]) == document["test"]["rows"] == 800
    for each in document["segments"]:
        assert each["served_by"] == "own"
        assert each["gates"][0]["value"] == each["metrics"]["roc_auc"] >= 0.6
        low, high = each["intervals"]["roc_auc"]
        assert low < each["metrics"]["roc_auc"] < high
        assert each["baseline"]["roc_auc"] == 0.5
    values = [each["metrics"]["average_precision"] for each in document["segments"]]
    assert values == sorted(values)


def test_a_live_bundle_scores_the_rows_though_its_segments_are_words(segmented, tmp_path):
    case = segmented(gates=GATES)
    with outputs_in(tmp_path / "trained"):
        found = train(case.use_case, case.train, case.validation, "xgboost")
    with outputs_in(tmp_path / "out"):
        result = evaluate(
            case.use_case, found.model, case.test, found.scores, 0, found.model.path, "small/1"
        )
    document = document_of(result)
    same = {"champion": "small/1", "outcome": "undecided", "difference": 0.0, "rows": 800}
    assert {name: document["comparison"][name] for name in same} == same
    for each in document["segments"]:
        assert each["comparison"]["outcome"] == "undecided"


def test_a_failed_gate_is_one_segments_and_names_what_it_missed(judged, segmented):
    case = segmented(gates=GATES)
    file = Path(case.test.path) / "part-0.parquet"
    table = pq.read_table(file)
    flipped = pc.if_else(
        pc.equal(table["region"], "north"), pc.subtract(1, table["label"]), table["label"]
    )
    pq.write_table(table.set_column(table.schema.get_field_index("label"), "label", flipped), file)
    result = judged(case)
    document = document_of(result)
    first = document["segments"][0]
    assert (first["name"], first["outcome"]) == ("north", "failed_gate")
    value = first["metrics"]["roc_auc"]
    assert first["reason"] == (
        f"gate failed: roc_auc {value:.3f} is {0.6 - value:.3f} below the minimum 0.600"
    )
    assert document["outcomes"] == {"failed_gate": 1, "passed": 3}
    assert result.passed is True
    assert result.verdict.startswith(
        f"3 of 4 models of single segments passed; 1 keeps its previous model (north: "
        f"{first['reason']}); the pooled model "
    )


def test_a_thin_segment_is_the_pooled_models(judged):
    result = judged(extra_names=("tiny",))
    assert outcomes_of(result)["tiny"] == ("thin", "30 training rows, fewer than 100")
    assert "1 segment is served by the pooled model" in result.verdict


def test_segments_whose_rows_cannot_define_a_gate_are_judged_together(judged):
    def change(table):
        return keep("south", 12, 0)(keep("north", 30, 1)(table))

    result = judged(change=change)
    document = {each["name"]: each for each in document_of(result)["segments"]}
    north, south = document["north"], document["south"]
    assert north["metrics"]["roc_auc"] is None
    assert (north["judged_with"], south["judged_with"]) == (2, 2)
    assert north["gates"] == south["gates"]
    assert north["gates"][0]["value"] > 0.6
    assert north["outcome"] == south["outcome"] == "passed"
    assert document["east"]["judged_with"] == 0


def test_one_segment_without_test_rows_fails_its_gate(judged):
    result = judged(change=keep("north"))
    assert outcomes_of(result)["north"] == (
        "failed_gate",
        "its test rows are too few to judge by: gate failed: roc_auc is not defined on the test "
        "rows",
    )


def test_without_gates_a_segment_without_test_rows_passes(judged):
    result = judged(change=keep("north"), gates="")
    assert outcomes_of(result)["north"] == ("passed", "")


def test_a_segment_that_was_not_trained_is_told(judged, segmented):
    result = judged(segmented(gates=GATES, settings="names: [north, south, east]"))
    assert outcomes_of(result)["west"] == ("unknown", "it is not among the training rows")


def test_a_failed_training_is_told_and_stops_nothing(judged, monkeypatch):
    compete = competition.compete

    def stumbling(use_case, candidates, rows, validation, **more):
        if "(region north)" in str(rows.folders[0]):
            raise ValueError("no")
        return compete(use_case, candidates, rows, validation, **more)

    monkeypatch.setattr(competition, "compete", stumbling)
    result = judged()
    assert outcomes_of(result)["north"] == ("failed", "ValueError: no")
    assert result.verdict == (
        "3 of 3 models of single segments passed; 1 could not be trained (north: ValueError: no); "
        "the pooled model passed"
    )


def test_rows_that_no_model_serves_are_counted_and_not_judged(judged, monkeypatch):
    compete = competition.compete

    def stumbling(use_case, candidates, rows, validation, **more):
        if "region" not in str(rows.folders[0]) or "(region north)" in str(rows.folders[0]):
            raise ValueError("no")
        return compete(use_case, candidates, rows, validation, **more)

    monkeypatch.setattr(competition, "compete", stumbling)
    result = judged()
    document = document_of(result)
    assert document["rows_without_model"] + document["test"]["rows"] == 800
    assert document["rows_without_model"] > 100
    assert document["pooled"] == {
        "passed": False,
        "reason": "ValueError: no",
        "verdict": "there is no pooled model: ValueError: no",
        "metrics": {},
        "gates": [],
        "comparison": None,
    }
    assert result.passed is True


def test_nothing_passes_where_every_model_fails(judged):
    result = judged(gates="gates: [{metric: roc_auc, minimum: 0.999}]")
    assert result.passed is False
    assert result.verdict.startswith(
        "0 of 4 models of single segments passed; 4 keep their previous model (such as "
    )


def test_the_same_inputs_give_the_same_bytes(judged, segmented):
    case = segmented(gates=GATES, extra_names=("tiny",))
    first, second = judged(case, name="one"), judged(case, name="two")
    for output in ("metrics", "report", "curves"):
        paths = [Path(getattr(each, output).path) for each in (first, second)]
        assert content_digest(paths[0]) == content_digest(paths[1])


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_every_task_is_judged_by_segment(judged, task):
    gate = {"multiclass": "macro_f1, minimum: 0.1", "regression": "r2, minimum: 0.1"}[task]
    result = judged(task=task, gates=f"gates: [{{metric: {gate}}}]")
    assert document_of(result)["outcomes"] == {"passed": 4}


class Table(HTMLParser):
    """Collects the first column of the table called `caption`."""

    def __init__(self, page, caption):
        super().__init__()
        self.caption, self.inside, self.row, self.names = caption, False, False, []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("aria-label") is not None:
            self.inside = given["aria-label"] == self.caption
        self.row = tag == "th" and given.get("scope") == "row"

    def handle_data(self, data):
        if self.inside and self.row:
            self.names.append(data)
            self.row = False


def test_the_report_shows_the_worst_segments_first_and_folds_the_rest(
    judged, segmented, monkeypatch
):
    monkeypatch.setattr(segments, "_OPEN_ROWS", 20)
    case = segmented(gates=GATES, extra_names=tuple(f"<b>{n:02}</b>" for n in range(26)))
    result = judged(case)
    page = Path(result.report.path).read_text()
    document = document_of(result)
    seen = Table(page, "Models by segment").names
    folded = Table(page, "More models by segment").names
    assert seen + folded == [each["name"] for each in document["segments"]]
    assert len(seen) == 20
    assert f"<summary>{len(folded)} more segments</summary>" in page
    assert "<b>0" not in page
