import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import PenstockError
from penstock.targets.local.jobs.launch import Ending
from penstock.targets.local.server import status


def facts_of(runner: Any, tmp_path: Path, **settings: Any) -> dict[str, Any]:
    file = tmp_path / f"facts-{time.monotonic_ns()}.json"
    assert runner.run("facts", str(file), **settings) == Ending(0)
    return json.loads(file.read_text())


def test_a_job_is_a_process_with_its_own_session_folder_and_arguments(runner, tmp_path):
    facts = facts_of(runner, tmp_path, name="first")
    folder = str(tmp_path / "jobs" / "first")
    assert facts["session"] == facts["group"] == facts["process"]
    assert facts["folder"] == folder
    assert facts["path"][:2] == [folder, str(runner.project)]
    assert "" not in facts["path"]
    assert facts["argv"][0] == "parts.steps"
    assert len(facts["argv"]) == 2
    assert facts["main"] is None
    assert facts["input"] == ""


def test_jobs_share_one_loading_of_their_module_and_are_processes_of_their_own(runner, tmp_path):
    first, second = (facts_of(runner, tmp_path) for _ in range(2))
    assert first["process"] != second["process"]
    assert first["loaded_by"] == second["loaded_by"] == first["parent"] == second["parent"]
    assert first["warmed"] == [first["loaded_by"]]


def test_a_component_of_the_project_is_the_one_that_was_loaded_before_the_fork(runner, tmp_path):
    code = (
        "import os\n"
        "from pathlib import Path\n"
        "from penstock.contract import component\n"
        "LOADED_BY = os.getpid()\n"
        "@component()\n"
        "def note(file: str) -> int:\n"
        "    Path(file).write_text(f'{LOADED_BY} {os.getppid()} {os.getpid()}')\n"
        "    return 1\n"
    )
    (runner.project / "parts" / "noting.py").write_text(code)
    file, root = tmp_path / "noted", tmp_path / "ml"
    ending = runner.run(
        "penstock.container.adapter:main",
        *("processing", "--component", "parts/noting.py:note"),
        *("--string", f"file={file}", "--returns", "output:integer"),
        modules=("parts.noting",),
        environment={"PENSTOCK_ML_ROOT": str(root)},
    )
    assert ending == Ending(0)
    loaded_by, parent, process = file.read_text().split()
    assert loaded_by == parent != process
    written = root / "processing" / "output" / "parameters" / "parameters.json"
    assert json.loads(written.read_text()) == {"output": 1}


