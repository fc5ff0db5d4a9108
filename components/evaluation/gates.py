"""Gates: the conditions that a model must meet, and one sentence about them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.evaluation.bootstrap import Estimate
from penstock.use_case.evaluation import LESS_IS_BETTER, Gate

Bound = Literal["minimum", "maximum"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit of one gate against the measured value.

    Attributes:
        metric: Name of the metric.
        value: As measured; NaN where it is not defined.
        limit: The value that it must reach or keep below.
        bound: Which of the two.
        baseline: Whether the limit is what the constant baseline reaches.
    """

    metric: str
    value: float
    limit: float
    bound: Bound
    baseline: bool = False

    @property
    def passed(self) -> bool:
        """Whether the value keeps the limit; an undefined value does not."""
        if self.bound == "minimum":
            return self.value >= self.limit
        return self.value <= self.limit

    @property
    def limit_name(self) -> str:
        """The limit in words."""
        return "the constant baseline's" if self.baseline else f"the {self.bound}"


def judge(
    gates: Sequence[Gate], measured: Mapping[str, Estimate], baseline: Mapping[str, float]
) -> list[Verdict]:
    """Hold every gate against the metrics of the test rows.

    Args:
        gates: Of the use case.
        measured: Metrics of the model.
        baseline: Metrics of the constant baseline on the same rows.
    """
    found: list[Verdict] = []
    for gate in gates:
        estimate = measured.get(gate.metric)
        value = estimate.value if estimate else math.nan
        if gate.minimum is not None:
            found.append(Verdict(gate.metric, value, gate.minimum, "minimum"))
        if gate.maximum is not None:
            found.append(Verdict(gate.metric, value, gate.maximum, "maximum"))
        if gate.not_worse_than_baseline:
            bound: Bound = "maximum" if gate.metric in LESS_IS_BETTER else "minimum"
            limit = baseline.get(gate.metric, math.nan)
            if not math.isnan(limit):
                found.append(Verdict(gate.metric, value, limit, bound, baseline=True))
    return found


def sentence(verdicts: Sequence[Verdict]) -> str:
    """Return what people read: every gate passed, or which failed by how much."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if not verdicts:
        return "no gate is set"
    if not failed:
        return "every gate passed"
    start = "gate failed" if len(failed) == 1 else f"{len(failed)} gates failed"
    return f"{start}: {'; '.join(map(_shortfall, failed))}"


def _shortfall(verdict: Verdict) -> str:
    if math.isnan(verdict.value):
        return f"{verdict.metric} is not defined on the test rows"
    gap = abs(verdict.value - verdict.limit)
    places = 3
    while places < 12 and gap and round(gap, places) < 10.0**-places:
        places += 1
    side = "below" if verdict.bound == "minimum" else "above"
    return (
        f"{verdict.metric} {verdict.value:.{places}f} is {gap:.{places}f} {side} "
        f"{verdict.limit_name} {verdict.limit:.{places}f}"
    )
