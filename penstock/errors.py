"""Every error a user can meet.

PenstockError
├── RequestError        the request was wrong: exit code 2
│   ├── UseCaseError        a use-case file
│   ├── DataError           the data given to a run
│   ├── DefinitionError     an IR or a pipeline definition
│   ├── ApprovalError       a decision that a rule forbids, or an approval that does not hold
│   └── PortabilityError    a pipeline that a target cannot run as meant
└── WorkError           the work failed: exit code 1
    ├── StepError           a step of a run ended in failure
    └── ServiceError        a service refused or could not be reached
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong, where it is and how to mend it."""

    what: str
    where: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{mend}"


class PenstockError(Exception):
    """Base of every error that is reported without a traceback."""

    exit_code = 1

    def __init__(self, problems: str | Problem | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = [Problem(problems)]
        elif isinstance(problems, Problem):
            problems = [problems]
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RequestError(PenstockError):
    """The request was wrong; nothing was done."""

    exit_code = 2


class UseCaseError(RequestError):
    """A use-case file cannot be used as it is."""


class DataError(RequestError):
    """The data given to a run cannot be used as they are."""


class DefinitionError(RequestError):
    """An IR or a pipeline definition cannot be used as it is."""


class ApprovalError(RequestError):
    """A rule forbids the decision, or what was approved is not what is there."""


class PortabilityError(RequestError):
    """A pipeline asks a target for something that the target has no honest equivalent of."""


class WorkError(PenstockError):
    """The request was right; the work failed."""


class StepError(WorkError):
    """A step of a run ended in failure."""


class ServiceError(WorkError):
    """A service refused the call or could not be reached."""
