import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from penstock.errors import StepError
from penstock.targets.local import faults
from penstock.targets.local.jobs import subprocesses
from penstock.targets.local.jobs.launch import Cancellation, Ending, Job
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher

ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def launcher() -> Iterator[SubprocessLauncher]:
    launcher = SubprocessLauncher()
    yield launcher
    launcher.close()


@pytest.fixture
def cancellation() -> Cancellation:
    return Cancellation()


class Jobs:
    """Makes jobs with their logs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def command(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        max_seconds: float | None = 30.0,
        grace_seconds: float = 20.0,
        working_directory: Path | None = None,
    ) -> Job:
        return Job(
            command=command,
            environment=ENVIRONMENT if environment is None else environment,
            working_directory=working_directory or self.folder,
            stdout=self.folder / "stdout.log",
            stderr=self.folder / "stderr.log",
            max_seconds=max_seconds,
            grace_seconds=grace_seconds,
        )

    def shell(self, script: str, **settings: float) -> Job:
        return self.command("/bin/sh", "-c", script, **settings)  # type: ignore[arg-type]

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout.log").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr.log").read_text()


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    return Jobs(tmp_path)


def until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("code", [0, 3, 255])
def test_a_job_ends_with_its_exit_code(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs, code: int
) -> None:
    job = jobs.shell(f"echo said; echo wrong >&2; exit {code}")
    assert launcher.run(job, cancellation) == Ending(code)
    assert (jobs.stdout, jobs.stderr) == ("said\n", "wrong\n")


def test_a_job_that_a_signal_ended_says_which(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    assert launcher.run(jobs.shell("kill -SEGV $$"), cancellation) == Ending(-signal.SIGSEGV)


def test_a_job_sees_its_own_environment_folder_and_arguments_alone(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs, tmp_path: Path
) -> None:
    program = (
        "import os, sys; print({name: value for name, value in os.environ.items()"
        " if name not in ('PWD', 'SHLVL', '_')}, sys.argv[1:], os.getcwd(), sys.stdin.read(),"
        " [fd for fd in range(3, 64) if os.path.exists(f'/proc/self/fd/{fd}')])"
    )
    environment = {"ONE": "a b\n'$ONE'", "LC_ALL": "C.UTF-8"}
    arguments = ["a b", "$HOME", "'\"`id`", "", "*"]
    (tmp_path / "work").mkdir()
    job = jobs.command(
        sys.executable,
        "-I",
        "-c",
        program,
        *arguments,
        environment=environment,
        working_directory=tmp_path / "work",
    )
    assert launcher.run(job, cancellation) == Ending(0)
    assert jobs.stdout == f"{environment} {arguments} {tmp_path / 'work'}  []\n"


def test_a_command_that_is_missing_is_an_exit_code_and_a_line_in_the_log(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    assert launcher.run(jobs.command("no-such-command"), cancellation) == Ending(127)
    assert "no-such-command: not found" in jobs.stderr


def test_a_job_that_takes_too_long_may_end_itself(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    job = jobs.shell(
        "trap 'echo saved; exit 7' TERM; while :; do sleep 0.02; done", max_seconds=0.3
    )
    assert launcher.run(job, cancellation) == Ending(7, timed_out=True)
    assert jobs.stdout == "saved\n"


def test_a_job_that_does_not_end_itself_is_killed_when_its_grace_is_over(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    job = jobs.shell(
        "trap '' TERM; while :; do sleep 0.02; done", max_seconds=0.2, grace_seconds=0.3
    )
    started = time.monotonic()
    assert launcher.run(job, cancellation) == Ending(-signal.SIGKILL, timed_out=True)
    assert time.monotonic() - started >= 0.5


def test_a_cancelled_job_may_end_itself_first(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    job = jobs.shell("trap 'exit 7' TERM; echo ready; while :; do sleep 0.02; done")

    def cancel() -> None:
        until(lambda: (jobs.folder / "stdout.log").exists() and jobs.stdout)
        cancellation.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    ending = launcher.run(job, cancellation)
    thread.join()
    assert ending == Ending(7, cancelled=True)


def test_a_job_that_ended_before_the_cancellation_ended_well(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    job = jobs.shell("exit 0")
    assert launcher.run(job, cancellation) == Ending(0)
    cancellation.cancel()


def test_what_a_job_leaves_running_ends_with_it(
    launcher: SubprocessLauncher, cancellation: Cancellation, jobs: Jobs
) -> None:
    job = jobs.shell("sleep 300 & echo $!; exit 0")
    assert launcher.run(job, cancellation) == Ending(0)
    until(lambda: not runs(int(jobs.stdout)))


def test_jobs_run_side_by_side_and_are_told_apart(
    launcher: SubprocessLauncher, cancellation: Cancellation, tmp_path: Path
) -> None:
    endings: dict[int, Ending] = {}

    def run(number: int) -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        endings[number] = launcher.run(Jobs(folder).shell(f"exit {number}"), cancellation)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert endings == {number: Ending(number) for number in range(8)}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"environment": {"A": "\0"}}, "embedded null byte"),
        ({"environment": {"A=B": "c"}}, "illegal environment variable name"),
        ({"working_directory": Path("/no/such/folder")}, "No such file or directory"),
        ({"environment": {"A": "x" * 5_000_000}}, "Argument list too long"),
    ],
)
def test_a_job_that_no_process_can_be_is_told(
    launcher: SubprocessLauncher,
    cancellation: Cancellation,
    jobs: Jobs,
    settings: dict[str, object],
    reason: str,
) -> None:
    open_before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(StepError) as caught:
        launcher.run(jobs.command("true", **settings), cancellation)  # type: ignore[arg-type]
    assert str(caught.value) == (
        f"no process could be started: {reason}."
        " Look at the step's command, its arguments and its environment."
    )
    assert len(list(Path("/proc/self/fd").iterdir())) == open_before


def test_a_machine_without_room_is_a_fault_that_a_policy_may_answer(
    launcher: SubprocessLauncher,
    cancellation: Cancellation,
    jobs: Jobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(subprocesses.subprocess, "Popen", no_room)
    with pytest.raises(faults.ServiceFault) as caught:
        launcher.run(jobs.command("true"), cancellation)
    assert caught.value.exception_type == faults.CAPACITY_ERROR
    assert str(caught.value) == (
        "no process could be started: Resource temporarily unavailable. Run fewer steps at once."
    )


def test_a_launcher_leaves_no_descriptor_and_no_process(
    cancellation: Cancellation, jobs: Jobs
) -> None:
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    open_before, before = sorted(Path("/proc/self/fd").iterdir()), set(children.read_text().split())
    launcher = SubprocessLauncher()
    launcher.run(jobs.shell("exit 0"), cancellation)
    launcher.run(jobs.shell("exit 0"), cancellation)
    launcher.close()
    launcher.close()
    assert len(sorted(Path("/proc/self/fd").iterdir())) == len(open_before)
    assert set(children.read_text().split()) <= before


def test_without_process_descriptors_jobs_end_the_same(
    launcher: SubprocessLauncher,
    cancellation: Cancellation,
    jobs: Jobs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refused)
    assert launcher.run(jobs.shell("exit 3"), cancellation) == Ending(3)
    job = jobs.shell("sleep 30", max_seconds=0.2)
    assert launcher.run(job, cancellation) == Ending(-signal.SIGTERM, timed_out=True)
    cancellation.cancel()
    assert launcher.run(jobs.shell("sleep 30"), cancellation) == Ending(
        -signal.SIGTERM, cancelled=True
    )


def killed_run(folder: Path, before_the_kill: str = "") -> tuple[list[int], list[int]]:
    """Run two jobs in a process that is killed; return the ids of both jobs' processes."""
    program = f"""
import os, signal, sys, threading, time
from pathlib import Path
from penstock.targets.local.jobs.launch import Cancellation, Job
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher

folder, launcher = Path(sys.argv[1]), SubprocessLauncher()
for name in ("a", "b"):
    (folder / name).mkdir()
    job = Job(
        ("/bin/sh", "-c", "trap '' TERM HUP INT; sleep 300 & echo $$ $!; wait; sleep 300"),
        {{"PATH": os.environ["PATH"]}},
        folder / name, folder / name / "stdout.log", folder / name / "stderr.log",
    )
    threading.Thread(target=launcher.run, args=(job, Cancellation()), daemon=True).start()
while not all(
    (folder / name / "stdout.log").exists() and (folder / name / "stdout.log").stat().st_size
    for name in ("a", "b")
):
    time.sleep(0.01)
{before_the_kill}
os.kill(os.getpid(), signal.SIGKILL)
"""
    folder.mkdir(exist_ok=True)
    ended = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    first, second = (
        [int(pid) for pid in (folder / name / "stdout.log").read_text().split()]
        for name in ("a", "b")
    )
    return first, second


