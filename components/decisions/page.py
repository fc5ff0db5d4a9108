"""The page of a day's decisions: one HTML file that needs nothing else."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from components.decisions.findings import STALE_HOURS, DayFindings
from components.decisions.sorting import SORTING, SORTING_STYLE
from components.decisions.trend import DayCount, trend
from components.features.due import DATA_AGE
from components.pages.figures import MISSING, count, number, words
from components.pages.markup import Markup, tag
from components.pages.style import STYLE
from components.pages.tables import table
from components.scoring.predictions import DECISION, MODEL, SCORE
from penstock.use_case import UseCase

_REASON = "reason_"


def decisions_page(
    use_case: UseCase, found: DayFindings, days: Sequence[DayCount], places: Sequence[str]
) -> str:
    """Return the page.

    Args:
        use_case: Whose decisions they are.
        found: What there is to tell of the day.
        days: How the last days went.
        places: Where all rows are, without secrets.
    """
    title = f"{use_case.name.replace('_', ' ').capitalize()}: decisions for {found.day}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE + SORTING_STYLE)),
    )
    picture = trend(days, use_case.inference.positive_decision)
    main = tag(
        "main",
        tag("h1", title),
        tag("p", use_case.description, class_="soft"),
        _headline(use_case, found),
        _tiles(use_case, found),
        _decisions(use_case, found),
        _groups(use_case, found),
        tag(
            "section",
            tag("h2", "The last days"),
            tag("p", f"Decisions “{use_case.inference.positive_decision}” a day.", class_="soft"),
            picture,
            class_="wide",
        )
        if picture
        else None,
        tag(
            "footer", f"Model {found.model_version or 'not named'}. All rows: {', '.join(places)}."
        ),
    )
    body = tag("body", main, tag("script", Markup(SORTING)))
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _headline(use_case: UseCase, found: DayFindings) -> Markup:
    acting = use_case.inference.positive_decision
    if use_case.task == "binary":
        acts = found.counts.get(acting, 0)
        said = f"{count(acts)} of {count(found.rows)}: {acting}."
    elif use_case.task == "multiclass":
        acts = 0
        said = ", ".join(f"{name}: {count(rows)}" for name, rows in found.counts.items()) + "."
    else:
        acts, said = 0, f"{count(found.rows)} predictions."
    notes = []
    if found.stale:
        notes.append(
            f"{count(found.stale)} without data of the last {STALE_HOURS:g} hours; take care there."
        )
    if found.unscored:
        notes.append(f"{count(found.unscored)} could not be scored: no model serves them.")
    return tag(
        "div",
        said,
        tag("small", " ".join(notes)) if notes else None,
        class_=f"verdict {'bad' if acts or found.unscored else 'good'}",
        role="status",
    )


def _tiles(use_case: UseCase, found: DayFindings) -> Markup:
    acting = use_case.inference.positive_decision
    tiles: list[tuple[str, str, str]] = []
    if use_case.task == "binary":
        acts = found.counts.get(acting, 0)
        share = 100 * acts / max(found.rows, 1)
        tiles.append((acting, count(acts), f"{share:.1f} % of all"))
    tiles.append(("decisions due", count(found.rows), str(found.day)))
    if found.stale is not None:
        tiles.append(("stale data", count(found.stale), f"older than {STALE_HOURS:g} hours"))
    for kind, rows in found.models.items():
        tiles.append((f"{kind} model", count(rows), "scored by it"))
    return tag(
        "dl",
        *(
            tag(
                "div",
                tag("dt", name),
                tag("dd", value, class_="value"),
                tag("dd", note, class_="interval"),
                class_="tile",
            )
            for name, value, note in tiles
        ),
        class_="tiles",
    )


def _groups(use_case: UseCase, found: DayFindings) -> Markup | None:
    if not found.groups:
        return None
    acting = use_case.inference.positive_decision
    column = use_case.inference.group or use_case.segment
    rows = [
        (
            group.name,
            tag("span", count(group.acting), class_="fail" if group.acting else None),
            count(group.rows),
        )
        for group in found.groups
    ]
    return tag(
        "section",
        tag("h2", f"By {words(column)}"),
        table(f"By {words(column)}", (words(column), acting, "decisions"), rows),
        class_="wide",
    )


def _decisions(use_case: UseCase, found: DayFindings) -> Markup:
    reasons = [each for each in found.columns if each.startswith(_REASON)]
    hidden = {*reasons, use_case.time_column, *([] if found.models else [MODEL])}
    if use_case.task == "regression":
        hidden.add(DECISION)
    columns = [each for each in found.columns if each not in hidden]
    columns.sort(key=lambda each: each not in (DECISION, SCORE))
    places = {each: index for index, each in enumerate(found.columns)}
    heads = [
        tag("th", tag("button", _head(each), type="button"), scope="col", class_=_align(each))
        for each in columns
    ]
    if reasons:
        heads.append(tag("th", "strongest reasons", scope="col"))
    body = []
    for row in found.shown:
        cells = [_cell(use_case, each, row[places[each]]) for each in columns]
        if reasons:
            told = [str(row[places[each]]) for each in reasons if row[places[each]]]
            cells.append(tag("td", *(tag("div", each) for each in told), class_="why"))
        acts = row[places[DECISION]] == use_case.inference.positive_decision
        body.append(tag("tr", *cells, class_="acting" if acts else None))
    shown = f"All {count(found.rows)} decisions"
    if found.rows > len(found.shown):
        shown = f"The {count(len(found.shown))} highest of {count(found.rows)} decisions"
    return tag(
        "section",
        tag("h2", "Today’s decisions"),
        tag("p", f"{shown}; click a heading to sort.", class_="soft"),
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
        class_="wide",
    )


def _head(column: str) -> str:
    return {DATA_AGE: "data age", SCORE: "score", MODEL: "model"}.get(column, words(column))


def _align(column: str) -> str | None:
    return "n" if column in (SCORE, DATA_AGE) or column.startswith(f"{SCORE}_") else None


def _cell(use_case: UseCase, column: str, value: Any) -> Markup:
    if column == DECISION:
        acts = value == use_case.inference.positive_decision
        kind = "act" if acts else "leave"
        if use_case.task == "multiclass":
            kind = "leave"
        return tag("td", tag("span", value or "no score", class_=f"choice {kind}"))
    if column == DATA_AGE:
        return _age(value)
    if column == SCORE or column.startswith(f"{SCORE}_"):
        missing = value is None or math.isnan(value)
        shown = MISSING if missing else _score(use_case, value)
        return tag("td", shown, class_="n", data_sort="" if missing else repr(value))
    if isinstance(value, datetime):
        return tag("td", f"{value:%Y-%m-%d %H:%M}")
    if isinstance(value, date):
        return tag("td", str(value))
    if isinstance(value, float):
        return tag("td", f"{value:g}", data_sort=repr(value))
    return tag("td", MISSING if value is None else str(value))


def _score(use_case: UseCase, value: float) -> str:
    return number(value) if use_case.task == "regression" else f"{100 * value:.1f} %"


def _age(hours: float | None) -> Markup:
    if hours is None:
        return tag("td", tag("span", "no data", class_="choice stale"), class_="n", data_sort="")
    shown = f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
    content: object = shown
    if hours > STALE_HOURS:
        content = tag("span", f"{shown}, stale", class_="choice stale")
    return tag("td", content, class_="n", data_sort=repr(hours))
