"""The native Transform step, the component's body and the scorer itself give the same scores."""

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.batch_transform import batch_transform
from components.collect_scores import collect_scores
from components.serving.lines import transform_settings
from components.train import train
from components.training.scorer import load_model
from components.transform import transform
from penstock.contract import Dataset, Model, outputs_in
from penstock.ir import read_ir
from penstock.targets.local.run import Machine, execute
from penstock.targets.sagemaker.lowering import lower
from penstock.targets.sagemaker.validation import check_definition
from penstock.use_case import UseCase, load_use_case

ROOT = Path(__file__).parents[2]
ROWS = 39_000
SETTINGS = """\
name: small
task: binary
key: [id]
segment: region
target: label
time_column: at
columns:
  id: {type: integer}
  region: {type: string}
  at: {type: timestamp}
  label: {type: integer}
  a: {type: float, nullable: true}
  b: {type: float}
features: [a, b]
metric: average_precision
candidates:
  xgboost: {settings: {rounds: 40, early_stopping_rounds: 0}}
inference:
  form: FORM
  transform: {max_payload_mb: 1, max_concurrent: 3}
"""


def write(file: Path, rows: int, seed: int) -> str:
    random = np.random.default_rng(seed)
    a, b = random.normal(size=rows), random.normal(size=rows)
    file.parent.mkdir(parents=True)
    pq.write_table(
        pa.table(
            {
                "id": np.arange(rows),
                "region": np.array(['north, "upper"', "south"])[random.integers(0, 2, rows)],
                "at": np.datetime64("2024-01-01T00:00:00.000000")
                + (np.arange(rows) % 86_400).astype("timedelta64[s]"),
                "label": (a + b + random.normal(size=rows) > 1).astype(np.int64),
                "a": pa.array(a, mask=random.random(rows) < 0.05),
                "b": b,
            }
        ),
        file,
    )
    return str(file)


def artifact(kind: type, path: str) -> Any:
    found = kind()
    found.uri = path
    return found


@pytest.fixture(scope="module", params=["csv", "jsonlines"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "small").mkdir()
    (folder / "small" / "use_case.yaml").write_text(SETTINGS.replace("FORM", request.param))
    rows = write(folder / "rows" / "part-0.parquet", ROWS, 3)
    with outputs_in(folder / "trained"):
        fitted = train(
            str(folder / "small"),
            artifact(Dataset, write(folder / "train" / "part-0.parquet", 2000, 1)),
            artifact(Dataset, write(folder / "validation" / "part-0.parquet", 500, 2)),
        )
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        for file in sorted(Path(fitted.model.path).iterdir()):
            archive.add(file, arcname=file.name)
    return folder, load_use_case(str(folder / "small")), rows, fitted.model.path


def definition(folder: Path, use_case: UseCase) -> dict[str, Any]:
    from kfp import compiler

    from components.prepare import prepare
    from penstock.contract.wiring import configure, imported_model, pipeline

    @pipeline(name="small-inference")
    def wire(source: str = "", model: str = "") -> None:
        day = prepare(use_case=use_case.reference, source=source, day="2024-01-01")
        scores = transform(model=imported_model(model), lines=day.lines)
        configure(scores, sagemaker=transform_settings(use_case))

    file = folder / "ir.yaml"
    compiler.Compiler().compile(wire, str(file))
    found = lower(read_ir(file.read_text(), "small")).definition
    assert check_definition(found, "small") == []
    return found


def ended(step: Any) -> Path:
    assert step.failure_reason is None, step.failure_reason
    return Path(step.outputs["output"].uri.removeprefix("file://"))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["archive", "folder"])
