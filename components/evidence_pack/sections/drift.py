"""How far training rows and scores moved away from the live model's."""

from collections.abc import Mapping
from typing import Any

from components.evidence_pack.sections.section import MOST_ROWS, left_out, section
from components.pages.figures import count, number
from components.pages.markup import Markup, tag
from components.pages.tables import table

_LOOKS = {"stable": None, "moved": "moved", "shifted": "fail"}


def drift_section(drift: Mapping[str, Any]) -> Markup:
    """Return what moved, the farthest first; where nothing was compared, why."""
    if drift["reason"]:
        return section("Drift", f"Not compared: {drift['reason']}.")
    features = list(drift["features"].items())
    shown = features[:MOST_ROWS]
    rows = [_row("the model's scores", drift["scores"])] if drift["scores"] else []
    rows += [_row(name, each) for name, each in shown]
    levels = [each["level"] for _, each in features]
    summary = ", ".join(
        f"{count(levels.count(level))} {level}" for level in ("shifted", "moved", "stable")
    )
    text = (
        f"Features of the training rows against the live model's: {summary}. The index is the "
        "population stability index: stable below 0.1, shifted from 0.25 on. The distance is the "
        "greatest difference of the cumulated shares. Scores are compared on the test rows of each."
    )
    unknown = drift["not_compared"]
    missing = None
    if unknown:
        names = ", ".join(str(name) for name in unknown[:MOST_ROWS])
        more = f" and {len(unknown) - MOST_ROWS:,} more" if len(unknown) > MOST_ROWS else ""
        missing = tag("p", f"Not in the live model's profile: {names}{more}.", class_="soft")
    heads = ("feature", "it is", "index", "distance", "rows before", "rows now")
    return section(
        "Drift",
        text,
        table("Drift", heads, rows, words=2),
        left_out(shown, features, "features"),
        missing,
    )


def _row(name: str, each: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        name,
        tag("span", each["level"], class_=_LOOKS.get(each["level"])),
        number(each["psi"]),
        number(each["distance"]),
        count(each["rows_before"]),
        count(each["rows"]),
    )
