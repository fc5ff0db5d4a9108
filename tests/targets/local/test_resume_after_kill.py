"""A run killed at any moment resumes to the artifacts of one that nobody disturbed."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.data.digest import content_digest
from penstock.targets.local.result import RunResult, RunStatus
from penstock.targets.local.server import status, stop

OUT = "/opt/ml/processing/output/out"
IN = "/opt/ml/processing/input"
MOMENTS = 50
OURS = "penstock:0.1.0"
COMPONENT = """
import time
from pathlib import Path
from typing import NamedTuple

from penstock.contract import Dataset, component, output


class Counted(NamedTuple):
    counted: Dataset
    rows: int


@component()
def write_on(words: str) -> Counted:
    while True:
        with Path("written").open("a") as written:
            written.write(words)
        time.sleep(0.01)


@component()
def count(words: str) -> Counted:
    counted = output(Dataset, "counted")
    Path(counted.path).mkdir(parents=True)
    for word in sorted(words.split()):
        Path(counted.path, word).write_text(word)
        time.sleep(0.02)
    return Counted(counted, len(words.split()))
"""


def steps(build: Any, ours: list[dict[str, Any]]) -> list[dict[str, Any]]:
    train = (
        "cd /opt/ml/checkpoints; for part in 1 2 3; do "
        "test -e $part || { echo $part > .aside; mv .aside $part; }; sleep 0.01; done; "
        "cat 1 2 3 > /opt/ml/model/weights; "
        "mkdir /opt/ml/output/data/scores; echo 0.5 > /opt/ml/output/data/scores/auc"
    )
    return [
        *ours,
        build.processing(
            "make",
            f"for part in a b c d; do echo $part > {OUT}/$part; done; "
            f"echo '{{\"auc\": 0.9}}' > {OUT}/facts.json",
            facts="facts.json",
            CacheConfig={"Enabled": True, "ExpireAfter": "P1D"},
        ),
        build.processing("beside", f"sleep 0.02; seq 100 > {OUT}/numbers"),
        build.training(
            "train", train, channels={"data": build.output_of("make")}, checkpoints=True
        ),
        build.condition(
            "gate",
            build.compare("GreaterThan", build.json_get("make", "auc"), 0.5),
            then=[
                build.processing(
                    "keep",
                    f"cat {IN}/x/a {IN}/y/numbers > {OUT}/all;tar xzf {IN}/m/model.tar.gz -C {OUT}",
                    inputs={
                        "x": build.output_of("make"),
                        "y": build.output_of("beside"),
                        "m": build.get("Steps.train.ModelArtifacts.S3ModelArtifacts"),
                    },
                )
            ],
            otherwise=[build.fail("stop", "too bad")],
        ),
    ]


def counting(build: Any, function: str = "count") -> dict[str, Any]:
    step = build.processing("count", image=OURS, outputs=("counted", "parameters"))
    step["Arguments"]["AppSpecification"] = {
        "ImageUri": OURS,
        "ContainerEntrypoint": ["python3", "-m", "penstock.container", "processing"],
        "ContainerArguments": [
            *("--component", f"parts/steps.py:{function}"),
            *("--string", "words=b c a"),
            *("--output", "counted:system.Dataset"),
            *("--returns", "rows:integer"),
        ],
    }
    return step


def digests(result: RunResult) -> dict[tuple[str, str], str]:
    assert result.status is RunStatus.SUCCEEDED, {
        name: run.failure_reason for name, run in result.steps.items()
    }
    return {
        (name, output): found.digest
        for name, run in result.steps.items()
        for output, found in run.outputs.items()
    }


def in_a_child(work: Callable[[], object]) -> int:
    """Start `work` in a process of its own, which leads a group as a shell's job does."""
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            work()
        finally:
            os._exit(0)
    return child


def killed_after(child: int, seconds: float) -> None:
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def start_or_resume(bench: Any, document: list[dict[str, Any]]) -> RunResult:
    if list(bench.home.glob("runs/*/run.json")):
        return bench.resume()
    return bench.run(*document)


def check_moments(bench: Any, document: list[dict[str, Any]], find: Any, seed: int) -> None:
    whole = replace(bench, machine=replace(bench.machine, home=bench.home / "whole"))
    undisturbed = digests(whole.run(*document))
    began = time.monotonic()
    child = in_a_child(
        lambda: replace(bench, machine=replace(bench.machine, home=bench.home / "timed")).run(
            *document
        )
    )
    os.waitpid(child, 0)
    seconds = time.monotonic() - began
    chance = random.Random(seed)
    attempts: dict[int, int] = {}
    for number in range(MOMENTS):
        one = replace(bench, machine=replace(bench.machine, home=bench.home / str(number)))
        # One moment in every fiftieth of the run's length; every third is killed again.
        moment = (number + chance.random()) / MOMENTS * seconds
        killed_after(in_a_child(lambda one=one: one.run(*document)), moment)
        if number % 3 == 0:
            again = chance.random() * seconds
            killed_after(in_a_child(lambda one=one: start_or_resume(one, document)), again)
        result = start_or_resume(one, document)
        assert digests(result) == undisturbed, f"killed after {moment:.3f} s"
        for run in result.steps.values():
            for output in run.outputs.values() if run.type == "Processing" else ():
                # Whatever a dead try left beside the artifact would count here.
                place = Path(output.uri.removeprefix("file://"))
                described = (place / "artifact.json").is_file()
                assert len(list(place.iterdir())) == 2 or not described
                assert content_digest(place / "data" if described else place) == output.digest
        tries = max(run.attempts for run in result.steps.values())
        attempts[tries] = attempts.get(tries, 0) + 1
        assert eventually(lambda one=one: find(one.home) == [])
    # Else the moments would have missed every job.
    assert sum(count for tries, count in attempts.items() if tries > 1) >= 10, attempts


@pytest.mark.slow
def test_a_killed_run_resumes_to_the_same_artifacts(bench, build, processes_of) -> None:
    check_moments(bench, steps(build, []), processes_of, seed=1)


@pytest.fixture
def warm_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    project = tmp_path / "project"
    (project / "parts").mkdir(parents=True)
    (project / "parts" / "__init__.py").write_text("")
    (project / "parts" / "steps.py").write_text(COMPONENT)
    yield project
    stop(project)


@pytest.mark.slow
def test_a_killed_run_with_a_warm_server_resumes_to_the_same_artifacts(
    bench, build, processes_of, warm_project
) -> None:
    warm = replace(bench, machine=replace(bench.machine, isolation="warm"))
    check_moments(warm, steps(build, [counting(build)]), processes_of, seed=2)
    assert status(warm_project) is not None


@pytest.mark.parametrize("isolation", ["subprocess", "warm"])
def test_the_jobs_of_a_killed_run_die_with_it(
    bench, build, processes_of, warm_project, isolation
) -> None:
    one = replace(bench, machine=replace(bench.machine, isolation=isolation))
    document = [
        counting(build, "write_on"),
        build.processing("shell", "while :; do echo x >> written; sleep 0.01; done"),
    ]
    child = in_a_child(lambda: one.run(*document))
    assert eventually(lambda: len(list(one.home.glob("runs/*/jobs/*/*/work/written"))) == 2)
    killed_after(child, 0)
    assert eventually(lambda: processes_of(one.home) == [])
    written = {file: file.read_bytes() for file in one.home.glob("runs/*/jobs/*/*/work/written")}
    time.sleep(0.1)
    assert {file: file.read_bytes() for file in written} == written


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
