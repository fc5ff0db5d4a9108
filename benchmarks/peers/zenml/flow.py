"""The training pipeline in ZenML.

ZenML's local orchestrator runs all steps in its own process. `isolated` starts one process a step
from within the step, which is how its users isolate steps without Docker; `together` runs them as
ZenML does by itself, for information.
"""

import subprocess
import sys
from pathlib import Path

from zenml import pipeline, step

from benchmarks.bodies import steps


def _run(name: str, folder: str, isolated: bool) -> bool:
    if not isolated:
        return steps.run(name, Path(folder))
    command = [sys.executable, "-m", "benchmarks.bodies.one_step", name, folder]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.endswith(b"True\n")


@step
def preprocess(folder: str, isolated: bool) -> bool:
    """Read, check and split the rows."""
    return _run("preprocess", folder, isolated)


@step
def train(folder: str, isolated: bool, preprocessed: bool) -> bool:
    """Fit the candidates."""
    assert preprocessed
    return _run("train", folder, isolated)


@step
def evaluate(folder: str, isolated: bool, trained: bool) -> bool:
    """Score the best candidate against its gates."""
    assert trained
    return _run("evaluate", folder, isolated)


@step
def evidence(folder: str, isolated: bool, passed: bool) -> bool:
    """Gather the evidence if every gate passed."""
    if not passed:
        raise SystemExit("a gate failed: nothing to register")
    return _run("evidence", folder, isolated)


@step
def register(folder: str, isolated: bool, gathered: bool) -> bool:
    """Register the model."""
    assert gathered
    return _run("register", folder, isolated)


@pipeline(enable_cache=False)
def training(folder: str, isolated: bool) -> None:
    """preprocess → train → evaluate → evidence → register."""
    preprocessed = preprocess(folder, isolated)
    trained = train(folder, isolated, preprocessed)
    passed = evaluate(folder, isolated, trained)
    gathered = evidence(folder, isolated, passed)
    register(folder, isolated, gathered)


if __name__ == "__main__":
    training(folder=sys.argv[1], isolated=sys.argv[2] == "isolated")
