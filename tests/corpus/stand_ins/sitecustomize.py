"""Keeps a record of every KFP component that an interpreter runs: what it was given and gave.

Python imports this by itself. The record is the same whichever runner started the component, so
that runners can be compared component by component. Chance is taken out: each component starts
with the same seed.
"""

import atexit
import contextlib
import hashlib
import json
import os
import re
import sys
import uuid
from pathlib import Path
from typing import Any

_FOLDER = "PENSTOCK_CORPUS_RECORDS"
_PACKAGES = "PENSTOCK_CORPUS_PACKAGES"
_SEED = 20180401


def _option(name: str) -> str:
    arguments = dict(zip(sys.argv, sys.argv[1:], strict=False))
    return arguments.get(name, "")


def _source() -> str:
    arguments = dict(zip(sys.orig_argv, sys.orig_argv[1:], strict=False))
    return Path(arguments["--component_module_path"]).read_text()


def _digest(place: str) -> str:
    root = Path(place)
    if not root.exists():
        return "nothing"
    files = [root] if root.is_file() else sorted(path for path in root.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for file in files:
        name = "" if root.is_file() else file.relative_to(root).as_posix()
        whole.update(f"{name}:{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()[:16]


def _artifacts(side: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [
            {
                "bytes": _digest(str(one.get("custom_path") or one.get("uri", ""))),
                "metadata": one.get("metadata") or {},
                "type": (one.get("type") or {}).get("schemaTitle", ""),
            }
            for one in members.get("artifacts", [])
        ]
        for name, members in side.items()
    }


def _places(side: dict[str, Any]) -> dict[str, str]:
    return {
        str(one["uri"]): f"<{name}>"
        for name, members in side.items()
        for one in members.get("artifacts", [])
        if one.get("uri")
    }


def _without_places(value: Any, places: dict[str, str]) -> Any:
    text = json.dumps(value)
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(json.dumps(place)[1:-1], places[place])
    return json.loads(text)


def _values(given: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    values = dict(said.get("parameterValues", {}))
    for name, place in given.get("parameters", {}).items():
        file = Path(place["outputFile"])
        if name not in values and file.is_file():
            values[name] = file.read_text()
    return values


def _record() -> None:
    given = json.loads(_option("--executor_input"))
    inputs, outputs = given.get("inputs", {}), given.get("outputs", {})
    said: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        said = json.loads(Path(outputs.get("outputFile", "")).read_text())
    places = _places(inputs.get("artifacts", {})) | _places(outputs.get("artifacts", {}))
    written = {**outputs.get("artifacts", {})}
    for name, members in said.get("artifacts", {}).items():
        titles = [one.get("type") for one in written.get(name, {}).get("artifacts", [])]
        for one in members.get("artifacts", []):
            if not one.get("type") and titles:
                one["type"] = titles[0]
        written[name] = members
    record = {
        "function": _option("--function_to_execute"),
        "given": inputs.get("parameterValues", {}),
        "read": _artifacts(inputs.get("artifacts", {})),
        "gave": _values(outputs, said),
        "wrote": _artifacts(written),
    }
    file = Path(os.environ[_FOLDER]) / f"{uuid.uuid4().hex}.json"
    file.write_text(json.dumps(_without_places(record, places), sort_keys=True))


if os.environ.get(_PACKAGES):
    sys.path.append(os.environ[_PACKAGES])

if os.environ.get(_FOLDER) and "kfp.dsl.executor_main" in sys.orig_argv:
    import random

    random.seed(_SEED)
    if re.search(r"\b(?:numpy|pandas|sklearn)\b", _source()):
        import numpy

        numpy.random.seed(_SEED)  # what components of others draw from
    atexit.register(_record)
