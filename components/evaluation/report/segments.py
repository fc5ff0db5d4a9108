"""The table of the segments' models, the worst first."""

from collections.abc import Sequence

from components.evaluation.by_segment.found import Outcome, SegmentFound, SegmentsFound
from components.pages.figures import MISSING, count, number, words
from components.pages.markup import Markup, tag
from components.pages.tables import table
from penstock.use_case import UseCase
from penstock.use_case.evaluation import Task

_OPEN_ROWS = 50
"""Rows that are seen at once; the rest unfolds."""

_WORDS: dict[Outcome, tuple[str, str]] = {
    "passed": ("passed", "pass"),
    "failed_gate": ("failed a gate", "fail"),
    "failed": ("training failed", "fail"),
    "thin": ("pooled", "soft"),
    "unknown": ("not trained", "fail"),
}


def segments_section(found: SegmentsFound, use_case: UseCase, task: Task) -> Markup:
    """Return the section: segment, rows, model, metric, verdict."""
    hidden = use_case.segment in use_case.pii_columns
    rows = [
        _row(each, use_case, task, f"{number + 1}" if hidden else each.name)
        for number, each in enumerate(found.segments)
    ]
    heads = (
        use_case.segment,
        "verdict",
        "model",
        "why",
        words(use_case.metric),
        "interval",
        "test rows",
        "training rows",
        "mean target" if task == "regression" else "positive",
    )
    rest = rows[_OPEN_ROWS:]
    return tag(
        "section",
        tag("h2", "Segments"),
        tag(
            "p",
            f"One model per {use_case.segment}, the worst first. A model that fails a gate or its "
            "training leaves the segment its previous model; thin segments are served by the "
            f"pooled model: {found.pooled.sentence}.",
            class_="soft",
        ),
        table("Models by segment", heads, rows[:_OPEN_ROWS], words=4),
        _folded(heads, rest) if rest else None,
        class_="wide",
    )


def _folded(heads: Sequence[object], rows: Sequence[Sequence[object]]) -> Markup:
    return tag(
        "details",
        tag("summary", f"{count(len(rows))} more segments"),
        table("More models by segment", heads, rows, words=4),
    )


def _row(each: SegmentFound, use_case: UseCase, task: Task, name: str) -> Sequence[object]:
    verdict, look = _WORDS[each.outcome]
    estimate = each.metrics.get(use_case.metric)
    interval = MISSING
    if estimate is not None and estimate.low is not None:
        interval = f"{number(estimate.low)} to {number(estimate.high)}"
    share = MISSING
    if each.mean_target is not None and task == "binary":
        share = f"{100 * each.mean_target:.2f} %"
    elif each.mean_target is not None:
        share = number(each.mean_target)
    why = each.reason
    if each.outcome == "passed" and each.judged_with > 1:
        why = f"judged together with {each.judged_with - 1} more segments of too few test rows"
    return (
        name,
        tag("span", verdict, class_=look),
        each.served_by,
        tag("span", why, style="display:inline-block;min-width:14rem;white-space:normal"),
        number(estimate.value) if estimate is not None else MISSING,
        interval,
        count(each.rows),
        count(each.training_rows),
        share,
    )