def test_a_run_that_is_killed_takes_its_jobs_with_it(tmp_path: Path) -> None:
    first, second = killed_run(tmp_path / "run")
    assert len(first) == len(second) == 2
    until(lambda: not any(runs(pid) for pid in [*first, *second]))


def test_a_watching_process_that_died_is_replaced_and_knows_every_job(tmp_path: Path) -> None:
    first, second = killed_run(
        tmp_path / "run",
        before_the_kill="""
launcher._watch.kill()
launcher._watch.wait()
third = Job(
    ("/bin/sh", "-c", "exit 0"), {}, folder, folder / "stdout.log", folder / "stderr.log"
)
launcher.run(third, Cancellation())
""",
    )
    assert len(first) == len(second) == 2
    until(lambda: not any(runs(pid) for pid in [*first, *second]))


def test_a_job_that_is_not_watched_yet_does_not_start(tmp_path: Path) -> None:
    """The process dies between the start of the job and its release."""
    program = """
import os, signal, sys
from pathlib import Path
from penstock.targets.local.jobs.launch import Cancellation, Job
from penstock.targets.local.jobs.subprocesses import SubprocessLauncher

class Dying(SubprocessLauncher):
    def _tell(self, change, group):
        print(group, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
job = Job(
    ("/bin/sh", "-c", "touch started"), {"PATH": os.environ["PATH"]},
    folder, folder / "stdout.log", folder / "stderr.log",
)
Dying().run(job, Cancellation())
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=False,
        timeout=60,
        capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL
    until(lambda: not runs(int(ended.stdout)))
    assert not (tmp_path / "started").exists()
