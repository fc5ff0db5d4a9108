"""What every model registry can do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from penstock.errors import Problem, RequestError

Status = Literal["pending", "approved", "rejected"]

EXECUTION, STEP = "execution", "step"
"""Properties that name the step of a run: together they make a registration happen once."""

_GROUP = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that asks to be registered.

    Attributes:
        group: What the versions are versions of: letters, digits and dashes, at most 63.
        model: The model folder, or the file that holds it.
        metrics: The metrics as JSON, or None.
        report: The report as HTML, or None.
        properties: Facts about the candidate. A second registration with the same `execution` and
            `step` gives the version of the first.
    """

    group: str
    model: Path
    metrics: Path | None = None
    report: Path | None = None
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """A version of a group and the address by which the registry knows it."""

    group: str
    version: int
    uri: str


@dataclass(frozen=True, slots=True)
class Description:
    """What a registry holds about a version.

    Attributes:
        registered: Which version.
        status: Whether people have decided about it.
        properties: Those of the candidate, and the digests `model_digest`, `metrics_digest` and
            `report_digest` of what it came with.
        metrics: Each metric's value by name.
        model_uri: Where the model folder is: `file://`, `s3://` or an address of the registry's own
            store.
        created: When it was registered, seconds since the epoch.
    """

    registered: Registered
    status: Status
    properties: Mapping[str, str]
    metrics: Mapping[str, float]
    model_uri: str = ""
    created: float = 0.0


class Registry(Protocol):
    """A model registry."""

    def register(self, candidate: Candidate) -> Registered:
        """Register a candidate as a pending version, with digests of all that it came with.

        Raises:
            RequestError: The candidate is not sound; every problem is listed, nothing was written.
            ServiceError: The registry refused or could not be reached.
        """

    def versions(self, group: str) -> Sequence[Registered]:
        """Return the versions of a group, oldest first; none for an unknown group."""

    def describe(self, group: str, version: int) -> Description:
        """Return what is known about a version.

        Raises:
            RequestError: There is no such version.
        """

    def fetch_model(self, group: str, version: int, folder: Path) -> None:
        """Copy the model folder of a version to `folder`: as a whole, or nothing.

        Raises:
            RequestError: There is no such version.
            ServiceError: The registry could not be reached, or what it holds is not the model that
                was registered, told by its digest.
        """


def newest(registry: Registry, group: str) -> Description | None:
    """Return the version to use: the newest approved, else the newest that nobody has rejected.

    Args:
        registry: Where to look.
        group: The group.

    Returns:
        None where there is none.
    """
    described = [registry.describe(group, each.version) for each in registry.versions(group)]
    approved = [each for each in described if each.status == "approved"]
    pending = [each for each in described if each.status == "pending"]
    return next(reversed(approved or pending), None)


def check_candidate(candidate: Candidate) -> None:
    """Refuse a candidate that no registry can take.

    Raises:
        RequestError: Every problem is listed.
    """
    problems = []
    if not _GROUP.fullmatch(candidate.group):
        problems.append(
            Problem(
                f"the group {candidate.group!r} is no name for a model group.",
                remedy="Use letters, digits and dashes, at most 63, no dash at either end.",
            )
        )
    for name, path in (
        ("model", candidate.model),
        ("metrics", candidate.metrics),
        ("report", candidate.report),
    ):
        if path is not None and not path.exists():
            problems.append(
                Problem(f"the candidate's {name} is missing.", str(path), "Run its step again.")
            )
    if problems:
        raise RequestError(problems)


def no_such_version(group: str, version: int, known: Sequence[Registered]) -> RequestError:
    """Return the error for a version that a registry does not hold."""
    versions = ", ".join(str(each.version) for each in known)
    remedy = f"It has: {versions}." if versions else "It has none."
    return RequestError(Problem(f"the group {group!r} has no version {version}.", remedy=remedy))
