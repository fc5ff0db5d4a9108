"""Days and instants in the zone of a use case."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from components.features.identifiers import literal
from penstock.errors import Problem, RequestError

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `first` to `last`, both included; none if `last` is before `first`."""

    first: date
    last: date

    def __bool__(self) -> bool:
        return self.last >= self.first

    def __len__(self) -> int:
        return max((self.last - self.first).days + 1, 0)

    def __str__(self) -> str:
        return f"{self.first}…{self.last}"

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return [start, end) in UTC without a zone."""
        return day_start(self.first, time_zone), day_start(self.last + ONE_DAY, time_zone)


def day_start(day: date, time_zone: str) -> datetime:
    """Return the instant at which a day begins in a zone, in UTC without a zone."""
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def local_day(instant: datetime, time_zone: str) -> date:
    """Return the day on which an instant (UTC without a zone) lies in a zone."""
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).date()


def parse_day(text: str, setting: str) -> date:
    """Return the day that a text such as `2018-07-25` names.

    Raises:
        RequestError: It is written otherwise.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        what = f"{setting} {text!r} is not a day."
        raise RequestError(Problem(what, remedy="Write it as 2018-07-25.")) from error


def create_days_view(connection: Any, days: Days, time_zone: str) -> None:
    """Create the view `days (day DATE, starts TIMESTAMP)`; `starts` is in UTC without a zone.

    Python's zones say when a day begins, so that every part of the product agrees, the days of 23
    and of 25 hours included.
    """
    every = [days.first + index * ONE_DAY for index in range(len(days))]
    rows = ", ".join(f"({literal(day)}, {literal(day_start(day, time_zone))})" for day in every)
    values = f"VALUES {rows}" if rows else "SELECT NULL::DATE, NULL::TIMESTAMP WHERE FALSE"
    connection.execute(f"CREATE TEMP VIEW days AS SELECT * FROM ({values}) AS t(day, starts)")  # noqa: S608  # literals
