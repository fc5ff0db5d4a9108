"""Settings of a run that follow from its request."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from penstock.cli.settings import ScalarValue


@dataclass(slots=True)
class Inputs:
    """Settings that follow from a request.

    Attributes:
        settings: Parameters of the pipeline.
        notes: What people should know of them.
        generated: Rows that were generated once and stay as they are; a repeated run takes them.
    """

    settings: dict[str, ScalarValue] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    generated: Path | None = None
