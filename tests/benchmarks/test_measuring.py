import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.measuring import ROOT, Command, CommandFailedError, environment, measure

MEBIBYTE = 1 << 20


def python(folder: Path, code: str, **more: object) -> Command:
    return Command("the program", (sys.executable, "-c", code), folder / "work", **more)


def test_time_and_memory_of_the_whole_process_are_taken(tmp_path: Path) -> None:
    code = "import time; held = b'x' * (200 << 20); time.sleep(0.3)"
    found = measure(python(tmp_path, code))
    assert found.seconds == found.process_seconds
    assert found.seconds >= 0.3
    assert found.peak_bytes > 200 * MEBIBYTE


def test_the_memory_is_that_of_the_process_and_no_more(tmp_path: Path) -> None:
    # A child's peak begins with what its parent holds, and a whole suite holds much.
    small = (
        "from pathlib import Path; import sys; from benchmarks.measuring import Command, measure\n"
        "code = \"held = b'x' * (200 << 20)\"\n"
        "command = Command('the program', (sys.executable, '-c', code), Path(sys.argv[1]))\n"
        "print(measure(command).peak_bytes)"
    )
    done = subprocess.run(
        [sys.executable, "-c", small, str(tmp_path / "work")],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert 200 * MEBIBYTE < int(done.stdout) < 400 * MEBIBYTE


def test_a_child_s_memory_counts(tmp_path: Path) -> None:
    child = "held = b'x' * (200 << 20)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert measure(python(tmp_path, code)).peak_bytes > 200 * MEBIBYTE


def test_a_program_may_report_the_part_that_counts(tmp_path: Path) -> None:
    code = """print('noise'); print('{"seconds": 0.001, "rows": 7}')"""
    found = measure(python(tmp_path, code, reports_itself=True))
    assert found.seconds == 0.001
    assert found.process_seconds > 0.001
    assert found.facts == {"rows": 7}


def test_preparation_is_not_timed(tmp_path: Path) -> None:
    done: list[str] = []
    found = measure(python(tmp_path, "pass", before=lambda: done.append("prepared")))
    assert done == ["prepared"]
    assert found.seconds > 0


def test_a_command_that_fails_says_its_code_and_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError) as raised:
        measure(python(tmp_path, "import sys; sys.exit('out of luck')"))
    command = f"{sys.executable} -c import sys; sys.exit('out of luck')"
    assert str(raised.value) == f"the program: exit code 1 from {command}\nout of luck"


def test_settings_of_the_caller_that_distort_start_up_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("KEPT", "yes")
    found = environment({"ADDED": "too"})
    assert "PYTHONDONTWRITEBYTECODE" not in found
    assert (found["KEPT"], found["ADDED"]) == ("yes", "too")
    assert os.environ["PYTHONDONTWRITEBYTECODE"] == "1"
