"""The page of a day's decisions: one HTML file that needs nothing else."""

from collections.abc import Sequence

from components.decisions.decision_table import decision_table
from components.decisions.findings import DayFindings, group_column
from components.decisions.headline import headline, tiles
from components.decisions.look import LOOK
from components.decisions.sorting import SORTING
from components.decisions.trend import DayCount, trend
from components.pages.figures import count, words
from components.pages.markup import Markup, tag
from components.pages.style import STYLE
from components.pages.tables import table
from penstock.use_case import UseCase

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""What a browser may load for the page: nothing but what is in it."""


def decisions_page(
    use_case: UseCase,
    found: DayFindings,
    days: Sequence[DayCount],
    places: Sequence[str],
    *,
    without_history: str = "",
) -> str:
    """Return the page.

    Args:
        use_case: Whose decisions they are.
        found: What there is to tell of the day.
        days: How the last days went.
        places: Where all rows are, without secrets.
        without_history: Why the last days are not known; empty where they are.
    """
    title = f"{use_case.name.replace('_', ' ').capitalize()}: decisions for {found.day}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(STYLE + LOOK)),
    )
    main = tag(
        "main",
        tag("h1", title),
        tag("p", use_case.description, class_="soft"),
        headline(use_case, found),
        tiles(use_case, found),
        decision_table(use_case, found, places),
        tag(
            "div",
            _groups(use_case, found),
            _trend(use_case, days, without_history),
            class_="grid2",
        ),
        _footer(use_case, found, places),
    )
    body = tag("body", main, tag("script", Markup(SORTING)))
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def _groups(use_case: UseCase, found: DayFindings) -> Markup | None:
    if not found.groups:
        return None
    column = words(group_column(use_case))
    heads: tuple[str, ...] = (column, "decisions")
    rows: list[tuple[object, ...]] = [(each.name, count(each.rows)) for each in found.groups]
    if use_case.task == "binary":
        heads = (column, use_case.inference.positive_decision, "decisions")
        rows = [
            (
                group.name,
                tag("span", count(group.acting), class_="fail" if group.acting else None),
                count(group.rows),
            )
            for group in found.groups
        ]
    return tag("section", tag("h2", f"By {column}"), tag("div", table(f"By {column}", heads, rows)))


def _trend(use_case: UseCase, days: Sequence[DayCount], without_history: str) -> Markup | None:
    if without_history:
        said = f"They could not be read: {without_history}"
        return tag("section", tag("h2", "The last days"), tag("p", said, class_="soft"))
    picture = trend(days, use_case.inference.positive_decision) if days else None
    if picture is None or use_case.task != "binary":
        return None
    word = use_case.inference.positive_decision
    return tag(
        "section",
        tag("h2", "The last days"),
        tag("p", f"Decisions “{word}” a day; grey where nothing was published.", class_="soft"),
        picture,
    )


def _footer(use_case: UseCase, found: DayFindings, places: Sequence[str]) -> Markup:
    said = [f"All rows: {', '.join(places)}."]
    if found.withheld:
        said.append(f"Personal data, neither shown nor published: {', '.join(found.withheld)}.")
    key = [each for each in use_case.key if each in use_case.pii_columns]
    if key:
        said.append(f"Personal data, but the key of a decision: {', '.join(key)}.")
    return tag("footer", " ".join(said))
