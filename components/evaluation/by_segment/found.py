"""What evaluation found out about each segment."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.evaluation.bootstrap import Estimate
from components.evaluation.comparison.comparison import Comparison
from components.evaluation.gates import Verdict, sentence
from components.training.segments.bundle import Served

Outcome = Literal["passed", "failed_gate", "failed", "thin", "unknown"]


@dataclass(frozen=True, slots=True)
class SegmentFound:
    """One segment.

    Attributes:
        name: The value of the segment column.
        outcome: `passed`: its own model passed the gates. `failed_gate`: it did not. `failed`: its
            training or its evaluation broke off. `thin`: the pooled model serves it. `unknown`: it
            was not among the training rows; the pooled model serves it.
        served_by: Whose scores these are.
        reason: Why it is not `passed`; empty where it is.
        training_rows: Rows that it had to learn from.
        rows: Test rows that count.
        mean_target: Share of positives or mean of the target; None for several classes or no rows.
        metrics: Of the model that serves it, with intervals; empty without rows.
        baseline: Of the constant baseline of the segment.
        verdicts: Its gates, where it has a model of its own.
        judged_with: Segments that were judged together with it, itself among them; 0: it alone.
        comparison: With what served it before, on its test rows; None where it has none.
    """

    name: str
    outcome: Outcome
    served_by: Served
    reason: str
    training_rows: int
    rows: int
    mean_target: float | None
    metrics: Mapping[str, Estimate]
    baseline: Mapping[str, float]
    verdicts: Sequence[Verdict]
    judged_with: int
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class PooledFound:
    """The pooled model over all test rows, whatever their segment.

    Attributes:
        reason: Why there is none; empty where there is.
        metrics: With intervals.
        verdicts: Its gates.
        comparison: With the champion, on all test rows; None where there is no pooled model.
    """

    reason: str
    metrics: Mapping[str, Estimate]
    verdicts: Sequence[Verdict]
    comparison: Comparison | None = None

    @property
    def passed(self) -> bool:
        """Whether there is one and every gate passed."""
        return not self.reason and all(verdict.passed for verdict in self.verdicts)

    @property
    def sentence(self) -> str:
        """What people read about it."""
        return (
            f"there is no pooled model: {self.reason}" if self.reason else sentence(self.verdicts)
        )


@dataclass(frozen=True, slots=True)
class SegmentsFound:
    """All segments.

    Attributes:
        segments: The worst first: failed, failed gates, unknown, thin, passed; within each by the
            use case's metric.
        pooled: The pooled model.
        unserved: Test rows that no model serves.
    """

    segments: Sequence[SegmentFound]
    pooled: PooledFound
    unserved: int

    @property
    def passed(self) -> bool:
        """Whether one model passed, a segment's own or the pooled one."""
        return self.pooled.passed or any(each.outcome == "passed" for each in self.segments)

    @property
    def verdict(self) -> str:
        """One sentence that counts the outcomes."""
        counts = Counter(each.outcome for each in self.segments)
        own = counts["passed"] + counts["failed_gate"]
        parts = [f"{counts['passed']:,} of {own:,} models of single segments passed"]
        if counts["failed_gate"]:
            worst = next(each for each in self.segments if each.outcome == "failed_gate")
            failed = counts["failed_gate"]
            parts.append(
                f"{failed:,} {'keeps its' if failed == 1 else 'keep their'} previous model "
                f"({'' if failed == 1 else 'such as '}{worst.name}: {worst.reason})"
            )
        if counts["failed"]:
            first = next(each for each in self.segments if each.outcome == "failed")
            parts.append(
                f"{counts['failed']:,} could not be trained ({first.name}: {first.reason})"
            )
        pooled = counts["thin"] + counts["unknown"]
        if pooled:
            served = "segment is" if pooled == 1 else "segments are"
            parts.append(f"{pooled:,} {served} served by the pooled model")
        end = "passed" if self.pooled.passed else f"did not pass ({self.pooled.sentence})"
        return f"{'; '.join(parts)}; the pooled model {end}"
