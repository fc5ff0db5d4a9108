import contextlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kfp.dsl  # noqa: F401  # whole, before a job in this process loads its runtime part alone
import pytest

from penstock.container.adapter import run

PROJECT = Path(__file__).parents[1] / "targets" / "sagemaker" / "lowering" / "project"


@dataclass(frozen=True)
class Job:
    """The view of one container: `root` is its /opt/ml."""

    root: Path

    def put(self, path: str, content: str | dict[str, Any]) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    def read(self, path: str) -> Any:
        text = (self.root / path).read_text()
        return json.loads(text) if path.endswith(".json") else text

    def run(self, *words: str) -> tuple[int, str]:
        errors = io.StringIO()
        with contextlib.redirect_stderr(errors):
            code = run(list(words), root=self.root)
        return code, errors.getvalue()


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Job]:
    """A fresh container in the working directory of the small project."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.syspath_prepend(str(PROJECT))
    yield Job(tmp_path / "ml")
    sys.modules.pop("nowhere", None)