def test_every_form_gives_the_same_scores_row_for_row(
    case: Any, model: str, tmp_path: Path
) -> None:
    folder, use_case, rows, trained = case
    result = execute(
        definition(folder, use_case),
        parameters={
            "source": rows,
            "model": f"file://{folder}/model.tar.gz" if model == "archive" else f"file://{trained}",
        },
        machine=Machine(home=tmp_path / "home", project=ROOT),
    )
    answers = ended(result.steps["transform"])
    (file,) = answers.iterdir()
    assert file.name == "data.out"
    prepared = result.steps["prepare"].outputs
    due = pq.read_table(prepared["rows"].uri.removeprefix("file://") + "/data")
    assert due.num_rows == ROWS
    keys, scores = read(file)
    assert keys == due["id"].to_pylist()
    assert np.array_equal(scores, load_model(Path(trained)).score(due))
    given = (use_case.reference, artifact(Model, trained))
    by_rows = artifact(Dataset, prepared["rows"].uri.removeprefix("file://") + "/data")
    with outputs_in(tmp_path / "streamed"):
        streamed = batch_transform(*given, by_rows, "small/1")
    with outputs_in(tmp_path / "collected"):
        collected = collect_scores(*given, by_rows, artifact(Dataset, str(answers)), "small/1")
    assert pq.read_table(collected.path).equals(pq.read_table(streamed.path))
    lines = prepared["lines"].uri.removeprefix("file://") + "/data"
    with outputs_in(tmp_path / "body"):
        by_body = transform(artifact(Model, trained), artifact(Dataset, lines))
    [own] = Path(by_body.path).iterdir()
    assert own.name == "data.out"
    if file.read_text().startswith("{"):
        told = [json.loads(line) for line in own.read_text().splitlines()]
        assert [row["SageMakerOutput"]["score"] for row in told] == scores
        assert [row["id"] for row in told] == keys
    else:
        assert own.read_bytes() == file.read_bytes()


def read(file: Path) -> tuple[list[int], list[float]]:
    import csv

    text = file.read_text()
    if not text.startswith("{"):
        rows = list(csv.reader(text.splitlines()))
        assert {len(row) for row in rows} == {4}
        return [int(row[0]) for row in rows], [float(row[-1]) for row in rows]
    told = [json.loads(line) for line in text.splitlines()]
    assert list(told[0]) == ["id", "at", "region", "SageMakerOutput"]
    return [row["id"] for row in told], [row["SageMakerOutput"]["score"] for row in told]


MALFORMED = {
    "csv": (
        '7,2024-01-01 00:00:00,"north, ""upper""",0.5,1.5\n',
        '7,2024-01-01 00:00:00,"north, ""upper""",0.5,oops\n',
    ),
    "jsonlines": (
        '{"id": 7, "at": "2024-01-01 00:00:00", "region": "north", "a": 0.5, "b": 1.5}\n',
        '{"id": 7, "at": "2024-01-01 00:00:00", "region": "north", "a": 0.5, "b": "oops"}\n',
    ),
}
"""A line as `prepare` writes it, and one with a text where a number belongs."""


@pytest.mark.slow
def test_malformed_lines_fail_the_job_and_are_named(case: Any, tmp_path: Path) -> None:
    folder, use_case, _, _ = case
    good, bad = MALFORMED[use_case.inference.form]
    lines = tmp_path / "lines" / "part-7.csv"
    lines.parent.mkdir()
    lines.write_text(good * 29_999 + bad + good * 10 + bad)
    whole = definition(folder, use_case)
    whole["Steps"] = [step for step in whole["Steps"] if step["Type"] != "Processing"]
    source = whole["Steps"][1]["Arguments"]["TransformInput"]["DataSource"]["S3DataSource"]
    source["S3Uri"] = f"file://{lines.parent}"
    result = execute(
        whole,
        parameters={"model": f"file://{folder}/model.tar.gz"},
        machine=Machine(home=tmp_path / "home", project=ROOT),
    )
    assert result.steps["transform"].failure_reason == (
        "part-7.csv:30000: /invocations answered 400: column 'b': 'oops' is not a number. "
        "Correct the record or the model.\n"
        "part-7.csv:30011: /invocations answered 400: column 'b': 'oops' is not a number. "
        "Correct the record or the model."
    )
