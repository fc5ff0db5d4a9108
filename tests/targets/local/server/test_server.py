import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import PenstockError
from penstock.targets.local.jobs.launch import Ending
from penstock.targets.local.server import WarmLauncher, status, stop, warm_up
from penstock.targets.local.server.private_folder import entered, locked

UNFORKED = Ending(99)
"""How a job of the fixture ends when its command runs as a plain process."""


def processes_of(server: int) -> set[int]:
    """A server's process and all its descendants."""
    found = {server}
    for child in Path(f"/proc/{server}/task/{server}/children").read_text().split():
        found |= processes_of(int(child))
    return found


def descriptors_of(processes: set[int]) -> int:
    return sum(len(list(Path(f"/proc/{process}/fd").iterdir())) for process in processes)


def test_only_its_user_can_reach_the_socket(runner, private):
    assert runner.run("nothing") == Ending(0)
    found = status(runner.project)
    assert found is not None
    assert found.socket.parent == private
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE(found.socket.stat().st_mode) == 0o600
    assert private.stat().st_uid == os.getuid()


def test_a_folder_that_others_can_enter_is_not_used(runner, private):
    private.mkdir(mode=0o755)
    assert runner.run("nothing") == UNFORKED
    assert runner.job("nothing").stdout.read_text() == "a process of its own\n"
    assert status(runner.project) is None


def test_the_folder_is_below_the_cache_where_there_is_no_runtime_folder(
    runner, tmp_path, monkeypatch
):
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    # The fixture that ends left servers looks for this path.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "runtime"))
    assert runner.run("nothing") == Ending(0)
    found = status(runner.project)
    assert found is not None
    assert found.socket.parent == tmp_path / "runtime" / "penstock" / f"server-{os.getuid()}"
    os.kill(found.pid, signal.SIGKILL)


def test_a_path_longer_than_a_socket_address_is_no_hindrance(runner, tmp_path, monkeypatch):
    deep = tmp_path / "runtime" / ("d" * 120)
    deep.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert runner.run("nothing") == Ending(0)
    os.kill(runner.server(), signal.SIGKILL)


def test_another_run_finds_the_same_server(runner):
    assert runner.run("nothing") == Ending(0)
    before = runner.server()
    other = WarmLauncher(runner.project)
    assert other.run(runner.job("nothing"), runner.cancellation) == Ending(0)
    other.close()
    assert runner.server() == before


