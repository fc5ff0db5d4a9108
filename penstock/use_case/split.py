"""How rows are divided into train, validation and test."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from penstock.use_case.base import Settings


class Split(Settings):
    """Which rows train, which validate and which test the model.

    By time, counted backwards from the last day of the data: test days, then the label delay, then
    validation days, then the label delay again, then training days.
    """

    by: Literal["time", "hash"] = "time"
    """`hash` divides by a hash of the key: for data without a time column."""
    train_days: int = Field(default=28, ge=1)
    """Days to train on."""
    validation_days: int = Field(default=7, ge=0)
    """Days to stop early, choose the model and its threshold on."""
    test_days: int = Field(default=7, ge=1)
    """Days to evaluate on."""
    validation_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the rows that validate, by hash."""
    test_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the rows that test, by hash."""
