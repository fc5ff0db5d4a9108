"""How this machine runs jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.errors import Problem, RequestError
from penstock.targets.local.steps.attempt import Function

OUR_IMAGE = "penstock:0.1.0"
ISOLATIONS = ("subprocess", "warm")


@dataclass(frozen=True, slots=True)
class Machine:
    """How this machine runs jobs; the same for every run of a process.

    Attributes:
        home: Folder of runs, artifacts, caches and the registry.
        project: Folder that holds `components/`; what our own image would hold.
        ours: Images that stand for the project.
        max_parallel: Most jobs at a time.
        isolation: `warm` forks jobs of ours from the warm server, `subprocess` starts each anew.
        functions: Stand for Lambda functions and callbacks, by step, function or queue name.
        memory: Bytes that jobs may hold, by instance type; jobs on others hold what there is.
    """

    home: Path = Path(".penstock")
    project: Path = Path()
    ours: frozenset[str] = frozenset({OUR_IMAGE})
    max_parallel: int = 2
    isolation: str = "warm"
    functions: Mapping[str, Function] | None = None
    memory: Mapping[str, int] | None = None

    def checked(self) -> Machine:
        """Return the machine with absolute folders.

        Raises:
            RequestError: It cannot run jobs so.
        """
        problems = []
        if self.max_parallel < 1:
            problems.append(
                Problem(f"max_parallel is {self.max_parallel}.", "machine", "Allow one job.")
            )
        if self.isolation not in ISOLATIONS:
            problems.append(
                Problem(
                    f"the isolation {self.isolation!r} is unknown.",
                    "machine",
                    f"Use one of: {', '.join(ISOLATIONS)}.",
                )
            )
        if problems:
            raise RequestError(problems)
        return replace(self, home=self.home.absolute(), project=self.project.absolute())
