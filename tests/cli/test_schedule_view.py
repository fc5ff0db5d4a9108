"""When pipelines start next, by the clock of the use case's place."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from penstock.cli.schedule_view import next_starts, schedule_text

SETTINGS = """\
name: shop
task: binary
source: {{uri: s3://b/rows}}
time_zone: {zone}
key: [id]
target: y
columns: {{id: {{type: integer}}, y: {{type: integer}}}}
features: [id]
split: {{by: hash}}
metric: roc_auc
candidates: {{}}
{schedule}
"""


@pytest.fixture
def scheduled(tmp_path: Path) -> Callable[[str, str], str]:
    def write(zone: str, schedule: str) -> str:
        (tmp_path / "use_case.yaml").write_text(SETTINGS.format(zone=zone, schedule=schedule))
        return str(tmp_path)

    return write


def test_a_daily_start_keeps_its_local_time_over_a_clock_change(
    scheduled: Callable[[str, str], str],
) -> None:
    use_case = scheduled("Europe/Madrid", 'schedule: {inference: {at: "06:00"}}')
    (found,) = next_starts(use_case, datetime(2026, 3, 28, 5, 0, tzinfo=UTC))
    assert found.rule == "every day at 06:00 (Europe/Madrid)"
    assert found.next_times == [
        "2026-03-29T06:00+02:00",
        "2026-03-30T06:00+02:00",
        "2026-03-31T06:00+02:00",
    ]


def test_a_time_that_the_clock_leaves_out_starts_nothing(
    scheduled: Callable[[str, str], str],
) -> None:
    use_case = scheduled("Europe/Madrid", 'schedule: {inference: {at: "02:30"}}')
    (found,) = next_starts(use_case, datetime(2026, 3, 28, 12, 0, tzinfo=UTC))
    assert found.next_times[:2] == ["2026-03-30T02:30+02:00", "2026-03-31T02:30+02:00"]


def test_pipelines_that_follow_others_or_a_cron_say_so(
    scheduled: Callable[[str, str], str],
) -> None:
    schedule = 'schedule: {training: {cron: "0 4 ? * MON *"}, inference: {depends_on: [training]}}'
    found = next_starts(scheduled("UTC", schedule), datetime(2026, 3, 28, tzinfo=UTC))
    assert schedule_text(found) == (
        "  pipeline   starts                    next\n"
        "  training   cron 0 4 ? * MON * (UTC)  "
        "2026-03-30T04:00, 2026-04-06T04:00, 2026-04-13T04:00\n"
        "  inference  after training"
    )


def test_without_a_schedule_the_setting_is_named(scheduled: Callable[[str, str], str]) -> None:
    assert schedule_text(next_starts(scheduled("UTC", ""))) == (
        "the use case has no schedule; add `schedule:` to its settings."
    )
