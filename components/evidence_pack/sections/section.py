"""A section of the page, and what several of them write alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.pages.figures import MISSING, number, words
from components.pages.markup import Markup, tag
from penstock.use_case.evaluation import LESS_IS_BETTER

MOST_ROWS = 40
"""Rows of a table that are seen at once; the pack's document holds them all."""


def section(heading: str, text: str, *content: object) -> Markup:
    """Return a section over the whole width."""
    return tag(
        "section",
        tag("h2", heading),
        tag("p", text, class_="soft") if text else None,
        *content,
        class_="wide",
    )


def facts(rows: Sequence[tuple[str, object]]) -> Markup:
    """Return names with what they stand for; long values wrap."""
    return tag(
        "dl",
        *(tag("div", tag("dt", name), tag("dd", value)) for name, value in rows),
        class_="facts",
    )


def interval_text(each: Mapping[str, Any]) -> str:
    """Return `0.612 to 0.634`, or a dash."""
    if not isinstance(each.get("low"), int | float):
        return MISSING
    return f"{number(each['low'])} to {number(each['high'])}"


def direction(metric: str, each: Mapping[str, Any]) -> Markup | str:
    """Return whether the candidate is better by a metric: the whole interval decides.

    Args:
        metric: Its name, which tells whether less is better.
        each: `low` and `high` of the candidate's value minus the live model's.
    """
    low, high = each.get("low"), each.get("high")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return MISSING
    if low <= 0 <= high:
        return "undecided"
    if (low > 0) is not (metric in LESS_IS_BETTER):
        return tag("span", "better", class_="pass")
    return tag("span", "worse", class_="fail")


def left_out(shown: Sequence[object], everything: Sequence[object], what: str) -> Markup | None:
    """Say how many rows a table leaves out."""
    rest = len(everything) - len(shown)
    if rest <= 0:
        return None
    return tag("p", f"{rest:,} more {what} in evidence.json.", class_="soft")


def heading_of(metric: str) -> str:
    """Return a metric's name for a column, with `less is better` where that is so."""
    return f"{words(metric)} \N{DOWNWARDS ARROW}" if metric in LESS_IS_BETTER else words(metric)
