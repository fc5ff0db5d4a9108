"""The same use case gives the same data and models by the definition here and by KFP's runner."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from penstock.data.digest import content_digest

ROOT = Path(__file__).parents[2]

RUN_BY_KFP = """\
import sys
from kfp import components, local
text, source, folder = open(sys.argv[1]).read(), sys.argv[2], sys.argv[3]
local.init(local.SubprocessRunner(use_venv=False), pipeline_root=folder, raise_on_error=True)
components.load_component_from_text(text)(source=source)
"""


@pytest.mark.slow
@pytest.mark.parametrize("use_case", ["wine", "diabetes", "fraud"])
def test_both_runs_give_the_same_digests_of_every_dataset_and_model(
    use_case: str, tmp_path: Path
) -> None:
    from penstock.use_case import generate_source, load_use_case

    source = str(generate_source(load_use_case(use_case), tmp_path / "rows"))
    assert by_kfp(tmp_path, use_case, source) == by_the_definition(tmp_path, use_case, source)


def by_kfp(folder: Path, use_case: str, source: str) -> dict[str, str]:
    """Compile for Kubeflow and run by KFP's own local runner, without any code of the executor."""
    pipeline(folder, "compile", "training", "--use-case", use_case, "--target", "kubeflow")
    outputs = folder / "kfp"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/kfp-mlflow.db"}
    done = subprocess.run(
        [sys.executable, "-c", RUN_BY_KFP, folder / "compiled", source, outputs],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    [run] = outputs.iterdir()
    named = [("preprocess", "train"), ("preprocess", "validation"), ("preprocess", "test")]
    return {f"{step}/{name}": content_digest(run / step / name) for step, name in [*named, MODEL]}


MODEL = ("train", "model")


def by_the_definition(folder: Path, use_case: str, source: str) -> dict[str, str]:
    """Run SageMaker's definition by the executor."""
    answer = pipeline(
        folder, "run", "training", "--use-case", use_case, "--source", source, "--json"
    )
    artifacts = json.loads(answer)["artifacts"]
    found = {f"{line['step']}/{line['output']}": line["digest"] for line in artifacts}
    wanted = ("preprocess/train", "preprocess/validation", "preprocess/test", "train/model")
    return {name: found[name] for name in wanted}


def pipeline(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "penstock.cli", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    if arguments[0] == "compile":
        (folder / "compiled").write_text(done.stdout)
    return done.stdout
