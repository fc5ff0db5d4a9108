"""A run that waits for people: it pauses, says how to approve, survives a restart and goes on."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry


@pytest.fixture
def evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register words/1 in the folder that the commands run in; return its evidence digest."""
    monkeypatch.chdir(tmp_path)
    model, pack = tmp_path / "model", tmp_path / "pack"
    model.mkdir()
    pack.mkdir()
    (model / "model.json").write_text("{}")
    document = {
        "candidate": {"group": "words", "use_case": "words@sha256:0", "started_by": "ben"},
        "verdict": {"recommended": True, "champion": "none", "sentence": "The first."},
        "digests": {"model": {"digest": content_digest(model)}, "definition": {"digest": ""}},
    }
    digest = write_pack(pack, document).digest
    uri = f"sqlite:///{tmp_path}/.penstock/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    open_registry(uri).register(Candidate("words", model, evidence=pack))
    return digest


@pytest.fixture
def waiting(evidence: str, pipeline: Callable[..., Any], tmp_path: Path) -> tuple[str, Any]:
    """Run a definition that waits; return the run's name and what was printed."""
    queue = "https://sqs.eu-west-1.amazonaws.com/000000000000/penstock-approvals"
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "ApprovalQueue", "Type": "String", "DefaultValue": queue}],
        "Steps": [
            {
                "Name": "wait",
                "Type": "Callback",
                "SqsQueueUrl": {"Get": "Parameters.ApprovalQueue"},
                "Arguments": {"group": "words", "evidence": evidence, "stage": "local"},
                "OutputParameters": [],
            }
        ],
    }
    (tmp_path / "waits.json").write_text(json.dumps(definition))
    answer = pipeline("run", "--definition", "waits.json")
    return re.findall(r"^run (\w+): 1 step", answer.out, flags=re.MULTILINE)[0], answer


HOW = (
    "wait: words/1 waits for approval at local. Look: pipeline models show words/1; decide: "
    "pipeline models approve words/1 --stage local --comment ..., or pipeline console."
)


def test_the_run_pauses_and_says_how_to_approve(waiting: Any) -> None:
    execution, answer = waiting
    assert (answer.code, answer.err) == (0, "")
    assert f"waiting: {HOW}\n" in answer.out
    assert answer.out.endswith(f"Go on with: pipeline run --resume {execution}\n")


def test_it_waits_on_until_somebody_approves_and_then_goes_on(
    waiting: Any, pipeline: Callable[..., Any]
) -> None:
    execution, _ = waiting
    again = pipeline("run", "--resume", execution)
    assert again.code == 0
    assert HOW in again.out
    approved = pipeline("models", "approve", "words/1", "--comment", "seen")
    assert approved.code == 0, approved.err
    done = pipeline("run", "--resume", execution)
    assert done.code == 0
    assert "Succeeded: 1 succeeded" in done.out


def test_a_rejection_ends_the_run_as_failed(waiting: Any, pipeline: Callable[..., Any]) -> None:
    execution, _ = waiting
    rejected = pipeline("models", "reject", "words/1", "--comment", "no")
    assert rejected.code == 0, rejected.err
    done = pipeline("run", "--resume", execution)
    assert done.code == 1
    assert (
        "wait failed: words/1 was rejected at local. See why: pipeline models show words/1"
        in done.out
    )
