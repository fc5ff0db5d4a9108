"""The picture of a difference: where its interval lies beside no difference and the margin."""

from collections.abc import Mapping
from typing import Any

from components.pages.figures import number, words
from components.pages.markup import Markup, tag
from penstock.use_case.evaluation import LESS_IS_BETTER

_WIDTH, _HEIGHT, _SIDE, _MIDDLE = 640, 96, 40, 44


def interval_picture(verdict: Mapping[str, Any]) -> Markup | None:
    """Draw the interval of the difference; None where there is none.

    Right is better, whatever the metric.

    Args:
        verdict: As the evidence document has it.
    """
    if not isinstance(verdict.get("low"), int | float):
        return None
    metric = str(verdict["metric"])
    sign = -1.0 if metric in LESS_IS_BETTER else 1.0
    value = sign * verdict["difference"]
    low, high = sorted((sign * verdict["low"], sign * verdict["high"]))
    margin = float(verdict["margin"]) * (1 if verdict["rule"] == "better" else -1)
    reach = max(abs(low), abs(high), abs(margin)) * 1.15 or 1.0

    def across(place: float) -> float:
        return round(_SIDE + (place + reach) / (2 * reach) * (_WIDTH - 2 * _SIDE), 1)

    def note(place: float, text: str, height: int) -> Markup:
        return tag("text", text, x=across(place), y=height, text_anchor="middle")

    described = (
        f"Difference of {words(metric)} to the live model: {number(sign * value, 4)}, interval "
        f"from {number(verdict['low'], 4)} to {number(verdict['high'], 4)}; right is better."
    )
    parts = [
        tag("title", described),
        tag("line", x1=_SIDE, x2=_WIDTH - _SIDE, y1=_MIDDLE, y2=_MIDDLE, class_="grid"),
        tag("line", x1=across(0), x2=across(0), y1=16, y2=72, class_="reference"),
        note(0, "no difference", 12),
        tag("line", x1=across(low), x2=across(high), y1=_MIDDLE, y2=_MIDDLE, class_="line c0"),
        tag(
            "line", x1=across(low), x2=across(low), y1=_MIDDLE - 8, y2=_MIDDLE + 8, class_="line c0"
        ),
        tag(
            "line",
            x1=across(high),
            x2=across(high),
            y1=_MIDDLE - 8,
            y2=_MIDDLE + 8,
            class_="line c0",
        ),
        tag("circle", cx=across(value), cy=_MIDDLE, r=6, class_="dot c0"),
        tag("text", "\N{LEFTWARDS ARROW} worse", x=4, y=90),
        tag("text", "better \N{RIGHTWARDS ARROW}", x=_WIDTH - 4, y=90, text_anchor="end"),
    ]
    if margin:
        parts += [
            tag("line", x1=across(margin), x2=across(margin), y1=24, y2=64, class_="reference"),
            note(margin, "margin", 84),
        ]
    return tag("svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=described)
