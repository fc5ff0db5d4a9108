"""`pipeline models` as people and machines see it."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry


@pytest.fixture(scope="session")
def empty_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from penstock.registry.mlflow.client import empty_database

    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    file.write_bytes(empty_database())
    return file


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_registry: Path) -> Path:
    """A working directory whose registry holds three candidates; ann is at the keyboard."""
    monkeypatch.chdir(tmp_path)
    for name in ("MLFLOW_TRACKING_URI", "PENSTOCK_LEDGER", "PENSTOCK_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("penstock.approval.login.login", lambda: "ann")
    (tmp_path / ".penstock").mkdir()
    shutil.copy(empty_registry, tmp_path / ".penstock" / "mlflow.db")
    for number, champion in enumerate(("", "fraud/1", "fraud/2"), 1):
        register(tmp_path, number, champion, recommended=number < 3)
    return tmp_path


def register(folder: Path, number: int, champion: str, *, recommended: bool) -> None:
    model, pack = folder / "made" / str(number) / "model", folder / "made" / str(number) / "pack"
    model.mkdir(parents=True)
    pack.mkdir()
    (model / "model.bin").write_bytes(bytes([number]))
    sentence = "Better by 0.02." if recommended else "Worse\x1b[31m by 0.02."
    document = {
        "candidate": {"group": "fraud", "use_case": "fraud@sha256:ab", "started_by": "ann"},
        "verdict": {"champion": champion, "recommended": recommended, "sentence": sentence},
        "digests": {"model": content_digest(model), "definition": f"sha256:{number}"},
    }
    write_pack(pack, document)
    properties = {
        "execution": f"e{number}",
        "started_by": "ann",
        "recommended": str(recommended).lower(),
        "verdict": sentence,
        "champion": champion or "none",
    }
    registry = open_registry(f"sqlite:///{folder}/.penstock/mlflow.db")
    registry.register(Candidate("fraud", model, None, None, properties, pack))


def evidence(folder: Path, number: int) -> str:
    content = (folder / "made" / str(number) / "pack" / "evidence.json").read_bytes()
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_versions_are_listed_newest_first_with_their_verdict(project: Path, pipeline: Any) -> None:
    answer = pipeline("models", "list")
    assert answer.code == 0
    assert answer.out == (
        "  version  at local  recommended  verdict                   by   age\n"
        "  fraud/3  pending   no           Worse\\u001b[31m by 0.02.  ann  now\n"
        "  fraud/2  pending   yes          Better by 0.02.           ann  now\n"
        "  fraud/1  pending   yes          Better by 0.02.           ann  now\n"
    )
    listed = json.loads(pipeline("models", "list", "fraud", "--limit", "1", "--json").out)
    assert [each["version"] for each in listed] == [3]
    assert listed[0]["evidence"] == evidence(project, 3)
    rest = json.loads(pipeline("models", "list", "--before", "3", "--json").out)
    assert [each["version"] for each in rest] == [2, 1]
    assert pipeline("models", "list", "wine").out == (
        "no model of wine is registered; pipeline run training registers one.\n"
    )


def test_what_an_approver_has_to_know_is_shown_verdict_first(project: Path, pipeline: Any) -> None:
    lines = pipeline("models", "show", "fraud/1").out.splitlines()
    assert lines[:4] == [
        "fraud/1  pending at local",
        "  verdict      recommended: Better by 0.02.",
        "  live now     nothing",
        "  author       ann",
    ]
    assert lines[5:] == [
        f"  evidence     {evidence(project, 1)}",
        "  on approval  fraud/1 goes live at once",
        "  approve      pipeline models approve fraud/1 --comment TEXT",
        "  reject       pipeline models reject fraud/1 --comment TEXT",
    ]
    pipeline("models", "approve", "1")
    pipeline("models", "approve", "2")
    shown = pipeline("models", "show", "3").out
    assert "  verdict      not recommended: Worse\\u001b[31m by 0.02.\n" in shown
    assert "approved by ann\n" in shown
    assert "  on approval  fraud/3 goes live at once in place of fraud/2\n" in shown
    assert "--justify TEXT --comment TEXT\n" in shown


def test_metrics_are_shown_with_their_intervals(project: Path, pipeline: Any) -> None:
    from penstock.cli.models_view.review_text import _metrics

    metrics = {"roc_auc": 0.91234, "roc_auc_low": 0.9, "roc_auc_high": 0.92, "brier": 0.1}
    assert _metrics({**metrics, "class_1_f1": 0.5}, "fraud/1") == [
        "  metric       brier 0.1",
        "  metric       roc_auc 0.9123 (0.9 to 0.92)",
        "  more         pipeline evidence show fraud/1",
    ]


def test_models_are_approved_rejected_and_rolled_back(project: Path, pipeline: Any) -> None:
    assert pipeline("models", "approve", "fraud/1", "--comment", "First <one>.").out == (
        "fraud/1 is live at local from now on.\n"
    )
    done = json.loads(pipeline("models", "approve", "2", "--json").out)
    assert (done["standing"], done["entry"]["version"]) == ("live", 2)
    assert done["entry"]["actor"] == {"name": "ann", "shown": "", "method": "local"}
    standings = [line.split()[:3] for line in pipeline("models", "list").out.splitlines()[1:]]
    assert standings[1:] == [["fraud/2", "live", "yes"], ["fraud/1", "was", "live"]]
    assert pipeline("models", "reject", "3", "--comment", "Worse.").out == (
        "fraud/3 is rejected at local, for good.\n"
    )
    assert pipeline("models", "rollback", "--comment", "Alarms.").out == (
        "fraud/1 is live at local again, with its settings and pipeline; fraud/2 is not any more.\n"
    )
    rows = pipeline("models", "history").out.splitlines()[1:]
    assert [" ".join(row.split()[4:8]) for row in rows] == [
        "ann approved fraud/1 local",
        "ann approved fraud/2 local",
        "ann rejected fraud/3 local",
        "ann rolled back to",
    ]
    assert rows[0].endswith("First <one>.")
    assert pipeline("models", "verify").out == (
        "ledger   4 entries, all signed and in order\n"
        "live     fraud/1 at local: every byte is as it was approved\n"
    )


def test_a_refusal_names_every_rule_and_leaves_nothing(project: Path, pipeline: Any) -> None:
    answer = pipeline("models", "approve", "3", "--evidence", "sha256:0")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines() == [
        "pipeline: the decision is about sha256:0, but the evidence of fraud/3 is "
        f"{evidence(project, 3)}. Look at the evidence that is there, and decide again.",
        "pipeline: approving fraud/3 needs a written justification: the comparison does not "
        "recommend it (Worse\\u001b[31m by 0.02); it was compared with fraud/2, but nothing is "
        "live at local. Say why it shall go live all the same: --justify TEXT",
    ]
    refused = json.loads(pipeline("models", "rollback", "--json").out)
    assert [each["what"] for each in refused["problems"]] == [
        "there is nothing at local to roll fraud back to.",
        "a rollback needs a comment.",
    ]
    assert pipeline("models", "history").out == "nothing has been decided yet.\n"
    assert not (project / ".penstock" / "approvals" / "ledger.db").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "fraud/x"], "'fraud/x' names no version. Write it as fraud/4 or 4."),
        (["show", "0"], "'0' names no version. Write it as fraud/4 or 4."),
        (["show", "9"], "the group 'fraud' has no version 9. It has: 1, 2, 3."),
        (["list", "--stage", "moon"], "there is no stage 'moon'. Use one of: local."),
        (
            ["history", "--at", "noon"],
            "--at: 'noon' is no time. Write it as 2026-11-01T09:00Z.",
        ),
        (
            ["history", "--at", "2999-01-01"],
            "--at: '2999-01-01' is still to come. Name a time that has been, or leave it out.",
        ),
        (
            ["list", "--ledger", "paper"],
            "the ledger 'paper' is of no known kind. Use sqlite:///PATH, or "
            "dynamodb://TABLE?bucket=BUCKET&key=KMS_KEY.",
        ),
    ],
)
def test_a_wrong_request_is_told(
    project: Path, pipeline: Any, arguments: list[str], message: str
) -> None:
    answer = pipeline("models", *arguments)
    assert (answer.code, answer.err) == (2, f"pipeline: {message}\n")


def test_what_was_live_at_an_instant_is_shown(project: Path, pipeline: Any) -> None:
    pipeline("models", "approve", "1")
    (entry,) = json.loads(pipeline("models", "history", "--json").out)
    before = pipeline("models", "history", "--at", "2026-01-01T00:00Z")
    assert before.out == "nothing was live at 2026-01-01 00:00:00 UTC.\n"
    (live,) = json.loads(pipeline("models", "history", "--at", entry["at"], "--json").out)
    assert (live["version"], live["approved_by"]) == (1, ["ann"])
    assert live["evidence"] == evidence(project, 1)
    shown = pipeline("models", "history", "--at", entry["at"]).out
    assert shown.startswith("live at 20")
    assert "fraud/1  local" in shown


def test_what_is_not_as_it_was_approved_is_told_with_exit_code_1(
    project: Path, pipeline: Any
) -> None:
    pipeline("models", "approve", "1")
    stored = (project / ".penstock").rglob("model.bin")
    (model,) = [file for file in stored if file.read_bytes() == b"\x01"]
    model.write_bytes(b"\x02")
    answer = pipeline("models", "verify")
    assert answer.code == 1
    assert answer.out.startswith("ledger   1 entry, all signed and in order\ndiffers  ")
    assert "the model of fraud/1 is not the one that its evidence is about" in answer.out


def test_a_registry_that_others_wrote_to_is_noticed_and_bears_on_nothing(
    project: Path, pipeline: Any
) -> None:
    pipeline("models", "approve", "1")
    register(project, 4, "fraud/1", recommended=True)
    answer = pipeline("models", "verify")
    assert answer.code == 0
    assert "live     fraud/1 at local: every byte is as it was approved\n" in answer.out
    assert "the registry's database was changed since 20" in answer.out


def test_listing_and_deciding_load_nothing_heavy(project: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys\n"
        "from penstock.cli.main import main\n"
        "main(['models', 'list', 'fraud'])\n"
        "main(['models', 'approve', 'fraud/1'])\n"
        "main(['models', 'verify'])\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    heavy = {"mlflow", "sqlalchemy", "pandas", "numpy", "pydantic", "boto3", "xgboost", "fastapi"}
    assert loaded.isdisjoint(heavy)
    assert "is live at local" in done.stdout


def test_an_approval_in_the_registry_itself_is_taken_up_or_flagged(
    project: Path, pipeline: Any
) -> None:
    nothing = "nothing of fraud was approved past the ledger.\n"
    assert pipeline("models", "reconcile").out == nothing
    open_registry(f"sqlite:///{project}/.penstock/mlflow.db").mark("fraud", 1, "approved", {})
    answer = pipeline("models", "reconcile", "fraud")
    assert answer.out == (
        "fraud/1 was approved past the rules and is not live at local: nobody decides. Sign in.\n"
    )
    assert pipeline("models", "reconcile").out == nothing
