"""Mornings of a small shop: fraud's own generator and features, fewer customers."""

import json
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
    """What the three commands of a morning printed."""

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
def shop(pipeline_in: Any, small_fraud: Any, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    home = tmp_path_factory.mktemp("shop")
    use_case = str(small_fraud(home / "fraud"))
    found = []
    for _ in range(3):
        batch = pipeline_in(home, "data", "new-batch", "--use-case", use_case, "--json")
        assert batch.code == 0, batch.errors + batch.text
        runs = pipeline_in(
            home,
            *("run", "training", "--then", "inference", "--use-case", use_case, "--json"),
        )
        assert runs.code == 0, runs.errors + runs.text
        found.append(Morning(batch.summary, *json.loads(runs.text)))
    return Shop(use_case, home, tuple(found))
