"""What flows between the tasks of a graph while it is flattened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from penstock.errors import Problem
from penstock.targets.sagemaker.scopes import Scope
from penstock.targets.sagemaker.templates import SharedFolderError
from penstock.targets.sagemaker.value_queries import all_steps
from penstock.targets.sagemaker.values import AnyValue, ArtifactValue, Finished, FirstOf, Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Result:
    """What a task gives, and what must end before the tasks that come after it."""

    parameters: Mapping[str, Value] = field(default_factory=dict)
    artifacts: Mapping[str, ArtifactValue] = field(default_factory=dict)
    done: tuple[AnyValue, ...] = ()
    refused: bool = False
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What surrounds a task: values and artifacts by name, its branch, what must end first."""

    parameters: Mapping[str, Value]
    artifacts: Mapping[str, ArtifactValue]
    scope: Scope | None = None
    after: tuple[AnyValue, ...] = ()
    after_any: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Tasks of one graph that have to run in one job, and why."""

    owner: str
    tasks: frozenset[str]
    why: str


class RefusedTaskError(Exception):
    """A task has no equivalent; the walk goes on without its outputs."""

    def __init__(self, problem: Problem, together: Together | None = None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.together = together


def merged(tokens: Iterable[AnyValue]) -> tuple[AnyValue, ...]:
    """Join what must have ended: one token of plain steps, one for each choice."""
    tokens = list(tokens)
    plain = all_steps(token for token in tokens if isinstance(token, Finished))
    choices: dict[str, AnyValue] = {}
    for token in tokens:
        if isinstance(token, FirstOf):
            choices[token.key] = token
    return (*((Finished(plain),) if plain else ()), *choices.values())


def placing(where: str, work: Callable[[], T]) -> T:
    """Do the work; a LookupError in it is a refusal of the task at `where`."""
    try:
        return work()
    except SharedFolderError:
        raise
    except LookupError as error:
        reason = error.args[0] if error.args else error
        raise RefusedTaskError(
            Problem(f"{reason}.", where, "Compute the value in a component.")
        ) from None
