import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from components.train import train
from components.training.scorer import load_model
from components.training.segments import competition, forked
from components.training.segments.saved import SavedSegments
from penstock.contract import checkpoints_in, outputs_in
from penstock.data.digest import content_digest
from penstock.errors import DataError

NAMES = ["east", "north", "south", "west"]


def trained(case, folder, candidates="xgboost"):
    with outputs_in(folder):
        return train(case.use_case, case.train, case.validation, candidates)


def bundle_of(result):
    return load_model(Path(result.model.path)).manifest


def digests(result):
    return [content_digest(Path(each.path)) for each in (result.model, result.scores)]


def rewrite(dataset, change):
    """Write a dataset anew after a change of its table."""
    file = Path(dataset.path) / "part-0.parquet"
    pq.write_table(change(pq.read_table(file)), file)


def without(region, label=None):
    def change(table):
        gone = pc.equal(table["region"], region)
        if label is not None:
            gone = pc.and_(gone, pc.equal(table["label"], label))
        return table.filter(pc.invert(gone))

    return change


def test_every_segment_gets_the_model_that_its_rows_alone_give(segmented, tmp_path):
    case = segmented()
    bundle = bundle_of(trained(case, tmp_path / "all", ""))
    assert list(bundle.segments) == NAMES
    assert {each.served_by for each in bundle.segments.values()} == {"own"}
    settings = Path(case.use_case) / "use_case.yaml"
    settings.write_text(settings.read_text().replace("segments: {", "report: {} #"))
    for name in ("north", "west"):
        for dataset in (case.train, case.validation):
            whole = pq.read_table(dataset.path)
            file = tmp_path / f"{Path(dataset.path).name}-{name}.parquet"
            pq.write_table(whole.filter(pc.equal(whole["region"], name)), file)
        train_rows, validation_rows = type(case.train)(), type(case.train)()
        train_rows.uri = str(tmp_path / f"train-{name}.parquet")
        validation_rows.uri = str(tmp_path / f"validation-{name}.parquet")
        with outputs_in(tmp_path / name):
            alone = train(case.use_case, train_rows, validation_rows)
        expected = load_model(Path(alone.model.path)).manifest
        found = bundle.segments[name].model.manifest
        assert found.payload_sha256 == expected.payload_sha256
        assert (found.threshold, found.candidate, found.training) == (
            expected.threshold,
            expected.candidate,
            expected.training,
        )


def test_the_bytes_do_not_depend_on_the_number_of_processes(segmented, tmp_path, monkeypatch):
    case = segmented()
    found = set()
    for processes in (1, 2, 3):
        monkeypatch.setattr(competition, "processes_at_hand", lambda count=processes: count)
        found.add(tuple(digests(trained(case, tmp_path / str(processes), ""))))
    assert len(found) == 1


def test_a_thin_segment_is_left_to_the_pooled_model_and_says_why(segmented, tmp_path):
    case = segmented(minimum_rows=100, minimum_positives=20, extra_names=("tiny",))
    rewrite(case.train, without("north", 1))
    rewrite(case.validation, without("south"))
    rewrite(case.validation, without("west", 1))
    result = trained(case, tmp_path / "out")
    bundle = bundle_of(result)
    rows = bundle.segments["tiny"].rows
    count = pq.read_table(case.validation.path, filters=[("region", "=", "west")]).num_rows
    assert {name: (each.served_by, each.reason) for name, each in bundle.segments.items()} == {
        "east": ("own", ""),
        "north": ("pooled", "0 training rows with label = 1, fewer than 20"),
        "south": ("pooled", "no validation rows to choose a model by"),
        "tiny": ("pooled", f"{rows} training rows, fewer than 100"),
        "west": (
            "pooled",
            f"every one of the {count} validation rows has label = 0; "
            "a model is chosen by two classes",
        ),
    }
    assert bundle.pooled.manifest.training["rows"] == pq.read_table(case.train.path).num_rows


def test_validation_rows_are_not_needed_where_nothing_is_chosen_by_them(segmented, tmp_path):
    case = segmented(more="evaluation: {threshold: {policy: expected_cost}}")
    rewrite(case.validation, without("south"))
    rewrite(case.validation, without("west", 1))
    bundle = bundle_of(trained(case, tmp_path / "out"))
    assert {each.served_by for each in bundle.segments.values()} == {"own"}
    assert bundle.segments["south"].model.manifest.kind == "xgboost"
    assert bundle.segments["west"].model.manifest.kind == "xgboost"


