"""Candidates with evidence, people, and approvals over any registry."""

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from penstock.approval.opening import open_approvals
from penstock.approval.port import Person
from penstock.data.digest import content_digest
from penstock.evidence.pack import write_pack
from penstock.registry import Candidate, open_registry
from penstock.registry.in_memory import InMemoryRegistry

ANN, BEN, CAT = Person("ann"), Person("ben"), Person("cat")
"""Ann starts the runs."""


@dataclass
class Workshop:
    """A project's folder: candidates are made and registered, approvals opened, time passes."""

    folder: Path
    registry: Any
    now: datetime = datetime(2026, 11, 1, 9, tzinfo=UTC)
    made: int = 0
    rules_text: str = ""
    verdict: dict[str, Any] = field(default_factory=dict)

    def approvals(self, **options: Any) -> Any:
        """Open them anew, as another process would."""
        return open_approvals(
            self.registry,
            options.pop("ledger", f"sqlite:///{self.folder}/ledger.db"),
            rules=self.rules(),
            keys=options.pop("keys", self.folder / "keys"),
            clock=lambda: self.now,
            **options,
        )

    def rules(self) -> Path | None:
        if not self.rules_text:
            return None
        file = self.folder / "approvals.yaml"
        file.write_text(self.rules_text)
        return file

    def candidate(
        self,
        group: str = "fraud",
        *,
        champion: str = "",
        recommended: bool = True,
        author: str = "ann",
        segments: dict[str, Any] | None = None,
        **document: Any,
    ) -> Candidate:
        """Make a model folder with its evidence."""
        self.made += 1
        folder = self.folder / "candidates" / str(self.made)
        model, pack = folder / "model", folder / "evidence"
        model.mkdir(parents=True)
        pack.mkdir()
        manifest = {"format": "test.model/1", "number": self.made}
        if segments is not None:
            manifest = {
                **{"format": "penstock.bundle/1", "segments": segments, "pooled": None},
                **{"task": "binary", "features": [], "segment": "region", "libraries": {}},
            }
        (model / "model.json").write_text(json.dumps(manifest))
        (model / "model.ubj").write_bytes(bytes(range(64)) * 4)
        (pack / "evidence.html").write_text("<!DOCTYPE html><title>Evidence</title>")
        (pack / "metrics.json").write_text('{"metrics": {"roc_auc": 0.9}}')
        sentence = "Better than the live model." if recommended else "Not better than live."
        whole = {
            "candidate": {
                "group": group,
                "use_case": f"{group}@sha256:{self.made:064x}",
                "started_by": author,
            },
            "verdict": {
                "champion": champion,
                "recommended": recommended,
                "sentence": sentence,
            },
            "digests": {
                "model": content_digest(model),
                "definition": f"sha256:{self.made:064x}",
            },
            **document,
        }
        write_pack(pack, whole)
        properties = {
            "execution": f"e{self.made}",
            "started_by": author,
            "recommended": str(recommended).lower(),
            "verdict": sentence,
            "champion": champion or "none",
        }
        return Candidate(group, model, pack / "metrics.json", None, properties, pack)

    def register(self, group: str = "fraud", **facts: Any) -> int:
        return self.registry.register(self.candidate(group, **facts)).version

    def evidence(self, version: int, group: str = "fraud") -> str:
        return self.registry.describe(group, version).properties["evidence_digest"]

    def approve(self, version: int, actor: Person = BEN, stage: str = "local", **said: Any) -> Any:
        said.setdefault("evidence", self.evidence(version))
        return self.approvals().approve("fraud", version, stage, actor, **said)

    def live(self, stage: str = "local", at: datetime | None = None) -> int:
        found = self.approvals().live("fraud", stage, at)
        return found.version if found else 0

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that MLflow has set up: it takes a second each time."""
    from penstock.registry.mlflow.client import empty_database

    file = tmp_path_factory.mktemp("template") / "mlflow.db"
    file.write_bytes(empty_database())
    return file


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, InMemoryRegistry())


@pytest.fixture
def mlflow_workshop(tmp_path: Path, empty_mlflow: Path) -> Workshop:
    (tmp_path / "registry").mkdir()
    shutil.copy(empty_mlflow, tmp_path / "registry" / "mlflow.db")
    return Workshop(tmp_path, open_registry(f"sqlite:///{tmp_path}/registry/mlflow.db"))