def test_another_project_has_another_server(runner, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    warm_up(project=runner.project)
    warm_up(project=other)
    first, second = status(runner.project), status(other)
    assert first is not None
    assert second is not None
    assert first.pid != second.pid
    assert first.socket != second.socket


def test_clients_that_start_at_the_same_time_end_up_with_one_server(runner, tmp_path, private):
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from penstock.targets.local.server import status, warm_up
        print("ready", flush=True)
        sys.stdin.readline()
        warm_up(project=Path(sys.argv[1]))
        print(status(Path(sys.argv[1])).pid)
    """)
    clients = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(runner.project)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for client in clients:
        assert client.stdout is not None
        assert client.stdout.readline() == "ready\n"
    with entered(private, make=True) as folder, locked(folder):
        for client in clients:
            assert client.stdin is not None
            client.stdin.write("go\n")
            client.stdin.flush()
        # By now each has found no server and wants to start one.
        time.sleep(0.3)
        assert list(private.glob("*.sock")) == []
    said = {client.communicate(timeout=60)[0] for client in clients}
    assert said == {f"{runner.server()}\n"}
    assert len(list(private.glob("*.sock"))) == 1


def test_changed_code_is_what_the_next_job_runs(runner, tmp_path):
    file = runner.project / "parts" / "saying.py"
    file.write_text("def main(argv): print('old')\n")
    job = runner.job("parts.saying:main", modules=("parts.saying",))
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    before = runner.server()
    file.write_text("def main(argv): print('changed')\n")
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    assert job.stdout.read_text() == "old\nchanged\n"
    assert runner.server() != before
    assert runner.eventually(lambda: runner.gone(before))


def test_a_stale_server_lets_its_running_jobs_finish(runner, tmp_path):
    (runner.project / "parts" / "waiting.py").write_text(
        "import time\nfrom pathlib import Path\n"
        "def main(argv):\n"
        "    Path(argv[0]).touch()\n"
        "    while not Path(argv[1]).exists(): time.sleep(0.01)\n"
        "    print('finished')\n"
    )
    begun, finish = tmp_path / "begun", tmp_path / "finish"
    job = runner.job(
        "parts.waiting:main", str(begun), str(finish), name="old", modules=("parts.waiting",)
    )
    endings: list[Ending] = []
    old = threading.Thread(
        target=lambda: endings.append(runner.launcher.run(job, runner.cancellation))
    )
    old.start()
    runner.eventually(begun.exists)
    before = runner.server()
    (runner.project / "parts" / "added.py").write_text("")
    assert runner.run("nothing", name="new") == Ending(0)
    assert runner.server() != before
    assert not runner.gone(before)
    finish.touch()
    old.join(10)
    assert endings == [Ending(0)]
    assert job.stdout.read_text() == "finished\n"
    assert runner.eventually(lambda: runner.gone(before))


def test_an_idle_server_ends_and_leaves_no_process_and_no_socket(runner, private, monkeypatch):
    monkeypatch.setenv("PENSTOCK_SERVER_IDLE_SECONDS", "0.4")
    assert runner.run("nothing") == Ending(0)
    processes = processes_of(runner.server())
    assert len(processes) == 3
    assert runner.eventually(lambda: runner.gone(*processes))
    assert list(private.glob("*.sock")) == []
    assert runner.run("nothing") == Ending(0)


def test_a_running_job_keeps_the_server_from_being_idle(runner, tmp_path, monkeypatch):
    monkeypatch.setenv("PENSTOCK_SERVER_IDLE_SECONDS", "0.2")
    (runner.project / "parts" / "slow.py").write_text(
        "import time\ndef main(argv): time.sleep(0.8)\n"
    )
    assert runner.run("parts.slow:main", modules=("parts.slow",)) == Ending(0)


def test_no_idle_time_means_no_server(runner, monkeypatch):
    monkeypatch.setenv("PENSTOCK_SERVER_IDLE_SECONDS", "0")
    assert runner.run("nothing") == UNFORKED


@pytest.fixture
def client(runner, tmp_path):
    """Another process that runs `keep_writing`."""
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from penstock.targets.local.jobs.environment import job_environment
        from penstock.targets.local.jobs.launch import Cancellation, Job
        from penstock.targets.local.server import WarmLauncher
        project, folder = Path(sys.argv[1]), Path(sys.argv[2])
        WarmLauncher(project).run(Job(
            ("false",), job_environment({}, project=project, needs_s3=False), folder,
            folder / "out", folder / "err", entry="parts.steps:keep_writing",
            entry_arguments=(str(folder / "ids"), "stubborn"), modules=("parts.steps",),
        ), Cancellation())
    """)
    process = subprocess.Popen([sys.executable, "-c", program, str(runner.project), str(tmp_path)])
    yield process
    process.kill()
    process.wait()


def test_a_killed_client_takes_its_jobs_with_it_and_leaves_the_server(runner, tmp_path, client):
    process, child, zygote = runner.running(tmp_path / "ids")
    client.kill()
    client.wait()
    killed = time.monotonic()
    assert runner.eventually(lambda: runner.gone(process, child))
    assert time.monotonic() - killed < 2
    assert not runner.gone(zygote)
    assert runner.run("nothing") == Ending(0)


