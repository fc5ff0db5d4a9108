"""`model.json`: what a model folder holds and how it is to be used. Plain data, checked."""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.training.labels import Label, Labels, Task
from components.training.standardisation import Standardisation
from penstock.errors import DataError, Problem

FORMAT = "penstock.model/1"
MANIFEST = "model.json"
PAYLOADS = {
    "xgboost": "model.ubj",
    "logistic_regression": "model.skops",
    "random_forest": "model.skops",
    "constant": "constant.json",
}
"""Name of the model file of each kind."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A column that the model takes."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a model is.

    Attributes:
        candidate: Name of the candidate in the use case.
        kind: Its kind, such as `xgboost`.
        use_case: Pinned reference of the use case.
        task: What is predicted.
        target: The column that was learned.
        classes: Values of the classes by index; empty for regression.
        threshold: Probability from which on a row counts as positive; None unless binary.
        features: In the order that the model takes them.
        standardisation: Applied to the features first, or None.
        fill: Value for what is missing after that; None: the model takes NaN.
        rounds: Trees boosted, or None.
        training: Rows, first and last time of what the model has learned from.
        seed: Of the run.
        libraries: Versions that wrote the model.
        payload_sha256: Of the model file.
    """

    candidate: str
    kind: str
    use_case: str
    task: Task
    target: str
    classes: tuple[Label, ...]
    threshold: float | None
    features: tuple[Feature, ...]
    standardisation: Standardisation | None
    fill: float | None
    rounds: int | None
    training: Mapping[str, Any]
    seed: int
    libraries: Mapping[str, str]
    payload_sha256: str

    @property
    def labels(self) -> Labels:
        """How the target is read."""
        return Labels(self.task, self.target, self.classes)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(feature.name for feature in self.features)


def write_model(folder: Path, manifest: Manifest, payload: bytes) -> None:
    """Write a model folder, whole or not at all."""
    aside = folder.with_name(f".{folder.name}.part")
    aside.mkdir(parents=True)
    (aside / PAYLOADS[manifest.kind]).write_bytes(payload)
    text = json.dumps({"format": FORMAT} | facts_of(manifest), indent=2, sort_keys=True)
    (aside / MANIFEST).write_text(text + "\n", encoding="utf-8")
    aside.replace(folder)


def facts_of(manifest: Manifest) -> dict[str, Any]:
    """Return a manifest as plain data; `manifest_of` reads it back."""
    return asdict(manifest)


def manifest_of(facts: Mapping[str, Any]) -> Manifest:
    """Return the manifest that `facts_of` gave these facts for, whether they were JSON or not."""
    given = dict(facts)
    scaling = given["standardisation"]
    given["classes"] = tuple(given["classes"])
    given["features"] = tuple(Feature(**feature) for feature in given["features"])
    given["standardisation"] = scaling and Standardisation(
        tuple(scaling["means"]), tuple(scaling["scales"])
    )
    return Manifest(**given)


def problems_of(facts: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the facts of a manifest."""
    known = set(Manifest.__dataclass_fields__)
    found = [f"the key {key!r} is unknown." for key in sorted(set(facts) - known)]
    found += [f"the key {key!r} is missing." for key in sorted(known - set(facts))]
    if found:
        return found
    wrong = [key for key, check in _CHECKS.items() if not check(facts[key])]
    if wrong:
        return [f"the value of {key!r} is not of its type." for key in wrong]
    size = len(facts["features"])
    scaling = facts["standardisation"]
    if scaling and not len(scaling["means"]) == len(scaling["scales"]) == size:
        found.append("the standardisation does not have one entry a feature.")
    least = {"binary": (2, 2), "multiclass": (2, math.inf), "regression": (0, 0)}[facts["task"]]
    if not least[0] <= len(facts["classes"]) <= least[1]:
        found.append(f"{len(facts['classes'])} classes do not fit a {facts['task']} task.")
    return found


def refusal(place: str, problems: Iterable[str]) -> DataError:
    """Return the error about a model folder."""
    return DataError([Problem(what, place, "Use a model that `train` wrote.") for what in problems])


def read_facts(folder: Path) -> Any:
    """Return `model.json` of a model folder.

    Raises:
        DataError: It is missing, or no JSON.
    """
    place = str(folder / MANIFEST)
    try:
        return json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except OSError as error:
        raise refusal(place, [f"the manifest cannot be read: {error.strerror}."]) from error
    except (ValueError, RecursionError) as error:
        raise refusal(place, [f"the manifest is not JSON: {error}."]) from error


def check_files(folder: Path, expected: set[str]) -> None:
    """Refuse a folder that holds other files.

    Raises:
        DataError: A file is missing or too many; each is listed.
    """
    present = {entry.name for entry in os.scandir(folder)}
    if present != expected:
        strange, missing = sorted(present - expected), sorted(expected - present)
        raise refusal(
            str(folder),
            [f"the file {name!r} does not belong to a model." for name in strange]
            + [f"the file {name!r} is missing." for name in missing],
        )


def read_model(folder: Path) -> tuple[Manifest, bytes]:
    """Read a model folder.

    Raises:
        DataError: The folder is not one that `write_model` wrote: a file is missing or too many,
            the manifest does not fit its schema (every problem is listed), or the model file's
            digest is not the manifest's.
    """
    place = str(folder / MANIFEST)
    facts = read_facts(folder)
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        found = facts.get("format") if isinstance(facts, dict) else None
        raise refusal(place, [f"the format is {found!r}, not {FORMAT!r}."])
    del facts["format"]
    problems = problems_of(facts)
    if problems:
        raise refusal(place, problems)
    check_files(folder, {MANIFEST, PAYLOADS[facts["kind"]]})
    payload = (folder / PAYLOADS[facts["kind"]]).read_bytes()
    if hashlib.sha256(payload).hexdigest() != facts["payload_sha256"]:
        raise refusal(place, ["the model file is not the one that the manifest was written for."])
    return manifest_of(facts), payload


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(_number, value))


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _scaling(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"means", "scales"}
        and all(map(_numbers, value.values()))
    )


def _optional_number(value: Any) -> bool:
    return value is None or _number(value)


_CHECKS = {
    "candidate": _text,
    "kind": lambda value: isinstance(value, str) and value in PAYLOADS,
    "use_case": _text,
    "task": lambda value: value in ("binary", "multiclass", "regression"),
    "target": _text,
    "classes": lambda value: (
        isinstance(value, list)
        and all(isinstance(each, bool | int | float | str) for each in value)
    ),
    "threshold": _optional_number,
    "features": lambda value: (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(each, dict)
            and set(each) == {"name", "type"}
            and all(map(_text, each.values()))
            for each in value
        )
    ),
    "standardisation": lambda value: value is None or _scaling(value),
    "fill": _optional_number,
    "rounds": lambda value: value is None or isinstance(value, int),
    "training": lambda value: isinstance(value, dict),
    "seed": lambda value: isinstance(value, int),
    "libraries": lambda value: isinstance(value, dict) and all(map(_text, value.values())),
    "payload_sha256": _text,
}