def test_a_job_sees_its_own_environment_and_no_secret_of_its_client(runner, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_PASSWORD", "hunter2")
    facts = facts_of(runner, tmp_path, environment={"SETTING": "of the job"})
    job = runner.job("facts", environment={"SETTING": "of the job"})
    assert facts["environment"] == job.environment
    assert "hunter2" not in facts["initial_environment"]
    assert "SETTING" not in facts_of(runner, tmp_path)["environment"]


def test_a_job_holds_no_descriptor_of_the_server_or_of_another_job(runner, tmp_path):
    beside = threading.Thread(target=runner.run, args=("keep_writing", str(tmp_path / "ids")))
    beside.start()
    runner.running(tmp_path / "ids")
    facts = facts_of(runner, tmp_path, name="second")
    runner.cancellation.cancel()
    beside.join()
    folder = tmp_path / "jobs" / "second"
    held = [each for each in facts["descriptors"] if not each.startswith("/proc/")]
    assert held == ["/dev/null", str(folder / "stdout.log"), str(folder / "stderr.log")]


def test_a_job_answers_signals_as_a_fresh_process_does(runner, tmp_path):
    facts = facts_of(runner, tmp_path)
    assert (facts["interrupt"], facts["terminate"], facts["blocked"]) == (True, True, 0)


def test_output_goes_to_the_files_in_order_and_after_what_they_held(runner):
    job = runner.job("say", "one", "two")
    job.stdout.write_text("of an earlier attempt\n")
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    assert job.stdout.read_text() == (
        "of an earlier attempt\nprinted one two\nfrom a child\nwritten\n"
    )
    assert job.stderr.read_text() == "complained\n"


def test_threads_and_exit_functions_finish_before_the_process_ends(runner):
    job = runner.job("finish_late")
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    assert job.stdout.read_text() == "thread\nat exit\n"


@pytest.mark.parametrize(
    ("entry", "argument", "code", "said"),
    [
        ("nothing", "", 0, ""),
        ("leave", "7", 7, ""),
        ("leave", "300", 44, ""),
        ("leave", "rows are missing", 1, "rows are missing\n"),
        ("signal_itself", str(int(signal.SIGKILL)), -signal.SIGKILL, ""),
        ("signal_itself", str(int(signal.SIGSEGV)), -signal.SIGSEGV, ""),
    ],
)
def test_the_exit_code_is_the_one_of_a_process_of_its_own(runner, entry, argument, code, said):
    job = runner.job(entry, argument)
    assert runner.launcher.run(job, runner.cancellation) == Ending(code)
    assert job.stderr.read_text() == said


def test_an_uncaught_error_ends_with_1_and_its_traceback(runner):
    job = runner.job("fail")
    assert runner.launcher.run(job, runner.cancellation) == Ending(1)
    assert job.stderr.read_text().startswith("Traceback (most recent call last):\n")
    assert job.stderr.read_text().endswith("ValueError: no such rows\n")


def test_a_module_that_cannot_be_loaded_fails_in_the_job(runner):
    job = runner.job("parts.missing:main", modules=("parts.missing",))
    assert runner.launcher.run(job, runner.cancellation) == Ending(1)
    assert job.stderr.read_text().endswith("ModuleNotFoundError: No module named 'parts.missing'\n")


def test_a_job_that_runs_too_long_is_stopped_with_its_descendants(runner, tmp_path):
    started = time.monotonic()
    ending = runner.run("keep_writing", str(tmp_path / "ids"), max_seconds=0.3)
    assert ending == Ending(-signal.SIGTERM, timed_out=True)
    assert time.monotonic() - started < 5
    process, child, _ = runner.running(tmp_path / "ids")
    assert runner.eventually(lambda: runner.gone(process, child))


def test_a_job_that_does_not_heed_its_end_is_killed_after_the_grace(runner, tmp_path):
    ending = runner.run(
        "keep_writing", str(tmp_path / "ids"), "stubborn", max_seconds=0.3, grace_seconds=0.2
    )
    assert ending == Ending(-signal.SIGKILL, timed_out=True)
    process, child, _ = runner.running(tmp_path / "ids")
    assert runner.eventually(lambda: runner.gone(process, child))


def test_a_cancelled_job_is_stopped_and_no_further_one_is_started(runner, tmp_path):
    threading.Timer(0.3, runner.cancellation.cancel).start()
    ending = runner.run("keep_writing", str(tmp_path / "ids"))
    assert ending == Ending(-signal.SIGTERM, cancelled=True)
    assert runner.run("facts", str(tmp_path / "facts")) == Ending(-signal.SIGTERM, cancelled=True)
    assert not (tmp_path / "facts").exists()


def test_what_a_job_left_running_is_killed_with_it(runner, tmp_path):
    (runner.project / "parts" / "leaving.py").write_text(
        "import subprocess\nfrom pathlib import Path\n"
        "def main(argv):\n"
        "    Path(argv[0]).write_text(str(subprocess.Popen(['sleep', '300']).pid))\n"
    )
    file = tmp_path / "left"
    assert runner.run("parts.leaving:main", str(file), modules=("parts.leaving",)) == Ending(0)
    assert runner.eventually(lambda: runner.gone(int(file.read_text())))


def test_a_job_whose_zygote_is_killed_is_lost_and_writes_no_more(runner, tmp_path):
    raised: list[PenstockError] = []

    def run() -> None:
        try:
            runner.run("keep_writing", str(tmp_path / "ids"))
        except PenstockError as error:
            raised.append(error)

    waiting = threading.Thread(target=run)
    waiting.start()
    process, child, zygote = runner.running(tmp_path / "ids")
    os.kill(zygote, signal.SIGKILL)
    waiting.join(10)
    assert [str(error) for error in raised] == [
        "the job was lost: the process of the warm server that watched it ended."
    ]
    assert runner.eventually(lambda: runner.gone(process, child))
    assert facts_of(runner, tmp_path)["parent"] != zygote


def test_a_job_cancelled_while_its_module_is_loaded_never_starts(runner, tmp_path):
    (runner.project / "parts" / "heavy.py").write_text(
        "import time\nfrom pathlib import Path\ntime.sleep(1)\n"
        "def main(argv): Path(argv[0]).touch()\n"
    )
    threading.Timer(0.3, runner.cancellation.cancel).start()
    started = time.monotonic()
    ending = runner.run("parts.heavy:main", str(tmp_path / "begun"), modules=("parts.heavy",))
    assert ending == Ending(-signal.SIGTERM, cancelled=True)
    assert time.monotonic() - started < 0.9
    assert runner.eventually(lambda: status(runner.project).running_jobs == 0)
    time.sleep(max(0.0, started + 1.3 - time.monotonic()))
    assert not (tmp_path / "begun").exists()


def test_a_module_names_what_its_functions_load_late(runner, tmp_path):
    (runner.project / "parts" / "late.py").write_text("import os\nLOADED_BY = os.getpid()\n")
    (runner.project / "parts" / "early.py").write_text(
        "import os, sys\n"
        "__warm_up__ = ('parts.late', 'parts.there_is_none')\n"
        "def main(argv): print(sys.modules['parts.late'].LOADED_BY == os.getppid())\n"
    )
    job = runner.job("parts.early:main", modules=("parts.early",))
    assert runner.launcher.run(job, runner.cancellation) == Ending(0)
    assert job.stdout.read_text() == "True\n"
