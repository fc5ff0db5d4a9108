"""What is decided about: a version with its evidence, as the evidence itself tells it."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from penstock.approval.segments import segment_digests
from penstock.data.digest import content_digest
from penstock.errors import PenstockError, Problem
from penstock.evidence.pack import read_pack
from penstock.evidence.verify import verify_pack
from penstock.registry.port import Description, Registry

NOTICES = ("live_at", "approved_by", "approval_entry")
"""Properties by which a registry is told of decisions; none of them is a fact of a version."""

_NONE = ("", "none")


@dataclass(frozen=True, slots=True)
class Subject:
    """A version, what its evidence says of it, and what is wrong with it.

    Attributes:
        description: What the registry says.
        author: Who or what started the run that made it; empty: not known.
        recommended: Whether the comparison recommends it.
        verdict: The comparison in a sentence.
        champion: The version it was compared with, such as `fraud/2`; empty: with none.
        evidence: Digest of its evidence document; empty: it has none.
        model_digest: Content digest of the model folder that the evidence is about.
        use_case: Pinned reference.
        pipeline: Digest of the definition.
        segments: As `Live.segments`.
        problems: Why it cannot be approved, whoever asks.
    """

    description: Description
    author: str
    recommended: bool
    verdict: str
    champion: str
    evidence: str
    model_digest: str = ""
    use_case: str = ""
    pipeline: str = ""
    segments: Mapping[str, str] | None = None
    problems: Sequence[Problem] = ()

    @property
    def name(self) -> str:
        """Such as `fraud/3`."""
        return f"{self.description.registered.group}/{self.description.registered.version}"


def listed(description: Description) -> Subject:
    """Return a version as its properties tell it: for lists, nothing is read or hashed."""
    told = description.properties
    evidence = told.get("evidence_digest", "")
    return Subject(
        description,
        author=told.get("started_by", ""),
        recommended=told.get("recommended") == "true",
        verdict=told.get("verdict", ""),
        champion=_champion(told.get("champion")),
        evidence=evidence,
        problems=() if evidence else [_no_evidence(description)],
    )


def examined(registry: Registry, description: Description) -> Subject:
    """Return a version as its evidence tells it; pack and model are hashed, every byte of them."""
    found = listed(description)
    if found.problems:
        return found
    with tempfile.TemporaryDirectory(prefix="penstock-approval-") as scratch:
        pack = Path(scratch, "evidence")
        problems = fetch_pack(registry, description, pack, found.evidence)
        if not pack.is_dir():
            return replace(found, problems=problems)
        try:
            document = read_pack(pack).document
        except PenstockError as error:
            return replace(found, problems=[*problems, *_once(error.problems, problems)])
        told = _told(found, document)
        with model_folder(registry, description, Path(scratch)) as model:
            if isinstance(model, Problem):
                return replace(told, problems=[*problems, *told.problems, model])
            wrong = differing_model(model, told.model_digest, told.name)
            return replace(
                told,
                segments=segment_digests(model),
                problems=[*problems, *told.problems, *wrong],
            )


def fetch_pack(
    registry: Registry, description: Description, folder: Path, digest: str
) -> Sequence[Problem]:
    """Copy a version's pack and verify every byte of it; return what is wrong."""
    registered = description.registered
    try:
        registry.fetch_evidence(registered.group, registered.version, folder)
        return verify_pack(folder, {}, digest=digest)
    except PenstockError as error:
        return error.problems
    except FileNotFoundError as error:
        what = "the evidence is missing."
        return [Problem(what, str(error.filename or registered.uri), "Restore it from a backup.")]


@contextmanager
def model_folder(
    registry: Registry, description: Description, scratch: Path
) -> Iterator[Path | Problem]:
    """Give the model folder of a version, or why it cannot be had.

    A folder of this machine is used as it is, any other is fetched.
    """
    registered, place = description.registered, urlsplit(description.model_uri)
    if place.scheme == "file":
        folder = Path(url2pathname(place.path))
        if folder.exists():
            yield folder
        else:
            yield Problem("the model is missing.", str(folder), "Restore it from a backup.")
        return
    try:
        registry.fetch_model(registered.group, registered.version, scratch / "model")
    except PenstockError as error:
        yield error.problems[0]
    else:
        yield scratch / "model"


def differing_model(folder: Path, wanted: str, name: str) -> Sequence[Problem]:
    """Return what is wrong where a model is not the one that a digest names."""
    try:
        found = content_digest(folder)
        inside = list(folder.iterdir()) if folder.is_dir() else []
        alone = len(inside) == 1 and inside[0].is_file() and content_digest(inside[0])
    except OSError as error:
        return [Problem(f"the model of {name} cannot be read: {error.strerror}.", str(folder))]
    if wanted in (found, alone):
        return []
    return [
        Problem(
            f"the model of {name} is not the one that its evidence is about: its digest is "
            f"{found}, not {wanted}.",
            str(folder),
            "Restore the bytes that were judged, or train again.",
        )
    ]


def _told(found: Subject, document: Mapping[str, Any]) -> Subject:
    """Return a version as its evidence document tells it."""
    candidate, verdict = _part(document, "candidate"), _part(document, "verdict")
    digests = _part(document, "digests")
    group = found.description.registered.group
    problems = []
    if candidate.get("group") != group:
        what = f"the evidence of {found.name} is about the group {candidate.get('group')!r}."
        problems.append(Problem(what, remedy="Register the candidate with its own evidence."))
    model = _digest(digests.get("model"))
    if not model:
        what = f"the evidence of {found.name} names no digest of its model."
        problems.append(Problem(what, remedy="Train again with a pipeline that writes one."))
    return replace(
        found,
        author=str(candidate.get("started_by") or ""),
        recommended=verdict.get("recommended") is True,
        verdict=str(verdict.get("sentence") or ""),
        champion=_champion(verdict.get("champion")),
        model_digest=model,
        use_case=str(candidate.get("use_case") or _digest(digests.get("use_case"))),
        pipeline=_digest(digests.get("definition")),
        problems=problems,
    )


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _digest(told: Any) -> str:
    found = told.get("digest") if isinstance(told, dict) else told
    return "" if found is None or str(found) in _NONE else str(found)


def _champion(told: Any) -> str:
    return "" if told is None or str(told) in _NONE else str(told)


def _once(several: Sequence[Problem], known: Sequence[Problem]) -> Sequence[Problem]:
    return [each for each in several if each not in known]


def _no_evidence(description: Description) -> Problem:
    return Problem(
        "the version was registered without an evidence pack.",
        description.registered.uri,
        "Train again with a pipeline that writes one.",
    )
