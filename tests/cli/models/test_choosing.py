"""Which model an inference takes, and which champion a training is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.approval.opening import open_approvals
from penstock.approval.port import Person
from penstock.cli.models.champion import champion_settings
from penstock.cli.models.choosing import Chosen, choose_model
from penstock.cli.run_inputs import default_sinks, settle_inputs
from penstock.cli.run_request import RunRequest
from penstock.data.digest import content_digest
from penstock.errors import ApprovalError, RequestError
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate
from penstock.registry.in_memory import InMemoryRegistry
from penstock.use_case import load_use_case

ANNA = Person("anna")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> InMemoryRegistry:
    monkeypatch.chdir(tmp_path)
    found = InMemoryRegistry()
    monkeypatch.setattr("penstock.registry.open_registry", lambda uri: found)
    return found


@pytest.fixture
def register(registry: InMemoryRegistry, tmp_path: Path) -> Callable[[], int]:
    """Register a version whose model and evidence lie in folders of their own."""

    def add() -> int:
        number = len(registry.versions("fraud")) + 1
        model, pack = tmp_path / f"model-{number}", tmp_path / f"pack-{number}"
        model.mkdir()
        pack.mkdir()
        (model / "model.json").write_text(json.dumps({"number": number}))
        reference = load_use_case("fraud").reference
        document = {
            "candidate": {"group": "fraud", "use_case": reference, "started_by": "ben"},
            "verdict": {"recommended": True, "champion": "none", "sentence": "The first."},
            "digests": {"model": {"digest": content_digest(model)}, "definition": {"digest": ""}},
        }
        digest = write_pack(pack, document).digest
        facts = {"evidence_digest": digest, "recommended": "true", "verdict": "The first."}
        return registry.register(Candidate("fraud", model, properties=facts, evidence=pack)).version

    return add


def approve(registry: InMemoryRegistry, version: int) -> None:
    approvals = open_approvals(registry)
    evidence = approvals.review("fraud", version, "local").evidence
    approvals.approve(
        "fraud", version, "local", ANNA, evidence=evidence, comment="ok", justification="a test"
    )


def asked(model: str | None = None, **more: Any) -> RunRequest:
    request: dict[str, Any] = dict.fromkeys(RunRequest.__slots__)
    request |= {"name": "inference", "use_case": "fraud", "settings": (), "images": {}}
    request |= {"stage": "local", "trial": False, "model": model, **more}
    return RunRequest(**request)


def choose(model: str | None = None, **more: Any) -> Chosen:
    return choose_model(asked(model, **more), load_use_case("fraud"))


def refusal(model: str | None = None) -> str:
    with pytest.raises((ApprovalError, RequestError)) as caught:
        choose(model)
    return str(caught.value)


HOW = (
    "Look at it and decide: pipeline console, or pipeline models approve fraud/{} --stage local "
    '--comment "..."; or score without publishing: --trial.'
)


def test_nothing_is_scored_by_a_model_that_nobody_approved(register: Any) -> None:
    register()
    assert refusal() == (
        f"no version of fraud is approved at local; fraud/1 is pending. {HOW.format(1)}"
    )


def test_the_approved_version_serves_and_newer_ones_are_named(
    register: Any, registry: InMemoryRegistry, tmp_path: Path
) -> None:
    register()
    approve(registry, 1)
    register()
    found = choose()
    assert (found.version, found.trial) == ("fraud/1", False)
    assert found.uri == (tmp_path / "model-1").as_uri()
    assert found.digest == content_digest(tmp_path / "model-1")
    assert found.note == ("model fraud/1, approved by anna for local; fraud/2 is newer and pending")
    assert choose("live") == choose("1") == choose("fraud/1") == found


def test_another_version_than_the_approved_one_is_refused_by_name(
    register: Any, registry: InMemoryRegistry
) -> None:
    register()
    register()
    approve(registry, 2)
    assert refusal("1") == (
        f"fraud/1 is not what is approved at local: that is fraud/2. {HOW.format(1)}"
    )


def test_a_trial_scores_by_what_is_not_approved_and_leaves_the_sinks_alone(register: Any) -> None:
    register()
    found = choose(trial=True)
    assert (found.version, found.trial) == ("fraud/1 (trial)", True)
    assert found.note == (
        "model fraud/1 on trial: it is not approved at local, so the sinks stay as they are"
    )
    maintenance = load_use_case("maintenance")
    assert json.loads(default_sinks(maintenance)) == maintenance.inference.sinks
    (place,) = json.loads(default_sinks(maintenance, trial=True))
    assert place.endswith(".penstock/trials/maintenance")


def test_a_model_of_which_one_byte_changed_is_refused_before_any_job_hears_of_it(
    register: Any, registry: InMemoryRegistry, tmp_path: Path
) -> None:
    register()
    approve(registry, 1)
    file = tmp_path / "model-1" / "model.json"
    file.write_bytes(file.read_bytes().replace(b"1", b"2"))
    assert "the model of fraud/1 is not the one that its evidence is about" in refusal()
    with pytest.raises(ApprovalError, match="not the one that its evidence is about"):
        champion_settings(asked(), "fraud")


def test_settings_that_nobody_approved_are_a_trial_even_of_an_approved_model(
    register: Any, registry: InMemoryRegistry, tmp_path: Path
) -> None:
    register()
    approve(registry, 1)
    shutil.copytree(load_use_case("fraud").folder, tmp_path / "fraud")
    file = tmp_path / "fraud" / "use_case.yaml"
    file.write_text(f"# Changed.\n{file.read_text()}")
    found = choose_model(asked(trial=True), load_use_case(str(tmp_path / "fraud")))
    assert (found.version, found.trial) == ("fraud/1 (trial)", True)
    assert found.note.endswith(
        "; the settings changed since, so it is a trial: the sinks stay as they are"
    )
    assert choose(trial=True).trial is False


@pytest.mark.parametrize("wanted", ["wine/1", "latest", "fraud/", "1.5"])
def test_a_model_of_another_form_is_refused(register: Any, wanted: str) -> None:
    register()
    assert refusal(wanted) == (
        f"--model: the model {wanted!r} is none of fraud. Name a version, such as 3 or fraud/3, or "
        "live."
    )


def test_without_any_version_the_command_that_trains_is_named(registry: InMemoryRegistry) -> None:
    assert refusal() == (
        "--model: no model of fraud is registered. "
        "Train one: pipeline run training --use-case fraud"
    )


def test_the_champion_of_a_training_is_what_is_live(
    register: Any, registry: InMemoryRegistry, tmp_path: Path
) -> None:
    register()
    nothing = {"champion": "", "champion_version": "", "champion_evidence": ""}
    assert champion_settings(asked(), "fraud") == nothing
    approve(registry, 1)
    found = champion_settings(asked(), "fraud")
    assert found["champion"] == (tmp_path / "model-1").as_uri()
    assert found["champion_version"] == "fraud/1"
    digest = open_approvals(registry).review("fraud", 1, "local").evidence.removeprefix("sha256:")
    assert found["champion_evidence"] == (tmp_path / ".penstock" / "evidence" / digest).as_uri()


def test_a_model_that_a_setting_names_is_a_trial_or_refused(
    registry: InMemoryRegistry, tmp_path: Path
) -> None:
    types = {"model": "String", "sinks": "String"}
    given = {"model": "file:///elsewhere"}
    with pytest.raises(RequestError) as caught:
        settle_inputs(asked(use_case="maintenance"), types, given)
    assert str(caught.value) == (
        "--set model: a model that --set names is approved by nobody. Name a version (--model 3), "
        "or score apart from the sinks: pipeline run inference --trial --set model=..."
    )
    found = settle_inputs(asked(use_case="maintenance", trial=True), types, given)
    (place,) = json.loads(str(found.settings["sinks"]))
    assert place.endswith(".penstock/trials/maintenance")
    real = load_use_case("maintenance").inference.sinks[0]
    with pytest.raises(RequestError) as caught:
        settle_inputs(
            asked(use_case="maintenance", trial=True), types, given | {"sinks": json.dumps([real])}
        )
    assert str(caught.value) == (
        f"--set sinks: a trial does not write to the use case's sink {real}. "
        "Name another place, or leave it out."
    )


def test_a_trial_keeps_off_the_decisions_however_their_place_is_written(
    registry: InMemoryRegistry, tmp_path: Path
) -> None:
    types = {"model": "String", "sinks": "String"}
    use_case = load_use_case("wine")
    assert not use_case.inference.sinks
    (tmp_path / "link").symlink_to(tmp_path / ".penstock")
    kept = tmp_path / ".penstock" / "decisions" / "wine"
    written = (
        str(kept),
        f"{kept}/",
        kept.as_uri(),
        ".penstock/decisions/wine",
        ".penstock/trials/../decisions/wine",
        "link/decisions/wine",
    )
    for place in written:
        for text in (json.dumps([place]), json.dumps([place]).replace("/", "\\/")):
            given = {"model": "file:///elsewhere", "sinks": text}
            with pytest.raises(RequestError, match="a trial does not write to the use case's sink"):
                settle_inputs(asked(use_case="wine", trial=True), types, given)
    given = {"model": "file:///elsewhere", "sinks": json.dumps([str(tmp_path / "apart")])}
    settle_inputs(asked(use_case="wine", trial=True), types, given)


def test_a_trial_keeps_off_the_table_beside_the_source_under_its_own_address(
    registry: InMemoryRegistry, tmp_path: Path
) -> None:
    types = {"model": "String", "sinks": "String", "source": "String"}
    given = {
        "model": "file:///elsewhere",
        "source": "sqlite:////rows/machines.db?snapshot=3#readings",
        "sinks": json.dumps(["sqlite:////rows/machines.db#maintenance_decisions"]),
    }
    with pytest.raises(RequestError, match="use case's sink source#maintenance_decisions"):
        settle_inputs(asked(use_case="maintenance", trial=True), types, given)
