"""A disk that fills while decisions are published leaves those before as they were."""

import multiprocessing
import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from penstock.data.batches.opening import open_store
from penstock.data.sinks import open_sink
from penstock.errors import PenstockError, WorkError

LIMIT = 200_000
"""Bytes that a file may have: the system then refuses as it does on a full disk."""


def limited(act: Any) -> str:
    """Call `act` in a process whose files may not grow; return the error's class and text."""

    def run(answer: Any) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))
        try:
            act()
            answer.send("nothing")
        except PenstockError as error:
            answer.send(f"{type(error).__name__} {error}")
        except BaseException as error:  # noqa: BLE001  # the test shows it
            answer.send(f"untranslated {type(error).__name__} {error}")
        finally:
            answer.close()
            os._exit(0)

    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=run, args=(there,))
    child.start()
    there.close()
    said = here.recv()
    child.join(30)
    return str(said)


@pytest.mark.parametrize("store", ["parquet", "sqlite"])
def test_a_full_disk_publishes_nothing_and_earlier_decisions_stay(
    store: str, rows: Any, tmp_path: Path
) -> None:
    uri = {
        "parquet": f"{tmp_path}/decisions",
        "sqlite": f"sqlite:///{tmp_path}/kitchens.db#decisions",
    }[store]
    sink = open_sink(uri)
    first = rows("r/1", "2026-05-01", [0.1, 0.2])
    sink.publish(first)
    before = sink.read()
    many = rows("r/1", "2026-05-01", [index * 0.1234567 for index in range(60_000)])
    said = limited(lambda: sink.publish(many))
    assert said.startswith(WorkError.__name__)
    assert "decisions" in said
    assert sink.read().equals(before)
    assert sink.publish(many).rows == 60_000
    assert sink.read().num_rows == 60_000


def test_a_full_disk_leaves_no_file_of_a_batch(rows: Any, tmp_path: Path) -> None:
    small = rows("r/1", "2026-05-01", [0.1]).rows
    big = rows("r/2", "2026-05-01", [index * 0.1234567 for index in range(60_000)]).rows
    store = open_store(f"{tmp_path}/growing")
    store.append("2026-05-01", {"telemetry": [small], "failures": [small]})
    before = sorted(path for path in (tmp_path / "growing").rglob("*") if path.is_file())
    said = limited(lambda: store.append("2026-05-02", {"telemetry": [small], "failures": [big]}))
    assert said.startswith("WorkError")
    assert sorted(path for path in (tmp_path / "growing").rglob("*") if path.is_file()) == before
    assert list(store.batches()) == ["2026-05-01"]
