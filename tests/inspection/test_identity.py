"""The clock of this machine is compared with the service's answer."""

from datetime import UTC, datetime

import pytest

from penstock.inspection.finding import Finding
from penstock.inspection.identity import clock


def answer(date: str) -> dict[str, object]:
    return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}


@pytest.mark.parametrize(
    ("minute", "found"),
    [
        (0, Finding("clock", "ok", "0 s from the service's")),
        (
            4,
            Finding(
                "clock",
                "warning",
                "240 s from the service's",
                "Set it: AWS refuses requests 5 minutes off.",
            ),
        ),
    ],
)
def test_a_clock_that_is_off_is_told_in_time(minute: int, found: Finding) -> None:
    now = datetime(2026, 11, 21, 12, minute, tzinfo=UTC)
    assert list(clock(answer("Sat, 21 Nov 2026 12:00:00 GMT"), now)) == [found]


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_without_a_time_says_nothing(date: str) -> None:
    assert list(clock(answer(date), datetime.now(UTC))) == []
