"""The candidate beside the live model, and the parts of the test rows that people asked for."""

from components.evaluation.comparison.comparison import Comparison
from components.evaluation.comparison.document import comparison_document
from components.evaluation.findings import Findings
from components.evaluation.slices import SliceFound
from components.pages.figures import MISSING, count, number, signed, words
from components.pages.interval import interval_picture
from components.pages.markup import Markup, tag
from components.pages.tables import table


def comparison_section(found: Comparison) -> Markup | None:
    """Return sentence and picture of the comparison; None where there is no champion."""
    if not found.champion:
        return None
    advice = "By the use case's rule it is recommended instead of the live model."
    if not found.recommended:
        advice = "By the use case's rule the live model is kept."
    return tag(
        "section",
        tag("h2", f"Against {found.champion}"),
        tag("p", found.sentence),
        tag("p", f"{advice} Both scored the same rows, resampled in pairs.", class_="soft"),
        interval_picture(comparison_document(found)),
        class_="wide",
    )


def slices_section(findings: Findings) -> Markup | None:
    """Return the slices by the deciding metric; None where the use case names none."""
    if not findings.slices:
        return None
    metric, champion = findings.comparison.metric, findings.comparison.champion
    heads = ["slice", "rows", words(metric), "interval"]
    heads += [f"difference to {champion}", "interval of it"] if champion else []
    rows = [_row(each, metric, bool(champion)) for each in findings.slices]
    return tag(
        "section",
        tag("h2", "Slices"),
        tag("p", "Parts of the test rows that the use case names.", class_="soft"),
        table("Slices", heads, rows),
        class_="wide",
    )


def _row(each: SliceFound, metric: str, compared: bool) -> list[str]:
    known, other = each.metrics.get(metric), each.differences.get(metric)
    row = [
        each.name,
        count(each.rows),
        each.reason or number(known.value if known else None),
        _interval(known.low, known.high) if known else MISSING,
    ]
    if compared:
        row += [
            signed(other.value) if other else MISSING,
            _interval(other.low, other.high) if other else MISSING,
        ]
    return row


def _interval(low: float | None, high: float | None) -> str:
    return MISSING if low is None else f"{number(low)} to {number(high)}"
