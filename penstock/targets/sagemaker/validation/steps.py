"""The steps of a definition, nested ones included, read once in the order of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from penstock.targets.sagemaker.validation.finding import Report
from penstock.targets.sagemaker.validation.near_miss import known_names
from penstock.targets.sagemaker.validation.scalar_kind import describe
from penstock.targets.sagemaker.validation.step_types import STEP_TYPES, StepType

# botocore's StepName: 64 characters of this alphabet.
_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
_FORBIDDEN_IN_LOOPS = ("Condition", "Fail", "ForEach")


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a Condition step: `IfSteps` or `ElseSteps`."""

    condition: str
    side: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step as written.

    Attributes:
        name: Its name, empty when it has none.
        type_name: What `Type` says.
        type: What that type takes and gives.
        body: The step's own JSON.
        path: Where it stands, such as `Steps[2] 'Train'`.
        branch: The branch of the Condition step that holds it.
        loop: Name of the ForEach step that holds it.
    """

    name: str
    type_name: str
    type: StepType
    body: Mapping[str, object]
    path: str
    branch: Branch | None = None
    loop: str = ""

    @property
    def arguments(self) -> Mapping[str, object]:
        """The step's `Arguments`, empty when they are no object."""
        arguments = self.body.get("Arguments")
        return arguments if isinstance(arguments, Mapping) else {}


@dataclass(slots=True)
class StepIndex:
    """Every step of a definition, and those with a name by their name."""

    steps: list[Step] = field(default_factory=list)
    by_name: dict[str, Step] = field(default_factory=dict)


def index_steps(steps: object, report: Report) -> StepIndex:
    """Read every step, reporting what is wrong with names, types and nesting."""
    index = StepIndex()
    for step in _read_list(steps, "Steps", report, branch=None, loop=""):
        index.steps.append(step)
        if not step.name:
            continue
        first = index.by_name.setdefault(step.name, step)
        if first is not step:
            report.error(
                f"{step.path}.Name",
                f"{first.path} has the same name.",
                "Give every step a name of its own, those inside conditions included.",
            )
    return index


def _read_list(
    steps: object, path: str, report: Report, *, branch: Branch | None, loop: str
) -> Iterator[Step]:
    if not isinstance(steps, list):
        report.error(path, f"must be a list of steps, not {describe(steps)}.", "List the steps.")
        return
    for position, body in enumerate(steps):
        yield from _read_step(body, f"{path}[{position}]", report, branch=branch, loop=loop)


def _read_step(
    body: object, path: str, report: Report, *, branch: Branch | None, loop: str
) -> Iterator[Step]:
    if not isinstance(body, Mapping):
        report.error(path, f"a step must be an object, not {describe(body)}.", "Write one step.")
        return
    name = body.get("Name")
    if isinstance(name, str) and name:
        path = f"{path} {name!r}"
    step_name = _checked_name(name, path, report)
    type_name = body.get("Type")
    step_type = STEP_TYPES.get(type_name) if isinstance(type_name, str) else None
    if step_type is None:
        what = "has no Type." if type_name is None else f"there is no step type {type_name!r}."
        where = path if type_name is None else f"{path}.Type"
        report.error(where, what, known_names(str(type_name), STEP_TYPES))
        step_type = StepType(opaque=True)
    step = Step(step_name, str(type_name), step_type, body, path, branch, loop)
    if loop and type_name in _FORBIDDEN_IN_LOOPS:
        report.error(
            f"{path}.Type",
            f"a {type_name} step cannot stand inside a ForEach step.",
            "Move it out of ForEachBody.",
        )
    if branch is not None and type_name == "Condition":
        report.error(
            f"{path}.Type",
            "a Condition step cannot stand inside another one: SageMaker does not support it.",
            "Put both conditions into one step, or flatten them into steps side by side.",
        )
    yield step
    yield from _nested(step, report)


def _checked_name(name: object, path: str, report: Report) -> str:
    if name is None:
        report.error(path, "has no Name.", "Give it a name of its own.")
        return ""
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    shown = repr(name) if isinstance(name, str) else describe(name)
    report.error(
        f"{path}.Name",
        f"{shown} is no step name.",
        "Use 1 to 64 letters, digits, hyphens and underscores.",
    )
    return name if isinstance(name, str) else ""


def _nested(step: Step, report: Report) -> Iterator[Step]:
    if step.type_name == "Condition":
        for side in ("IfSteps", "ElseSteps"):
            if step.arguments.get(side) is not None:
                yield from _read_list(
                    step.arguments[side],
                    f"{step.path}.Arguments.{side}",
                    report,
                    branch=Branch(step.name, side),
                    loop=step.loop,
                )
    if step.type_name == "ForEach" and step.arguments.get("ForEachBody") is not None:
        yield from _read_list(
            step.arguments["ForEachBody"],
            f"{step.path}.Arguments.ForEachBody",
            report,
            branch=step.branch,
            loop=step.name,
        )
