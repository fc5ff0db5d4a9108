import os
import signal
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.local.jobs.environment import job_environment
from penstock.targets.local.jobs.launch import Cancellation, Ending, Job, Launcher
from penstock.targets.local.server import WarmLauncher, status

STEPS = """
    import json, os, signal, subprocess, sys, threading, time
    from pathlib import Path

    LOADED_BY = os.getpid()
    WARMED = []

    def __warm_up__():
        WARMED.append(os.getpid())

    def facts(argv):
        descriptors = [
            os.readlink(f"/proc/self/fd/{name}")
            for name in os.listdir("/proc/self/fd")
            if os.path.exists(f"/proc/self/fd/{name}")
        ]
        Path(argv[0]).write_text(json.dumps({
            "process": os.getpid(),
            "parent": os.getppid(),
            "session": os.getsid(0),
            "group": os.getpgid(0),
            "loaded_by": LOADED_BY,
            "warmed": WARMED,
            "environment": dict(os.environ),
            "initial_environment": Path("/proc/self/environ").read_text(),
            "folder": os.getcwd(),
            "path": sys.path,
            "argv": sys.argv,
            "main": vars(sys.modules["__main__"]).get("__file__"),
            "descriptors": descriptors,
            "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
            "terminate": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
            "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
            "input": sys.stdin.read(),
        }))

    def say(argv):
        print("printed", *argv)
        print("complained", file=sys.stderr)
        subprocess.run(["echo", "from a child"], check=True)
        os.write(1, b"written\\n")

    def leave(argv):
        sys.exit(int(argv[0]) if argv[0].isdigit() else argv[0])

    def fail(argv):
        raise ValueError("no such rows")

    def signal_itself(argv):
        os.kill(os.getpid(), int(argv[0]))

    def finish_late(argv):
        import atexit
        atexit.register(lambda: print("at exit"))
        threading.Thread(target=lambda: (time.sleep(0.05), print("thread"))).start()

    def keep_writing(argv):
        if "stubborn" in argv:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = subprocess.Popen(["sleep", "300"])
        Path(argv[0]).write_text(f"{os.getpid()} {child.pid} {os.getppid()}")
        time.sleep(300)

    def nothing(argv):
        return 0
"""


@dataclass(frozen=True)
class Runner:
    """Runs functions of the project's module `parts.steps` as jobs."""

    project: Path
    folder: Path
    launcher: Launcher
    cancellation: Cancellation

    def job(
        self,
        entry: str,
        *arguments: str,
        name: str = "job",
        modules: tuple[str, ...] = ("parts.steps",),
        environment: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> Job:
        work = self.folder / name
        work.mkdir(exist_ok=True)
        return Job(
            command=("sh", "-c", "echo a process of its own; exit 99"),
            environment=job_environment(environment or {}, project=self.project, needs_s3=False),
            working_directory=work,
            stdout=work / "stdout.log",
            stderr=work / "stderr.log",
            entry=entry if ":" in entry else f"parts.steps:{entry}",
            entry_arguments=arguments,
            modules=modules,
            **settings,
        )

    def run(self, entry: str, *arguments: str, **settings: Any) -> Ending:
        return self.launcher.run(self.job(entry, *arguments, **settings), self.cancellation)

    @staticmethod
    def eventually(holds: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Return the first true answer."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = holds()
            if answer:
                return answer
            time.sleep(0.01)
        raise AssertionError(f"not within {seconds} seconds")

    @staticmethod
    def gone(*processes: int) -> bool:
        """Whether processes have ended, reaped or not."""
        return all(_state(process) in ("", "Z") for process in processes)

    def server(self) -> int:
        """The server's first process."""
        found = status(self.project)
        assert found is not None
        return found.pid

    def running(self, file: Path) -> list[int]:
        """What `keep_writing` wrote: its process, its child and its parent."""
        return [
            int(part)
            for part in self.eventually(lambda: file.is_file() and file.read_text()).split()
        ]


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that sockets go to; whatever server is left there is killed."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.delenv("PENSTOCK_SERVER_IDLE_SECONDS", raising=False)
    yield runtime / "penstock"
    for process in servers_in(runtime):
        # They go one with another.
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


@pytest.fixture
def project(tmp_path: Path, private: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "parts").mkdir(parents=True)
    (folder / "parts" / "__init__.py").write_text("")
    (folder / "parts" / "steps.py").write_text(textwrap.dedent(STEPS))
    return folder


@pytest.fixture
def runner(project: Path, tmp_path: Path) -> Iterator[Runner]:
    launcher, cancellation = WarmLauncher(project), Cancellation()
    folder = tmp_path / "jobs"
    folder.mkdir()
    yield Runner(project, folder, launcher, cancellation)
    launcher.close()
    cancellation.close()


def servers_in(runtime: Path) -> list[int]:
    """The first processes of servers whose sockets are below a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if str(runtime / "penstock").encode() in arguments:
                found.append(int(entry.name))
    return found


def _state(process: int) -> str:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
