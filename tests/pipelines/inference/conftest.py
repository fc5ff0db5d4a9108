"""Mornings of a small shop: fraud's own generator and features, fewer customers."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Morning:
    """What the commands of a morning printed, the approval between them apart."""

    batch: dict[str, Any]
    training: dict[str, Any]
    inference: dict[str, Any]


@dataclass(frozen=True)
class Shop:
    """A use case, the folder it runs in, and its mornings so far."""

    use_case: str
    home: Path
    mornings: tuple[Morning, ...]


@pytest.fixture(scope="session")
def small_fraud() -> Callable[..., Path]:
    """Write fraud's use case with few customers and one quick candidate; return its folder."""

    def write(folder: Path, **changes: Any) -> Path:
        shutil.copytree(PROJECT / "use_cases" / "fraud", folder)
        file = folder / "use_case.yaml"
        settings = yaml.safe_load(file.read_text())
        settings["source"]["generator"]["settings"] |= {"customers": 300, "terminals": 600}
        settings["candidates"] = {"logistic_regression": {}}
        settings["gates"] = [{"metric": "log_loss", "maximum": 0.5}]
        file.write_text(yaml.safe_dump(settings | changes))
        return folder

    return write


@pytest.fixture(scope="session")
def approve(pipeline_in: Any) -> Callable[[Path, str], None]:
    """Approve a version, whatever the comparison says."""

    def decide(home: Path, version: str) -> None:
        why = ("--comment", "seen", "--justify", "the test wants it")
        done = pipeline_in(home, "models", "approve", version, *why)
        assert done.code == 0, done.errors + done.text

    return decide


@pytest.fixture(scope="session")
def shop(
    pipeline_in: Any, small_fraud: Any, approve: Any, tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    home = tmp_path_factory.mktemp("shop")
    use_case = str(small_fraud(home / "fraud"))
    found = []
    for _ in range(3):
        batch = pipeline_in(home, "data", "new-batch", "--use-case", use_case, "--json")
        assert batch.code == 0, batch.errors + batch.text
        trained = pipeline_in(home, "run", "training", "--use-case", use_case, "--json")
        assert trained.code == 0, trained.errors + trained.text
        approve(home, f"fraud/{trained.summary['registered']['version']}")
        decided = pipeline_in(home, "run", "inference", "--use-case", use_case, "--json")
        assert decided.code == 0, decided.errors + decided.text
        found.append(Morning(batch.summary, trained.summary, decided.summary))
    return Shop(use_case, home, tuple(found))
