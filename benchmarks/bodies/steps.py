"""The five steps as plain calls of the component functions, for everyone who runs them.

A working folder holds `settings.json` (use_case, source, group) and one folder of outputs a step.
Imports are lazy, so that a process pays for the libraries of its own step alone.
"""

import json
from pathlib import Path
from typing import Any

NAMES = ("preprocess", "train", "evaluate", "evidence", "register")


def run(name: str, folder: Path) -> bool:
    """Run one step; return whether the pipeline goes on after it."""
    passed: bool | None = {
        "preprocess": preprocess,
        "train": train,
        "evaluate": evaluate,
        "evidence": evidence,
        "register": register,
    }[name](folder)
    return passed is not False


def preprocess(folder: Path) -> None:
    """Read, check, feature and split the rows."""
    from components.preprocess import preprocess as component
    from penstock.contract.outputs import outputs_in

    settings = _settings(folder)
    with outputs_in(folder / "preprocess"):
        component(settings["use_case"], source=settings["source"])


def train(folder: Path) -> None:
    """Fit the candidates and keep the best."""
    from components.train import train as component
    from penstock.contract.artifacts import Dataset
    from penstock.contract.outputs import outputs_in

    with outputs_in(folder / "train"):
        component(
            _settings(folder)["use_case"],
            _written(Dataset, folder / "preprocess/train"),
            _written(Dataset, folder / "preprocess/validation"),
        )


def evaluate(folder: Path) -> bool:
    """Judge the best candidate; return whether every gate passed."""
    from components.evaluate import evaluate as component
    from penstock.contract.artifacts import Dataset, Metrics, Model
    from penstock.contract.outputs import outputs_in

    with outputs_in(folder / "evaluate"):
        return component(
            _settings(folder)["use_case"],
            _written(Model, folder / "train/model"),
            _written(Dataset, folder / "preprocess/test"),
            _written(Metrics, folder / "train/scores"),
        ).passed


def evidence(folder: Path) -> None:
    """Gather the evidence of the candidate."""
    from components.evidence import evidence as component
    from penstock.contract.artifacts import HTML, Dataset, Metrics, Model
    from penstock.contract.outputs import outputs_in

    settings, metrics = _settings(folder), _written(Metrics, folder / "evaluate/metrics")
    with outputs_in(folder / "evidence"):
        component(
            use_case=settings["use_case"],
            group=settings["group"],
            model=_written(Model, folder / "train/model"),
            metrics=metrics,
            report=_written(HTML, folder / "evaluate/report"),
            summary=_written(Metrics, folder / "preprocess/summary"),
            assembly=metrics,
            train=_written(Dataset, folder / "preprocess/train"),
            test=_written(Dataset, folder / "preprocess/test"),
            execution=folder.name,
        )


def register(folder: Path) -> None:
    """Register the model where `MLFLOW_TRACKING_URI` says."""
    from components.register import register as component
    from penstock.contract.artifacts import HTML, Dataset, Metrics, Model

    component(
        _settings(folder)["group"],
        _written(Model, folder / "train/model"),
        _written(Metrics, folder / "evaluate/metrics"),
        _written(HTML, folder / "evaluate/report"),
        _written(Dataset, folder / "evidence/pack"),
        {"execution": folder.name, "step": "register"},
    )


def _settings(folder: Path) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((folder / "settings.json").read_text())
    return settings


def _written(kind: Any, path: Path) -> Any:
    return kind(name=path.name, uri=str(path))
