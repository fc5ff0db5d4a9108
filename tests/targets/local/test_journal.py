import json
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.errors import RequestError, WorkError
from penstock.targets.local.journal import Journal, read_journal

names = st.text(st.characters(codec=None), max_size=12)


def write(file: Path, *events: str) -> None:
    journal = Journal(file)
    for event in events:
        journal.write(event, durable=False)
    journal.close()


def kinds(file: Path) -> list[str]:
    return [event["event"] for event in read_journal(file)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def test_a_run_without_a_journal_has_no_events(file: Path) -> None:
    assert read_journal(file) == []


def test_events_come_back_with_their_facts_and_the_time(file: Path) -> None:
    journal = Journal(file)
    journal.write("step_ended", step="Train", outputs={"model": 3}, folder=Path("a"))
    journal.close()
    (event,) = read_journal(file)
    assert event.pop("at") > 1.7e9
    assert event == {
        "event": "step_ended",
        "step": "Train",
        "outputs": {"model": 3},
        "folder": "a",
    }


@given(st.lists(names, min_size=1, max_size=4), st.data())
def test_a_journal_cut_at_any_byte_holds_every_whole_event_and_can_go_on(
    tmp_path_factory: pytest.TempPathFactory, events: list[str], data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    write(file, *events)
    content = file.read_bytes()
    # Times in the events make the length vary, and a drawn bound must not.
    cut = round(data.draw(st.floats(0, 1)) * len(content))
    file.write_bytes(content[:cut])
    whole = events[: content[:cut].count(b"\n")]
    assert kinds(file) == whole
    write(file, "next")
    assert kinds(file) == [*whole, "next"]


@given(st.binary(max_size=40))
def test_rubbish_behind_the_last_event_does_not_count(
    tmp_path_factory: pytest.TempPathFactory, rubbish: bytes
) -> None:
    file = tmp_path_factory.mktemp("journal") / "journal.jsonl"
    write(file, "a", "b")
    with file.open("ab") as stream:
        stream.write(b"\0" + rubbish.replace(b"\n", b""))
    assert kinds(file) == ["a", "b"]


def test_opening_a_journal_changes_no_byte_of_its_events(file: Path) -> None:
    content = b'{"event":"a","number":1.50}\n{"event": "b"}\n'
    file.write_bytes(content + b'{"event": "c')
    journal = Journal(file)
    assert [event["event"] for event in journal.events] == ["a", "b"]
    assert file.read_bytes() == content
    journal.close()


def test_a_damaged_line_before_the_last_one_is_told_with_its_number(file: Path) -> None:
    file.write_bytes(b'{"event": "a"}\n[1]\n{"event": "c"}\n')
    message = (
        f"{file}:2: this line of the run's journal is damaged. The run cannot be resumed;"
        " start a new one, its cached steps are kept."
    )
    with pytest.raises(WorkError) as caught:
        read_journal(file)
    assert str(caught.value) == message


def test_a_damaged_journal_is_not_kept_open(file: Path) -> None:
    file.write_bytes(b'{"event": "a"}\n[1]\n{"event": "c"}\n')
    for _ in range(2):
        with pytest.raises(WorkError):
            Journal(file)


def test_a_run_is_executed_by_one_process_at_a_time(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.targets.local.journal.PATIENCE_SECONDS", 0.05)
    journal = Journal(file)
    with pytest.raises(RequestError) as caught:
        Journal(file)
    assert str(caught.value) == (
        f"{file.parent}: another process is executing this run. Wait for it to end, or stop it."
    )
    journal.close()
    Journal(file).close()


def test_a_lock_that_is_about_to_be_let_go_is_waited_for(file: Path) -> None:
    journal = Journal(file)
    let_go = threading.Event()

    def let_it_go() -> None:
        let_go.set()
        journal.close()

    timer = threading.Timer(0.1, let_it_go)
    timer.start()
    second = Journal(file)
    assert let_go.is_set(), "the second has the journal while the first holds it"
    second.close()
    timer.join()


def test_a_killed_process_leaves_the_run_to_others(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penstock.targets.local.journal.PATIENCE_SECONDS", 0.05)
    program = (
        "import sys, time; from pathlib import Path;"
        "from penstock.targets.local.journal import Journal;"
        "journal = Journal(Path(sys.argv[1])); journal.write('a');"
        "print('written', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        with pytest.raises(RequestError):
            Journal(file)
        process.send_signal(signal.SIGKILL)
    journal = Journal(file)
    assert [event["event"] for event in journal.events] == ["a"]
    journal.close()


def test_threads_write_whole_lines(file: Path) -> None:
    journal = Journal(file)

    def write_many(name: str) -> None:
        for number in range(50):
            journal.write(f"{name}{number}", durable=False, text="x" * 200)

    threads = [threading.Thread(target=write_many, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert sorted(kinds(file)) == sorted(
        f"{name}{number}" for name in "abcd" for number in range(50)
    )


def test_a_full_disk_leaves_whole_events_only(file: Path) -> None:
    journal = Journal(file)
    journal.write("a")
    before = file.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        with pytest.raises(WorkError) as caught:
            journal.write("b", text="more than twenty bytes")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert str(caught.value) == (
        f"{file}: the run's state cannot be written: No space left on device."
        " Make room, then resume the run."
    )
    assert file.read_bytes() == before
    journal.write("c")
    journal.close()
    assert kinds(file) == ["a", "c"]


def test_a_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "journal.jsonl"
    with pytest.raises(WorkError) as caught:
        Journal(file)
    assert str(caught.value) == (
        f"{file}: the run's state cannot be written: No such file or directory. Look at the path."
    )


def test_a_file_name_that_is_no_utf_8_comes_back(file: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    write(file, name)
    assert kinds(file) == [name]
    assert json.loads(file.read_bytes())["event"] == name
