"""Failures of an account, repeated here: the same exception, with its line."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from small_definitions import READS, SMALL_MACHINE, WRITES, create, processing, start, wait

from penstock.cli import replaying
from penstock.cli.main import main
from penstock.replay.code import code_of

ROOT = Path(__file__).resolve().parents[2]

IN = "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT']) / 'processing/in'"
HEAD = f"import os, pathlib, csv, time\n{IN}\n"
ROWS = (
    "import os, pathlib; root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT']); "
    "(root / 'processing/out/rows.csv').write_text('id,amount\\n1,2.5\\n2,n/a\\n')"
)
BAD_ROW = (
    f"{HEAD}for row in csv.DictReader((root / 'rows.csv').open()):\n    float(row['amount'])\n"
)
MISSING_COLUMN = f"{HEAD}[row['price'] for row in csv.DictReader((root / 'rows.csv').open())]\n"
VERSION = (
    "from importlib import metadata\n"
    "found = metadata.version('pandas')\n"
    "raise ImportError(f'pandas 1.0 is needed, {found} is installed')\n"
)
MEMORY = (
    f"{HEAD}held = []\nwhile True:\n    held.append(bytearray(8 << 20))\n    time.sleep(0.02)\n"
)
SLOW = f"{HEAD}print('reading', flush=True)\ntime.sleep(60)\n"


def small(step: dict[str, Any], seconds: int = 0) -> dict[str, Any]:
    """Give a step the machine that has little memory, or little time."""
    arguments = json.loads(json.dumps(step["Arguments"]))
    arguments["ProcessingResources"]["ClusterConfig"]["InstanceType"] = "ml.t3.medium"
    if seconds:
        arguments["StoppingCondition"] = {"MaxRuntimeInSeconds": seconds}
    return {**step, "Arguments": arguments}


@pytest.fixture(scope="module")
def failed(sandbox: Any, client_of: Any) -> Any:
    """The name of a pipeline whose latest execution failed in five ways."""
    sagemaker = client_of("sagemaker")
    name = create(
        sagemaker,
        processing("rows", ROWS),
        processing("bad-row", BAD_ROW, reads="rows"),
        processing("missing-column", MISSING_COLUMN, reads="rows"),
        processing("version", VERSION),
        small(processing("memory", MEMORY)),
        small(processing("slow", SLOW), seconds=2),
    )
    arn = start(sagemaker, name)
    assert wait(sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    return name


@pytest.fixture
def replay(
    in_dev: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setattr(replaying, "memory_by_type", lambda: SMALL_MACHINE)

    def call(*arguments: str) -> tuple[int, Any]:
        code = main(["replay", *arguments, "--env", "dev", "--json"])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.mark.parametrize(
    ("step", "line", "exception"),
    [
        (
            "bad-row",
            'File "<string>", line 4, in <module>',
            "ValueError: could not convert string to float: 'n/a'",
        ),
        ("missing-column", 'File "<string>", line 3, in <listcomp>', "KeyError: 'price'"),
        ("version", 'File "<string>", line 3, in <module>', "ImportError: pandas 1.0 is needed, "),
    ],
)
def test_an_exception_of_the_account_is_raised_here_at_its_line(
    failed: str, replay: Any, step: str, line: str, exception: str
) -> None:
    code, told = replay(failed, step)
    assert (code, told["status"]) == (1, "failed")
    assert told["reason_here"] in told["reason_there"]
    assert any(line in each for each in told["log_tail"]), told
    assert any(each.startswith(exception) for each in told["log_tail"]), told


def test_memory_and_time_of_the_instance_type_are_respected(failed: str, replay: Any) -> None:
    code, told = replay(failed, "memory")
    assert code == 1
    assert told["reason_here"] == (
        "it took more than the 0.1875 GiB of memory of ml.t3.medium and was ended, as the machine "
        "would have ended it."
    )
    assert told["reason_here"] in told["reason_there"]
    code, told = replay(failed, "slow")
    assert code == 1
    assert told["reason_here"] == (
        "it ran longer than its MaxRuntimeInSeconds of 2 and was stopped."
    )
    assert told["log_tail"] == ["reading"]


def test_inputs_are_fetched_once_and_nothing_is_written_to_the_account(
    failed: str, replay: Any, client_of: Any
) -> None:
    bucket = client_of("s3")

    def keys() -> list[str]:
        found = bucket.list_objects_v2(Bucket="penstock-dev-artifacts")
        return sorted(each["Key"] for each in found.get("Contents", []))

    before = keys()
    _, told = replay(failed, "bad-row")
    (place,) = told["inputs"].values()
    file = Path(place.removeprefix("file://")) / "rows.csv"
    assert file.read_text() == "id,amount\n1,2.5\n2,n/a\n"
    assert keys() == before
    file.write_text("id,amount\n1,2.5\n")
    code, told = replay(failed, "bad-row")
    assert (code, told["status"], told["reason_here"]) == (0, "succeeded", "")


def test_what_people_read_names_the_step_its_reason_and_the_verdict(
    failed: str, in_dev: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", failed, "missing-column", "--env", "dev"]) == 1
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert lines[0].startswith(f"replaying missing-column of {failed}/")
    assert lines[0].endswith(" in dev")
    assert lines[1].startswith("there it failed: ")
    assert "here: the same failure as there." in lines
    assert "  | KeyError: 'price'" in lines
    assert "note: which code the step ran is not known; this work tree's is taken" in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moon"], "EXECUTION: moon is neither a pipeline nor an execution there."),
        (["{name}", "moon"], "STEP: the execution has run no step 'moon'. Name one of: "),
    ],
)
def test_a_wrong_request_is_told(
    failed: str,
    in_dev: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    words = [each.format(name=failed) for each in arguments]
    assert main(["replay", *words, "--env", "dev"]) == 2
    assert capsys.readouterr().err.startswith(f"pipeline: {message}")


def test_inputs_that_are_gone_are_all_told(
    sandbox: Any, client_of: Any, in_dev: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sagemaker, s3 = client_of("sagemaker"), client_of("s3")
    fails = processing("fails", f"{READS}; 1 / 0", reads="write")
    name = create(sagemaker, processing("write", WRITES), fails)
    wait(sagemaker, start(sagemaker, name))
    for each in s3.list_objects_v2(Bucket="penstock-dev-artifacts")["Contents"]:
        if each["Key"].endswith("/write/out/data"):
            s3.delete_object(Bucket="penstock-dev-artifacts", Key=each["Key"])
    assert main(["replay", name, "--env", "dev"]) == 1
    assert "/write/out" in capsys.readouterr().err


def test_the_code_of_another_commit_is_taken_from_git(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
            cwd=tmp_path / "clone",
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    (tmp_path / "clone" / "components").mkdir(parents=True)
    file = tmp_path / "clone" / "components" / "train.py"
    git("init", "-q")
    commits = []
    for text in ("old", "new"):
        file.write_text(text)
        git("add", "-A")
        git("commit", "-qm", text)
        commits.append(git("rev-parse", "HEAD"))
    kept = tmp_path / "kept"
    here = tmp_path / "clone"
    assert code_of(commits[1], here, kept).note == ""
    assert code_of(commits[1], here, kept).folder == here
    old = code_of(commits[0], here, kept)
    assert (old.folder / "components" / "train.py").read_text() == "old"
    assert old.note == f"the code is that of commit {commits[0][:10]}, in {old.folder}"
    assert code_of(commits[0], here, kept).folder == old.folder
    shutil.rmtree(kept)
    assert code_of(commits[0], here, kept).folder == old.folder
    file.write_text("changed")
    assert code_of(commits[1], here, kept).note == (
        f"this work tree differs from commit {commits[1][:10]}, which the step ran; the work "
        "tree's code is taken"
    )
    assert code_of("0" * 40, here, kept).note == (
        "the step ran commit 0000000000, which this clone does not hold; this work tree's code is "
        "taken"
    )
