"""A definition given as a file is held to the approvals as one that is run by name."""

from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.models.deciding import check_decider
from penstock.cli.run_request import RunRequest
from penstock.errors import ApprovalError

TYPES = dict.fromkeys(("model", "model_version", "model_digest", "sinks"), "String")
IN_FORCE = {"model": "file:///m", "model_version": "fraud/3", "model_digest": "sha256:3"}


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have fraud/3 in force; tell what was verified."""
    asked: list[str] = []
    live = SimpleNamespace(version=3, model_digest="sha256:3")
    approvals = SimpleNamespace(
        live=lambda group, stage: live if (group, stage) == ("fraud", "prod") else None,
        verified=lambda group, stage: asked.append(f"{group} at {stage}"),
    )
    monkeypatch.setattr("penstock.registry.open_registry", lambda uri: None)
    monkeypatch.setattr("penstock.approval.opening.open_approvals", lambda registry: approvals)
    return asked


def request(stage: str = "prod") -> RunRequest:
    nothing: dict[str, Any] = dict.fromkeys(RunRequest.__slots__)
    return RunRequest(**{**nothing, "definition": "inference.json", "stage": stage})


def test_the_version_in_force_may_decide_once_it_is_verified(verified: list[str]) -> None:
    check_decider(request(), TYPES, IN_FORCE)
    assert verified == ["fraud at prod"]


@pytest.mark.parametrize(
    "changed",
    [
        {"model_digest": "sha256:4"},
        {"model_digest": ""},
        {"model_version": "fraud/4"},
        {"model_version": "3"},
        {"model_version": "fraud/3 (trial)"},
        {"model_version": ""},
    ],
)
def test_a_model_under_the_name_or_digest_of_another_is_refused(
    verified: list[str], changed: dict[str, str]
) -> None:
    with pytest.raises(ApprovalError, match=r"inference\.json: this definition publishes"):
        check_decider(request(), TYPES, IN_FORCE | changed)


def test_the_refusal_says_what_is_wrong_and_how_to_go_on(verified: list[str]) -> None:
    with pytest.raises(ApprovalError) as caught:
        check_decider(request("local"), TYPES, {"model": "file:///m"})
    assert str(caught.value) == (
        "inference.json: this definition publishes decisions, and a model without a name with the "
        "digest none is not what is approved at local. Run it by its name (pipeline run inference),"
        " which takes the approved model, or with --trial one that is not; or set model, "
        "model_version and model_digest to those of the version in force."
    )
    assert verified == []


def test_definitions_that_are_none_of_ours_are_let_through(verified: list[str]) -> None:
    check_decider(request(), {"model": "String"}, {"model": "file:///m"})
    assert verified == []
