import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest


def test_a_processing_job_leaves_described_artifacts_and_typed_values(job: Any) -> None:
    code, errors = job.run(
        "processing", "--component", "parts/steps.py:preprocess",
        "--string", "source=a b c d", "--double", "share=0.5",
        "--output", "train:system.Dataset", "--output", "test:system.Dataset",
        "--returns", "rows:integer",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert job.read("processing/output/train/data/rows.txt") == "a\nb"
    assert job.read("processing/output/train/artifact.json") == {
        "name": "train",
        "schema_title": "system.Dataset",
        "metadata": {"rows": 2},
        "payload": "data",
    }
    assert job.read("processing/output/parameters/parameters.json") == {"rows": 4}


@pytest.mark.parametrize(("given", "rows"), [("", 4), ("3", 3)])
def test_an_empty_optional_value_leaves_the_components_default(
    job: Any, given: str, rows: int
) -> None:
    code, errors = job.run(
        "processing", "--component", "parts/steps.py:preprocess", "--string", "source=a b c d",
        "--optional", f"integer:limit={given}",
        "--output", "train:system.Dataset", "--output", "test:system.Dataset",
        "--returns", "rows:integer",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"rows": rows}


def test_a_training_job_leaves_its_model_at_the_top_and_the_rest_as_output(job: Any) -> None:
    job.put("input/data/rows/data/rows.txt", "a b c")
    job.put("input/data/rows/artifact.json", {"name": "train", "payload": "data"})
    job.put("input/config/hyperparameters.json", {"rounds": "7"})
    (job.root / "checkpoints").mkdir()
    code, errors = job.run(
        "training", "--component", "parts/steps.py:train", "--integer", "rounds",
        "--artifact", "rows:system.Dataset=rows",
        "--output", "model:system.Model", "--output", "scores:system.Metrics",
        "--returns", "best:string",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert sorted(path.name for path in (job.root / "model").iterdir()) == [
        "artifact.json",
        "model.json",
    ]
    assert job.read("model/model.json") == {"words": ["a", "b", "c"], "rounds": 7}
    assert job.read("output/data/scores/scores.json") == {"words": 3.0}
    assert job.read("output/data/parameters/parameters.json") == {"best": "none"}
    assert job.read("checkpoints/last") == "7"


def archive(file: Path, members: dict[str, str]) -> None:
    file.parent.mkdir(parents=True)
    with tarfile.open(file, "w:gz") as content:
        for name, text in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            content.addfile(member, io.BytesIO(text.encode()))


EVALUATE = (
    "processing", "--component", "parts/steps.py:evaluate", "--double", "gate=0.25",
    "--received", "best:string=outputs-train#parameters:best",
    "--artifact", "model:system.Model=model#.",
    "--artifact", "scores:system.Metrics=outputs-train#scores",
    "--artifact", "test:system.Dataset=test",
    "--output", "metrics:system.Metrics", "--output", "curves:system.ClassificationMetrics",
    "--output", "report:system.HTML",
    "--returns", "passed:boolean", "--returns", "score:double", "--returns", "verdict:string",
)  # fmt: skip


def test_a_consumer_of_a_training_job_reads_its_archives(job: Any) -> None:
    inputs = job.root / "processing" / "input"
    archive(
        inputs / "model" / "model.tar.gz",
        {
            "model.json": json.dumps({"words": ["a", "b"]}),
            "artifact.json": json.dumps({"name": "model", "payload": ".", "metadata": {}}),
        },
    )
    archive(
        inputs / "outputs-train" / "output.tar.gz",
        {
            "parameters/parameters.json": json.dumps({"best": "tree"}),
            "scores/scores.json": "{}",
            "scores/artifact.json": json.dumps(
                {"name": "scores", "payload": "scores.json", "metadata": {"words": 2.0}}
            ),
        },
    )
    job.put("processing/input/test/data/rows.txt", "c")
    assert job.run(*EVALUATE) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {
        "passed": False,
        "score": 0.2,
        "verdict": "0.2 against the gate 0.25",
    }
    assert job.read("processing/output/metrics/metrics.json") == {
        "score": 0.2,
        "logged": {"words": 2.0},
    }
    assert job.read("processing/output/report/report.html") == "<p>tree</p>"
    assert job.read("processing/output/curves/curves.json") == {}


def test_an_archive_that_leads_out_of_its_folder_is_refused(job: Any) -> None:
    archive(job.root / "processing/input/model/model.tar.gz", {"../../evil": "x"})
    code, errors = job.run(*EVALUATE[:5], "--artifact", "model:system.Model=model#.")
    assert code == 1
    assert "model.tar.gz cannot be unpacked" in errors
    assert not (job.root / "processing" / "evil").exists()


def test_values_of_other_steps_keep_their_types_within_lists_and_texts(job: Any) -> None:
    job.put("processing/input/parameters-a/parameters.json", {"n": 5, "deep": {"x": [1, 2.5]}})
    job.put("processing/input/parameters-b/raw", "from a file")
    code, errors = job.run(
        "processing", "--component", "parts/steps.py:count", "--list", "words=[null, null, null]",
        "--received", "words[0]:integer=parameters-a:n",
        "--received", 'words[1]:struct=parameters-a:["deep", "x"]',
        "--received", "words[2]:string=parameters-b:raw",
        "--returns", "output:integer",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"output": 3}
    code, errors = job.run(
        "processing", "--component", "parts/steps.py:shout",
        "--received", "text#0:integer=parameters-a:n", "--template", "text=n is {{text#0}}!",
        "--returns", "output:string",
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"output": "N IS 5!"}


def test_constants_come_from_a_file(job: Any) -> None:
    job.put("processing/input/constants/constants.json", {"text": "long\nvalue"})
    code, _ = job.run(
        "processing", "--component", "parts/steps.py:shout", "--constants", "constants",
        "--returns", "output:string",
    )  # fmt: skip
    assert code == 0
    assert job.read("processing/output/parameters/parameters.json") == {"output": "LONG\nVALUE"}


def test_a_mistake_that_a_component_explains_is_told_without_a_traceback(job: Any) -> None:
    message = "rows.csv: there are no rows. Choose another folder."
    assert job.run(
        "processing", "--component", "parts/steps.py:refuse", "--string", "path=rows.csv"
    ) == (1, message + "\n")
    assert job.read("output/message") == message


def test_a_crash_is_told_with_its_traceback_and_the_start_of_its_message(job: Any) -> None:
    job.put("input/config/hyperparameters.json", {"size": "3"})
    code, errors = job.run("training", "--component", "parts/steps.py:stumble", "--integer", "size")
    assert code == 1
    assert errors.startswith("Traceback (most recent call last):")
    assert job.read("output/failure") == "ZeroDivisionError: integer division or modulo by zero"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no kind of job is named. Use one of: processing, training."),
        (("bake",), "`bake` is no kind of job. Use one of: processing, training."),
        (("processing", "--verbose", "1"), "the argument `--verbose` is unknown."),
        (("processing", "--string"), "the argument `--string` has no value."),
        (
            ("processing",),
            "name either a function with --component or a task with --task.",
        ),
        (
            ("processing", "--component", "parts/nowhere.py:x"),
            "the image holds no module `parts.nowhere`.",
        ),
        (
            ("processing", "--component", "parts/steps.py:nothing"),
            "`parts/steps.py` holds no component `nothing`.",
        ),
        (
            ("processing", "--component", "parts/steps.py:shout", "--integer", "text=x"),
            "the parameter `text` is 'x', which is no integer.",
        ),
        (
            ("processing", "--component", "p.py:x", "--artifact", "rows:system.Dataset=rows"),
            "the input `rows` is not there.",
        ),
        (
            ("processing", "--component", "p.py:x", "--received", "n:integer=parameters-a:n"),
            "the parameter `n` comes from `parameters-a`, which gave no 'n'.",
        ),
        (
            ("training", "--component", "p.py:x", "--integer", "n"),
            "the job has no hyperparameter `n`.",
        ),
    ],
)
def test_a_wrong_call_is_refused_with_a_message(
    job: Any, words: tuple[str, ...], message: str
) -> None:
    assert job.run(*words) == (1, message + "\n")


def test_a_long_message_is_cut_where_the_service_would(job: Any) -> None:
    code, _ = job.run(
        "processing", "--component", "parts/steps.py:refuse", "--string", f"path={'x' * 3000}"
    )
    assert code == 1
    assert job.read("output/message") == "x" * 1024


def test_the_module_runs_as_a_container_would_run_it(job: Any) -> None:
    ended = subprocess.run(
        [
            sys.executable, "-m", "penstock.container", "processing",
            "--component", "parts/steps.py:shout", "--string", "text=hello",
            "--returns", "output:string",
        ],
        env={
            **os.environ,
            "PENSTOCK_ML_ROOT": str(job.root),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert job.read("processing/output/parameters/parameters.json") == {"output": "HELLO"}


def test_a_job_leaves_the_environment_of_its_process_as_it_was(
    job: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("_KFP_RUNTIME", raising=False)
    before = dict(os.environ)
    job.run(
        "processing", "--component", "parts/steps.py:preprocess", "--string", "source=a",
        "--output", "train:system.Dataset", "--output", "test:system.Dataset",
        "--returns", "rows:integer",
    )  # fmt: skip
    assert dict(os.environ) == before
