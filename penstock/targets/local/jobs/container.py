"""Run one container's process for a step, to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from penstock.errors import Problem, StepError
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.environment import job_environment
from penstock.targets.local.jobs.launch import Ending, Job
from penstock.targets.local.steps.attempt import Attempt

ROOT_VARIABLE = "PENSTOCK_ML_ROOT"
GRACE_SECONDS = 10.0
OUR_ENTRY_POINT = ("python3", "-m", "penstock.container")
_ADAPTER = "penstock.container.adapter:main"
_SERVER_MODULES = ("penstock.container.serving.server", "components.serving.predictor")


@dataclass(frozen=True, slots=True)
class Container:
    """What the service would start."""

    image: str
    entry_point: Sequence[str]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    max_seconds: float | None
    instance_type: str = ""


class JobFailedError(StepError):
    """A job ended badly; `log_tail` holds the last lines that it printed."""

    def __init__(self, reason: str, log_tail: tuple[str, ...]) -> None:
        super().__init__(Problem(reason))
        self.reason = reason
        self.log_tail = log_tail


class JobStoppedError(StepError):
    """A job was stopped because the run was."""


def run_container(attempt: Attempt, view: ContainerView, container: Container) -> None:
    """Run a container's process in its view of the world.

    Raises:
        JobFailedError: It ended with another exit code than 0, or took too long.
        JobStoppedError: The run was stopped.
    """
    job = container_job(attempt, view, container)
    ending = attempt.surroundings.launcher.run(job, attempt.surroundings.cancellation)
    if ending.cancelled:
        raise JobStoppedError(Problem("the run was stopped."))
    if ending.timed_out:
        raise JobFailedError(
            f"it ran longer than its MaxRuntimeInSeconds of {job.max_seconds:g} and was stopped.",
            view.log_tail(),
        )
    if ending.out_of_memory:
        held = (job.max_bytes or 0) / 2**30
        raise JobFailedError(
            f"it took more than the {held:g} GiB of memory of {container.instance_type} and was "
            "ended, as the machine would have ended it.",
            view.log_tail(),
        )
    if ending.exit_code != 0:
        raise JobFailedError(_reason(view, ending), view.log_tail())


def container_job(attempt: Attempt, view: ContainerView, container: Container) -> Job:
    """Return the process that stands for a container.

    Raises:
        StepError: An argument or a variable is no text, which the service would refuse.
    """
    around = attempt.surroundings
    require_texts(
        {
            "ImageUri": container.image,
            **_numbered("ContainerEntrypoint", container.entry_point),
            **_numbered("ContainerArguments", container.arguments),
            **{f"Environment.{name}": value for name, value in container.environment.items()},
        }
    )
    entry_point = [view.mapped(part) for part in container.entry_point]
    arguments = [view.mapped(part) for part in container.arguments]
    own = {name: view.mapped(value) for name, value in container.environment.items()}
    ours = (
        container.image in around.images.ours
        and container.image not in around.images.commands
        and tuple(container.entry_point[:3]) == OUR_ENTRY_POINT
    )
    return Job(
        command=around.images.command(container.image, entry_point, arguments),
        environment=job_environment(
            own | {ROOT_VARIABLE: str(view.root)},
            project=around.project,
            needs_s3=around.needs_s3,
            passed=around.passed,
        ),
        working_directory=view.work,
        stdout=view.folder / "stdout.log",
        stderr=view.folder / "stderr.log",
        max_seconds=container.max_seconds,
        grace_seconds=GRACE_SECONDS,
        max_bytes=around.memory.get(container.instance_type),
        entry=_ADAPTER if ours else None,
        entry_arguments=(*entry_point[3:], *arguments) if ours else (),
        modules=_modules((*entry_point[3:], *arguments)) if ours else (),
    )


def require_texts(values: Mapping[str, object]) -> None:
    """Refuse what is no text, by where it stands.

    Raises:
        StepError: Every value that is none.
    """
    problems = [
        Problem(
            f"{place} is {value!r}, and the service takes text there.",
            remedy="Write it as text, or put it into a Std:Join.",
        )
        for place, value in values.items()
        if not isinstance(value, str)
    ]
    if problems:
        raise StepError(problems)


def _modules(words: Sequence[str]) -> tuple[str, ...]:
    return _SERVER_MODULES if tuple(words) == ("serve",) else component_modules(words)


def _numbered(name: str, values: Sequence[object]) -> dict[str, object]:
    return {f"{name}[{number}]": value for number, value in enumerate(values)}


def component_modules(arguments: Sequence[str]) -> tuple[str, ...]:
    """Return the modules of the components that an adapter's arguments name."""
    return tuple(
        place.partition(":")[0].removesuffix(".py").replace("/", ".")
        for option, place in pairwise(arguments)
        if option == "--component"
    )


def _reason(view: ContainerView, ending: Ending) -> str:
    said = view.failure()
    if said is not None:
        return said
    if ending.exit_code < 0:
        import signal

        name = signal.Signals(-ending.exit_code).name
        hint = ", as when memory runs out" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}."
    return f"its process ended with exit code {ending.exit_code}."
