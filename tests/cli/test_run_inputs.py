"""What a run is given: the rows since the last one, and what people are told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.cli import run_inputs
from penstock.cli.lineage_view import lineages_of_use_case, list_text
from penstock.cli.run_inputs import last_of_table
from penstock.data.lineage import Lineage, table_label
from penstock.registry import Candidate
from penstock.registry.in_memory import InMemoryRegistry
from penstock.use_case import load_use_case

TABLE = "iceberg+sqlite:///w#fraud.transactions"


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> InMemoryRegistry:
    found = InMemoryRegistry()
    monkeypatch.setattr(run_inputs, "_registry", lambda request: found)
    monkeypatch.setattr("penstock.cli.lineage_view._registry", lambda uri: found)
    return found


@pytest.fixture
def register(registry: InMemoryRegistry, tmp_path: Path) -> Callable[..., None]:
    def add(table: str = TABLE, since: str = "none", upto: str = "none", **facts: Any) -> None:
        model = tmp_path / "model"
        model.mkdir(exist_ok=True)
        seen = {"data_table": table_label(table), "data_snapshot_from": since}
        seen |= {"data_snapshot_to": upto, "data_rows": "5", **facts}
        registry.register(Candidate("fraud", model, properties=seen))

    return add


def test_the_watermark_is_that_of_the_newest_version_of_this_very_table(
    register: Any, registry: InMemoryRegistry
) -> None:
    use_case = load_use_case("fraud")
    assert last_of_table(registry, use_case, TABLE) is None
    register(upto="10")
    register(table="s3://elsewhere/rows")
    register(table="iceberg+sqlite:///w#fraud.other", upto="99")
    found = last_of_table(registry, use_case, f"{TABLE.replace('#', '?snapshot=11#')}")
    assert found is not None
    assert found.registered.version == 1


def test_ranges_are_shown_as_adjoining_or_with_a_gap_or_whole(
    register: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Lineage(TABLE, snapshot_to="1").properties()["data_snapshot_to"] == "1"
    register(upto="10")
    register(since="10", upto="20")
    register(since="10", upto="30")
    register(upto="40")
    register(table="s3://elsewhere/rows")
    found = lineages_of_use_case("fraud", None)
    assert [each.adjoins for each in found] == [None, True, False, False, None]
    assert list_text(found, "fraud") == (
        "  version  after snapshot  up to snapshot  from  to  rows  adjoins\n"
        "  fraud/1  the first       10                           5\n"
        "  fraud/2  10              20                           5  yes\n"
        "  fraud/3  10              30                           5  no\n"
        "  fraud/4  the first       40                           5  all rows\n"
        "  fraud/5  the first       none                         5\n"
        "table  fraud.transactions@iceberg+sqlite:///w\n"
        "table  s3://elsewhere/rows"
    )
