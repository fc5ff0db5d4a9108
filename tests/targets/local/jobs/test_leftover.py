"""Who resumes a run waits for the jobs of its dead process."""

from __future__ import annotations

import subprocess
from pathlib import Path

from penstock.targets.local.jobs.leftover import wait_for_dead_jobs


def test_a_job_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    work = tmp_path / "train" / "attempt-1" / "work"
    work.mkdir(parents=True)
    # Its parent has to reap it: a dead process that nobody reaped has no folder any more.
    with subprocess.Popen(["sleep", "0.3"], cwd=work) as job:
        assert wait_for_dead_jobs(tmp_path, seconds=0) == [job.pid]
        assert wait_for_dead_jobs(tmp_path) == []


def test_a_process_that_stays_is_told_after_a_while(tmp_path: Path) -> None:
    below = tmp_path / "train" / "attempt-1" / "work" / "below"
    below.mkdir(parents=True)
    with subprocess.Popen(["sleep", "60"], cwd=below) as job:
        assert wait_for_dead_jobs(tmp_path, seconds=0.05) == [job.pid]
        job.kill()


def test_somebody_who_looks_at_the_logs_is_no_job(tmp_path: Path) -> None:
    logs = tmp_path / "train" / "attempt-1"
    (logs / "opt").mkdir(parents=True)
    for place in (tmp_path, logs, logs / "opt"):
        with subprocess.Popen(["sleep", "60"], cwd=place) as shell:
            assert wait_for_dead_jobs(tmp_path, seconds=0) == []
            shell.kill()


def test_a_run_without_jobs_has_none(tmp_path: Path) -> None:
    assert wait_for_dead_jobs(tmp_path / "jobs") == []
