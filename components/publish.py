"""Hand a day's decisions to those who act on them."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from penstock.contract import HTML, Dataset, Metrics, component, output


class PublishedDay(NamedTuple):
    """The page that people read, what was published where, and how many rows."""

    page: HTML
    summary: Metrics
    rows: int


@component()
def publish(
    use_case: str,
    predictions: Dataset,
    *,
    day: str,
    run: str,
    sinks: list[str],
    source: str = "",
    model_version: str = "",
) -> PublishedDay:
    """Write the decisions to every sink and draw the page.

    A repeated run replaces its own rows in every sink; those of other runs stay. Columns of
    personal data are neither published nor shown, unless they are the key.

    Args:
        use_case: Name or pinned reference of the use case.
        predictions: Checked predictions.
        day: The day decided for, `2018-08-15`.
        run: What a repeated run has in common with the first, `fraud/2018-08-15`.
        sinks: Addresses; `source#table` is a table in the source's store.
        source: Address of the source.
        model_version: Such as `fraud/3`.

    Raises:
        DataError: A sink cannot take these rows: which, and which others are done, is said.
        RequestError: The day is written otherwise.
        ServiceError: A sink could not be reached.
        UseCaseError: The use case is unknown.
        WorkError: The disk is full.
    """
    from components.decisions.findings import find
    from components.decisions.page import decisions_page
    from components.decisions.personal import without_personal
    from components.decisions.publishing import history_of, publish_all
    from components.decisions.trend import DAYS, DayCount, count_days
    from components.features.days import parse_day
    from penstock.errors import PenstockError
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    decided = parse_day(day, "day")
    rows = Path(predictions.path)
    with TemporaryDirectory(prefix="penstock-") as scratch:
        published = publish_all(
            without_personal(rows, settings, Path(scratch)), list(sinks), source, run, decided
        )
    found = find(rows, settings, decided, model_version)
    acting = settings.inference.positive_decision
    days: list[DayCount] = []
    without_history = ""
    try:
        days = count_days(history_of(published, decided, DAYS), decided, acting)
    except PenstockError as error:  # The decisions are out; a picture is not worth failing for.
        without_history = str(error)
    page, summary = output(HTML, "page"), output(Metrics, "summary")
    places = [each.place for each in published]
    text = decisions_page(settings, found, days, places, without_history=without_history)
    Path(page.path).write_text(text, encoding="utf-8")
    document = {
        "format": "penstock.decisions/1",
        "use_case": settings.name,
        "day": day,
        "run": run,
        "model_version": model_version,
        "rows": found.rows,
        "decisions": found.counts,
        "groups": {each.name: {"rows": each.rows, "acting": each.acting} for each in found.groups},
        "stale": found.freshness.stale if found.freshness else None,
        "models": found.models,
        "withheld": list(found.withheld),
        "unscored": found.unscored,
        "places": places,
    }
    Path(summary.path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    summary.log_metric("rows", found.rows)
    return PublishedDay(page, summary, found.rows)
