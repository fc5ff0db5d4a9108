"""Calibration and drift of an evidence document. What is missing is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.console.views.chart import Chart, square_chart
from serving.console.views.fields import items, mapping, real, text, texts
from serving.console.views.figures import count, number, words

_LONGEST_BAR = 0.25
"""Index at which a bar may be as long as can be: below it columns look as calm as they are."""

_LOOKS = {"shifted": "bad", "moved": "open"}


@dataclass(frozen=True, slots=True)
class Bar:
    """The drift of a column: its index, its length in percent of the longest, its level."""

    name: str
    value: str
    length: float
    level: str
    look: str


def calibration(document: Mapping[str, Any]) -> Chart | None:
    """Return the calibration curve of a binary classifier."""
    points = []
    for each in items(document.get("calibration")):
        predicted, observed = real(each.get("predicted")), real(each.get("observed"))
        if predicted is not None and observed is not None:
            rows = count(real(each.get("rows")))
            name = f"predicted {number(predicted)}, observed {number(observed)}, {rows} rows"
            points.append((predicted, observed, name))
    if len(points) < 2:
        return None
    return square_chart("Observed share against mean predicted probability", points)


def drift(document: Mapping[str, Any]) -> Sequence[Bar]:
    """Return the drift of the scores first, then of every feature, the greatest first."""
    found = mapping(document.get("drift"))
    features = [(str(name), mapping(each)) for name, each in mapping(found.get("features")).items()]
    features.sort(key=lambda named: -(real(named[1].get("psi")) or 0.0))
    listed = [("the scores", mapping(found.get("scores"))), *features]
    told = [
        (name, value, each) for name, each in listed if (value := real(each.get("psi"))) is not None
    ]
    most = max([_LONGEST_BAR, *(value for _, value, _ in told)])
    bars = []
    for name, value, each in told:
        level = text(each.get("level"))
        length = round(100 * max(0.0, value) / most, 1)
        bars.append(Bar(words(name), number(value), length, level, _LOOKS.get(level, "")))
    return bars


def drift_note(document: Mapping[str, Any]) -> str:
    """Return why nothing, or not everything, could be compared; empty where everything was."""
    found = mapping(document.get("drift"))
    reason = text(found.get("reason"))
    if reason:
        return f"No drift is told: {reason}."
    missing = texts(found.get("not_compared"))
    return f"New, so not compared: {', '.join(missing)}." if missing else ""
