import sys
from pathlib import Path

import pytest

from benchmarks.comparing import Comparison, Verdict, compare
from benchmarks.measuring import Command, Measurement
from benchmarks.tables import as_json, comparison_table, verdict_table


def taken(seconds: float, megabytes: float = 100) -> Measurement:
    return Measurement(seconds, seconds + 1, seconds * 2, int(megabytes * 1e6))


COMPARISON = Comparison(
    "a title",
    {
        "ours": [taken(1, 110), taken(4, 130), taken(9, 120)],
        "theirs": [taken(2), taken(4), taken(3)],
    },
)


def test_ratios_are_taken_pair_by_pair() -> None:
    # 1/2, 4/4, 9/3: the median of the pairs is 1, that of the medians would be 4/3.
    assert COMPARISON.ratio("ours", "theirs") == 1.0
    assert COMPARISON.memory_ratio("ours", "theirs") == 1.2


def test_the_table_gives_extremes_medians_process_time_and_memory() -> None:
    assert comparison_table(COMPARISON) == (
        "        min s  median s  max s  process s  processor s  peak MB\n"
        "ours    1.000     4.000  9.000      5.000         8.00      130\n"
        "theirs  2.000     3.000  4.000      4.000         6.00      100"
    )


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(2.0, False, True), (2.01, False, False), (2.0, True, True), (1.99, True, False)],
)
def test_a_target_is_met_at_its_limit(value: float, at_least: bool, met: bool) -> None:
    assert Verdict("t", value, 2.0, at_least).met is met


def test_a_missed_target_is_printed_as_missed() -> None:
    found = [Verdict("fast", 1.1, 1.15), Verdict("far ahead", 2.25, 2.3, at_least=True)]
    assert verdict_table(found) == (
        "target             wanted  measured\n"
        "fast       at most 1.15 x    1.10 x     met\n"
        "far ahead  at least 2.3 x    2.25 x  MISSED"
    )


def test_commands_are_interleaved_after_a_round_that_does_not_count(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def command(name: str) -> Command:
        code = f"open({str(log)!r}, 'a').write({name!r})"
        return Command(name, (sys.executable, "-c", code), tmp_path / "work")

    lines: list[str] = []
    found = compare("t", [command("A"), command("B")], rounds=2, progress=lines.append)
    assert log.read_text() == "ABABAB"
    assert [len(found.rounds[name]) for name in "AB"] == [2, 2]
    assert [line.rpartition(":")[0] for line in lines] == [
        "t: warm-up: A",
        "t: warm-up: B",
        "t: round 1 of 2: A",
        "t: round 1 of 2: B",
        "t: round 2 of 2: A",
        "t: round 2 of 2: B",
    ]


def test_machines_get_every_measurement() -> None:
    found = as_json({"cores": "2"}, [COMPARISON], [Verdict("t", 1.0, 2.0)])
    assert found["machine"] == {"cores": "2"}
    assert found["comparisons"][0]["title"] == "a title"
    assert found["comparisons"][0]["rounds"]["theirs"][1] == {
        "seconds": 4,
        "process_seconds": 5,
        "processor_seconds": 8,
        "peak_bytes": 100_000_000,
        "facts": {},
    }
    assert found["targets"] == [
        {"target": "t", "value": 1.0, "limit": 2.0, "at_least": False, "met": True}
    ]
