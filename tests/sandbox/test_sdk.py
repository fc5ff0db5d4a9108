"""The SageMaker SDK, a client that nobody here wrote, finds and runs what was upserted."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_definitions import WRITES, definition, processing

from penstock.deployment.origin import Origin
from penstock.deployment.place import open_place
from penstock.deployment.upserting import upsert
from penstock.deployment.wanted import Wanted
from penstock.environments import load_environments


@pytest.mark.slow
def test_the_sdk_describes_starts_and_waits_for_what_was_upserted(
    in_dev: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_VALIDATE_ROLE", "false")
    environment = load_environments(in_dev / "environments.yaml").get("dev")
    place = open_place(environment, "arn:aws:iam::111111111111:user/ann", tmp_path)
    wanted = Wanted(
        name="for-the-sdk",
        definition=definition(processing("write", WRITES)),
        assets={},
        role=environment.role,
        parallel=2,
        parameters=environment.parameters,
        origin=Origin("a" * 40),
    )
    assert upsert(wanted, place).done == "created"

    told = asked("run")
    assert told["described"]["PipelineDefinition"] == wanted.definition
    assert told["described"]["RoleArn"] == environment.role
    assert told["status"] == "Succeeded"
    (step,) = told["steps"]
    assert step == ["write", "Succeeded"]
    assert upsert(replace(wanted, parallel=4), place).done == "updated"
    parallelism = asked("describe")["described"]["ParallelismConfiguration"]
    assert parallelism == {"MaxParallelExecutionSteps": 4}


def asked(what: str) -> Any:
    """Ask the SDK in a process of its own: it keeps the first session that it meets."""
    script = Path(__file__).with_name("sdk_client.py")
    done = subprocess.run(
        [sys.executable, str(script), "for-the-sdk", what],
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