def test_a_killed_server_kills_the_jobs_of_a_client_that_does_not_notice(runner, tmp_path, client):
    process, child, _ = runner.running(tmp_path / "ids")
    client.send_signal(signal.SIGSTOP)
    os.kill(runner.server(), signal.SIGKILL)
    assert runner.eventually(lambda: runner.gone(process, child))


def test_a_killed_zygote_kills_the_jobs_of_a_client_that_does_not_notice(runner, tmp_path, client):
    process, child, zygote = runner.running(tmp_path / "ids")
    client.send_signal(signal.SIGSTOP)
    os.kill(zygote, signal.SIGKILL)
    assert runner.eventually(lambda: runner.gone(process))
    os.kill(child, signal.SIGKILL)


def test_a_killed_server_takes_its_jobs_with_it_and_is_replaced(runner, tmp_path):
    errors: list[str] = []

    def run() -> None:
        try:
            runner.run("keep_writing", str(tmp_path / "ids"))
        except PenstockError as error:
            errors.append(str(error))

    waiting = threading.Thread(target=run)
    waiting.start()
    process, child, zygote = runner.running(tmp_path / "ids")
    server = runner.server()
    os.kill(server, signal.SIGKILL)
    waiting.join(10)
    assert errors == ["the job was lost: the process of the warm server that watched it ended."]
    assert runner.eventually(lambda: runner.gone(process, child, zygote))
    assert status(runner.project) is None
    assert runner.run("nothing") == Ending(0)
    assert runner.server() != server


