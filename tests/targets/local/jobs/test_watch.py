import io

import pytest

from penstock.targets.local.jobs.watch import watch


@pytest.mark.parametrize(
    ("lines", "running"),
    [
        ("", set()),
        ("+17\n+18\n", {17, 18}),
        ("+17\n-17\n", set()),
        ("+17\n+18\n-17\n+19\n-18\n", {19}),
        ("-17\n", set()),
        ("+17\n-17\n+17\n", {17}),
    ],
)
def test_the_groups_that_did_not_end_are_the_running_ones(lines: str, running: set[int]) -> None:
    assert watch(io.StringIO(lines)) == running


@pytest.mark.parametrize("line", ["+", "+x", "*17", "+-5", "+0", "+1", "+ ", "\n", "+²"])
def test_a_line_that_names_no_group_of_a_job_does_not_count(line: str) -> None:
    assert watch(["+17\n", line, "+18\n"]) == {17, 18}
