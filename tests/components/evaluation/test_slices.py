from dataclasses import replace

import numpy as np
import pytest

from components.evaluation.bootstrap import Resampling
from components.evaluation.comparison.champion import ChampionScores
from components.evaluation.panel import Judged
from components.evaluation.slices import judge_slices, slice_document
from components.training.labels import Labels
from components.training.rows import Rows
from penstock.errors import UseCaseError
from penstock.use_case import load_use_case
from penstock.use_case.champion import Slice

DRAWN = Resampling(40)


@pytest.fixture
def parts(make_case, tmp_path):
    """Judge the slices of 400 rows, whose scores and truth may be replaced."""
    case = make_case("binary")
    loaded = load_use_case(case.use_case)
    rows = Rows((tmp_path / "data" / "binary" / "test",))
    labels = Labels("binary", "label", (0, 1))
    truth = labels.read(rows)
    scores = np.clip(0.3 * truth + np.random.default_rng(0).random(400) * 0.7, 0, 1)
    judged = Judged(rows, labels, truth, scores, 0.5)

    def run(*slices, champion=None, resampling=DRAWN, **replaced):
        use_case = loaded.model_copy(update={"slices": [Slice(**each) for each in slices]})
        mine = replace(judged, **replaced)
        beside = None
        if champion is not None:
            beside = ChampionScores("m/1", replace(mine, scores=champion), "")
        return judge_slices(use_case, mine, beside, resampling)

    run.judged = judged
    return run


def test_a_use_case_without_slices_has_none(parts):
    assert parts() == []


def test_a_condition_is_one_slice_of_the_rows_that_meet_it(parts):
    (found,) = parts({"name": "large", "where": "b > 0 AND c IN (1, 2)"})
    rows = parts.judged.rows
    expected = (rows.column("b").to_numpy() > 0) & np.isin(rows.column("c").to_numpy(), [1, 2])
    assert (found.name, found.rows, found.reason) == ("large", int(expected.sum()), "")
    truth, called = parts.judged.truth[expected], parts.judged.predicted[expected]
    assert found.metrics["accuracy"].value == pytest.approx((truth == called).mean())
    each = found.metrics["roc_auc"]
    assert each.low <= each.value <= each.high
    assert found.differences == {}


def test_a_column_is_one_slice_a_value_the_largest_first(parts):
    found = parts({"name": "region", "column": "region"})
    values, sizes = np.unique(parts.judged.column("region").astype(str), return_counts=True)
    expected = sorted(zip(values, sizes, strict=True), key=lambda each: -each[1])
    assert [(each.name, each.rows) for each in found] == [
        (f"region: {value}", size) for value, size in expected
    ]


def test_a_column_of_many_values_gives_its_fifty_largest(parts):
    found = parts({"name": "customer", "column": "customer"})
    assert len(found) == 50
    sizes = [each.rows for each in found]
    assert sizes == sorted(sizes, reverse=True)


def test_few_rows_and_rows_of_one_class_say_so_instead_of_figures(parts):
    few, none, one_class = parts(
        {"name": "few", "where": "id < 29"},
        {"name": "none", "where": "id < 0"},
        {"name": "one class", "where": "label = 0"},
    )
    assert (few.rows, few.reason, few.metrics) == (29, "fewer than 30 rows", {})
    assert (none.rows, none.reason) == (0, "fewer than 30 rows")
    assert (one_class.reason, one_class.metrics) == ("all rows are of one class", {})
    assert slice_document(few) == {
        "name": "few", "rows": 29, "reason": "fewer than 30 rows", "metrics": {}, "differences": {},
    }  # fmt: skip


def test_thirty_rows_have_figures(parts):
    (found,) = parts({"name": "thirty", "where": "id < 30"})
    assert (found.rows, found.reason) == (30, "")


def test_rows_that_do_not_count_are_in_no_slice(parts):
    kept = np.arange(100, 400)
    judged = parts.judged
    (found,) = parts(
        {"name": "early", "where": "id < 150"},
        truth=judged.truth[kept],
        scores=judged.scores[kept],
        kept=kept,
    )
    assert found.rows == 50
    truth, called = judged.truth[100:150], judged.predicted[100:150]
    assert found.metrics["accuracy"].value == pytest.approx((truth == called).mean())


def test_each_slice_has_its_own_difference_to_the_champion(parts):
    judged = parts.judged
    champion = judged.scores.copy()
    south = judged.column("region") == "south"
    champion[south] = 1 - champion[south]
    found = {each.name: each for each in parts(
        {"name": "region", "column": "region"}, champion=champion)}  # fmt: skip
    same, better = found["region: north"], found["region: south"]
    assert all(each.value == each.low == each.high == 0 for each in same.differences.values())
    assert better.differences["roc_auc"].low > 0
    assert better.differences["log_loss"].high < 0
    written = slice_document(better)["differences"]["roc_auc"]
    assert written["difference"] == pytest.approx(better.differences["roc_auc"].value)


def test_entities_of_a_slice_are_resampled_whole(parts):
    units = parts.judged.codes("customer")
    (found,) = parts(
        {"name": "half", "where": "id < 200"}, resampling=replace(DRAWN, units=units)
    )  # fmt: skip
    assert found.metrics["roc_auc"].low is not None


@pytest.mark.parametrize(
    "where",
    [
        "1 = 1; DROP TABLE test_rows",
        "b > (SELECT max(b) FROM read_parquet('/etc/hostname'))",
        "b > (SELECT count(*) FROM read_text('/etc/passwd'))",
    ],
)
def test_a_condition_reads_nothing_but_the_test_rows(parts, where):
    with pytest.raises(UseCaseError, match="the condition of the slice 's' cannot be answered"):
        parts({"name": "s", "where": where})


def test_every_condition_that_cannot_be_answered_is_listed_at_once(parts):
    with pytest.raises(UseCaseError) as refused:
        parts(
            {"name": "one", "where": "nothing > 3"},
            {"name": "good", "where": "b > 0"},
            {"name": "two", "where": "b >"},
            {"name": "three", "column": "nowhere"},
        )
    whats = [each.what for each in refused.value.problems]
    assert len(whats) == 3
    assert whats[0].startswith("the condition of the slice 'one' cannot be answered: ")
    assert whats[1].startswith("the condition of the slice 'two' cannot be answered: ")
    assert whats[2] == (
        "the slice 'three' reads the column 'nowhere', which the test rows do not carry."
    )
    assert refused.value.problems[0].remedy == (
        "Write a condition over: id, customer, region, at, label, a, b, c."
    )
