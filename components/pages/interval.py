"""The picture of a difference: where its interval lies beside no difference and the margin."""

from collections.abc import Mapping
from typing import Any

from components.pages.figures import number, signed, words
from components.pages.markup import Markup, tag
from penstock.use_case.evaluation import LESS_IS_BETTER

_WIDTH, _HEIGHT, _SIDE, _MIDDLE = 340, 122, 46, 50
_NEAR = 62
"""Notes closer to one another than this would overlap."""

_OVER_LINES = "paint-order:stroke;stroke:var(--card);stroke-width:4px"


def interval_picture(verdict: Mapping[str, Any]) -> Markup | None:
    """Draw the interval of the difference; None where there is none.

    Right is better, whatever the metric.

    Args:
        verdict: A comparison, as the document of metrics has it.
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

    def upright(place: float, top: int, bottom: int, look: str) -> Markup:
        at = across(place)
        return tag("line", x1=at, x2=at, y1=top, y2=bottom, class_=look)

    def note(place: float, text: str, height: int, look: str | None = None) -> Markup:
        at = across(place)
        return tag(
            "text", text, x=at, y=height, text_anchor="middle", class_=look, style=_OVER_LINES
        )

    described = (
        f"Difference of {words(metric)} to the live model: {signed(sign * value)}, interval "
        f"from {signed(verdict['low'])} to {signed(verdict['high'])}; right is better"
    )
    described += f"; the margin is {number(abs(margin))}." if margin else "."
    parts = [
        tag("line", x1=4, x2=_WIDTH - 4, y1=_MIDDLE, y2=_MIDDLE, class_="grid"),
        upright(0, 18, 84, "reference"),
        note(0, "no difference", 12),
        tag("line", x1=across(low), x2=across(high), y1=_MIDDLE, y2=_MIDDLE, class_="line c0"),
        upright(low, _MIDDLE - 9, _MIDDLE + 9, "line c0"),
        upright(high, _MIDDLE - 9, _MIDDLE + 9, "line c0"),
        tag("circle", cx=across(value), cy=_MIDDLE, r=6, class_="dot c0"),
        note(value, signed(sign * value), _MIDDLE - 16, "note"),
        tag("text", "\N{LEFTWARDS ARROW} worse", x=4, y=_HEIGHT - 6),
        tag("text", "better \N{RIGHTWARDS ARROW}", x=_WIDTH - 4, y=_HEIGHT - 6, text_anchor="end"),
    ]
    if across(high) - across(low) > _NEAR:
        parts += [note(place, signed(sign * place), _MIDDLE + 26) for place in (low, high) if place]
    if margin:
        parts += [upright(margin, 26, 92, "reference"), note(margin, "margin", 104)]
    return tag(
        "svg",
        tag("title", described),
        *parts,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=described,
        style="max-width:480px",
    )
