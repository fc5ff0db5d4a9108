"""What `pipeline doctor` looks at. Each examination says what it found and how to mend it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from penstock.inspection.finding import Finding, State

ROOMY_BYTES, LEAST_BYTES = 5 << 30, 1 << 30
STATE_FOLDER = Path(".penstock")


def examine() -> Iterator[Finding]:
    """Yield the findings, the cheap ones first."""
    for examination in (
        interpreter,
        versions,
        kfp,
        git,
        disk_space,
        writable_home,
        model_registry,
        warm_server,
    ):
        yield examination()


def examine_environment(name: str, file: str | None) -> Iterator[Finding]:
    """Yield what is found of an environment, after what this machine brings to it.

    Args:
        name: Of the environment.
        file: That names it; None: `environments.yaml` in the working directory.

    Raises:
        RequestError: The file is wrong, or names no such environment; nothing was looked at.
    """
    from penstock.cli.machines import machines_of_project
    from penstock.environments import load_environments
    from penstock.inspection.environment import inspect

    environments = load_environments(file)
    environments.get(name)
    yield interpreter()
    yield versions()
    yield from inspect(environments, name, machines_of_project())


def interpreter() -> Finding:
    """Python's version and place."""
    version = ".".join(map(str, sys.version_info[:3]))
    said = f"Python {version} at {sys.executable}"
    if sys.version_info[:2] != (3, 11):
        return Finding(
            "interpreter", "broken", said, "Python 3.11 is needed: run `make clean run`."
        )
    if os.environ.get("PYTHONDONTWRITEBYTECODE"):
        remedy = "Unset PYTHONDONTWRITEBYTECODE: every start compiles what it imports anew."
        return Finding("interpreter", "warning", said, remedy)
    return Finding("interpreter", "ok", said)


def versions() -> Finding:
    """Installed versions against uv.lock."""
    import tomllib
    from importlib import metadata

    lock_file = Path(__file__).resolve().parents[2] / "uv.lock"
    if not lock_file.is_file():
        return Finding("versions", "warning", "no uv.lock beside the installation", "")
    locked = {
        package["name"]: package
        for package in tomllib.loads(lock_file.read_text(encoding="utf-8"))["package"]
    }
    installed = {
        str(each.metadata["Name"]).lower().replace("_", "-").replace(".", "-"): each.version
        for each in metadata.distributions()
    }
    needed: set[str] = set()
    waiting = ["penstock"]
    while waiting:
        name = waiting.pop()
        if name not in needed and name in locked:
            needed.add(name)
            # Dependencies with a marker may not apply to this machine.
            waiting += [
                each["name"]
                for each in locked[name].get("dependencies", [])
                if "marker" not in each
            ]
    missing = sorted(needed - set(installed))
    other = sorted(
        f"{name} {installed[name]} (locked: {locked[name]['version']})"
        for name in installed
        if name in locked and installed[name] != locked[name]["version"]
    )
    if missing or other:
        parts = [f"missing: {', '.join(missing)}"] if missing else []
        parts += [f"another version: {', '.join(other)}"] if other else []
        state: State = "broken" if missing else "warning"
        return Finding("versions", state, "; ".join(parts), "Run `make clean run`.")
    return Finding("versions", "ok", f"{len(needed)} packages as in uv.lock")


def kfp() -> Finding:
    """The compiler of pipelines."""
    import importlib.util

    from penstock.cli.installation import installed_version

    version = installed_version("kfp")
    if importlib.util.find_spec("kfp") is None:
        return Finding("kfp", "broken", "not installed", "Run `make clean run`.")
    return Finding("kfp", "ok", f"kfp {version}")


def git() -> Finding:
    """The work tree, which names what a release is made of."""
    if shutil.which("git") is None:
        return Finding("git", "warning", "not installed", "Releases name the commit: install git.")
    folder = Path(__file__).resolve().parent
    done = subprocess.run(
        ["git", "-C", str(folder), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
        timeout=10,
    )
    if done.returncode:
        return Finding("git", "warning", "the installation is in no work tree", "")
    return Finding("git", "ok", f"commit {done.stdout.strip()}")


def disk_space() -> Finding:
    """Room for runs and artifacts."""
    usage = shutil.disk_usage(Path.cwd())
    said = f"{usage.free / (1 << 30):.1f} GiB free at {Path.cwd()}"
    if usage.free < LEAST_BYTES:
        return Finding("disk space", "broken", said, f"Free some: {STATE_FOLDER}/ can be deleted.")
    if usage.free < ROOMY_BYTES:
        return Finding(
            "disk space", "warning", said, "Ten runs on a month of rows need about 5 GiB."
        )
    return Finding("disk space", "ok", said)


def writable_home() -> Finding:
    """Whether runs can be kept in the working directory."""
    home = STATE_FOLDER.resolve()
    try:
        made = not home.exists()
        home.mkdir(parents=True, exist_ok=True)
        probe = home / f".doctor-{os.getpid()}"
        probe.write_bytes(b"x")
        probe.unlink()
        if made:
            home.rmdir()
    except OSError as error:
        return Finding(
            "runs",
            "broken",
            f"{home} cannot be written: {error.strerror}",
            "Change its permissions, or run the command in another folder.",
        )
    runs = sum(1 for _ in (home / "runs").iterdir()) if (home / "runs").is_dir() else 0
    return Finding("runs", "ok", f"{runs} kept in {home}")


def model_registry() -> Finding:
    """MLflow's store."""
    import sqlite3

    from penstock.cli.installation import installed_version
    from penstock.registry.mlflow.sqlite_file import opened_to_read

    version = installed_version("mlflow-skinny")
    store = STATE_FOLDER / "mlflow.db"
    if not store.is_file():
        return Finding("registry", "ok", f"MLflow {version}; no store yet")
    try:
        with opened_to_read(store, 2) as connection:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            models = connection.execute("SELECT count(*) FROM model_versions").fetchone()[0]
    except sqlite3.Error as error:
        answer, models = str(error), 0
    if answer != "ok":
        remedy = "Restore it from a copy, or move it away: the next run makes a new one."
        return Finding("registry", "broken", f"{store}: {answer}", remedy)
    return Finding("registry", "ok", f"MLflow {version}; {models} model versions in {store}")


def warm_server() -> Finding:
    """The process that keeps the heavy libraries loaded between runs."""
    from penstock.cli.warm_server import describe

    state, said, remedy = describe()
    return Finding("warm server", state, said, remedy)
