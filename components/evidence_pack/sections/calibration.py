"""Whether 10 % means one in ten."""

from collections.abc import Mapping
from typing import Any

from components.evidence_pack.sections.section import section
from components.pages.axes import Axes
from components.pages.charts import Line, line_chart
from components.pages.figures import count, number
from components.pages.markup import Markup, tag
from components.pages.tables import table


def calibration_section(document: Mapping[str, Any]) -> Markup | None:
    """Return picture and table of the bins; None where the task has none."""
    bins = document["calibration"]
    if not bins:
        return None
    predicted = [float(each["predicted"]) for each in bins]
    observed = [float(each["observed"]) for each in bins]
    top = min(1.0, max(1e-9, *predicted, *observed) * 1.08)
    error = document["metrics"].get("calibration_error", {}).get("value")
    described = "Observed share of positives against the mean predicted probability, in bins."
    if error is not None:
        described += f" Expected calibration error {number(error)}."
    picture = line_chart(
        "Calibration",
        described,
        Axes((0, top), (0, top), "mean predicted probability", "observed share"),
        [Line("candidate", predicted, observed, marked=True)],
        reference=((0, 0), (top, top)),
    )
    rows = [
        (number(a), number(b), count(each["rows"]))
        for a, b, each in zip(predicted, observed, bins, strict=True)
    ]
    folded = tag(
        "details",
        tag("summary", "The bins as a table"),
        table("Calibration", ("predicted", "observed", "rows"), rows),
    )
    text = f"{described} On the dashed line 10 % means one in ten."
    return section("Calibration", text, tag("div", picture, class_="chart"), folded)
