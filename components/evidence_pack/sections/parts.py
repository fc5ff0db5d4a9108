"""Parts of the test rows: segments with their models, and the slices that the use case names."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.evidence_pack.sections.section import (
    MOST_ROWS,
    direction,
    interval_text,
    left_out,
    section,
)
from components.pages.figures import MISSING, count, number, signed, words
from components.pages.markup import Markup, tag
from components.pages.tables import table

_SERVED = {
    "own": "its new model",
    "previous": "keeps its model",
    "pooled": "the pooled model",
    "none": "no model",
}
_LOOKS = {"better": "pass", "worse": "fail"}


def segments_section(document: Mapping[str, Any]) -> Markup | None:
    """Return the segments; with one model for each, what serves it from now on and why."""
    segments: Sequence[Mapping[str, Any]] = document["segments"]
    if not segments:
        return None
    if document["assembly"] is not None:
        return _models(document)
    names = list(segments[0]["metrics"])
    shown = segments[:MOST_ROWS]
    rows = [
        (each["name"], count(each["rows"]), *(number(each["metrics"].get(name)) for name in names))
        for each in shown
    ]
    heads = ("segment", "rows", *map(words, names))
    more = left_out(shown, segments, "segments")
    return section("Segments", "The largest first.", table("Segments", heads, rows), more)


def _models(document: Mapping[str, Any]) -> Markup:
    segments, assembly = document["segments"], document["assembly"]
    metric, shown = str(document["verdict"]["metric"]), document["segments"][:MOST_ROWS]
    rows = []
    for each in shown:
        got = assembly["segments"].get(each["name"], {})
        compared = each.get("comparison") or {}
        outcome = str(compared.get("outcome", MISSING))
        rows.append(
            (
                each["name"],
                _SERVED.get(got.get("served_by", ""), MISSING),
                tag("span", outcome, class_=_LOOKS.get(outcome)),
                tag(
                    "span",
                    got.get("reason") or MISSING,
                    style="display:inline-block;min-width:14rem;white-space:normal",
                ),
                count(each["rows"]),
                number(each["metrics"].get(metric)),
                signed(compared.get("difference")),
                interval_text(compared),
            )
        )
    served = assembly["served_by"]
    text = (
        f"{count(served['own'])} get a new model, {count(served['previous'])} keep theirs, "
        f"{count(served['pooled'])} are served by the pooled model, {count(served['none'])} by "
        "none. A new model is taken where it passed its gates and is recommended."
    )
    heads = (
        "segment", "from now on", "against live", "why", "test rows", words(metric), "difference",
        "interval of it",
    )  # fmt: skip
    more = left_out(shown, segments, "segments")
    return section("One model per segment", text, table("Segments", heads, rows, words=4), more)


def slices_section(document: Mapping[str, Any]) -> Markup | None:
    """Return the slices by the deciding metric; small ones say why they have no figures."""
    slices, metric = document["slices"], str(document["verdict"]["metric"])
    if not slices:
        return None
    shown, rows = slices[:MOST_ROWS], []
    compared = any(each["differences"] for each in slices)
    for each in shown:
        known, other = each["metrics"].get(metric, {}), each["differences"].get(metric, {})
        row = [
            each["name"],
            each["reason"] or (direction(metric, other) if compared else "judged"),
            count(each["rows"]),
            number(known.get("value")),
            interval_text(known),
        ]
        if compared:
            row += [signed(other.get("difference")), interval_text(other)]
        rows.append(row)
    heads = ["slice", "it is", "rows", words(metric), "its interval"]
    if compared:
        heads += ["difference to live", "interval of it"]
    text = f"Parts of the test rows that the use case names, by {words(metric)}."
    return section(
        "Slices",
        text,
        table("Slices", heads, rows, words=2),
        left_out(shown, slices, "slices"),
    )
