"""Write the evidence of a candidate: what an approver sees, and what an approval names."""

from pathlib import Path
from typing import NamedTuple

from penstock.contract import HTML, Dataset, Metrics, Model, component, container_image, output


class Evidence(NamedTuple):
    """The evidence pack, and what lists show of it; every text has at most 256 characters."""

    pack: Dataset
    digest: str
    model_digest: str
    recommended: str
    verdict: str
    champion: str
    started_by: str
    reason: str
    definition: str


@component()
def evidence(
    use_case: str,
    group: str,
    model: Model,
    metrics: Metrics,
    report: HTML,
    summary: Metrics,
    assembly: Metrics,
    train: Dataset,
    test: Dataset,
    execution: str = "",
    champion_version: str = "",
    champion_evidence: str = "",
    reason: str = "",
    started_by: str = "",
    code: str = "",
    definition: str = "",
) -> Evidence:
    """Gather digests, figures and circumstances of a candidate in one pack.

    Args:
        use_case: Name or pinned reference of the use case.
        group: The model group.
        model: The model that will be registered.
        metrics: As `evaluate` wrote them.
        report: As `evaluate` wrote it.
        summary: As `preprocess` wrote it.
        assembly: As `assemble` wrote it; without segments the metrics again.
        train: Training rows, for their profile and for drift.
        test: Test rows, for the spread of the scores.
        execution: Name of the run.
        champion_version: Version that is live, such as `fraud/3`; empty: none.
        champion_evidence: Address of its evidence pack (a folder; a path, `file://` or `s3://`).
        reason: Why the run was started.
        started_by: Who or what started it.
        code: `<commit>`, or `<commit> dirty`.
        definition: Digest of the pipeline's definition.

    Returns:
        The pack (docs/architecture.md), its evidence digest, and texts for the registry's lists.

    Raises:
        DataError: What a step before wrote is damaged or of another model, or the live model's
            evidence is not what it was.
        ServiceError: The store of the live model's evidence refused or could not be reached.
        UseCaseError: The use case is unknown.
    """
    import tempfile

    from components.evidence_pack.building import Judged, build_pack
    from components.evidence_pack.facts import Facts
    from penstock.data.artifacts import fetch_folder
    from penstock.data.lineage import told
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    judged = Judged(
        model=Path(model.path),
        metrics=Path(metrics.path),
        report=Path(report.path),
        summary=Path(summary.path),
        assembly=Path(assembly.path) if settings.segments is not None else None,
        train=Path(train.path),
        test=Path(test.path),
    )
    facts = Facts(
        group=group,
        use_case=settings.reference,
        execution=execution,
        started_by=started_by,
        reason=reason,
        code=code,
        definition=definition,
        image=container_image(),
        champion=champion_version,
    )
    pack = output(Dataset, "pack")
    folder = Path(pack.path)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="evidence-") as scratch:
        live = fetch_folder(champion_evidence, Path(scratch)) if champion_evidence else None
        written = build_pack(folder, settings, judged, facts, live)
    verdict = written.document["verdict"]
    pack.metadata["digest"] = written.digest
    return Evidence(
        pack,
        written.digest,
        str(written.document["digests"]["model"]["digest"]),
        "true" if verdict["recommended"] else "false",
        _short(verdict["sentence"]),
        told(champion_version),
        _short(told(started_by)),
        _short(told(reason)),
        told(definition),
    )


_SPOKEN = {" %": " percent", "…": "to", " (": " - ", ")": "", ", ": " - ", ";": " -"}
"""Signs that a property of a model package cannot hold, as words."""


def _short(text: str) -> str:
    """Return a text as a property of a model package can hold it."""
    import re

    for sign, word in _SPOKEN.items():
        text = text.replace(sign, word)
    return re.sub(r"[^\w .:/=+\-@]", "_", text)[:256]
