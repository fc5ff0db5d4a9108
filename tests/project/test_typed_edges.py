"""A wrong edge in a pipeline file is an error of mypy and of pyright, not of a run."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PIPELINE = """\
from typing import NamedTuple

from penstock.contract import Dataset, Model, component, output
from penstock.contract.wiring import pipeline, value, when


class Rows(NamedTuple):
    train: Dataset
    written: int


@component()
def prepare(source: str) -> Rows:
    return Rows(output(Dataset, "train"), 3)


@component(kind="training")
def fit(rows: Dataset, rounds: int = 10) -> Model:
    return output(Model, "output")


@component()
def judge(model: Model) -> float:
    return 1.0


@pipeline(name="planted")
def planted(source: str = "") -> None:
    prepared = prepare(source)
    model = fit({rows}, rounds={rounds})
    with when(value(judge({model})) >= {limit}):
        judge(model=model)
"""

RIGHT = {"rows": "prepared.train", "rounds": "prepared.written", "model": "model", "limit": "0.5"}
WRONG = {
    "a number for rows": {"rows": "prepared.written"},
    "rows for a number": {"rounds": "prepared.train"},
    "rows for a model": {"model": "prepared.train"},
    "a text for a number": {"rounds": '"10"'},
    "an output that is not there": {"rows": "prepared.test"},
    "a comparison with a text": {"limit": '"high"'},
}


def changed_line(text: str) -> int:
    right = PIPELINE.format(**RIGHT).splitlines()
    [line] = [n for n, line in enumerate(text.splitlines(), 1) if line != right[n - 1]]
    return line


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pipeline files by their fault, beside one without a fault."""
    folder = tmp_path_factory.mktemp("planted")
    settings = {
        "extraPaths": [str(ROOT)],
        "venvPath": str(Path(sys.prefix).parent),
        "venv": Path(sys.prefix).name,
        "pythonVersion": "3.11",
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    written = {}
    for fault, changes in {"none": {}, **WRONG}.items():
        written[fault] = folder / f"{fault.replace(' ', '_')}.py"
        written[fault].write_text(PIPELINE.format(**(RIGHT | changes)))
    return written


@pytest.fixture(scope="module")
def found_by_mypy(files: dict[str, Path]) -> set[tuple[str, int]]:
    """File name and line of every error."""
    command = [sys.executable, "-m", "mypy", "--no-error-summary", *files.values()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    errors = [line.split(":") for line in done.stdout.splitlines() if ": error:" in line]
    return {(Path(file).stem, int(line)) for file, line, *_ in errors}


@pytest.fixture(scope="module")
def found_by_pyright(files: dict[str, Path]) -> set[tuple[str, int]]:
    """File name and line of every error."""
    folder = files["none"].parent
    pyright = Path(sys.executable).parent / "pyright"
    command = [pyright, "--outputjson", "--project", folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return {
        (Path(found["file"]).stem, found["range"]["start"]["line"] + 1)
        for found in json.loads(done.stdout)["generalDiagnostics"]
        if found["severity"] == "error"
    }


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["mypy", "pyright"])
def test_a_planted_wrong_edge_is_found_in_its_line_and_nothing_else_is(
    files: dict[str, Path], request: pytest.FixtureRequest, tool: str
) -> None:
    planted = {(files[fault].stem, changed_line(files[fault].read_text())) for fault in WRONG}
    assert request.getfixturevalue(f"found_by_{tool}") == planted
