"""Which days train, validate and test, so that no row meets a label younger than the delay."""

from dataclasses import dataclass
from datetime import date, timedelta

from components.features.days import Days, parse_day
from penstock.errors import DataError, Problem, RequestError
from penstock.use_case import UseCase


@dataclass(frozen=True, slots=True)
class Windows:
    """The days of each split; between two of them lies at least the label delay."""

    train: Days
    validation: Days
    test: Days


def choose_windows(
    use_case: UseCase,
    last_day: date,
    *,
    train_start: str = "",
    train_end: str = "",
    test_start: str = "",
    test_end: str = "",
    validation_days: int = -1,
) -> Windows:
    """Return the days of each split.

    Days that are not given follow from the use case, counted backwards from the last day of the
    data: test, label delay, validation, label delay, train. Without validation one label
    delay is enough.

    Args:
        use_case: Lengths and label delay.
        last_day: Last day of the data.
        train_start: First day to train on, `2018-07-25`; empty: from the use case.
        train_end: Last day to train on; empty: the latest that the delay allows.
        test_start: First day of the test; empty: from the use case.
        test_end: Last day of the test; empty: from the use case, at most the last day of the data.
        validation_days: Days of validation; -1: the use case's.

    Raises:
        RequestError: A day is not written as a date, a window is empty, or two windows are nearer
            than the label delay.
    """
    given = {
        "train_start": train_start,
        "train_end": train_end,
        "test_start": test_start,
        "test_end": test_end,
    }
    day = _parse(given)
    split, delay = use_case.split, timedelta(days=use_case.label_delay_days)
    one = timedelta(days=1)
    test_length = timedelta(days=split.test_days - 1)
    if day["test_end"] is None and day["test_start"] is not None:
        end = min(day["test_start"] + test_length, max(last_day, day["test_start"]))
    else:
        end = day["test_end"] or last_day
    test = Days(day["test_start"] or end - test_length, end)
    length = timedelta(days=split.validation_days if validation_days < 0 else validation_days)
    validation_end = test.first - delay - one
    validation = Days(validation_end - length + one, validation_end)
    before = validation.first if validation else test.first
    latest = before - delay - one
    last = day["train_end"] or latest
    train = Days(day["train_start"] or last - timedelta(days=split.train_days - 1), last)
    problems = [
        Problem(f"the {name} window {window} holds no day.", remedy="Give an end after its start.")
        for name, window in (("train", train), ("test", test))
        if not window
    ]
    if train.last > latest:
        follower = (
            f"validation begins on {before}" if validation else f"the test begins on {before}"
        )
        remedy = f"Set train_end={latest} or earlier"
        if validation:
            remedy += ", or validation_days=0 to train without validation"
        problems.append(
            Problem(
                f"training until {train.last} leaves less than the label delay of {delay.days} "
                f"days: {follower}.",
                remedy=f"{remedy}.",
            )
        )
    if problems:
        raise RequestError(problems)
    return Windows(train, validation, test)


def _parse(given: dict[str, str]) -> dict[str, date | None]:
    days: dict[str, date | None] = {}
    problems: list[Problem] = []
    for name, text in given.items():
        try:
            days[name] = parse_day(text, name) if text else None
        except RequestError as error:
            problems += error.problems
    if problems:
        raise RequestError(problems)
    return days


def check_covered(
    windows: Windows,
    first_day: date,
    last_day: date,
    where: str,
    *,
    since: str = "",
    rolling: int | None = None,
) -> None:
    """Refuse windows that the data do not reach.

    Args:
        windows: The days wanted.
        first_day: First day of the rows that may be used.
        last_day: Their last day.
        where: The source, for messages.
        since: Snapshot after which rows were read, where they are an increment.
        rolling: Days of the rolling window that rows were taken from.

    Raises:
        DataError: A window begins before the first day or ends after the last day of the data.
    """
    wanted = [
        (name, window)
        for name, window in (
            ("train", windows.train),
            ("validation", windows.validation),
            ("test", windows.test),
        )
        if window
    ]
    outside = [
        (name, window)
        for name, window in wanted
        if window.first < first_day or window.last > last_day
    ]
    if outside and since:
        need = (wanted[-1][1].last - wanted[0][1].first).days + 1
        raise DataError(
            Problem(
                f"{(last_day - first_day).days + 1} days were appended since snapshot {since}, "
                f"{first_day}…{last_day}; training, validation and test need {need}, "
                f"{wanted[0][1].first}…{wanted[-1][1].last}.",
                where,
                "Wait for more (pipeline data new-batch), or take all rows with --window all.",
            )
        )
    held, more = "the days of the data", "give more data"
    if rolling is not None:
        held, more = f"the last {rolling} days of the data", "take more of them (--window all)"
    problems = [
        Problem(
            f"the {name} window {window} is not within {held}, {first_day}…{last_day}.",
            where,
            f"Give other days, shorten the windows of `split`, or {more}.",
        )
        for name, window in outside
    ]
    if problems:
        raise DataError(problems)
