"""Tiny jobs in an image: rows are made, a model is trained on them, the model is served."""

import http.client
import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clean_root import CleanRoot

from penstock.cli.compilation import compile_definition
from use_cases.wine.generator import generate

_START_SECONDS = 60


def preprocessed(image: CleanRoot) -> Path:
    """Run the processing command of the definition; return the folder of its outputs."""
    definition = json.loads(compile_definition("training", "wine").definition_json)
    step = next(each for each in definition["Steps"] if each["Name"] == "preprocess")
    asked = step["Arguments"]["AppSpecification"]
    defaults = {each["Name"]: each.get("DefaultValue", "") for each in definition["Parameters"]}
    ml = _ml_folder(image, "preprocess")
    source = ml / "rows"
    source.mkdir()
    generate(source)
    values = defaults | {"source": str(source)}
    arguments = [_resolved(each, values) for each in asked["ContainerArguments"]]
    _finish(image.start(*arguments, entry=asked["ContainerEntrypoint"], **_variables(image, ml)))
    return ml / "processing" / "output"


def trained(image: CleanRoot, rows: Path) -> Path:
    """Run `docker run IMAGE train` on the rows; return the model's folder."""
    ml = _ml_folder(image, "train")
    channels = ml / "input" / "data"
    channels.mkdir(parents=True)
    for channel in ("train", "validation"):
        (channels / channel).symlink_to(rows / channel)
    parameters = ml / "input" / "config" / "hyperparameters.json"
    parameters.parent.mkdir()
    parameters.write_text(json.dumps({"use_case": "wine", "candidates": "logistic_regression"}))
    _finish(image.start("train", **_variables(image, ml)))
    return ml / "model"


@contextmanager
def served(image: CleanRoot, model: Path) -> Iterator[str]:
    """Run `docker run IMAGE serve`; yield its address, and see it end by SIGTERM."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    variables = _variables(image, model.parent) | {"SAGEMAKER_BIND_TO_PORT": str(port)}
    process = image.start("serve", **variables)
    address = f"http://127.0.0.1:{port}"
    try:
        _await_answer(process, port)
        yield address
    finally:
        process.terminate()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said


def predictions(address: str, rows: Path) -> list[list[float]]:
    """Return the probabilities that the server gives for two of the rows."""
    import pandas as pd

    from penstock.use_case import load_use_case

    features = load_use_case("wine").features
    table = pd.read_parquet(rows / "test" / "data")[list(features)].head(2)
    body = table.to_csv(header=False, index=False).encode()
    request = urllib.request.Request(
        f"{address}/invocations", body, {"Content-Type": "text/csv"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        lines = answer.read().decode().splitlines()
    assert len(lines) == 2
    return [[float(score) for score in line.split(",")] for line in lines]


def _ml_folder(image: CleanRoot, job: str) -> Path:
    """Return a job's /opt/ml, as the service would mount it: anybody's to write."""
    folder = image.place("/opt/ml") / job
    folder.mkdir()
    folder.chmod(0o777)
    for name in ("processing", "model", "output"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    return folder


def _variables(image: CleanRoot, ml: Path) -> dict[str, str]:
    """The image is built without bytecode here; what one job compiled serves the next."""
    compiled = image.place("/tmp/compiled")
    compiled.mkdir(exist_ok=True)
    compiled.chmod(0o777)
    return {
        "PENSTOCK_ML_ROOT": str(ml),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(compiled),
    }


def _finish(process: subprocess.Popen[str]) -> None:
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said


def _await_answer(process: subprocess.Popen[str], port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/ping")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()


def _resolved(expression: Any, values: dict[str, Any]) -> str:
    if isinstance(expression, str):
        return expression
    if "Get" in expression:
        return str(values[expression["Get"].removeprefix("Parameters.")])
    join = expression["Std:Join"]
    return join["On"].join(_resolved(each, values) for each in join["Values"])
