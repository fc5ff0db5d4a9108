"""How the newest rows are scored, checked and published."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.use_case.base import Settings


class Transform(Settings):
    """Settings of the native Transform step, where `form` is `csv` or `jsonlines`."""

    max_payload_mb: int = Field(default=6, ge=1, le=100)
    """Largest request to `/invocations`."""
    strategy: Literal["MultiRecord", "SingleRecord"] = "MultiRecord"
    """Whether a request holds as many records as fit, or one."""
    max_concurrent: int = Field(default=2, ge=1, le=100)
    """Requests at a time to one instance."""


class Checks(Settings):
    """What the predictions must be like to be published."""

    max_null_share: float = Field(default=0.0, ge=0, le=1)
    """Greatest share of scores that may be missing."""
    minimum: float | None = None
    """Least score allowed; None: 0 for classes, no bound for a regression."""
    maximum: float | None = None
    """Greatest score allowed; None: 1 for classes, no bound for a regression."""


class Inference(Settings):
    """How decisions come to be."""

    form: Literal["parquet", "csv", "jsonlines"] = "parquet"
    """`parquet`: a streaming Processing step. Else the native Model and Transform steps."""
    transform: Transform = Transform()
    reasons: int = Field(default=0, ge=0, le=20)
    """Strongest reasons told with each decision (exact TreeSHAP, XGBoost models)."""
    checks: Checks = Checks()
    positive_decision: str = "act"
    """What a business user reads for a score from the threshold on."""
    negative_decision: str = "leave"
    """What a business user reads below the threshold."""
    group: str = ""
    """Column by which the page of decisions counts, such as the kitchen; empty: the segment."""
    sinks: list[str] = []
    """Where decisions go: a folder (path, `file://`, `s3://`: Parquet), a table of a database or
    an Iceberg table, as in `source.uri`; `source#decisions` is that table in the source's store.
    Empty: `.penstock/decisions/<use case>/` on this machine."""
