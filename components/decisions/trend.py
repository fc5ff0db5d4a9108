"""How the decisions of the last days went, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from components.pages.markup import Markup, join, tag
from components.scoring.predictions import DECISION
from penstock.data.sinks import DAY_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

DAYS = 30
_WIDTH, _HEIGHT, _BELOW, _LEFT = 560, 200, 22, 34


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day: its decisions, and those to act on. `rows` is 0 where nothing was published."""

    day: date
    rows: int
    acting: int


def count_days(published: "pa.Table", last: date, acting: str) -> list[DayCount]:
    """Return the last days up to `last`, out of what a sink holds.

    Args:
        published: Rows with `decision_day` and `decision`; a table of no columns counts as none.
        last: The last day.
        acting: The decision to count.
    """
    counted: dict[date, DayCount] = {}
    if {DAY_COLUMN, DECISION} <= set(published.schema.names):
        keys = [DAY_COLUMN, DECISION]
        for each in (
            published.select(keys).group_by(keys).aggregate([([], "count_all")]).to_pylist()
        ):
            day, rows = each[DAY_COLUMN], each["count_all"]
            before = counted.get(day, DayCount(day, 0, 0))
            acts = rows if each[DECISION] == acting else 0
            counted[day] = DayCount(day, before.rows + rows, before.acting + acts)
    every = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    found = [counted.get(day, DayCount(day, 0, 0)) for day in every]
    begun = next((index for index, each in enumerate(found) if each.rows), len(found))
    return found[begun:]


def trend(days: Sequence[DayCount], acting: str) -> Markup | None:
    """Draw a bar a day; None with fewer than two days."""
    if len(days) < 2:
        return None
    most = max(*(each.acting for each in days), 1)
    room, height = (_WIDTH - _LEFT) / DAYS, _HEIGHT - _BELOW - 14
    parts: list[Markup] = []
    for value in sorted({0, most}):
        at = round(14 + height * (1 - value / most), 1)
        parts += [
            tag("line", x1=_LEFT, x2=_WIDTH, y1=at, y2=at, class_="grid"),
            tag("text", str(value), x=_LEFT - 6, y=at + 4, text_anchor="end"),
        ]
    for index, each in enumerate(days):
        left = round(_LEFT + (DAYS - len(days) + index) * room + room * 0.15, 1)
        tall = round(height * each.acting / most, 1) if each.rows else height
        said = f"{each.day}: {each.acting} of {each.rows} {acting}"
        parts.append(
            tag(
                "rect",
                tag("title", said if each.rows else f"{each.day}: nothing was published"),
                x=left,
                y=round(14 + height - tall, 1),
                width=round(room * 0.7, 1),
                height=max(tall, 1.5),
                rx=2,
                class_=_kind(each, days[-1]),
            )
        )
        if index in (0, len(days) - 1):
            anchor = "end" if index else "start"
            at = left + room * 0.7 if index else left
            parts.append(tag("text", str(each.day), x=at, y=_HEIGHT - 4, text_anchor=anchor))
    least, greatest = min(each.acting for each in days), max(each.acting for each in days)
    words = f"{acting} per day, {days[0].day} to {days[-1].day}: between {least} and {greatest}."
    return tag(
        "svg",
        tag("title", "Trend"),
        tag("desc", words),
        join(*parts),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=words,
    )


def _kind(each: DayCount, last: DayCount) -> str:
    if not each.rows:
        return "day missing"
    return "day today" if each is last else "day"
