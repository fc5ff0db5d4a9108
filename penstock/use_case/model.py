"""A use case: what `use_cases/<name>/use_case.yaml` says, validated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr, field_validator

from penstock.use_case.base import Settings
from penstock.use_case.candidates import Candidate, name_gives_kind
from penstock.use_case.champion import Champion, Slice
from penstock.use_case.evaluation import CLASS_METRICS, METRICS, Evaluation, Gate, Report, Task
from penstock.use_case.inference import Inference
from penstock.use_case.resources import Sagemaker, StepResources
from penstock.use_case.schedule import Schedule
from penstock.use_case.segments import Segments
from penstock.use_case.source import Column, Quarantine, Scalar, Source, Table
from penstock.use_case.split import Split

FEATURES_FILE = "features.sql"
ROWS_FILE = "rows.sql"
SETTINGS_FILE = "use_case.yaml"


class UseCase(Settings):
    """Everything that makes one use case different from another."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the use case: lower case, digits and underscores; the name of its folder."""
    description: str = ""
    """One sentence for people."""
    task: Task
    """What is predicted: one of two classes, one of several, or a number."""
    source: Source = Source()
    """Where the rows come from."""
    time_column: str = ""
    """Timestamp of the event; empty: the rows have no time."""
    time_zone: str = "UTC"
    """Zone in which days begin, and of timestamps that name no zone (IANA name)."""
    key: list[str] = Field(min_length=1)
    """Columns that together name a row; a second row of the same key is quarantined."""
    entity: str = ""
    """Column of the customer, machine or account that rows belong to."""
    segment: str = ""
    """Column or feature by whose values scores are shown as well."""
    segments: Segments | None = None
    """One model for each value of `segment`; None: one model for all."""
    target: str
    """Column to predict."""
    positive_label: Scalar = 1
    """Value of the target that is the positive class (binary tasks)."""
    label_delay_days: int = Field(default=0, ge=0)
    """Days after the event until its label is known."""
    columns: dict[str, Column] = Field(min_length=1)
    """The raw columns; with `tables`, those of the answer of rows.sql."""
    tables: dict[str, Table] = {}
    """Where the source holds several tables: what rows.sql makes the rows of."""
    quarantine: Quarantine = Quarantine()
    """How many bad rows a run bears."""
    features: list[str] = Field(min_length=1)
    """Columns of the answer of features.sql (raw columns where there is no such file), in order."""
    history_days: int | None = Field(default=None, ge=0)
    """Days before a row that its features look back on; None: all there are."""
    split: Split = Split()
    """Which rows train, validate and test."""
    seed: int = Field(default=0, ge=0, lt=2**31)
    """Seed of everything random."""
    metric: str
    """Validation metric by which the best candidate is picked."""
    candidates: dict[str, Candidate]
    """Models that compete, by name; the constant baseline is always among them."""
    evaluation: Evaluation = Evaluation()
    """What is measured on the test rows."""
    gates: list[Gate] = []
    """Conditions that the model must meet to be registered."""
    champion: Champion = Champion()
    """When a candidate is recommended instead of the live model."""
    slices: list[Slice] = []
    """Parts of the test rows that are judged on their own as well."""
    report: Report = Report()
    """What the report shows."""
    inference: Inference = Inference()
    """How the newest rows are scored, checked and published."""
    schedule: dict[str, Schedule] = {}
    """When each pipeline runs in production, by the pipeline's name."""
    resources: StepResources = StepResources()
    """What the steps need to run."""
    sagemaker: Sagemaker = Sagemaker()
    """What only SageMaker knows about the steps."""
    model_group: str = Field(default="", pattern=r"^([a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})?$")
    """Group in the model registry; empty: the use case's name with dashes."""

    _folder: Path = PrivateAttr(default=Path())
    _digest: str = PrivateAttr(default="")
    _address: str = PrivateAttr(default="")
    _sql: str = PrivateAttr(default="")
    _rows_sql: str = PrivateAttr(default="")
    _segment_names: tuple[str, ...] = PrivateAttr(default=())

    @field_validator("candidates", mode="before")
    @classmethod
    def _complete_candidates(cls, candidates: Any) -> Any:
        return name_gives_kind(candidates)

    @property
    def reference(self) -> str:
        """The pinned form that a definition carries: `fraud@sha256:<hex>`."""
        return f"{self._address}@{self._digest}"

    @property
    def digest(self) -> str:
        """`sha256:<hex>` of the settings and the feature SQL."""
        return self._digest

    @property
    def folder(self) -> Path:
        """The folder of the use case's files."""
        return self._folder

    @property
    def features_sql(self) -> str:
        """The query over the view `source`; without the file, all raw columns as they are."""
        return self._sql or "SELECT * FROM source"

    @property
    def rows_sql(self) -> str:
        """The query over the tables and `days` that answers one row a decision; empty without."""
        return self._rows_sql

    @property
    def segment_names(self) -> tuple[str, ...]:
        """The segments of the settings or their text file; empty: those among the rows."""
        return self._segment_names

    @property
    def group(self) -> str:
        """Name of the group in the model registry."""
        return self.model_group or self.name.replace("_", "-")

    @property
    def pii_columns(self) -> tuple[str, ...]:
        """Raw columns that hold personal data."""
        return tuple(name for name, column in self.columns.items() if column.role == "pii")

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics that this use case measures."""
        per_class: tuple[str, ...] = ()
        if self.task == "multiclass" and self.target in self.columns:
            labels = self.columns[self.target].allowed
            per_class = tuple(f"class_{label}_{each}" for label in labels for each in CLASS_METRICS)
        at_k = tuple(each.name for each in self.evaluation.precision_at_k)
        return METRICS[self.task] + per_class + at_k

    def selected_candidates(self, names: str = "") -> Mapping[str, Candidate]:
        """Return the candidates to try and, always, the constant baseline.

        Args:
            names: Names with commas between them; empty: all that are enabled.

        Raises:
            UseCaseError: A name is unknown.
        """
        wanted = [name.strip() for name in names.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in self.candidates]
        if unknown:
            from penstock.errors import Problem, UseCaseError

            raise UseCaseError(
                [
                    Problem(
                        f"candidate {name!r} is unknown.",
                        f"{self.name}",
                        f"Use one of: {', '.join(self.candidates)}.",
                    )
                    for name in unknown
                ]
            )
        return {
            name: candidate
            for name, candidate in self.candidates.items()
            if (name in wanted if wanted else candidate.enabled) or candidate.kind == "constant"
        }
