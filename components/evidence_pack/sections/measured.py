"""Gates and metrics, the live model's beside the candidate's."""

from collections.abc import Mapping
from typing import Any

from components.evidence_pack.sections.section import (
    direction,
    heading_of,
    interval_text,
    section,
)
from components.pages.figures import number, signed, words
from components.pages.markup import Markup, join, tag
from components.pages.tables import table


def gates_section(document: Mapping[str, Any]) -> Markup | None:
    """Return every limit with the measured value; None without gates."""
    rows = [
        (
            words(gate["metric"]),
            tag("span", "passed", class_="pass")
            if gate["passed"]
            else tag("span", "failed", class_="fail"),
            "the constant baseline's" if gate["of_baseline"] else f"the {gate['bound']}",
            f"{'≥' if gate['bound'] == 'minimum' else '≤'} {number(gate['limit'])}",
            number(gate["value"]),
        )
        for gate in document["gates"]
    ]
    if not rows:
        return None
    heads = ("metric", "result", "limit is", "limit", "value")
    text = "What a model must meet, whatever is live."
    return section("Gates", text, table("Gates", heads, rows, words=3))


def metrics_section(document: Mapping[str, Any]) -> Markup:
    """Return every metric of candidate, live model and constant baseline."""
    compared, metrics = document["verdict"]["metrics"], document["metrics"]
    decisive = str(document["verdict"]["metric"])
    heads = ["metric", "candidate", "its interval", "baseline"]
    if compared:
        heads = ["metric", "it is", "candidate", "live", "difference", "interval of it", "baseline"]
    rows: list[tuple[object, ...]] = []
    for name, each in metrics.items():
        title = join(
            heading_of(name), tag("span", "decides", class_="badge") if name == decisive else None
        )
        baseline = number(document["baseline"].get(name))
        if not compared:
            rows.append((title, number(each["value"]), interval_text(each), baseline))
            continue
        other = compared.get(name, {})
        rows.append(
            (
                title,
                direction(name, other),
                number(each["value"]),
                number(other.get("champion")),
                signed(other.get("difference")),
                interval_text(other),
                baseline,
            )
        )
    text = (
        "On the same test rows. \N{DOWNWARDS ARROW}: less is better. The baseline gives every row "
        "the same answer."
    )
    return section("Metrics", text, table("Metrics", heads, rows, words=2 if compared else 1))
