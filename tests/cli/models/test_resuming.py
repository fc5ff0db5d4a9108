"""A run goes on only with a model that is still approved."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.models.resuming import check_resumed
from penstock.cli.run_request import RunRequest
from penstock.errors import ApprovalError
from penstock.targets.local.state import RunFacts, write_facts


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write a run that began with a version; say what is live now."""
    monkeypatch.chdir(tmp_path)
    asked: list[str] = []

    def begin(
        version: str, live: int | None, stage: str = "local", approved: str = "sha256:1"
    ) -> list[str]:
        parameters = {"model_version": version, "model_digest": "sha256:1"} if version else {}
        folder = tmp_path / ".penstock" / "runs" / "r1"
        folder.mkdir(parents=True)
        facts = RunFacts(
            "r1", "fraud-inference", parameters, "sqlite:///x", 0.0, labels={"stage": stage}
        )
        write_facts(folder, facts)
        approvals = SimpleNamespace(
            live=lambda group, stage: None if live is None else SimpleNamespace(version=live),
            verified=lambda group, stage: (
                asked.append(f"{group} at {stage}") or SimpleNamespace(model_digest=approved)
            ),
        )
        monkeypatch.setattr("penstock.approval.opening.open_approvals", lambda uri: approvals)
        return asked

    return begin


def request() -> RunRequest:
    nothing: dict[str, Any] = dict.fromkeys(RunRequest.__slots__)
    return RunRequest(**{**nothing, "resume": "r1", "stage": "local"})


def test_a_model_that_is_still_live_is_verified_again(begun: Any) -> None:
    asked = begun("fraud/3", live=3)
    check_resumed(request())
    assert asked == ["fraud at local"]


def test_the_stage_is_that_which_the_run_was_started_for(begun: Any) -> None:
    asked = begun("fraud/3", live=3, stage="prod")
    check_resumed(request())
    assert asked == ["fraud at prod"]


@pytest.mark.parametrize(("live", "now"), [(2, "that is fraud/2"), (None, "nothing is")])
def test_a_model_that_was_rolled_back_since_is_refused(
    begun: Any, live: int | None, now: str
) -> None:
    begun("fraud/3", live=live)
    with pytest.raises(ApprovalError) as caught:
        check_resumed(request())
    assert str(caught.value) == (
        "pipeline run --resume r1: the run began with fraud/3, which is no longer approved at "
        f"local: {now}. Start a new run: pipeline run inference."
    )


@pytest.mark.parametrize("version", ["", "fraud/3 (trial)"])
def test_trials_and_runs_without_a_model_go_on(begun: Any, version: str) -> None:
    assert begun(version, live=None) == []
    check_resumed(request())


def test_a_run_whose_file_names_other_bytes_than_the_approved_ones_is_refused(begun: Any) -> None:
    begun("fraud/3", live=3, approved="sha256:2")
    with pytest.raises(ApprovalError) as caught:
        check_resumed(request())
    assert str(caught.value) == (
        ".penstock/runs/r1: the run says that fraud/3 has the digest sha256:1; sha256:2 was "
        "approved. Somebody changed the run's file. Start a new run: pipeline run inference."
    )
