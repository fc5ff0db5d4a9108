"""New batch, training, inference: three times in a row, as users run them."""

import json
import sqlite3
from datetime import date
from typing import Any

import pytest

from penstock.data.sinks import open_sink

pytestmark = pytest.mark.slow


def tags(shop: Any) -> list[dict[str, str]]:
    """The tags of each version in MLflow's own tables, oldest first."""
    with sqlite3.connect(shop.home / ".penstock" / "mlflow.db") as database:
        rows = database.execute("SELECT version, key, value FROM model_version_tags").fetchall()
    versions = sorted({version for version, _, _ in rows})
    return [{key: text for number, key, text in rows if number == each} for each in versions]


def decided(shop: Any) -> dict[date, tuple[int, set[str]]]:
    """Rows and model versions of each day in the sink."""
    table = open_sink(str(shop.home / ".penstock" / "decisions" / "fraud")).read()
    found: dict[date, tuple[int, set[str]]] = {}
    for row in table.to_pylist():
        count, models = found.get(row["decision_day"], (0, set()))
        found[row["decision_day"]] = (count + 1, models | {row["model_version"]})
    return found


def test_each_training_reads_the_new_batch_alone(shop: Any) -> None:
    for morning in shop.mornings:
        data = morning.training["data"]
        assert data["rows"] == morning.batch["rows"]
        assert data["time_from"][:10] == morning.batch["first_day"]
        assert data["time_to"][:10] == morning.batch["last_day"]


def test_tags_of_registered_versions_show_adjoining_snapshots(shop: Any) -> None:
    found = tags(shop)[:3]
    assert [each["data_snapshot_from"] for each in found] == [
        "none",
        found[0]["data_snapshot_to"],
        found[1]["data_snapshot_to"],
    ]
    assert len({each["data_snapshot_to"] for each in found}) == 3
    (table,) = {each["data_table"] for each in found}
    assert table.startswith("fraud.transactions@iceberg+sqlite:///")
    for each, morning in zip(found, shop.mornings, strict=True):
        assert each["data_rows"] == str(morning.batch["rows"])
        assert each["data_digest"].startswith("sha256:")
        assert each["data_snapshot_time"].endswith("Z")


def test_no_registered_property_is_empty(shop: Any) -> None:
    assert all(text for each in tags(shop) for text in each.values())


def test_each_morning_ends_with_decisions_of_the_model_it_registered(shop: Any) -> None:
    place = str(shop.home / ".penstock" / "decisions" / "fraud")
    for number, morning in enumerate(shop.mornings, 1):
        decisions = morning.inference["decisions"]
        assert morning.training["registered"]["version"] == number
        assert decisions["day"] == morning.batch["last_day"]
        assert decisions["model_version"] == f"fraud/{number}"
        assert decisions["places"] == [place]
        assert sum(decisions["counts"].values()) == decisions["rows"]
        (page,) = [each for each in morning.inference["reports"] if each.endswith("page.html")]
        assert page.startswith(str(shop.home))
        day = date.fromisoformat(decisions["day"])
        assert decided(shop)[day] == (decisions["rows"], {f"fraud/{number}"})


def test_show_tells_which_rows_each_version_saw_and_what_comes_next(
    shop: Any, pipeline_in: Any
) -> None:
    shown = pipeline_in(shop.home, "data", "show", "--use-case", shop.use_case, "--json").summary
    assert [each["adjoins"] for each in shown["versions"][:3]] == [None, True, True]
    newest = shop.mornings[-1]
    one = pipeline_in(shop.home, "data", "show", "fraud/3", "--json").summary
    assert one["facts"] == shown["versions"][2]["facts"]
    assert one["facts"]["rows"] == str(newest.batch["rows"])
    run = pipeline_in(shop.home, "data", "show", newest.training["execution_id"], "--json").summary
    assert run["facts"] == one["facts"]
    assert shown["next"]["is_empty"]
    text = pipeline_in(shop.home, "data", "show", "--use-case", shop.use_case).text
    assert text.endswith("next   nothing was appended since fraud/3\n")


def test_training_without_new_rows_is_refused_and_offers_two_ways(
    shop: Any, pipeline_in: Any
) -> None:
    run = pipeline_in(shop.home, "run", "training", "--use-case", shop.use_case)
    snapshot = tags(shop)[2]["data_snapshot_to"]
    assert (run.code, run.text) == (2, "")
    assert run.errors == (
        f"pipeline: iceberg+sqlite://{shop.home}/.penstock/data/fraud/warehouse"
        "#fraud.transactions: nothing was appended since fraud/3 was trained "
        f"(snapshot {snapshot}). Append a batch (pipeline data new-batch), or train on all rows "
        "with --window all.\n"
    )


