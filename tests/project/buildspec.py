"""Runs a buildspec as CodeBuild does: one shell, in order, the environment from the file."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")


@dataclass(frozen=True)
class Ran:
    """One command and how it ended."""

    phase: str
    command: str
    code: int
    output: str


@dataclass
class Build:
    """What was run; `failed` names the first phase that failed."""

    ran: list[Ran] = field(default_factory=list)
    failed: str = ""

    @property
    def commands(self) -> list[str]:
        return [each.command for each in self.ran]

    def output(self, command: str) -> str:
        return next(each.output for each in self.ran if each.command == command)


def read_buildspec(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())


def commands_of(spec: Mapping[str, Any]) -> list[str]:
    return [
        command
        for phase in PHASES
        for command in (spec["phases"].get(phase) or {}).get("commands", [])
    ]


def run_buildspec(
    spec: Mapping[str, Any],
    folder: Path,
    environment: Mapping[str, str],
    *,
    instead: Mapping[str, Callable[[], str]] | None = None,
) -> Build:
    """Run the phases.

    Args:
        spec: The parsed file, version 0.2.
        folder: The source, where the shell starts.
        environment: Of the build machine and the project: it wins over the file's variables.
        instead: What is done in place of a command; it returns the output.
    """
    variables = {k: str(v) for k, v in spec.get("env", {}).get("variables", {}).items()}
    build = Build()
    with _Shell(spec["env"].get("shell", "sh"), folder, variables | environment) as shell:
        for name in PHASES:
            phase = spec["phases"].get(name) or {}
            for part in ("commands", "finally"):
                for command in phase.get(part, []):
                    act = (instead or {}).get(command)
                    code, output = (0, act()) if act else shell.run(command)
                    build.ran.append(Ran(name, command, code, output))
                    if code != 0:
                        build.failed = build.failed or name
                        break
            # A build that failed still has its last phase, unless the file says otherwise.
            goes_on = name == "build" and phase.get("on-failure", "CONTINUE") == "CONTINUE"
            if build.failed and not goes_on:
                return build
    return build


class _Shell:
    """A shell that is given one command at a time and tells the exit code of each."""

    def __init__(self, program: str, folder: Path, environment: Mapping[str, str]) -> None:
        self._program, self._source, self._environment = program, folder, dict(environment)
        self._folder = Path(tempfile.mkdtemp(prefix="buildspec-"))
        self._process = self._started()

    def run(self, command: str) -> tuple[int, str]:
        if self._process.poll() is not None:
            self._process = self._started()
        script, output = self._folder / "command", self._folder / "output"
        script.write_text(command)
        # The shell's own output is free for the exit codes: that of commands goes to the file.
        line = f"eval \"$(cat '{script}')\" < /dev/null > '{output}' 2>&1; echo $?\n"
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(line)
        stdin.flush()
        answer = stdout.readline()
        # A command that ends the shell itself gives no answer but the shell's own code.
        code = int(answer) if answer else self._process.wait()
        return code, output.read_text(errors="replace")

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self._program],
            cwd=self._source,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "_Shell":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)
        shutil.rmtree(self._folder)
