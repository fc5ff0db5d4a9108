"""What the difference between two models means for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.evaluation.comparison.paired import Difference
from penstock.use_case import UseCase
from penstock.use_case.champion import Champion
from penstock.use_case.evaluation import LESS_IS_BETTER

Outcome = Literal["better", "worse", "undecided", "first", "incomparable"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the champion.

    Attributes:
        champion: Name of the champion, such as `fraud/3`; empty: there is none.
        rule: The use case's.
        metric: The metric that decides.
        rows: Test rows that both scored.
        outcome: `better` or `worse` where the whole interval of the gain lies on one side of 0,
            else `undecided`; `first`: there is no champion; `incomparable`: it cannot score these
            rows.
        recommended: By the rule, the gates apart.
        sentence: For an approver, at most 256 characters.
        metrics: Every metric of both.
    """

    champion: str
    rule: Champion
    metric: str
    rows: int
    outcome: Outcome
    recommended: bool
    sentence: str
    metrics: Mapping[str, Difference] = field(default_factory=dict)


_LONGEST_SENTENCE = 256


def first(use_case: UseCase, rows: int) -> Comparison:
    """Return the comparison of a candidate that nothing stands against."""
    sentence = "The first: no model is live to compare it with."
    rule, metric = use_case.champion, use_case.champion.metric or use_case.metric
    return Comparison("", rule, metric, rows, "first", True, sentence)


def incomparable(use_case: UseCase, champion: str, reason: str) -> Comparison:
    """Return the comparison with a champion that cannot score the test rows."""
    sentence = f"Not comparable with {champion}: {reason}."[:_LONGEST_SENTENCE]
    rule, metric = use_case.champion, use_case.champion.metric or use_case.metric
    return Comparison(champion, rule, metric, 0, "incomparable", False, sentence)


def judge_difference(
    use_case: UseCase, champion: str, metrics: Mapping[str, Difference], rows: int
) -> Comparison:
    """Apply the use case's rule to the difference of its metric."""
    rule, metric = use_case.champion, use_case.champion.metric or use_case.metric
    found = metrics.get(metric)
    if found is None or found.low is None or found.high is None:
        reason = f"{metric} and its interval are not defined on {_rows(rows)}"
        sentence = f"Undecided against {champion}: {reason}."[:_LONGEST_SENTENCE]
        return Comparison(champion, rule, metric, rows, "undecided", False, sentence, metrics)
    sign = -1.0 if metric in LESS_IS_BETTER else 1.0
    least, most = sorted((sign * found.low, sign * found.high))
    outcome: Outcome = "undecided"
    if least > 0:
        outcome = "better"
    elif most < 0:
        outcome = "worse"
    bound = rule.margin if rule.rule == "better" else -rule.margin
    sentence = _sentence(champion, metric, found, outcome, rows, rule)
    return Comparison(champion, rule, metric, rows, outcome, least > bound, sentence, metrics)


def _sentence(
    champion: str, metric: str, found: Difference, outcome: str, rows: int, rule: Champion
) -> str:
    word = {"better": "Better than", "worse": "Worse than", "undecided": "Undecided against"}
    low, high = found.low or 0.0, found.high or 0.0
    text = (
        f"{word[outcome]} {champion}: {metric.replace('_', ' ')} {found.candidate:.4g} instead of "
        f"{found.champion:.4g}, {found.value:+.3g} ({100 * rule.confidence:g} % interval "
        f"{low:+.3g} … {high:+.3g}, {_rows(rows)})."
    )
    return text[:_LONGEST_SENTENCE]


def _rows(rows: int) -> str:
    return f"{rows:,} test row{'' if rows == 1 else 's'}"
