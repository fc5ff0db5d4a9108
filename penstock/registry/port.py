"""What every model registry can do."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from penstock.errors import Problem, RequestError

Status = Literal["pending", "approved", "rejected", "archived"]
"""What a registry shows other tools; whether a version may be used is told by approvals alone."""

DIGESTS = ("model_digest", "metrics_digest", "report_digest", "evidence_digest")
"""Properties that a registration sets and that nobody changes afterwards."""

EVIDENCE_DOCUMENT = "evidence.json"
"""File of an evidence pack whose SHA-256 is the evidence digest."""

EXECUTION, STEP = "execution", "step"
"""Properties that name the step of a run: together they make a registration happen once."""

_LISTED = 20
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
        evidence: The folder of the evidence pack, or None; it is kept beside the model.
    """

    group: str
    model: Path
    metrics: Path | None = None
    report: Path | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    evidence: Path | None = None


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
        properties: Those of the candidate, what `mark` noted, and the digests `model_digest`,
            `metrics_digest`, `report_digest` and `evidence_digest` of what it came with. The
            last is the SHA-256 of the pack's `evidence.json`, the others are content digests.
        metrics: Each metric's value by name.
        model_uri: Where the model folder is: `file://`, `s3://` or an address of the registry's own
            store.
        created: When it was registered, seconds since the epoch.
        files_uri: Folder of this machine that holds all files of the version and no others, as a
            `file://` address; empty where there is none such.
        status_by: Who set the status in the registry itself, as it knows them; empty: not known.
        status_comment: What they wrote there.
    """

    registered: Registered
    status: Status
    properties: Mapping[str, str]
    metrics: Mapping[str, float]
    model_uri: str = ""
    created: float = 0.0
    files_uri: str = ""
    status_by: str = ""
    status_comment: str = ""


class Registry(Protocol):
    """A model registry."""

    @property
    def database(self) -> Path | None:
        """The file that holds all it knows; None where that is not one file of this machine."""

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

    def fetch_evidence(self, group: str, version: int, folder: Path) -> None:
        """Copy the evidence pack of a version to `folder`: as a whole, or nothing.

        Raises:
            RequestError: There is no such version, or it was registered without evidence.
            ServiceError: The registry could not be reached, or the pack's document is not the one
                that was registered, told by its digest.
        """

    def groups(self) -> Sequence[str]:
        """Return the groups that have versions, sorted."""

    def page(self, group: str, limit: int = 50, before: int | None = None) -> Sequence[Description]:
        """Return at most `limit` versions, newest first; those older than `before`, where given."""

    def mark(self, group: str, version: int, status: Status, properties: Mapping[str, str]) -> None:
        """Note a status and properties for other tools to see; it decides nothing.

        Properties that the version has already get the new value, all others stay.

        Raises:
            RequestError: There is no such version, or a property is the digest of something.
            ServiceError: The registry refused or could not be reached.
        """


def newest(registry: Registry, group: str) -> Description | None:
    """Return the version to use: the newest approved, else the newest that nobody has rejected.

    Args:
        registry: Where to look.
        group: The group.

    Returns:
        None where there is none.
    """
    pending = None
    before: int | None = None
    while page := registry.page(group, 200, before):
        for each in page:
            if each.status == "approved":
                return each
            if each.status == "pending" and pending is None:
                pending = each
        before = page[-1].registered.version
    return pending


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
        ("evidence", candidate.evidence),
    ):
        if path is not None and not path.exists():
            problems.append(
                Problem(f"the candidate's {name} is missing.", str(path), "Run its step again.")
            )
    pack = candidate.evidence
    if pack is not None and pack.exists() and not (pack / EVIDENCE_DOCUMENT).is_file():
        problems.append(
            Problem(
                f"the candidate's evidence has no {EVIDENCE_DOCUMENT}.",
                str(pack),
                "Run its step again.",
            )
        )
    if problems:
        raise RequestError(problems)


def check_mark(properties: Mapping[str, str]) -> None:
    """Refuse to note another digest than the one that a version was registered with.

    Raises:
        RequestError: Every such property is listed.
    """
    problems = [
        Problem(
            f"the property {name!r} is set when a version is registered and never changed.",
            remedy="Note it under another name.",
        )
        for name in DIGESTS
        if name in properties
    ]
    if problems:
        raise RequestError(problems)


def no_evidence(registered: Registered) -> RequestError:
    """Return the error for the pack of a version that came without one."""
    return RequestError(
        Problem(
            "the version was registered without an evidence pack.",
            registered.uri,
            "Train again with a pipeline that writes one.",
        )
    )


def no_such_version(group: str, version: int, known: Sequence[Registered]) -> RequestError:
    """Return the error for a version that a registry does not hold."""
    versions = ", ".join(str(each.version) for each in known)
    if len(known) > _LISTED:
        versions = f"{known[0].version} to {known[-1].version}"
    remedy = f"It has: {versions}." if versions else "It has none."
    return RequestError(Problem(f"the group {group!r} has no version {version}.", remedy=remedy))
