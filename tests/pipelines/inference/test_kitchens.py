"""Maintenance as a kitchen's technicians see it: a database that grows, a list every morning."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
import yaml

from penstock.registry import open_registry

pytestmark = pytest.mark.slow
PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def kitchens(
    pipeline_in: Any, approve: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, list[dict[str, Any]], list[dict[str, Any]]]:
    """The folder, the use case, two trainings and the decisions of the mornings after them."""
    home = tmp_path_factory.mktemp("kitchens")
    shutil.copytree(PROJECT / "use_cases" / "maintenance", home / "maintenance")
    file = home / "maintenance" / "use_case.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["source"]["generator"]["load_days"] = 75
    settings["source"]["window"]["days"] = 75
    settings["split"] = {"train_days": 20, "validation_days": 5, "test_days": 10}
    settings["candidates"]["xgboost"]["settings"]["rounds"] = 40
    settings["gates"] = [{"metric": "roc_auc", "minimum": 0.5}]
    file.write_text(yaml.safe_dump(settings))
    named = ("--use-case", str(file.parent), "--json")
    trained, decided = [], []
    for _ in range(2):
        for command in (
            ("data", "new-batch"),
            ("run", "training"),
            ("data", "new-batch", "--days", "1"),
            ("run", "inference"),
        ):
            done = pipeline_in(home, *command, *named)
            assert done.code == 0, done.errors + done.text
            if command == ("run", "training"):
                trained.append(done.summary)
                approve(home, f"maintenance/{done.summary['registered']['version']}")
        decided.append(done.summary)
    return home, named[1], trained, decided


def rows_of(home: Path) -> list[sqlite3.Row]:
    with sqlite3.connect(home / ".penstock/data/maintenance/maintenance.db") as database:
        database.row_factory = sqlite3.Row
        return database.execute(
            "SELECT * FROM maintenance_decisions ORDER BY decision_day, machine"
        ).fetchall()


def test_each_morning_every_machine_has_a_decision_in_the_database(kitchens: Any) -> None:
    home, _, _, decided = kitchens
    rows = rows_of(home)
    by_day = {
        run["decisions"]["day"]: [
            row for row in rows if row["decision_day"] == run["decisions"]["day"]
        ]
        for run in decided
    }
    assert len(by_day) == 2
    assert sum(map(len, by_day.values())) == len(rows)
    for number, run in enumerate(decided, 1):
        of_day = by_day[run["decisions"]["day"]]
        assert len(of_day) == run["decisions"]["rows"] == len({row["machine"] for row in of_day})
        counts = {"maintain": 0, "leave": 0}
        for row in of_day:
            counts[row["decision"]] += 1
            assert 0 <= row["score"] <= 1
            assert row["model_version"] == f"maintenance/{number}"
            assert row["reason_1"]
            assert row["reason_3"]
            assert row["data_age_hours"] >= 0
        assert counts == run["decisions"]["counts"]
        assert {row["model"] for row in of_day} <= {"own", "pooled", "previous"}


def test_the_run_says_where_the_decisions_and_their_page_are(kitchens: Any) -> None:
    home, _, _, decided = kitchens
    database = home / ".penstock/data/maintenance/maintenance.db"
    for run in decided:
        assert run["decisions"]["places"] == [f"sqlite:///{database}#maintenance_decisions"]
        (page,) = [each for each in run["reports"] if each.endswith("/page.html")]
        text = Path(urlparse(page).path).read_text()
        assert run["decisions"]["day"] in text
        assert "maintain" in text


def test_the_second_training_may_keep_models_of_the_first(kitchens: Any) -> None:
    home, _, trained, _ = kitchens
    first, second = (
        json.loads((home / ".penstock/runs" / run["execution_id"] / "run.json").read_text())
        for run in trained
    )
    assert first["parameters"]["champion"] == ""
    registry = open_registry(f"sqlite:///{home}/.penstock/mlflow.db")
    assert second["parameters"]["champion"] == registry.describe("maintenance", 1).model_uri
    assert second["parameters"]["champion_version"] == "maintenance/1"


def test_a_day_that_is_decided_again_holds_the_same_rows_once(
    kitchens: Any, pipeline_in: Any
) -> None:
    home, use_case, _, decided = kitchens
    before = [tuple(row) for row in rows_of(home)]
    day = decided[1]["decisions"]["day"]
    again = pipeline_in(home, "run", "inference", "--use-case", use_case, "--date", day, "-q")
    assert again.code == 0, again.text + again.errors
    assert f"decisions for {day} by maintenance/2: " in again.text
    assert [tuple(row) for row in rows_of(home)] == before
