"""When a candidate is recommended instead of the model that is live."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.use_case.base import Settings


class Champion(Settings):
    """The rule by which a candidate is held against the live model, on the same test rows."""

    metric: str = ""
    """Test metric that decides; empty: the use case's `metric`."""
    rule: Literal["better", "not_worse"] = "better"
    """`better`: the whole interval of the gain lies above the margin. `not_worse`: the whole
    interval lies above minus the margin."""
    margin: float = Field(default=0.0, ge=0)
    """In the unit of the metric."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    """Coverage of the interval of the gain."""


class Slice(Settings):
    """Test rows that people want to see on their own, such as those of new customers."""

    name: str = Field(min_length=1, max_length=80)
    """What pages call it."""
    column: str = ""
    """Column or feature of the test rows: one slice for each of its values, the largest first."""
    where: str = ""
    """Or a DuckDB condition over the columns of the test rows: one slice."""
