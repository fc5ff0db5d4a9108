"""Runs one compiled pipeline in this process, by the executor or by KFP's local runner.

python one_run.py ours|kfp PIPELINE ARGUMENTS_JSON HOME RESULT_JSON
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

STAND_INS = Path(__file__).with_name("stand_ins")
RECORDS = "PENSTOCK_CORPUS_RECORDS"
PACKAGES = "PENSTOCK_CORPUS_PACKAGES"


def by_the_executor(pipeline: Path, arguments: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """Lower, check and execute; return how it ended."""
    from penstock.errors import PenstockError
    from penstock.ir import read_ir
    from penstock.ir.pipeline import Container
    from penstock.targets.local.run import Machine, execute
    from penstock.targets.sagemaker.lowering import lower
    from penstock.targets.sagemaker.validation import check_definition, errors_of

    try:
        read = read_ir(pipeline, pipeline.name)
        lowered = lower(read)
    except PenstockError as error:
        return {"ending": "refused", "why": [str(problem) for problem in error.problems]}
    wrong = errors_of(check_definition(lowered.definition, pipeline.name))
    if wrong:
        return {"ending": "invalid", "why": [str(problem) for problem in wrong]}
    parameters = lowered.definition["Parameters"]
    offered = {parameter["Name"]: parameter["Type"] for parameter in parameters}
    result = execute(
        lowered.definition,
        parameters={
            name: json.dumps(value) if isinstance(value, list | dict) else value
            for name, value in arguments.items()
            if name in offered
        },
        machine=Machine(home=home / "state", project=STAND_INS, isolation="subprocess"),
        pipeline=read.name,
        images={
            executor.image: "python3"
            for executor in read.executors.values()
            if isinstance(executor, Container)
        },
        use_cache=False,
        assets={asset.key: asset.content for asset in lowered.assets},
        passed=(RECORDS, PACKAGES, "PYTHONHASHSEED"),
    )
    return {
        "ending": "ended" if result.status.value == "Succeeded" else "failed",
        "status": result.status.value,
        "why": [
            f"{step.name}: {step.failure_reason}"
            for step in result.steps.values()
            if step.failure_reason
        ],
        "steps": {name: step.status.value for name, step in result.steps.items()},
        "values": {name: dict(values) for name, values in result.output_parameters.items()},
        "notes": [str(note) for note in lowered.notes],
        "fixed": sorted(set(arguments) - set(offered)),
    }


def by_kfp(pipeline: Path, arguments: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """Run it by `kfp.local`; return how it ended and the pipeline's outputs."""
    from kfp import components, local

    local.init(
        runner=local.SubprocessRunner(use_venv=False),
        pipeline_root=str(home / "outputs"),
        workspace_root=str(home / "workspace"),
        raise_on_error=True,
    )
    try:
        task = components.load_component_from_file(str(pipeline))(**arguments)
    except Exception as error:  # noqa: BLE001  # whatever it raises is its ending
        return {"ending": "failed", "why": [f"{type(error).__name__}: {error}"]}
    return {"ending": "ended", "why": [], "outputs": _plain(task.outputs)}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def main(which: str, pipeline: str, arguments: str, home: str, result: str) -> None:
    """Run and write the result."""
    run = {"ours": by_the_executor, "kfp": by_kfp}[which]
    os.chdir(home)
    said = run(Path(pipeline), json.loads(arguments), Path(home))
    Path(result).write_text(json.dumps(said, default=repr))


if __name__ == "__main__":
    main(*sys.argv[1:])
