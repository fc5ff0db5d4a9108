"""`… FOLDER COPIES TARGET`: the native Model and Transform steps on this machine.

The lines that `prepare` gives are written before the clock starts. The time holds the steps, the
start of the serving container included, and `collect_scores`.
"""

import sys
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.bodies.scoring_case import ScoringCase, scoring_case
from benchmarks.bodies.timing import Stopwatch
from benchmarks.measuring import ROOT
from components.features.computing import carried_columns
from components.features.identifiers import literal, names
from components.prepare import prepare
from components.scoring.collecting import collect
from components.serving.lines import transform_settings
from components.transform import transform
from penstock.contract.wiring import configure, imported_model, pipeline
from penstock.ir import read_ir
from penstock.targets.local.run import Machine, execute
from penstock.targets.sagemaker.lowering import lower


def definition(case: ScoringCase, lines: Path) -> dict[str, Any]:
    """Return the Model and Transform steps of an inference pipeline that read `lines`."""
    from kfp import compiler

    @pipeline(name="scoring")
    def wire(model: str = "") -> None:
        due = prepare(use_case=case.use_case.reference)
        answers = transform(model=imported_model(model), lines=due.lines)
        configure(answers, sagemaker=transform_settings(case.use_case))

    file = lines.parent.parent / "scoring.yaml"
    compiler.Compiler().compile(wire, str(file))
    found: dict[str, Any] = lower(read_ir(file.read_text(), "scoring")).definition
    found["Steps"] = [step for step in found["Steps"] if step["Type"] != "Processing"]
    asked = found["Steps"][1]["Arguments"]["TransformInput"]
    asked["DataSource"]["S3DataSource"]["S3Uri"] = f"file://{lines.parent}"
    return found


def main(folder: Path, copies: int, target: Path) -> None:
    """Score and print the seconds."""
    case = scoring_case(folder, copies, target, lines="csv")
    lines = target.parent / "lines" / "data"
    lines.parent.mkdir(exist_ok=True)
    columns = names([*carried_columns(case.use_case, with_target=False), *case.use_case.features])
    duckdb.execute(
        f"COPY (SELECT {columns} FROM read_parquet({literal(str(case.rows))})) "
        f"TO {literal(str(lines))} (FORMAT csv, HEADER false)"
    )
    steps = definition(case, lines)
    with Stopwatch() as watch:
        result = execute(
            steps,
            parameters={"model": f"file://{case.model}"},
            machine=Machine(home=target.parent / "home", project=ROOT),
        )
        step = result.steps["transform"]
        if step.failure_reason:
            sys.exit(step.failure_reason)
        answers = Path(step.outputs["output"].uri.removeprefix("file://"))
        rows = collect(case.rows, answers, target, case.scorer, case.form)
    watch.report(rows=rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
