"""`pipeline evidence`: what a pack says, and whether every byte is as it was."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.cli.candidate import candidate_settings
from penstock.cli.run_facts import code_state, definition_digest
from penstock.data.digest import content_digest
from penstock.errors import RequestError
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry

PROJECT = Path(__file__).parents[2]
DOCUMENT = {
    "candidate": {"group": "fraud", "started_by": "ben", "reason": "weekly"},
    "verdict": {
        "recommended": False,
        "sentence": "Undecided against fraud/1.",
        "metrics": {"f1": {"champion": 0.5, "difference": 0.25, "low": -0.1, "high": 0.6}},
    },
    "digests": {"code": {"commit": "abc", "dirty": True}},
    "data": {"table": "fraud.rows", "rows": 5},
    "gates": [{"passed": True}, {"passed": False}],
    "metrics": {"f1": {"value": 0.75, "low": 0.7, "high": 0.8}},
}


@pytest.fixture
def registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Register fraud/1 with this document; return its evidence digest."""
    monkeypatch.chdir(tmp_path)
    model, pack = tmp_path / "model", tmp_path / "pack"
    model.mkdir()
    pack.mkdir()
    (model / "model.json").write_text("{}")
    (pack / "evidence.html").write_text("<p>")
    digests = {**DOCUMENT["digests"], "model": {"digest": content_digest(model)}}
    digest = write_pack(pack, {**DOCUMENT, "digests": digests}).digest
    uri = f"sqlite:///{tmp_path}/.penstock/mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    open_registry(uri).register(Candidate("fraud", model, evidence=pack))
    return digest


def test_show_begins_with_the_verdict(
    pipeline: Callable[..., Any], registered: str, tmp_path: Path
) -> None:
    answer = pipeline("evidence", "show", "1")
    assert (answer.code, answer.err) == (0, "")
    folder = tmp_path / ".penstock" / "evidence" / registered.removeprefix("sha256:")
    assert answer.out == (
        "fraud/1  not recommended\n"
        "Undecided against fraud/1.\n"
        "\n"
        f"evidence    {registered}\n"
        "started by  ben: weekly\n"
        "code        abc (dirty)\n"
        "data        fraud.rows, 5 rows\n"
        "gates       1 of 2 passed\n"
        "\n"
        "  metric    here  interval         champion  difference\n"
        "  f1      0.7500  0.7000 … 0.8000    0.5000  +0.2500 -0.1000 … 0.6000\n"
        "\n"
        f"page        {folder}/evidence.html\n"
    )
    document = json.loads(pipeline("evidence", "show", "fraud/1", "--json").out)
    assert document["digest"] == registered
    assert document["document"]["verdict"] == DOCUMENT["verdict"]


def test_verify_says_what_was_hashed_and_what_could_not_be(
    pipeline: Callable[..., Any], registered: str
) -> None:
    answer = pipeline("evidence", "verify", "fraud/1")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[:3] == [
        "fraud/1  every byte is as it was",
        f"evidence    {registered}",
        "hashed      evidence.json and 1 files of the pack",
    ]
    assert lines[3].startswith("hashed      the model at /")
    assert lines[4:] == [
        "not hashed  the rows of fraud.rows (their digest is in the document)",
    ]


def test_a_folder_is_verified_without_any_registry_and_each_difference_is_told(
    pipeline: Callable[..., Any], registered: str, tmp_path: Path
) -> None:
    (tmp_path / "pack" / "evidence.html").write_text("<b>")
    (tmp_path / "model" / "model.json").write_text("[]")
    answer = pipeline("evidence", "verify", "pack", "--model", "model")
    assert answer.code == 1
    found = [line for line in answer.out.splitlines() if line.startswith("wrong")]
    assert found[0].startswith("wrong       evidence.html: the file's SHA-256 is ")
    assert found[1].startswith("wrong       model: the model is not the one that was judged: ")
    machine = pipeline("evidence", "verify", "pack", "--json")
    assert machine.code == 1
    assert json.loads(machine.out)["evidence_digest"] == registered
    assert json.loads(machine.out)["unreached"][0] == "the model (--model FOLDER)"


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (
            "nowhere",
            "nowhere: this is no evidence pack: it holds no evidence.json. Name the folder of a "
            "pack, or a version such as fraud/4.",
        ),
        ("fraud/7", "the group 'fraud' has no version 7. It has: 1."),
    ],
)
def test_what_is_not_there_is_told_in_words(
    pipeline: Callable[..., Any], registered: str, what: str, message: str
) -> None:
    answer = pipeline("evidence", "verify", what)
    assert (answer.code, answer.err) == (2, f"pipeline: {message}\n")


def test_the_code_is_its_commit_and_whether_files_differ(tmp_path: Path) -> None:
    commit = code_state(PROJECT).partition(" ")[0]
    assert commit == "" or len(commit) == 40
    assert code_state(tmp_path) == ""


def test_only_a_pipeline_that_registers_is_told_where_a_candidate_comes_from() -> None:
    assert candidate_settings(None, {"Steps": [{"Type": "Processing"}]}, "{}", {}) == {}  # type: ignore[arg-type]
    assert definition_digest("{}").startswith("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc2")


def test_nobody_sets_what_an_approver_has_to_believe() -> None:
    definition = {
        "Steps": [{"Type": "RegisterModel", "Arguments": {"ModelPackageGroupName": "fraud"}}]
    }
    given = {"started_by": "ann", "champion": "file:///weak", "seed": 7}
    with pytest.raises(RequestError) as caught:
        candidate_settings(None, definition, "{}", given)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "--set champion: champion is a fact of the evidence, which the command itself tells. "
        "Leave it out.\n"
        "--set started_by: started_by is a fact of the evidence, which the command itself tells. "
        "Leave it out."
    )
