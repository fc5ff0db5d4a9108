"""The table of a day's decisions: sortable where scripts run, a plain table where they do not."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from components.decisions.findings import OWN, STALE_HOURS, DayFindings
from components.decisions.headline import age, local_time
from components.features.due import DATA_AGE
from components.pages.figures import MISSING, count, number, words
from components.pages.markup import Markup, tag
from components.scoring.predictions import DECISION, MODEL, REASON, SCORE
from penstock.use_case import UseCase


def decision_table(use_case: UseCase, found: DayFindings, places: Sequence[str]) -> Markup:
    """Return the section of the decisions, the highest scores first.

    Args:
        use_case: Whose decisions they are.
        found: What there is to tell of the day.
        places: Where all rows are, for the case that not all are shown.
    """
    reasons = [each for each in found.columns if each.startswith(REASON)]
    at = {each: index for index, each in enumerate(found.columns)}
    columns = _columns(use_case, found, reasons)
    heads = [_head(use_case, each) for each in columns]
    if reasons:
        heads.append(tag("th", "strongest reasons", scope="col"))
    word = use_case.inference.positive_decision
    body = []
    for row in found.shown:
        cells = [_cell(use_case, each, row[at[each]]) for each in columns]
        if reasons:
            cells.append(_reasons([row[at[each]] for each in reasons]))
        acts = use_case.task == "binary" and row[at[DECISION]] == word
        body.append(tag("tr", *cells, class_="acting" if acts else None))
    shown = f"All {count(found.rows)} decisions, the highest scores first."
    if found.rows > len(found.shown):
        shown = (
            f"The {count(len(found.shown))} highest scores of {count(found.rows)} decisions; the "
            f"other {count(found.rows - len(found.shown))} are in {', '.join(places)}."
        )
    return tag(
        "section",
        tag("h2", "Today’s decisions"),  # noqa: RUF001  # an apostrophe
        tag("p", shown, tag("span", " Click a heading to sort.", class_="scripted"), class_="soft"),
        _filter(use_case, found),
        tag(
            "div",
            tag(
                "table",
                tag("caption", "Decisions"),
                tag("thead", tag("tr", *heads)),
                tag("tbody", *body),
                class_="sortable",
            ),
            class_="scroll",
            tabindex="0",
            role="region",
            aria_label="Decisions",
        ),
        tag(
            "p",
            "A reason is a feature, its value, and in brackets how far it moves the score’s "  # noqa: RUF001
            "log odds: + raises the score, − lowers it."  # noqa: RUF001
            if use_case.task != "regression"
            else "A reason is a feature, its value, and in brackets what it adds to the score.",
            class_="soft below",
        )
        if reasons
        else None,
        class_="wide decisions",
        id="decisions",
    )


def _columns(use_case: UseCase, found: DayFindings, reasons: Sequence[str]) -> list[str]:
    """Return the columns to show: score and decision first, nothing that says the same of all."""
    hidden = {*reasons, *([] if found.models else [MODEL])}
    if use_case.task == "regression":
        hidden.add(DECISION)
    if use_case.time_column in found.columns:
        place = found.columns.index(use_case.time_column)
        if len({row[place] for row in found.shown}) < 2:
            hidden.add(use_case.time_column)
    columns = [each for each in found.columns if each not in hidden]
    return sorted(columns, key=lambda each: (each != DECISION, each != SCORE))


def _filter(use_case: UseCase, found: DayFindings) -> Markup | None:
    word = use_case.inference.positive_decision
    if use_case.task != "binary" or not found.counts.get(word):
        return None
    box = tag("input", type="checkbox", class_="only")
    return tag("label", box, f" Show only “{word}”", class_="filter")


def _head(use_case: UseCase, column: str) -> Markup:
    told = {DATA_AGE: "data age", SCORE: "score", MODEL: "model"}.get(column, words(column))
    if column == use_case.time_column:
        told = f"{told} ({use_case.time_zone})"
    return tag(
        "th",
        tag("button", told, type="button"),
        scope="col",
        class_="n" if _is_number(column) else None,
        aria_sort="descending" if column == SCORE else None,
    )


def _is_number(column: str) -> bool:
    return column in (SCORE, DATA_AGE) or column.startswith(f"{SCORE}_")


def _cell(use_case: UseCase, column: str, value: Any) -> Markup:
    if column == DECISION:
        acts = use_case.task == "binary" and value == use_case.inference.positive_decision
        kind = "none" if not value else "act" if acts else "leave"
        return tag("td", tag("span", value or "no decision", class_=f"choice {kind}"))
    if column == DATA_AGE:
        return _age(value)
    if _is_number(column):
        if value is None or math.isnan(value):
            return tag("td", MISSING, class_="n", data_sort="")
        return tag("td", _score(use_case, value), class_="n", data_sort=f"{value:.6g}")
    if column == MODEL and value != OWN:
        return tag("td", tag("span", value, class_="choice warn"))
    if isinstance(value, datetime):
        return tag("td", local_time(value, use_case))
    if isinstance(value, float):
        return tag("td", f"{value:g}")
    if isinstance(value, date):
        return tag("td", str(value))
    return tag("td", MISSING if value is None else str(value))


def _score(use_case: UseCase, value: float) -> str:
    return number(value) if use_case.task == "regression" else f"{100 * value:.1f} %"


def _age(hours: float | None) -> Markup:
    if hours is None or math.isnan(hours):
        return tag("td", tag("span", "no data", class_="choice warn"), class_="n", data_sort="")
    content: object = age(hours)
    if hours > STALE_HOURS:
        content = tag("span", f"{content}, stale", class_="choice warn")
    return tag("td", content, class_="n", data_sort=f"{hours:.4g}")


def _reasons(told: Sequence[str | None]) -> Markup:
    lines = [tag("div", each.replace("(-", "(−")) for each in told if each]  # noqa: RUF001
    return tag("td", *lines, class_="why")
