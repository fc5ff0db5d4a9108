"""Builds the evidence pack of a candidate."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.evidence_pack.document import evidence_document
from components.evidence_pack.drift import drift_document
from components.evidence_pack.environment import installed_packages
from components.evidence_pack.facts import Facts
from components.evidence_pack.page import evidence_page
from components.evidence_pack.profile import profile_of
from components.training.rows import Rows
from components.training.scorer import load_model
from penstock.data.digest import content_digest
from penstock.errors import DataError, Problem
from penstock.evidence.canonical import canonical_json, digest_of
from penstock.evidence.pack import PAGE, Pack, read_pack, write_pack
from penstock.use_case import UseCase

PROFILE, PACKAGES, USE_CASE = "profile.json", "packages.txt", "use_case"


@dataclass(frozen=True, slots=True)
class Judged:
    """What the steps before wrote.

    Attributes:
        model: The model folder.
        metrics: File that `evaluate` wrote.
        report: Page that `evaluate` wrote.
        summary: File that `preprocess` wrote.
        assembly: File that `assemble` wrote; None for one model for all.
        train: Folder or file of the training rows.
        test: Folder or file of the test rows.
    """

    model: Path
    metrics: Path
    report: Path
    summary: Path
    assembly: Path | None
    train: Path
    test: Path


def build_pack(
    folder: Path, use_case: UseCase, judged: Judged, facts: Facts, champion: Path | None
) -> Pack:
    """Write the pack of a candidate to an empty folder that is there.

    Args:
        folder: Where to.
        use_case: The settings.
        judged: What the steps before wrote.
        facts: Where the candidate comes from.
        champion: Folder of the live model's pack; None where nothing is live.

    Raises:
        DataError: What a step wrote is damaged, or of another model; or the pack grows too large.
    """
    metrics, summary = _read(judged.metrics), _read(judged.summary)
    assembly = None if judged.assembly is None else _read(judged.assembly)
    scorer = load_model(judged.model)
    if assembly is None and metrics["model"]["payload_sha256"] != scorer.manifest.payload_sha256:
        what = "the metrics are of another model than this one."
        raise DataError(Problem(what, "metrics", "Give the metrics of this very model."))
    train = Rows((judged.train,))
    scores = scorer.score_rows(Rows((judged.test,)))
    features = scorer.manifest.feature_names
    packages = installed_packages().encode()
    document = evidence_document(
        use_case,
        facts,
        metrics=metrics,
        summary=summary,
        assembly=assembly,
        drift=drift_document(_profile(champion), train, features, scores, str(champion or "")),
        model_digest=content_digest(judged.model),
        packages_digest=digest_of(packages),
    )
    (folder / PACKAGES).write_bytes(packages)
    (folder / PROFILE).write_bytes(canonical_json(profile_of(train, features, scores)))
    (folder / PAGE).write_text(evidence_page(document), encoding="utf-8")
    shutil.copyfile(judged.report, folder / "report.html")
    shutil.copyfile(judged.metrics, folder / "metrics.json")
    _copy_use_case(use_case, folder / USE_CASE)
    return write_pack(folder, document)


def _profile(champion: Path | None) -> Mapping[str, Any] | None:
    """Return the profile in the live model's pack, its bytes as the pack's document names them."""
    if champion is None:
        return None
    pack = read_pack(champion)
    file = champion / PROFILE
    listed = {each["path"]: each["sha256"] for each in pack.document["files"]}
    if PROFILE not in listed:
        return None
    content = file.read_bytes() if file.is_file() else b""
    if digest_of(content) != f"sha256:{listed[PROFILE]}":
        what = "the live model's profile is not the one that its evidence names."
        raise DataError(Problem(what, str(file), "See what changed it: pipeline evidence verify."))
    found: Mapping[str, Any] = json.loads(content)
    return found


def _copy_use_case(use_case: UseCase, target: Path) -> None:
    """Keep the files that the pinned reference stands for; generators are no part of it."""
    target.mkdir()
    for file in sorted(use_case.folder.iterdir()):
        if file.is_file() and file.suffix in (".yaml", ".sql", ".txt"):
            shutil.copyfile(file, target / file.name)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        what = f"the document of the step before cannot be read: {error}."
        raise DataError(Problem(what, str(file), "Run that step again.")) from error
    return found
