"""One model per segment."""

from __future__ import annotations

from pydantic import Field

from penstock.use_case.base import Settings


class Segments(Settings):
    """A model for each value of the column that `segment` names.

    A segment with too few training rows is served by the pooled model, which learns from all rows.
    """

    names: list[str] = []
    """The segments, as text; empty with no `file`: every value among the training rows."""
    file: str = ""
    """Text file beside the use case: one segment a line, `#` begins a comment."""
    minimum_rows: int = Field(default=200, ge=1)
    """A segment with fewer training rows is thin: the pooled model serves it."""
    minimum_positives: int = Field(default=10, ge=0)
    """So is one with fewer training rows of its rarest class (no meaning for a regression)."""
