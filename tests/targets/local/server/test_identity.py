import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.targets.local.server.identity import (
    can_be_forked,
    loading_environment,
    server_environment,
    server_name,
)


def test_the_same_project_and_interpreter_have_the_same_server(tmp_path):
    assert server_name(tmp_path) == server_name(tmp_path)
    assert server_name(tmp_path) != server_name(tmp_path.parent)


@pytest.mark.parametrize("name", ["LD_LIBRARY_PATH", "LANG", "LC_ALL"])
def test_what_a_process_reads_at_its_start_asks_for_another_server(tmp_path, monkeypatch, name):
    before = server_name(tmp_path)
    monkeypatch.setenv(name, "/elsewhere")
    assert server_name(tmp_path) != before


def test_what_a_process_inherits_asks_for_another_server(tmp_path):
    program = (
        "import os, resource, sys; from pathlib import Path\n"
        "from penstock.targets.local.server.identity import server_name\n"
        "def name(): return server_name(Path(sys.argv[1]))\n"
        "names = [name()]\n"
        "os.umask(0o027); names.append(name())\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); names.append(name())\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); names.append(name())\n"
        "print(len(set(names)))\n"
    )
    several = len(os.sched_getaffinity(0)) > 1
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.umask(0o022),
    )
    limited = resource.getrlimit(resource.RLIMIT_CORE) != (0, 0)
    assert done.stdout == f"{2 + limited + several}\n"


def test_the_server_sees_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    assert "hunter2" not in server_environment(tmp_path).values()
    assert server_environment(tmp_path)["PYTHONPATH"] == str(tmp_path)


def test_a_job_can_be_forked_if_it_differs_in_nothing_that_is_read_at_the_start(tmp_path):
    given = server_environment(Path("/project"))
    assert can_be_forked({**given, "SETTING": "1", "OMP_NUM_THREADS": "1"}, given)
    assert not can_be_forked({**given, "PYTHONHASHSEED": "0"}, given)
    assert not can_be_forked({k: v for k, v in given.items() if k != "PYTHONPATH"}, given)


def test_native_libraries_read_their_variables_while_they_are_loaded():
    wanted = {"OMP_NUM_THREADS": "1", "HOME": "/", "OPENBLAS_NUM_THREADS": "2", "XOMP_": "3"}
    assert loading_environment(wanted) == {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "2"}