def test_listed_segments_without_rows_are_thin_and_others_have_no_model(segmented, tmp_path):
    case = segmented(settings="names: [north, mars]")
    bundle = bundle_of(trained(case, tmp_path / "out"))
    assert {name: each.served_by for name, each in bundle.segments.items()} == {
        "mars": "pooled",
        "north": "own",
    }
    assert bundle.segments["mars"].reason == "0 training rows, fewer than 100"


def failing(monkeypatch, region, fail):
    compete = competition.compete

    def stumbling(use_case, candidates, rows, validation, **more):
        if str(rows.folders[0]).endswith(f"(region {region})"):
            fail()
        return compete(use_case, candidates, rows, validation, **more)

    monkeypatch.setattr(competition, "compete", stumbling)


def raise_value_error():
    raise ValueError("three is no crowd")


def die():
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("fail", "reason"),
    [
        (raise_value_error, "ValueError: three is no crowd"),
        (die, "its process was ended by SIGKILL."),
    ],
)
def test_a_failed_segment_is_recorded_and_the_others_are_as_without_it(
    segmented, tmp_path, monkeypatch, fail, reason
):
    case = segmented()
    monkeypatch.setattr(competition, "processes_at_hand", lambda: 2)
    whole = bundle_of(trained(case, tmp_path / "whole"))
    failing(monkeypatch, "north", fail)
    result = trained(case, tmp_path / "out")
    bundle = bundle_of(result)
    north = bundle.segments["north"]
    assert (north.served_by, north.failed, north.reason) == ("pooled", True, reason)
    assert bundle.pooled.manifest == whole.pooled.manifest
    for name in ("east", "south", "west"):
        assert bundle.segments[name].model.manifest == whole.segments[name].model.manifest
    document = json.loads(Path(result.scores.path).read_text())
    assert document["segments"]["north"] == {
        "outcome": "failed",
        "reason": reason,
        "rows": north.rows,
    }


def test_bad_data_of_one_segment_are_its_own_failure(segmented, tmp_path):
    case = segmented()

    def spoil(table):
        mask = pc.and_(pc.equal(table["region"], "north"), pc.less(table["id"], 40))
        label = pc.if_else(mask, None, table["label"])
        return table.set_column(table.schema.get_field_index("label"), "label", label)

    rewrite(case.train, spoil)
    bundle = bundle_of(trained(case, tmp_path / "out"))
    assert bundle.pooled is None
    assert bundle.pooled_reason.endswith(
        "rows have no label. Leave them out in the feature SQL, or set nullable: false on the "
        "column."
    )
    assert {name: each.served_by for name, each in bundle.segments.items()} == {
        "east": "own",
        "north": "none",
        "south": "own",
        "west": "own",
    }
    assert f"{case.train.path} (region north): " in bundle.segments["north"].reason


def test_rows_that_fit_no_segment_stop_the_training(segmented, tmp_path):
    case = segmented()
    rewrite(case.train, lambda table: table.drop_columns(["b"]))
    with pytest.raises(DataError, match="the feature 'b' is missing"):
        trained(case, tmp_path / "out")
    assert not (tmp_path / "out" / "model").exists()


def test_a_missing_segment_column_is_told(segmented, tmp_path):
    case = segmented()
    rewrite(case.train, lambda table: table.drop_columns(["region"]))
    with pytest.raises(DataError, match="the segment column 'region' is missing"):
        trained(case, tmp_path / "out")


def test_progress_is_told_in_the_log(segmented, tmp_path, capfd):
    trained(segmented(), tmp_path / "out")
    lines = capfd.readouterr().err.splitlines()
    assert lines[0] == "4 segments."
    assert lines[-1].startswith("4 of 4 segments done (4 trained), ")


PROGRAM = """
import sys, time
from pathlib import Path
from components.training.segments import competition
from components.train import train
from penstock.contract import Dataset, checkpoints_in, outputs_in
fit = competition._fit
use_case, rows, validation, out, kept, log, pause = sys.argv[1:]
def counted(*arguments, **more):
    with open(log, "a") as lines:
        lines.write(arguments[3] + "\\n")
    time.sleep(float(pause))
    return fit(*arguments, **more)
competition._fit = counted
def data(path):
    found = Dataset(); found.uri = path; return found
with outputs_in(out), checkpoints_in(Path(kept)):
    train(use_case, data(rows), data(validation), "xgboost")
"""


