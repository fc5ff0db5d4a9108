"""The evidence document: one JSON object, the same bytes for the same facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.evidence_pack.facts import Facts
from penstock.data.lineage import PREFIX
from penstock.use_case import UseCase

_MOST_SENTENCE = 256


def evidence_document(
    use_case: UseCase,
    facts: Facts,
    *,
    metrics: Mapping[str, Any],
    summary: Mapping[str, Any],
    assembly: Mapping[str, Any] | None,
    drift: Mapping[str, Any],
    model_digest: str,
    packages_digest: str,
) -> dict[str, Any]:
    """Return the document without `format` and `files`, which the pack adds.

    Args:
        use_case: The settings.
        facts: Where the candidate comes from.
        metrics: As `evaluate` wrote them.
        summary: As `preprocess` wrote it.
        assembly: As `assemble` wrote it; None for one model for all.
        drift: As `drift_document` gave it.
        model_digest: Content digest of the model folder.
        packages_digest: Digest of `packages.txt`.
    """
    segments, assembly = _segments(use_case, metrics.get("segments", []), assembly)
    return {
        "candidate": {
            "group": facts.group,
            "use_case": facts.use_case,
            "execution": facts.execution,
            "started_by": facts.started_by,
            "reason": facts.reason,
            "description": use_case.description,
            "task": use_case.task,
        },
        "verdict": _verdict(metrics, assembly),
        "digests": {
            "model": {"digest": model_digest},
            "use_case": {"reference": facts.use_case, "digest": use_case.digest},
            "definition": {"digest": facts.definition},
            "code": {"commit": facts.commit, "dirty": facts.is_dirty},
            "image": {"uri": facts.image},
            "packages": {"digest": packages_digest},
        },
        "data": {
            **_lineage(summary),
            "rows_read": summary.get("rows_read", 0),
            "splits": {
                name: {each: part[each] for each in _SPLIT_FACTS if each in part}
                for name, part in summary.get("splits", {}).items()
            },
            "quarantine": {
                "rows": summary.get("rows_quarantined", 0),
                "reasons": summary.get("reasons", {}),
            },
            "pii": _personal(use_case),
        },
        "test": metrics.get("test", {}),
        "intervals": metrics.get("intervals", {}),
        "model": metrics.get("model", {}),
        "metrics": metrics.get("metrics", {}),
        "baseline": metrics.get("baseline", {}),
        "gates": metrics.get("gates", []),
        "gates_verdict": metrics.get("verdict", ""),
        "segments": segments,
        "assembly": assembly,
        "slices": metrics.get("slices", []),
        "calibration": metrics.get("calibration", []),
        "drift": dict(drift),
    }


def _segments(
    use_case: UseCase, segments: Sequence[Mapping[str, Any]], assembly: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """Return segments and assembly; names of a column of personal data give way to numbers."""
    names = {str(each["name"]): str(each["name"]) for each in segments}
    if assembly is not None:
        names |= {name: name for name in assembly["segments"]}
    if use_case.segment in use_case.pii_columns:
        names = {name: f"segment {number}" for number, name in enumerate(sorted(names), 1)}
    found = [{**each, "name": names[str(each["name"])]} for each in segments]
    if assembly is None:
        return found, None
    served = {names[name]: each for name, each in assembly["segments"].items()}
    return found, {**assembly, "segments": served}


_SPLIT_FACTS = ("rows", "first_day", "last_day", "classes", "known_compromised")


def _lineage(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was read, by the names of `penstock.data.lineage.Lineage`."""
    found: Mapping[str, Any] = summary.get("lineage", {})
    return {name.removeprefix(PREFIX): value for name, value in found.items()}


def _personal(use_case: UseCase) -> dict[str, list[str]]:
    """Return the columns of personal data: all are seen in the source, none is a feature."""
    kept = [name for name in use_case.pii_columns if name in (*use_case.key, use_case.entity)]
    return {
        "seen": list(use_case.pii_columns),
        "dropped": [name for name in use_case.pii_columns if name not in kept],
        "kept_as_key": kept,
    }


def _verdict(metrics: Mapping[str, Any], assembly: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the comparison; of a bundle, what was promoted decides."""
    compared = dict(metrics["comparison"])
    if assembly is None:
        compared["recommended"] = bool(compared["recommended"] and metrics["passed"])
        return compared
    promoted = int(assembly["promoted"])
    whole = len(assembly["segments"])
    own = int(assembly["served_by"]["own"])
    kept = int(assembly["served_by"]["previous"])
    compared["recommended"] = promoted > 0
    if compared["outcome"] != "first":
        start = f"{own} of {whole} segments get a new model, {kept} keep theirs"
        pooled = assembly["pooled"]
        start += ", the pooled one is new. " if not pooled["origin"] else ". "
        compared["sentence"] = (start + compared["sentence"])[:_MOST_SENTENCE]
    return compared