def test_a_socket_that_a_killed_server_left_is_removed(runner, private, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    warm_up(project=other)
    found = status(other)
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    runner.eventually(lambda: runner.gone(found.pid))
    assert found.socket.exists()
    warm_up(project=runner.project)
    assert [file.name for file in private.glob("*.sock")] == [
        status(runner.project).socket.name  # type: ignore[union-attr]
    ]


@pytest.mark.parametrize(
    "crash", ["import os; os._exit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]
)
def test_a_module_that_crashes_a_zygote_is_left_to_a_plain_process(runner, crash):
    (runner.project / "parts" / "crashing.py").write_text(crash)
    assert runner.run("parts.crashing:main", modules=("parts.crashing",)) == UNFORKED
    assert runner.run("nothing") == Ending(0)


def test_a_module_that_starts_threads_is_left_to_a_plain_process(runner):
    (runner.project / "parts" / "threading_module.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    job = runner.job("parts.threading_module:main", modules=("parts.threading_module",))
    assert runner.launcher.run(job, runner.cancellation) == UNFORKED


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHASHSEED", "LC_ALL"])
def test_what_is_read_at_the_start_of_a_process_asks_for_a_plain_one(runner, name):
    assert runner.run("nothing", environment={name: "1"}) == UNFORKED


def test_what_libraries_read_when_loaded_asks_for_another_zygote(runner, tmp_path):
    seen = {}
    for threads in ("", "1", "1", "2"):
        file = tmp_path / "facts.json"
        environment = {"OMP_NUM_THREADS": threads} if threads else {}
        assert runner.run("facts", str(file), environment=environment) == Ending(0)
        facts = json.loads(file.read_text())
        assert facts["environment"].get("OMP_NUM_THREADS", "") == threads
        seen.setdefault(threads, set()).add(facts["parent"])
    assert [len(parents) for parents in seen.values()] == [1, 1, 1]
    assert len(set.union(*seen.values())) == 3


def test_a_module_sees_the_variables_of_native_libraries_while_it_is_loaded(runner):
    (runner.project / "parts" / "native.py").write_text(
        "import os\nSEEN = os.environ.get('OMP_NUM_THREADS')\ndef main(argv): print(SEEN)\n"
    )
    job = runner.job(
        "parts.native:main", modules=("parts.native",), environment={"OMP_NUM_THREADS": "1"}
    )
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    assert job.stdout.read_text() == "1\n"


def test_modules_are_loaded_once_on_top_of_one_another(runner, tmp_path):
    for name in ("first", "second", "third"):
        (runner.project / "parts" / f"{name}.py").write_text(
            "import os, sys\n"
            "LOADED_BY = os.getpid()\n"
            "def main(argv):\n"
            "    names = ('first', 'second', 'third')\n"
            "    loaded = [sys.modules.get(f'parts.{name}') for name in names]\n"
            "    print([each and each.LOADED_BY for each in loaded], os.getppid())\n"
        )
    runner.launcher.preload(["parts.first", "parts.second", "parts.third"])
    said = []
    for name in ("third", "first"):
        job = runner.job(f"parts.{name}:main", name=name, modules=(f"parts.{name}",))
        assert runner.launcher.run(job, runner.cancellation) == Ending(0)
        said.append(job.stdout.read_text())
    third, first = said
    by_first, by_second, by_third = json.loads(third.partition("]")[0] + "]")
    assert len({by_first, by_second, by_third}) == 3
    assert third.endswith(f" {by_third}\n")
    assert first == f"[{by_first}, None, None] {by_first}\n"
    assert status(runner.project).zygotes == (  # type: ignore[union-attr]
        "parts.first",
        "parts.second",
        "parts.third",
    )


def test_warming_up_does_not_wait(runner):
    (runner.project / "parts" / "heavy.py").write_text("import time; time.sleep(3)\n")
    started = time.monotonic()
    warm_up(["parts.heavy"], project=runner.project)
    warm_up(["parts.heavy"], project=runner.project)
    assert time.monotonic() - started < 1


def test_a_hundred_quick_jobs_leave_no_process_and_no_descriptor(runner):
    assert runner.run("nothing") == Ending(0)
    server = runner.server()
    processes = processes_of(server)
    descriptors = descriptors_of(processes)
    endings: list[Ending] = []

    def run(number: int) -> None:
        for repeat in range(20):
            endings.append(runner.run("leave", "3", name=f"{number}-{repeat}"))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert endings == [Ending(3)] * 100
    found = status(runner.project)
    assert found is not None
    assert (found.pid, found.running_jobs) == (server, 0)
    assert runner.eventually(lambda: processes_of(server) == processes)
    assert runner.eventually(lambda: descriptors_of(processes) <= descriptors)


def test_the_status_tells_process_memory_and_time(runner, tmp_path):
    waiting = threading.Thread(target=runner.run, args=("keep_writing", str(tmp_path / "ids")))
    waiting.start()
    runner.running(tmp_path / "ids")
    found = status(runner.project)
    runner.cancellation.cancel()
    waiting.join()
    assert found is not None
    assert 0 < found.age_seconds < 60
    assert 5 << 20 < found.memory_bytes < 500 << 20
    assert found.zygotes == ("parts.steps",)
    assert found.running_jobs == 1
    assert found.idle_seconds_left == 600


def test_a_stopped_server_is_gone(runner):
    assert stop(runner.project) is False
    assert runner.run("nothing") == Ending(0)
    processes = processes_of(runner.server())
    assert stop(runner.project) is True
    assert status(runner.project) is None
    assert runner.eventually(lambda: runner.gone(*processes))


def test_a_server_holds_no_pipe_of_its_starter(runner):
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from penstock.targets.local.server import warm_up
        warm_up(project=Path(sys.argv[1]))
    """)
    subprocess.run(
        [sys.executable, "-c", program, str(runner.project)], pass_fds=[writer], check=True
    )
    os.close(writer)
    assert runner.server()
    assert os.read(reader, 1) == b""
    os.close(reader)


def test_a_message_that_is_none_harms_nobody(runner):
    from penstock.targets.local.server.start import find_or_start

    warm_up(project=runner.project)
    for nonsense in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\2[]", b"\0\0\0\2{}", b""):
        connection: Any
        connection, _ = find_or_start(runner.project)
        with connection:
            connection.sendall(nonsense)
    assert runner.run("nothing") == Ending(0)