def test_status_lists_the_runs_with_their_data_and_models(shop: Any, pipeline_in: Any) -> None:
    listed = pipeline_in(
        shop.home, "status", "--use-case", shop.use_case, "--limit", "1000", "--json"
    )
    by_name = {each["execution_id"]: each for each in json.loads(listed.text)}
    for morning in shop.mornings:
        trained = by_name[morning.training["execution_id"]]
        scored = by_name[morning.inference["execution_id"]]
        assert trained["pipeline"] == "fraud-training"
        assert scored["pipeline"] == "fraud-inference"
        assert {trained["state"], scored["state"]} == {"Succeeded"}
        assert (
            trained["model"] == scored["model"] == morning.inference["decisions"]["model_version"]
        )
        assert trained["data_rows"] == morning.batch["rows"]
        assert scored["day"] == morning.batch["last_day"]
        assert scored["decisions"] == morning.inference["decisions"]["places"]
        assert trained["decisions"] == []


def test_the_first_training_is_repeated_on_the_very_same_snapshot(
    shop: Any, pipeline_in: Any
) -> None:
    first = shop.mornings[0].training
    again = pipeline_in(
        shop.home,
        *("run", "training", "--use-case", shop.use_case, "--json", "--no-cache"),
        *("--window", "all", "--as-of", first["data"]["snapshot_to"]),
        *("--registry", f"sqlite:///{shop.home}/elsewhere.db"),
    )
    assert again.code == 0, again.errors

    def digests(run: dict[str, Any]) -> dict[str, str]:
        return {
            f"{each['step']}.{each['output']}": each["digest"]
            for each in run["artifacts"]
            if each["output"] in ("train", "validation", "test", "model")
        }

    assert digests(again.summary) == digests(first)
    assert len(digests(first)) == 4


def test_a_back_fill_passes_days_that_hold_its_decisions(
    shop: Any, pipeline_in: Any, approve: Any
) -> None:
    def fill(first: str, *more: str) -> list[tuple[str, str]]:
        done = pipeline_in(
            shop.home,
            *("run", "inference", "--use-case", shop.use_case, "--json"),
            *("--from", first, "--to", "2018-10-02", *more),
        )
        assert done.code == 0, done.errors + done.text
        runs = [each["decisions"] for each in json.loads(done.text)]
        return [(each["day"], each["model_version"]) for each in runs]

    assert fill("2018-10-01") == [("2018-10-01", "fraud/3"), ("2018-10-02", "fraud/3")]
    before = decided(shop)
    assert fill("2018-10-01") == []
    assert fill("2018-10-02", "--again") == [("2018-10-02", "fraud/3")]
    assert decided(shop) == before
    # Once another model has decided a day, its decisions are no longer those of the first.
    back = pipeline_in(shop.home, "models", "rollback", "fraud", "--comment", "fraud/3 is odd")
    assert back.code == 0, back.errors + back.text
    assert fill("2018-10-02") == [("2018-10-02", "fraud/2")]
    approve(shop.home, "fraud/3")
    assert fill("2018-10-01") == [("2018-10-02", "fraud/3")]
    assert decided(shop) == before


def test_a_back_fill_stops_at_a_day_without_rows_and_says_how_to_go_on(
    shop: Any, pipeline_in: Any
) -> None:
    last = shop.mornings[-1].batch["last_day"]
    run = pipeline_in(
        shop.home,
        *("run", "inference", "--use-case", shop.use_case, "-q"),
        *("--from", last, "--to", "2018-11-05"),
    )
    assert run.code == 1
    assert "no row is of 2018-11-03, so nothing is due" in run.text
    assert run.errors == (
        "2018-11-03 failed, so the days after it were not decided. Go on with the same command: "
        "days that are done are passed.\n"
    )


def test_a_failed_gate_keeps_inference_from_running(
    pipeline_in: Any, small_fraud: Any, tmp_path: Any
) -> None:
    gates = [{"metric": "log_loss", "maximum": 0.0001}]
    use_case = str(small_fraud(tmp_path / "strict", name="strict", gates=gates))
    run = pipeline_in(
        tmp_path, "run", "training", "--then", "inference", "--use-case", use_case, "-q"
    )
    assert run.code == 1
    assert "fail failed: gate failed: log_loss" in run.text
    assert run.errors.endswith("training failed, so inference was not run.\n")
    listed = pipeline_in(tmp_path, "status", "--json")
    assert [each["pipeline"] for each in json.loads(listed.text)] == ["strict-training"]
