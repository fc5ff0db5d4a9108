"""Inference runs by the settings that were approved with the model."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.approval.opening import open_approvals
from penstock.approval.port import Person
from penstock.cli.models.settings import as_approved
from penstock.cli.run_request import RunRequest
from penstock.data.digest import content_digest
from penstock.errors import ApprovalError
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate
from penstock.registry.in_memory import InMemoryRegistry
from penstock.use_case import load_use_case


@pytest.fixture
def approved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of a use case whose version 1 was approved with the files of that moment."""
    monkeypatch.chdir(tmp_path)
    registry = InMemoryRegistry()
    monkeypatch.setattr("penstock.registry.open_registry", lambda uri: registry)
    use_case, model, pack = tmp_path / "wine", tmp_path / "model", tmp_path / "pack"
    shutil.copytree(load_use_case("wine").folder, use_case)
    model.mkdir()
    (model / "model.json").write_text("{}")
    (pack / "use_case").mkdir(parents=True)
    shutil.copy(use_case / "use_case.yaml", pack / "use_case")
    settings = load_use_case(str(use_case))
    document = {
        "candidate": {
            "group": "wine",
            "use_case": settings.reference,
            "started_by": "ben",
        },
        "verdict": {"recommended": True, "champion": "none", "sentence": "The first."},
        "digests": {"model": {"digest": content_digest(model)}, "definition": {"digest": ""}},
    }
    digest = write_pack(pack, document).digest
    registry.register(Candidate("wine", model, evidence=pack))
    open_approvals(registry).approve(
        "wine", 1, "local", Person("anna"), evidence=digest, comment="seen"
    )
    return use_case


@pytest.fixture
def request_of() -> Callable[..., RunRequest]:
    def asked(use_case: Path, **more: Any) -> RunRequest:
        request: dict[str, Any] = dict.fromkeys(RunRequest.__slots__)
        request |= {"name": "inference", "use_case": str(use_case), "settings": (), "images": {}}
        return RunRequest(**{**request, "stage": "local", "trial": False, **more})

    return asked


def change(use_case: Path) -> None:
    file = use_case / "use_case.yaml"
    file.write_text(f"# Changed.\n{file.read_text()}")


def test_unchanged_settings_run_as_they_are(approved: Path, request_of: Any) -> None:
    request = request_of(approved)
    assert as_approved(request) == (request, "")


def test_changed_settings_give_way_to_the_approved_ones_and_that_is_told(
    approved: Path, request_of: Any
) -> None:
    before = load_use_case(str(approved)).digest
    change(approved)
    request, note = as_approved(request_of(approved))
    assert note == (
        "the settings of wine changed since wine/1 was approved; it runs by those that were "
        "approved. Train and approve a version with the new ones, or try them: --trial"
    )
    assert request == replace(request_of(approved), use_case=request.use_case)
    assert load_use_case(request.use_case).digest == before


def test_a_trial_and_another_version_keep_the_new_settings(approved: Path, request_of: Any) -> None:
    change(approved)
    for more in ({"trial": True}, {"model": "2"}):
        request = request_of(approved, **more)
        assert as_approved(request) == (request, "")


def test_settings_in_the_evidence_that_were_altered_are_refused(
    approved: Path, request_of: Any, tmp_path: Path
) -> None:
    change(approved)
    file = tmp_path / "pack" / "use_case" / "use_case.yaml"
    file.write_text(f"# Altered.\n{file.read_text()}")
    with pytest.raises(ApprovalError, match=r"use_case/use_case\.yaml: the file has "):
        as_approved(request_of(approved))


def test_the_approved_settings_that_another_run_reads_stay_where_they_are(
    approved: Path, request_of: Any
) -> None:
    change(approved)
    first, _ = as_approved(request_of(approved))
    before = (Path(first.use_case) / "use_case.yaml").stat()
    second, _ = as_approved(request_of(approved))
    after = (Path(second.use_case) / "use_case.yaml").stat()
    assert (first.use_case, before.st_ino) == (second.use_case, after.st_ino)


def test_a_damaged_copy_of_the_approved_settings_is_made_anew(
    approved: Path, request_of: Any
) -> None:
    before = load_use_case(str(approved)).digest
    change(approved)
    first, _ = as_approved(request_of(approved))
    change(Path(first.use_case))
    second, _ = as_approved(request_of(approved))
    assert load_use_case(second.use_case).digest == before
