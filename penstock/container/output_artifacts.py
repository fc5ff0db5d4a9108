"""The artifacts and values that a component leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from penstock.container.arguments import Arguments
from penstock.container.layout import (
    DESCRIPTION,
    PARAMETERS,
    PARAMETERS_FILE,
    PAYLOAD,
    Layout,
    payload_name,
)
from penstock.container.values import parse, typed

_MODEL = "system.Model"
_JSON_BY_METADATA = (
    "system.Metrics",
    "system.ClassificationMetrics",
    "system.SlicedClassificationMetrics",
)


class Outputs:
    """Places outputs before the component runs and finishes them after it.

    Args:
        declared: Schema titles by output name; a title that ends in `[]` is a list of artifacts.
        returns: Kinds of the output values by name.
        layout: Of the job.
    """

    def __init__(self, declared: dict[str, str], returns: dict[str, str], layout: Layout) -> None:
        self._declared, self._returns, self._layout = declared, returns, layout
        self._model = _model(declared) if layout.training else ""

    @classmethod
    def of(cls, arguments: Arguments, layout: Layout) -> Outputs:
        """Return the outputs that the command line declares."""
        return cls(arguments.outputs, arguments.returns, layout)

    @property
    def executor_output(self) -> Path:
        """Where KFP's executor says what it wrote."""
        return self._layout.staging / "executor_output.json"

    def folder(self, name: str) -> Path:
        """Return the folder of an output artifact while the component runs."""
        if name == self._model:
            return self._layout.staging / name
        return self._layout.outputs / name

    def executor_input(self) -> dict[str, Any]:
        """Return the `outputs` of KFP's executor input; every parent folder exists."""
        artifacts = {}
        for name, title in self._declared.items():
            folder = self.folder(name)
            folder.mkdir(parents=True, exist_ok=True)
            plain = title.replace("[]", "")
            artifacts[name] = {
                "artifacts": [
                    {
                        "name": name,
                        "type": {"schemaTitle": plain},
                        "uri": str(folder / payload_name(name, plain)),
                        "metadata": {},
                    }
                ]
            }
        values = self._layout.staging / PARAMETERS
        values.mkdir(parents=True, exist_ok=True)
        return {
            "artifacts": artifacts,
            "parameters": {name: {"outputFile": str(values / name)} for name in self._returns},
            "outputFile": str(self.executor_output),
        }

    def finish(self) -> None:
        """Describe every artifact, put it in its final place, write the output values."""
        said: dict[str, Any] = {}
        if self.executor_output.is_file():
            said = json.loads(self.executor_output.read_text(encoding="utf-8"))
        for name, title in self._declared.items():
            runtime = said.get("artifacts", {}).get(name, {}).get("artifacts", [])
            if title.endswith("[]"):
                self._finish_list(name, title[:-2], runtime)
            else:
                self._finish_one(self.folder(name), name, title, runtime[0] if runtime else {})
        if self._model:
            self._move_model()
        if self._returns:
            self._write_values(said.get("parameterValues", {}))

    def _finish_one(
        self, folder: Path, name: str, schema_title: str, runtime: dict[str, Any]
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        payload = folder / payload_name(name, schema_title)
        metadata = runtime.get("metadata") or {}
        description: dict[str, Any] = {
            "name": runtime.get("name") or name,
            "schema_title": schema_title,
            "metadata": metadata,
            "payload": payload.name,
        }
        uri = runtime.get("custom_path") or runtime.get("uri") or str(payload)
        if uri != str(payload):
            if "://" in uri:
                description["uri"] = uri
            elif Path(uri).exists() and not payload.exists():
                _copy(Path(uri), payload)
        if not payload.exists() and schema_title in _JSON_BY_METADATA:
            _write_json(payload, metadata)
        _write_json(folder / DESCRIPTION, description)

    def _finish_list(self, name: str, schema_title: str, runtimes: list[dict[str, Any]]) -> None:
        folder = self.folder(name) / PAYLOAD
        folder.mkdir(parents=True, exist_ok=True)
        for index, runtime in enumerate(runtimes):
            self._finish_one(folder / str(index), name, schema_title, runtime)
        _write_json(
            self.folder(name) / DESCRIPTION,
            {"name": name, "schema_title": schema_title, "metadata": {}, "payload": PAYLOAD},
        )

    def _move_model(self) -> None:
        """The model's files stand at the top of `model.tar.gz`, where serving looks for them."""
        staged = self.folder(self._model)
        description = json.loads((staged / DESCRIPTION).read_text(encoding="utf-8"))
        payload = staged / description["payload"]
        self._layout.model.mkdir(parents=True, exist_ok=True)
        if payload.is_dir():
            for member in sorted(payload.iterdir()):
                shutil.move(str(member), str(self._layout.model / member.name))
            description["payload"] = "."
        elif payload.exists():
            shutil.move(str(payload), str(self._layout.model / payload.name))
        _write_json(self._layout.model / DESCRIPTION, description)

    def _write_values(self, said: dict[str, Any]) -> None:
        values = {}
        for name, kind in self._returns.items():
            file = self._layout.staging / PARAMETERS / name
            if name in said:
                values[name] = typed(kind, said[name])
            elif file.is_file():
                values[name] = _read(file, kind)
        folder = self._layout.outputs / PARAMETERS
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / PARAMETERS_FILE, values)


def _read(file: Path, kind: str) -> Any:
    text = file.read_text(encoding="utf-8")
    try:
        return parse(kind, text)
    except ValueError:
        return text


def _model(declared: dict[str, str]) -> str:
    return next((name for name, title in declared.items() if title == _MODEL), "")


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(str(source), str(target))
    else:
        shutil.copy2(str(source), str(target))


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
