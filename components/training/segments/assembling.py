"""Which model serves each segment from now on."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.training.manifest import read_model
from components.training.scorer import Scorer, load_model
from components.training.segments.bundle import (
    SERVED,
    Bundle,
    BundledSegment,
    Served,
    StoredModel,
)
from components.training.segments.bundle_folder import write_bundle
from components.training.segments.bundle_scorer import BundleScorer
from penstock.errors import DataError, Problem
from penstock.use_case import UseCase


@dataclass(frozen=True, slots=True)
class _Previous:
    """What an earlier version can lend.

    Attributes:
        address: Where it is.
        folder: Its folder; None where there is none.
        scorer: It.
        misfit: Why nothing of it can be used; empty where it can.
    """

    address: str
    folder: Path | None
    scorer: Scorer | BundleScorer | None
    misfit: str

    def segment(self, name: str) -> tuple[StoredModel | None, str]:
        """Return the model of a segment, or why there is none."""
        if self.scorer is None:
            return None, "there is no previous version"
        if self.misfit:
            return None, f"the previous version cannot serve: {self.misfit}"
        if isinstance(self.scorer, BundleScorer):
            known = self.scorer.manifest.segments.get(name)
            if known is not None and known.model is not None:
                return self._lent(known.model), ""
        return None, "the previous version has no model of this segment"

    def pooled(self) -> tuple[StoredModel | None, str]:
        """Return the model that served what had none of its own, or why there is none."""
        if self.scorer is None:
            return None, "there is no previous version"
        if self.misfit:
            return None, f"the previous version cannot serve: {self.misfit}"
        if isinstance(self.scorer, BundleScorer):
            stored = self.scorer.manifest.pooled
            if stored is None:
                return None, "the previous version has no pooled model"
            return self._lent(stored), ""
        return self._lent(StoredModel(self.scorer.manifest, {})), ""

    def payload(self, name: str | None) -> bytes:
        """Return the file of a model that was lent, its digest verified."""
        if isinstance(self.scorer, BundleScorer):
            return self.scorer.payload(name)
        if self.folder is None:
            raise KeyError(name)
        return read_model(self.folder)[1]

    def _lent(self, stored: StoredModel) -> StoredModel:
        return replace(stored, origin=stored.origin or self.address)


def assemble_bundle(
    use_case: UseCase,
    new: BundleScorer,
    metrics: Mapping[str, Any],
    before: Path | None,
    address: str,
    target: Path,
) -> Bundle:
    """Write the bundle of what serves each segment, and return it.

    Args:
        use_case: Its listed segments say which vanished ones are kept.
        new: What `train` wrote.
        metrics: What `evaluate` found out about it.
        before: Folder of the previous version; None where there is none.
        address: Of the previous version.
        target: The bundle's folder.

    Raises:
        DataError: The metrics are of another bundle, or the previous model is damaged.
    """
    manifest = new.manifest
    outcomes = _outcomes(metrics, manifest)
    scorer = load_model(before) if before is not None else None
    misfit = manifest.fits(scorer.manifest) if scorer is not None else ""
    previous = _Previous(address, before, scorer, misfit)
    lent: set[str | None] = set()
    pooled, pooled_reason, is_new = _pooled(manifest.pooled, metrics["pooled"], previous)
    if pooled is not None and not is_new:
        lent.add(None)
    segments: dict[str, BundledSegment] = {}
    for name, segment in manifest.segments.items():
        judged = outcomes.get(name, _Judged("failed", "it was not evaluated"))
        keeps = judged.not_better and (previous.segment(name)[0] is not None or not is_new)
        if judged.outcome == "passed" and not keeps:
            segments[name] = segment
        elif judged.outcome == "thin" and is_new:
            segments[name] = replace(segment, served_by="pooled", reason=judged.reason, model=None)
        else:
            why = judged.not_better if judged.outcome == "passed" else judged.reason
            segments[name] = _kept(name, segment, why, previous, pooled)
            if segments[name].served_by == "previous":
                lent.add(name)
    for name in _vanished(use_case, previous, manifest):
        segments[name] = _kept(
            name, BundledSegment("none"), "it is no longer in the data", previous, pooled
        )
        lent.add(name)
    bundle = replace(manifest, pooled=pooled, pooled_reason=pooled_reason, segments=segments)

    def payload(name: str | None) -> bytes:
        return previous.payload(name) if name in lent else new.payload(name)

    return write_bundle(target, bundle, payload)


def summary_of(bundle: Bundle, champion: str) -> dict[str, Any]:
    """Return what each segment got, and the counts."""
    counts = Counter(each.served_by for each in bundle.segments.values())
    new_pooled = bundle.pooled is not None and not bundle.pooled.origin
    return {
        "format": "penstock.assembly/1",
        "champion": champion,
        "promoted": counts["own"] + new_pooled,
        "served_by": {name: counts[name] for name in SERVED},
        "pooled": {
            "model": _name(bundle.pooled),
            "reason": bundle.pooled_reason,
            "origin": bundle.pooled.origin if bundle.pooled else "",
        },
        "segments": {
            name: {
                "served_by": each.served_by,
                "reason": each.reason,
                "model": _name(each.model),
                "origin": each.model.origin if each.model else "",
            }
            for name, each in bundle.segments.items()
        },
    }


def _kept(
    name: str,
    segment: BundledSegment,
    reason: str,
    previous: _Previous,
    pooled: StoredModel | None,
) -> BundledSegment:
    stored, why = previous.segment(name)
    if stored is not None:
        return replace(segment, served_by="previous", reason=reason, model=stored)
    told = f"{reason}; {why}"
    served: Served = "none" if pooled is None else "pooled"
    return replace(segment, served_by=served, reason=told, model=None)


def _vanished(use_case: UseCase, previous: _Previous, manifest: Bundle) -> list[str]:
    """Return segments of the previous version that are not in the new data and not left out."""
    if previous.misfit or not isinstance(previous.scorer, BundleScorer):
        return []
    listed = use_case.segment_names
    return [
        name
        for name, each in previous.scorer.manifest.segments.items()
        if each.model is not None
        and name not in manifest.segments
        and (not listed or name in listed)
    ]


@dataclass(frozen=True, slots=True)
class _Judged:
    """What `evaluate` says of a segment.

    Attributes:
        outcome: `passed`, `thin` or one that keeps the previous model.
        reason: Why it did not pass.
        not_better: Why what served it before should go on; empty where it should not.
    """

    outcome: str
    reason: str
    not_better: str = ""


def _pooled(
    new: StoredModel | None, judged: Mapping[str, Any], previous: _Previous
) -> tuple[StoredModel | None, str, bool]:
    """Return the pooled model, why it is not the new one, and whether it is."""
    passed, not_better = bool(judged["passed"]) and new is not None, _not_better(judged)
    if passed and not not_better:
        return new, "", True
    stored, why = previous.pooled()
    if passed and stored is None:
        return new, "", True
    reason = not_better if passed else f"the new one did not pass: {judged['verdict']}"
    if stored is None:
        return None, f"{reason}; {why}", False
    return stored, f"{reason}; the previous one serves on", False


def _not_better(judged: Mapping[str, Any]) -> str:
    """Return the sentence of a comparison that recommends to keep the champion, else nothing."""
    compared = judged.get("comparison")
    if not isinstance(compared, dict) or compared["recommended"]:
        return ""
    return str(compared["sentence"]).rstrip(".")


def _outcomes(metrics: Mapping[str, Any], manifest: Bundle) -> dict[str, _Judged]:
    try:
        digest = metrics["model"]["payload_sha256"]
        found = {
            each["name"]: _Judged(each["outcome"], each["reason"], _not_better(each))
            for each in metrics["segments"]
        }
        pooled = {name: metrics["pooled"][name] for name in ("passed", "verdict")}
    except (KeyError, TypeError) as error:
        what = f"the metrics do not tell about segments: {error} is missing."
        raise DataError(
            Problem(what, "metrics", "Give the metrics that `evaluate` wrote.")
        ) from error
    if digest != manifest.payload_sha256 or not isinstance(pooled["passed"], bool):
        what = "the metrics are of another model than this one."
        raise DataError(Problem(what, "metrics", "Give the metrics of this very model."))
    return found


def _name(stored: StoredModel | None) -> str:
    return "" if stored is None else stored.manifest.candidate
