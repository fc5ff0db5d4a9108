"""What a run is given: the model, the rows since the last one, and what people are told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.cli import run_inputs
from penstock.cli.lineage_view import lineages_of_use_case, list_text
from penstock.cli.run_inputs import chosen_model, last_of_table
from penstock.cli.run_request import RunRequest
from penstock.data.lineage import Lineage, table_label
from penstock.errors import RequestError
from penstock.registry import Candidate, Description
from penstock.registry.in_memory import InMemoryRegistry
from penstock.use_case import load_use_case

TABLE = "iceberg+sqlite:///w#fraud.transactions"


class Decided(InMemoryRegistry):
    """Versions that people may have decided about."""

    def __init__(self) -> None:
        super().__init__()
        self.decisions: dict[int, str] = {}

    def describe(self, group: str, version: int) -> Description:
        found = super().describe(group, version)
        return replace(found, status=self.decisions.get(version, "pending"))


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Decided:
    found = Decided()
    monkeypatch.setattr(run_inputs, "_registry", lambda request: found)
    monkeypatch.setattr("penstock.cli.lineage_view._registry", lambda uri: found)
    return found


@pytest.fixture
def register(registry: Decided, tmp_path: Path) -> Callable[..., None]:
    def add(table: str = TABLE, since: str = "none", upto: str = "none", **facts: Any) -> None:
        model = tmp_path / "model"
        model.mkdir(exist_ok=True)
        seen = {"data_table": table_label(table), "data_snapshot_from": since}
        seen |= {"data_snapshot_to": upto, "data_rows": "5", **facts}
        registry.register(Candidate("fraud", model, properties=seen))

    return add


def asked(model: str | None = None) -> RunRequest:
    return RunRequest(
        name="inference",
        use_case="fraud",
        definition=None,
        from_ir=None,
        source=None,
        settings=(),
        images={},
        resume=None,
        from_step=None,
        cache=True,
        artifacts=None,
        registry=None,
        quiet=False,
        model=model,
    )


def choose(model: str | None = None) -> tuple[str, str]:
    settings, note = chosen_model(asked(model), load_use_case("fraud"))
    assert str(settings["model"]).startswith("file:///")
    return str(settings["model_version"]), note


def test_until_a_version_is_approved_the_newest_serves_and_that_is_said(register: Any) -> None:
    register()
    register()
    assert choose() == ("fraud/2", "model fraud/2, pending: nobody approved it yet")
    assert choose("1") == ("fraud/1", "model fraud/1, pending: nobody approved it yet")
    assert choose("fraud/1")[0] == "fraud/1"


def test_the_newest_approved_version_serves_and_newer_ones_are_named(
    register: Any, registry: Decided
) -> None:
    for _ in range(4):
        register()
    registry.decisions = {1: "approved", 2: "approved", 3: "rejected"}
    assert choose() == ("fraud/2", "model fraud/2; fraud/4 is newer and pending")
    assert choose("newest") == choose()
    registry.decisions[4] = "rejected"
    assert choose() == ("fraud/2", "model fraud/2; fraud/4 is newer and rejected")


def test_a_rejected_version_serves_only_by_its_name(register: Any, registry: Decided) -> None:
    register()
    register()
    registry.decisions = {2: "rejected"}
    assert choose()[0] == "fraud/1"
    assert choose("2") == ("fraud/2", "model fraud/2, although it was rejected")


@pytest.mark.parametrize("wanted", ["wine/1", "latest", "fraud/", "1.5"])
def test_a_model_of_another_form_is_refused(register: Any, wanted: str) -> None:
    register()
    with pytest.raises(RequestError) as caught:
        choose(wanted)
    assert str(caught.value) == (
        f"--model: the model {wanted!r} is none of fraud. Name a version, such as 3 or fraud/3, or "
        "newest."
    )


def test_the_watermark_is_that_of_the_newest_version_of_this_very_table(
    register: Any, registry: Decided
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
