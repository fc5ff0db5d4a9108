"""The files beside a model folder that make it an MLflow model: MLmodel, loader, example, packages.

The model folder itself stays as it is, and so does its digest.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LOADER = Path(__file__).with_name("loader.py")
_MODULE = "penstock_model_loader"
_FORMATS = ("penstock.model/1", "penstock.bundle/1")
_PACKAGES = {
    "xgboost": ("xgboost", "xgboost-cpu"),
    "logistic_regression": ("scikit-learn", "skops"),
    "random_forest": ("scikit-learn", "skops"),
}
_STATED = {"xgboost-cpu": "xgboost"}
"""Distributions under whose name others find the same package."""


def flavour_files(
    model: Path, evidence: Path | None, run: str, mlflow_version: str, now: datetime
) -> dict[str, str]:
    """Return the texts of the files by their names; none for a model of another kind.

    Args:
        model: The model folder.
        evidence: The evidence pack; the input example is the median row of its profile.
        run: Number of the run that keeps the model.
        mlflow_version: Of MLflow.
        now: The present instant.
    """
    facts = _document(model / "model.json")
    if facts.get("format") not in _FORMATS:
        return {}
    columns = _columns(facts)
    example = _example(facts, columns, evidence)
    split = {"columns": [name for name, _ in columns], "data": [example]}
    packages = _requirements(facts)
    python = platform.python_version()
    document = {
        "artifact_path": "",
        "flavors": {
            "python_function": {
                "loader_module": _MODULE,
                "data": "model",
                "code": "code",
                "env": {"virtualenv": "python_env.yaml"},
                "python_version": python,
            }
        },
        "mlflow_version": mlflow_version,
        "run_id": run,
        "model_uuid": run,
        "utc_time_created": now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "serving_input_path": "serving_input_example.json",
            "type": "dataframe",
            "pandas_orient": "split",
        },
        "signature": {
            "inputs": json.dumps(
                [{"type": kind, "name": name, "required": True} for name, kind in columns]
            ),
            "outputs": json.dumps(
                [{"type": "double", "name": name, "required": True} for name in _outputs(facts)]
            ),
            "params": None,
        },
    }
    return {
        # JSON is YAML, too.
        "MLmodel": json.dumps(document, indent=1) + "\n",
        f"code/{_MODULE}.py": _LOADER.read_text(encoding="utf-8"),
        "input_example.json": json.dumps(split) + "\n",
        "serving_input_example.json": json.dumps({"dataframe_split": split}) + "\n",
        "requirements.txt": "".join(f"{each}\n" for each in packages),
        "python_env.yaml": json.dumps(
            {"python": python, "dependencies": ["-r requirements.txt"]}, indent=1
        )
        + "\n",
    }


def _document(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _columns(facts: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return name and MLflow type of each column that the model takes."""
    columns = [(str(each["name"]), _type_of(str(each["type"]))) for each in facts["features"]]
    segment = facts.get("segment")
    if segment is not None and segment not in dict(columns):
        columns.append((str(segment), "string"))
    return columns


def _type_of(kind: str) -> str:
    if kind == "bool":
        return "boolean"
    return "long" if kind.startswith(("int", "uint")) else "double"


def _outputs(facts: Mapping[str, Any]) -> Sequence[str]:
    if facts["task"] == "multiclass":
        return [f"score_{each}" for each in facts["classes"]]
    return ["score"]


def _example(
    facts: Mapping[str, Any], columns: Sequence[tuple[str, str]], evidence: Path | None
) -> Sequence[Any]:
    profile = _document(evidence / "profile.json").get("features") if evidence else None
    known = profile if isinstance(profile, dict) else {}
    row: list[Any] = []
    for name, kind in columns:
        edges = known.get(name, {}).get("edges") or [0.0]
        middle = float(edges[len(edges) // 2])
        if kind == "string":
            row.append(next(iter(facts["segments"]), ""))
        elif kind == "boolean":
            row.append(middle >= 0.5)
        else:
            row.append(round(middle) if kind == "long" else middle)
    return row


def _requirements(facts: Mapping[str, Any]) -> Sequence[str]:
    kinds = {facts["kind"]} if "kind" in facts else set()
    if "segments" in facts:
        stored = [facts["pooled"], *(each["model"] for each in facts["segments"].values())]
        kinds = {each["kind"] for each in stored if each is not None}
    wanted = {"numpy", "pandas"}.union(*(_PACKAGES.get(kind, ()) for kind in kinds))
    found = {_STATED.get(name, name): _version(name) for name in sorted(wanted)}
    return [f"{name}=={number}" for name, number in sorted(found.items()) if number]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
