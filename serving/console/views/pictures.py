"""Calibration and drift of an evidence document. What is missing is left out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.console.views.chart import Chart, square_chart
from serving.console.views.fields import items, mapping, real, text
from serving.console.views.figures import count, number, words

SOME, STRONG = 0.1, 0.25
"""Bounds of the population stability index that the field uses.

Source: Siddiqi, Credit Risk Scorecards, 2006."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A feature's drift: its measure, and its length in percent of the longest."""

    name: str
    value: str
    length: float
    note: str
    look: str


def calibration(document: Mapping[str, Any]) -> Chart | None:
    """Return the calibration curve of a binary classifier."""
    found = document.get("calibration")
    bins = items(found) or items(mapping(found).get("bins"))
    points = []
    for each in bins:
        predicted, observed = real(each.get("predicted")), real(each.get("observed"))
        if predicted is not None and observed is not None:
            rows = count(real(each.get("rows")))
            name = f"predicted {number(predicted)}, observed {number(observed)}, {rows} rows"
            points.append((predicted, observed, name))
    if len(points) < 2:
        return None
    return square_chart("Observed share against mean predicted probability", points)


def drift(document: Mapping[str, Any]) -> Sequence[Bar]:
    """Return the drift of every feature and of the prediction, the greatest first."""
    found = mapping(document.get("drift"))
    listed = [*_drifts(found.get("prediction"), "prediction"), *_drifts(found.get("features"), "")]
    values = [value for _, each in listed if (value := _drift_value(each)) is not None]
    most = max([*values, 0.25])
    bars = []
    for name, each in listed:
        value = _drift_value(each)
        if value is None:
            continue
        high = value >= 0.25
        told = text(each.get("says")) or text(each.get("level")) or text(each.get("outcome"))
        note = told or ("strong" if high else "some" if value >= 0.1 else "little")
        bars.append(
            Bar(name, number(value), round(100 * value / most, 1), note, "bad" if high else "")
        )
    return sorted(bars, key=lambda bar: -bar.length)


def drift_sentence(document: Mapping[str, Any]) -> str:
    """Return what the document says about drift as a whole."""
    return text(mapping(document.get("drift")).get("sentence"))


def _drifts(value: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping) and _drift_value(value) is not None:
        yield name, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield words(str(key)), each if isinstance(each, Mapping) else {"psi": each}
    else:
        for each in items(value):
            yield text(each.get("name")) or text(each.get("feature")), each


def _drift_value(each: Mapping[str, Any]) -> float | None:
    for key in ("psi", "value", "drift", "distance"):
        found = real(each.get(key))
        if found is not None:
            return found
    return None
