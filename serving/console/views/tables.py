"""Gates, metrics, segments and slices of an evidence document. What is missing is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.use_case.evaluation import LESS_IS_BETTER
from serving.console.views.fields import items, mapping, real, text
from serving.console.views.figures import MISSING, count, number, signed, words


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition and whether the model meets it."""

    name: str
    value: str
    limit: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table; `look` is `good`, `bad` or empty."""

    name: str
    cells: Sequence[str]
    look: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose first column names the line; the first rows are seen, the rest unfolds."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]

    @property
    def first(self) -> Sequence[Row]:
        """The rows that are seen at once."""
        return self.rows[:25]

    @property
    def rest(self) -> Sequence[Row]:
        """The others."""
        return self.rows[25:]


def gates(document: Mapping[str, Any]) -> Sequence[Gate]:
    """Return every limit of every gate, those that failed first."""
    found = []
    for each in items(document.get("gates")):
        sign = "\N{GREATER-THAN OR EQUAL TO}" if each.get("bound") == "minimum" else "≤"
        of = " (constant baseline)" if each.get("of_baseline") else ""
        found.append(
            Gate(
                words(text(each.get("metric"))),
                number(real(each.get("value")), 4),
                f"{sign} {number(real(each.get('limit')), 4)}{of}",
                each.get("passed") is True,
            )
        )
    return sorted(found, key=lambda gate: gate.passed)


def metrics(document: Mapping[str, Any]) -> Table | None:
    """Return every metric beside the champion's on the same rows, the one that decides first."""
    said = mapping(document.get("verdict"))
    compared, decisive = mapping(said.get("metrics")), said.get("metric")
    listed = sorted(mapping(document.get("metrics")).items(), key=lambda each: each[0] != decisive)
    rows = []
    for name, value in listed:
        here, there = mapping(value), mapping(compared.get(name))
        cells = [
            number(real(here.get("value")), 4),
            _between(real(here.get("low")), real(here.get("high"))),
        ]
        look = ""
        if compared:
            low, high = real(there.get("low")), real(there.get("high"))
            look = _look(name, low, high)
            cells += [
                number(real(there.get("champion")), 4),
                signed(real(there.get("difference")), 4),
                _between(low, high, signs=True),
                _says(look, low),
            ]
        rows.append(Row(words(name), cells, look))
    if not rows:
        return None
    heads = ["metric", "this model", "interval"]
    if compared:
        heads += ["champion", "difference", "interval of the difference", "says"]
    return Table("All metrics, beside the champion's on the same rows", heads, rows)


def segments(document: Mapping[str, Any]) -> Table | None:
    """Return a line a segment, in the document's order."""
    listed = items(document.get("segments"))
    if not listed:
        return None
    names = _important(document, mapping(listed[0].get("metrics")))
    compared = any(each.get("comparison") for each in listed)
    told = any(each.get("outcome") for each in listed)
    rows = []
    for each in listed:
        values = mapping(each.get("metrics"))
        cells = [count(real(each.get("rows")))]
        cells += [number(_value(values.get(name))) for name in names]
        look = ""
        if told:
            cells.append(words(text(each.get("outcome"))) or MISSING)
        if compared:
            versus = mapping(each.get("comparison"))
            outcome = text(versus.get("outcome"))
            look = {"better": "good", "worse": "bad"}.get(outcome, "")
            cells += [
                signed(real(versus.get("difference"))),
                _between(real(versus.get("low")), real(versus.get("high")), signs=True),
                outcome or MISSING,
            ]
        rows.append(Row(text(each.get("name")) or MISSING, cells, look))
    heads = ["segment", "rows", *map(words, names)]
    heads += ["outcome"] if told else []
    heads += ["difference", "interval", "against the champion"] if compared else []
    return Table("Segments", heads, rows)


def _important(document: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
    """Return the metric that decides, those of the gates, and others up to three."""
    gated = [text(each.get("metric")) for each in items(document.get("gates"))]
    wanted = [text(mapping(document.get("verdict")).get("metric")), *gated, *known]
    return [name for name in dict.fromkeys(wanted) if name in known][:3]


def slices(document: Mapping[str, Any]) -> Table | None:
    """Return a line a slice: its size, the metric that decides, and the difference."""
    listed = items(document.get("slices"))
    if not listed:
        return None
    decisive = text(mapping(document.get("verdict")).get("metric"))
    compared = any(each.get("differences") for each in listed)
    rows = []
    for each in listed:
        here = mapping(mapping(each.get("metrics")).get(decisive))
        cells = [
            count(real(each.get("rows"))),
            number(real(here.get("value"))),
            _between(real(here.get("low")), real(here.get("high"))),
        ]
        look = ""
        if compared:
            there = mapping(mapping(each.get("differences")).get(decisive))
            low, high = real(there.get("low")), real(there.get("high"))
            look = _look(decisive, low, high)
            cells += [signed(real(there.get("difference"))), _between(low, high, signs=True)]
            cells.append(text(each.get("reason")) or _says(look, low))
        else:
            cells.append(text(each.get("reason")))
        rows.append(Row(text(each.get("name")) or MISSING, cells, look))
    heads = ["slice", "rows", words(decisive) or "metric", "interval"]
    heads += ["difference", "interval of the difference"] if compared else []
    return Table("Slices that the use case names", [*heads, "says"], rows)


def _between(low: float | None, high: float | None, *, signs: bool = False) -> str:
    if low is None or high is None:
        return MISSING
    write = signed if signs else number
    return f"{write(low, 4)} to {write(high, 4)}"


def _look(name: str, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return ""
    if name in LESS_IS_BETTER:
        low, high = -high, -low
    return "good" if low > 0 else "bad" if high < 0 else ""


def _says(look: str, low: float | None) -> str:
    told = {"good": "better", "bad": "worse"}
    return told.get(look, "undecided" if low is not None else MISSING)


def _value(value: Any) -> float | None:
    return real(value) if not isinstance(value, Mapping) else real(value.get("value"))
