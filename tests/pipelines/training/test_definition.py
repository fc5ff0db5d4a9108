"""What the training pipeline compiles to, for each use case and target."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOLDENS = Path(__file__).parent / "goldens"


@pytest.mark.parametrize("use_case", ["fraud", "wine", "diabetes"])
def test_the_definition_is_the_golden_one_and_passes_check(
    use_case: str, pipeline_in: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "training.json"
    compiled = pipeline_in(
        tmp_path,
        *("compile", "training", "--use-case", use_case, "--target", "sagemaker"),
        *("--output", str(file)),
    )
    assert compiled.code == 0, compiled.errors
    checked = pipeline_in(tmp_path, "check", str(file))
    assert checked.code == 0, checked.text + checked.errors
    text = json.dumps(json.loads(file.read_text()), indent=1) + "\n"
    golden = GOLDENS / f"{use_case}.json"
    if request.config.getoption("--update-goldens"):
        golden.write_text(text)
    assert golden.exists(), f"{golden.name} is missing; run with --update-goldens and look at it."
    assert text == golden.read_text()


@pytest.mark.parametrize("target", ["sagemaker", "kubeflow"])
def test_the_bytes_are_the_same_for_every_hash_seed_and_working_directory(
    target: str, tmp_path: Path
) -> None:
    found = set()
    for seed, folder in (("0", "one"), ("1", "one"), ("4242", "one"), ("0", "two")):
        (tmp_path / folder).mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", "compile", "training", "--target", target],
            cwd=tmp_path / folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert len(found.pop()) > 1_000
