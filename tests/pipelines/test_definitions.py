"""What the pipelines compile to, for each use case and target."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOLDENS = Path(__file__).parent / "goldens"


PIPELINES = [
    ("training", "fraud"),
    ("training", "wine"),
    ("training", "diabetes"),
    ("training", "maintenance"),
    ("inference", "fraud"),
    ("inference", "maintenance"),
]


@pytest.mark.parametrize(("pipeline", "use_case"), PIPELINES)
def test_the_definition_is_the_golden_one_and_passes_check(
    pipeline: str, use_case: str, pipeline_in: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = tmp_path / "definition.json"
    compiled = pipeline_in(
        tmp_path,
        *("compile", pipeline, "--use-case", use_case, "--target", "sagemaker"),
        *("--output", str(file)),
    )
    assert compiled.code == 0, compiled.errors
    checked = pipeline_in(tmp_path, "check", str(file))
    assert checked.code == 0, checked.text + checked.errors
    text = json.dumps(json.loads(file.read_text()), indent=1) + "\n"
    golden = GOLDENS / f"{pipeline}-{use_case}.json"
    if request.config.getoption("--update-goldens"):
        golden.write_text(text)
    assert golden.exists(), f"{golden.name} is missing; run with --update-goldens and look at it."
    assert text == golden.read_text()


@pytest.mark.parametrize(("pipeline", "use_case"), PIPELINES)
def test_the_form_for_kubeflow_compiles_and_passes_check(
    pipeline: str, use_case: str, pipeline_in: Any, tmp_path: Path
) -> None:
    file = tmp_path / "pipeline.yaml"
    compiled = pipeline_in(
        tmp_path,
        *("compile", pipeline, "--use-case", use_case, "--target", "kubeflow"),
        *("--task-image", "registry.example/penstock:1", "--output", str(file)),
    )
    assert compiled.code == 0, compiled.errors
    checked = pipeline_in(tmp_path, "check", str(file))
    assert checked.code == 0, checked.text + checked.errors


@pytest.mark.parametrize("pipeline", ["training", "inference"])
@pytest.mark.parametrize("target", ["sagemaker", "kubeflow"])
def test_the_bytes_are_the_same_for_every_hash_seed_and_working_directory(
    target: str, pipeline: str, tmp_path: Path
) -> None:
    found = set()
    for seed, folder in (("0", "one"), ("1", "one"), ("4242", "one"), ("0", "two")):
        (tmp_path / folder).mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "penstock.cli", "compile", pipeline, "--target", target],
            cwd=tmp_path / folder,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert len(found.pop()) > 1_000