def test_finished_segments_are_not_trained_again_after_a_kill(segmented, tmp_path):
    names = tuple(f"more_{number:02}" for number in range(16))
    case = segmented(extra_names=names, minimum_rows=20, minimum_positives=1)
    undisturbed = trained(case, tmp_path / "undisturbed")
    kept = tmp_path / "kept"

    def start(out, log, pause):
        given = [case.use_case, case.train.path, case.validation.path, out, kept, log, pause]
        return subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, given)])

    first = start(tmp_path / "first", tmp_path / "first.log", 0.15)
    until = time.monotonic() + 60
    while len(found_in(kept)) < 6 and time.monotonic() < until:
        time.sleep(0.05)
    first.kill()
    first.wait()
    time.sleep(0.5)  # its processes end at the pipe that it left
    finished = found_in(kept)
    assert 6 <= len(finished) < 20
    second = start(tmp_path / "second", tmp_path / "second.log", 0)
    assert second.wait(timeout=120) == 0
    again = (tmp_path / "second.log").read_text().split()
    assert sorted(again) == sorted({*NAMES, *names} - finished)
    for name, digest in zip(("model", "scores"), digests(undisturbed), strict=True):
        assert content_digest(tmp_path / "second" / name) == digest


def found_in(kept):
    found = set()
    for folder in kept.glob("segments-*"):
        saved = SavedSegments(folder)
        for file in folder.glob("segments-*.bin"):
            size = file.stat().st_size
            with file.open("rb") as stream:
                place = 0
                while place < size:
                    length = int.from_bytes(stream.read(40)[:8], "big")
                    place += 40 + length
                    if place <= size:
                        found.add(json.loads(stream.read(length).split(b"\n")[0])["segment"])
        assert saved.results == {}
    return found


def test_a_damaged_end_is_cut_off_and_a_failure_is_tried_again(segmented, tmp_path, monkeypatch):
    case = segmented()
    undisturbed = trained(case, tmp_path / "undisturbed")
    with checkpoints_in(tmp_path / "kept"), monkeypatch.context() as patched:
        failing(patched, "east", raise_value_error)
        trained(case, tmp_path / "first")
    (file,) = (tmp_path / "kept").glob("segments-*/*.bin")
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size - 5)
    with checkpoints_in(tmp_path / "kept"):
        second = trained(case, tmp_path / "second")
    assert digests(second) == digests(undisturbed)


def test_checkpoints_of_other_rows_are_passed_over(segmented, tmp_path):
    case = segmented()
    with checkpoints_in(tmp_path / "kept"):
        trained(case, tmp_path / "first")
        rewrite(case.train, without("north", 1))
        second = trained(case, tmp_path / "second")
    assert digests(second) == digests(trained(case, tmp_path / "undisturbed"))


def test_nothing_is_left_beside_the_outputs(segmented, tmp_path):
    trained(segmented(), tmp_path / "out")
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == ["model", "scores"]
    assert sorted(each.name for each in (tmp_path / "out" / "model").iterdir()) == [
        "model.json",
        "models.bin",
    ]


@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_segments_of_every_task_are_trained(segmented, tmp_path, task):
    bundle = bundle_of(trained(segmented(task=task), tmp_path / "out", "xgboost"))
    assert {each.served_by for each in bundle.segments.values()} == {"own"}
    assert bundle.pooled is not None


def test_work_is_spread_over_processes_and_answers_come_back(monkeypatch):
    found = dict(
        forked.each_forked(
            lambda item: f"{item}:{os.getpid()}".encode(), list(map(str, range(40))), processes=3
        )
    )
    answers = {item: answer.decode().split(":") for item, answer in found.items()}
    assert all(answers[item][0] == item for item in answers)
    assert len(answers) == 40
    processes = {answer[1] for answer in answers.values()}
    assert 1 < len(processes) <= 3
    assert str(os.getpid()) not in processes


def test_every_item_is_answered_though_processes_die():
    def work(item):
        if int(item) % 7 == 3:
            die()
        return item.encode()

    found = dict(forked.each_forked(work, list(map(str, range(30))), processes=2))
    assert found == {
        str(number): "its process was ended by SIGKILL." if number % 7 == 3 else b"%d" % number
        for number in range(30)
    }


def test_a_thousand_results_are_few_files(tmp_path):
    saved = SavedSegments(tmp_path)
    saved.load()
    head = {"outcome": "own", "reason": "", "rows": 1, "scores": None, "metrics": None}
    random = np.random.default_rng(0)
    payloads = {f"s{number}": random.bytes(100) for number in range(1000)}
    for name, payload in payloads.items():
        facts = {"segment": name, **head, "manifest": None}
        saved.append(json.dumps(facts).encode() + b"\n" + payload)
    again = SavedSegments(tmp_path)
    again.load()
    assert {name: again.payload(name) for name in again.results} == payloads
    assert len(list(tmp_path.iterdir())) == 1
