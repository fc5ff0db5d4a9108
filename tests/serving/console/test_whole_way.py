"""From a candidate that a training registered to decisions by it, by one click in a browser."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.approval.login import login

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Fraud's use case with few customers and one quick candidate."""
    shutil.copytree(ROOT / "use_cases" / "fraud", tmp_path / "fraud")
    file = tmp_path / "fraud" / "use_case.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["source"]["generator"]["settings"] |= {"customers": 300, "terminals": 600}
    settings["candidates"] = {"logistic_regression": {}}
    settings["gates"] = [{"metric": "log_loss", "maximum": 0.5}]
    file.write_text(yaml.safe_dump(settings))
    return tmp_path


@pytest.fixture
def pipeline(shop: Path) -> Callable[..., Any]:
    def call(*arguments: str, code: int = 0) -> Any:
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", *arguments, "--json"],
            cwd=shop,
            env={**os.environ, "LOGNAME": "somebody-else"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    return call


@pytest.fixture
def printed(shop: Path) -> Iterator[str]:
    """The address that the console prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "penstock.cli", "console", "--port", "0"],
        cwd=shop,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[1]
    process.kill()
    process.communicate()


def test_a_click_in_the_console_is_what_lets_a_candidate_decide(
    shop: Path, pipeline: Callable[..., Any], window: Callable[..., Any], printed: str
) -> None:
    named = ("--use-case", str(shop / "fraud"))
    pipeline("data", "new-batch", *named)
    trained = pipeline("run", "training", *named, "--reason", "the first one")
    assert trained["registered"]["status"] == "PendingManualApproval"
    refused = pipeline("run", "inference", *named, code=2)
    assert refused["problems"][0]["what"] == (
        "no version of fraud is approved at local; fraud/1 is pending."
    )

    page = window()
    page.goto(printed)
    page.get_by_role("link", name="fraud/1", exact=True).click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("fraud/1 ")
    assert page.get_by_text("the first one").first.is_visible()
    page.get_by_label("Comment").fill("Looked at the gates.")
    page.get_by_role("button", name="Approve fraud/1").click()
    assert page.get_by_role("heading", level=1).inner_text() == "fraud/1 is approved for local"

    decided = pipeline("run", "inference", *named)
    assert decided["decisions"]["model_version"] == "fraud/1"
    (entry,) = pipeline("models", "history", "fraud")
    verified = pipeline("evidence", "verify", "fraud/1")
    assert (entry["version"], entry["actor"]["name"]) == (1, login())
    assert entry["comment"] == "Looked at the gates."
    assert entry["evidence"] == verified["evidence_digest"]
    assert verified["problems"] == []
