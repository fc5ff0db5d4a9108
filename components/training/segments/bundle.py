"""What a bundle of models is: one pooled model and one for each segment that has its own.

A bundle's folder holds `model.json` (format `penstock.bundle/1`) and `models.bin`: the model files
one after the other, so that a thousand segments are two files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from components.training.labels import Label, Labels, Task
from components.training.manifest import Feature, Manifest

FORMAT = "penstock.bundle/1"
MODELS = "models.bin"

Served = Literal["own", "pooled", "previous", "none"]
SERVED: tuple[Served, ...] = get_args(Served)


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model of a bundle.

    Attributes:
        manifest: What it is; its threshold is the segment's.
        metrics: On its validation rows; None where these rows do not define one.
        offset: Where its file begins in `models.bin`.
        size: Of its file, in bytes.
        origin: Address of the earlier version that it was taken from; empty for a new model.
    """

    manifest: Manifest
    metrics: Mapping[str, float | None]
    offset: int = 0
    size: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class BundledSegment:
    """Which model serves a segment.

    Attributes:
        served_by: `own`: a new model of its own; `previous`: the one of an earlier version;
            `pooled`: the pooled model; `none`: no model, its rows get no score.
        reason: Why it is not served by a new model of its own; empty where it is.
        failed: Whether its training broke off; `reason` says how.
        rows: Training rows.
        model: Its model, where `served_by` is `own` or `previous`.
    """

    served_by: Served
    reason: str = ""
    failed: bool = False
    rows: int = 0
    model: StoredModel | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle is. The facts that a `Manifest` has are here under the same names.

    Attributes:
        use_case: Pinned reference of the use case.
        task: What is predicted, by every model.
        target: The column that was learned.
        classes: Values of the classes by index; empty for regression.
        features: In the order that every model takes them.
        segment: Column by whose value, as text, rows are routed.
        training: Rows, first and last time of all training rows.
        seed: Of the run.
        libraries: Versions that wrote the models.
        pooled: The model of rows whose segment has none of its own, or is unknown; None: they get
            no score.
        pooled_reason: Why the pooled model is not a new one, or missing; empty where it is new.
        segments: By name, in the order of names.
        payload_sha256: Of `models.bin`.
    """

    use_case: str
    task: Task
    target: str
    classes: tuple[Label, ...]
    features: tuple[Feature, ...]
    segment: str
    training: Mapping[str, Any]
    seed: int
    libraries: Mapping[str, str]
    pooled: StoredModel | None
    pooled_reason: str
    segments: Mapping[str, BundledSegment]
    payload_sha256: str = ""

    @property
    def kind(self) -> str:
        """Not the kind of one model."""
        return "bundle"

    @property
    def candidate(self) -> str:
        """What stands for the name of one candidate."""
        return "one model per segment"

    @property
    def threshold(self) -> None:
        """Not one: each segment has its own."""
        return None

    @property
    def labels(self) -> Labels:
        """How the target is read."""
        return Labels(self.task, self.target, self.classes)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(feature.name for feature in self.features)

    @property
    def models(self) -> dict[str | None, StoredModel]:
        """Every model by its segment, in the order of their files; None names the pooled one."""
        found: dict[str | None, StoredModel] = {}
        if self.pooled is not None:
            found[None] = self.pooled
        for name, segment in self.segments.items():
            if segment.model is not None:
                found[name] = segment.model
        return found

    def fits(self, manifest: "Manifest | Bundle") -> str:
        """Return why another model cannot serve rows of this bundle; empty where it can."""
        if (manifest.task, manifest.target) != (self.task, self.target):
            return (
                f"it answers a {manifest.task} task with the target {manifest.target!r}, "
                f"not a {self.task} one with {self.target!r}"
            )
        if manifest.classes != self.classes:
            return f"its classes are {_listed(manifest.classes)}, not {_listed(self.classes)}"
        if manifest.feature_names != self.feature_names:
            gone = [name for name in manifest.feature_names if name not in self.feature_names]
            new = [name for name in self.feature_names if name not in manifest.feature_names]
            parts = [f"takes {_listed(gone)}"] if gone else []
            parts += [f"knows no {_listed(new)}"] if new else []
            return "it " + (" and ".join(parts) or "takes the features in another order")
        return ""


def _listed(values: Any) -> str:
    return ", ".join(map(str, values))
