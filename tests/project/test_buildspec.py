"""buildspec.yml runs as it is written."""

import json
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from buildspec import commands_of, read_buildspec, run_buildspec
from clean_root import CleanRoot
from container_jobs import predictions, preprocessed, served, trained
from dockerfile import read_dockerfile
from machine import machine_environment

from penstock.environments import load_environments
from sandbox.server import running

ROOT = Path(__file__).parents[2]
SPEC = read_buildspec(ROOT / "buildspec.yml")
OF_THE_BASE = {
    "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libgcc_s.so.1",
    "libstdc++.so.6", "libz.so.1",
}  # fmt: skip
"""What Debian's slim image holds because its own package manager needs it."""

CHEAP = {
    "USE_CASE": "wine",
    "CHECKS": "lint licenses use-cases",
    "TEST_ARGUMENTS": "-q tests/container/test_requirements.py",
    "WORKERS": "0",
    "CODEBUILD_WEBHOOK_TRIGGER": "pr/1",
}
"""What a build project may set: fewer checks and tests, smaller rows, by the same commands."""

SMALL = """\
version: 0.2
env: {shell: bash, variables: {GREETING: hello, PLACE: here}}
phases:
  install: {commands: ["export PLACE=there", "cd sub"]}
  build:
    FAILURE
    commands: ['echo "$GREETING $PLACE"; pwd', "COMMAND", "echo not reached"]
    finally: ["echo cleaned"]
  post_build: {commands: ["echo after"]}
"""


def small(tmp_path: Path, command: str, failure: str = "") -> Any:
    (tmp_path / "sub").mkdir()
    spec = yaml.safe_load(SMALL.replace("COMMAND", command).replace("FAILURE", failure))
    return run_buildspec(spec, tmp_path, {"PATH": os.environ["PATH"], "GREETING": "hola"})


def test_commands_share_one_shell_and_the_project_wins_over_the_file(tmp_path: Path) -> None:
    build = small(tmp_path, "true")
    assert build.failed == ""
    assert build.ran[2].output == f"hola there\n{tmp_path / 'sub'}\n"
    assert build.commands[-3:] == ["echo not reached", "echo cleaned", "echo after"]


@pytest.mark.parametrize("command", ["false", "exit 3"])
def test_a_failure_ends_the_build_after_its_finally(tmp_path: Path, command: str) -> None:
    build = small(tmp_path, command, "on-failure: ABORT")
    assert build.failed == "build"
    assert build.commands[-2:] == [command, "echo cleaned"]


def test_without_a_word_on_failures_the_last_phase_runs_after_a_failed_build(
    tmp_path: Path,
) -> None:
    build = small(tmp_path, "false")
    assert build.failed == "build"
    assert build.commands[-3:] == ["false", "echo cleaned", "echo after"]


def test_what_fails_before_the_build_ends_everything(tmp_path: Path) -> None:
    phases = {"pre_build": ["false"], "build": ["echo build"], "post_build": ["echo after"]}
    spec = {"env": {}, "phases": {name: {"commands": run} for name, run in phases.items()}}
    build = run_buildspec(spec, tmp_path, {"PATH": os.environ["PATH"]})
    assert (build.failed, build.commands) == ("pre_build", ["false"])


def test_a_failed_phase_stops_everything_behind_it() -> None:
    assert {phase["on-failure"] for phase in SPEC["phases"].values()} == {"ABORT"}


def test_the_commands_are_the_delivery_from_install_to_publishing() -> None:
    assert commands_of(SPEC) == [
        "make setup",
        "make --keep-going $CHECKS",
        'make test ARGUMENTS="$TEST_ARGUMENTS"',
        "mkdir -p build",
        "make wheel",
        "make image",
        "make push-image",
        ".venv/bin/pipeline release build --output build/release.tar --env dev "
        "$(sed 's/^/--image=/' build/image.txt)",
        ".venv/bin/pipeline plan --env dev --use-case $USE_CASE --release build/release.tar "
        "|| [ $? -eq 2 ]",
        ".venv/bin/pipeline upsert --env dev --use-case $USE_CASE --release build/release.tar",
        ".venv/bin/pipeline start training --env dev --use-case $USE_CASE --wait",
        "make publish",
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files of this working tree as a commit on its history, without what was set up."""
    folder = tmp_path / "checkout"
    clone = ["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, folder]
    subprocess.run(clone, check=True)
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".git" / "info" / "exclude").write_text("/.uv\n")
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["add", "--all"], [*named, "commit", "--quiet", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    if (ROOT / ".uv").is_dir():
        (folder / ".uv").symlink_to(ROOT / ".uv")
    return folder


@pytest.fixture
def image(checkout: Path) -> Iterator[CleanRoot]:
    """What `make image` would build of the checkout; COMPILE=0 spares the packages' bytecode."""
    dockerfile = read_dockerfile(checkout / "containers" / "Dockerfile")
    root = CleanRoot(dockerfile, checkout, {"COMPILE": "0"})
    yield root
    root.remove()


@pytest.mark.slow
def test_the_phases_run_as_written_and_the_image_processes_trains_and_serves(
    checkout: Path, image: CleanRoot
) -> None:
    """The image's own steps stand in for `docker build`; then each of its entry points runs.

    The accounts of environments.yaml are the sandbox's.
    """
    environment = machine_environment() | {"PATH": os.environ["PATH"]}

    def build_image() -> str:
        image.build()
        return ""

    instead: dict[str, Callable[[], str]] = {"make image": build_image}
    with running(load_environments(checkout / "environments.yaml")) as sandbox:
        environment |= sandbox.variables("dev")
        build = run_buildspec(SPEC, checkout, environment | CHEAP, instead=instead)
    assert build.failed == "", build.ran[-1].output
    assert build.commands == commands_of(SPEC)
    assert "passed" in build.output('make test ARGUMENTS="$TEST_ARGUMENTS"')

    look = "import os, penstock; print(penstock.__file__); print(os.access('.', os.W_OK))"
    said, _ = image.start(entry=["python3", "-c", look]).communicate(timeout=30)
    installed, writable = said.splitlines()
    assert Path(installed).is_relative_to(image.place("/opt/penstock"))
    assert writable == str(os.geteuid() != 0)

    assert image.system_libraries() <= OF_THE_BASE

    rows = preprocessed(image)
    model = trained(image, rows)
    with served(image, model) as address:
        with urllib.request.urlopen(f"{address}/ping", timeout=10) as answer:
            assert answer.status == 200
        scores = predictions(address, rows)
    assert all(abs(sum(each) - 1) < 1e-6 for each in scores)
    described = json.loads((model / "model.json").read_text())
    assert described["format"] == "penstock.model/1"
