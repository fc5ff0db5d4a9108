"""The top of the page of decisions: what to do today, what to beware of, the figures of the day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from components.decisions.findings import STALE_HOURS, DayFindings, Substitute
from components.pages.figures import count, words
from components.pages.markup import Markup, tag
from penstock.use_case import UseCase

_MOST_NAMED = 6


def headline(use_case: UseCase, found: DayFindings) -> Markup:
    """Return the decisions in one sentence, and what to beware of."""
    notes = list(_notes(found))
    urgent = bool(_acting(use_case, found) or found.unscored)
    return tag(
        "div",
        _sentence(use_case, found),
        tag("ul", *(tag("li", note) for note in notes), class_="notes") if notes else None,
        class_=f"verdict {'bad' if urgent else 'good'}",
        role="status",
    )


def tiles(use_case: UseCase, found: DayFindings) -> Markup:
    """Return the figures of the day."""
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
            for name, value, note in _tiles(use_case, found)
        ),
        class_="tiles",
    )


def local_time(instant: datetime, use_case: UseCase) -> str:
    """Return an instant (UTC without a zone) as it reads in the use case's zone."""
    local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(use_case.time_zone))
    return f"{local:%Y-%m-%d %H:%M}"


def age(hours: float) -> str:
    """Return `40 min`, `7 h` or `5 days`."""
    if hours < 1:
        return f"{60 * max(hours, 0):.0f} min"
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"


def _acting(use_case: UseCase, found: DayFindings) -> int:
    if use_case.task != "binary":
        return 0
    return found.counts.get(use_case.inference.positive_decision, 0)


def _sentence(use_case: UseCase, found: DayFindings) -> str:
    if use_case.task == "regression":
        return f"{count(found.rows)} predictions."
    if use_case.task == "multiclass":
        return ", ".join(f"{name}: {count(rows)}" for name, rows in found.counts.items()) + "."
    word = use_case.inference.positive_decision
    word = word[:1].upper() + word[1:]
    acts = _acting(use_case, found)
    return f"{word}: {count(acts) if acts else 'none'} of {count(found.rows)}."


def _notes(found: DayFindings) -> Iterator[str]:
    if found.unscored:
        yield f"{count(found.unscored)} without a decision: no model serves them."
    if found.freshness and found.freshness.stale:
        yield (
            f"{count(found.freshness.stale)} decided on stale data, with nothing newer than "
            f"{STALE_HOURS:g} hours: look at them yourself."
        )
    said = {
        "pooled": "No model of their own, decided by the one for all: ",
        "previous": "Decided by the model of a previous version: ",
    }
    for kind, text in said.items():
        those = [each for each in found.substitutes if each.model == kind]
        if those:
            yield text + _listed(those) + "."


def _listed(substitutes: list[Substitute]) -> str:
    named = [f"{each.segment} ({count(each.rows)})" for each in substitutes[:_MOST_NAMED]]
    if len(substitutes) > _MOST_NAMED:
        named.append(f"{count(len(substitutes) - _MOST_NAMED)} more")
    return ", ".join(named)


def _tiles(use_case: UseCase, found: DayFindings) -> Iterator[tuple[str, str, str]]:
    if use_case.task == "binary":
        acts = _acting(use_case, found)
        share = 100 * acts / max(found.rows, 1)
        yield use_case.inference.positive_decision, count(acts), f"{share:.1f} % of all"
    several = found.entities is not None and found.entities != found.rows
    among = f"{count(found.entities or 0)} different {words(use_case.entity)}" if several else ""
    if found.entities is not None and not several:
        among = f"one for each {words(use_case.entity)}"
    yield "decisions due", count(found.rows), among or str(found.day)
    if found.freshness is not None:
        median = found.freshness.median_hours
        value = "none" if median is None else age(median)
        yield "age of the data", value, f"half are newer; {count(found.freshness.stale)} stale"
    elif found.newest is not None:
        newest = local_time(found.newest, use_case)
        yield "newest row", newest[11:], f"{newest[:10]}, {use_case.time_zone}"
    own = found.models.get("own", 0)
    if found.models:
        note = f"of {count(found.rows)} decisions"
        yield "by models of their own", count(own), note
    group, _, version = found.model_version.rpartition("/")
    yield "model version", version or "not named", group or use_case.name
