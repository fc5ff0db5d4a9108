"""Definitions built by hand, and a machine in a folder of its own to run them on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.local.events import Event
from penstock.targets.local.result import Output, RunResult
from penstock.targets.local.run import Machine, execute, resume

TOOL = "tool:1"


@dataclass
class Bench:
    """Runs definitions whose image `tool:1` is the machine's own `env`."""

    machine: Machine
    images: Mapping[str, str] = field(default_factory=lambda: {TOOL: "env"})
    events: list[Event] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.machine.home

    def definition(
        self, *steps: Mapping[str, Any], parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        kinds = {bool: "Boolean", int: "Integer", float: "Float", str: "String"}
        declared = {"ArtifactRoot": "s3://nowhere"} | dict(parameters or {})
        return {
            "Version": "2020-12-01",
            "Parameters": [
                {"Name": name, "Type": kinds[value if isinstance(value, type) else type(value)]}
                | ({} if isinstance(value, type) else {"DefaultValue": value})
                for name, value in declared.items()
            ],
            "Steps": list(steps),
        }

    def run(
        self,
        *steps: Mapping[str, Any],
        declared: Mapping[str, Any] | None = None,
        machine: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> RunResult:
        return execute(
            self.definition(*steps, parameters=declared),
            machine=replace(self.machine, **(machine or {})),
            images=options.pop("images", self.images),
            listener=self.events.append,
            **options,
        )

    def resume(self, execution_id: str | None = None, **machine: Any) -> RunResult:
        return resume(
            execution_id, machine=replace(self.machine, **machine), listener=self.events.append
        )

    @staticmethod
    def read(output: Output, name: str) -> str:
        return Path(output.uri.removeprefix("file://"), name).read_text()

    def put(self, name: str, content: str | bytes) -> str:
        """Write a file of the user's and return the URI of its folder."""
        file = self.home.parent / "given" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return f"file://{file.parent}"


class Build:
    """Steps as a definition holds them."""

    @staticmethod
    def get(path: str) -> dict[str, Any]:
        return {"Get": path}

    @staticmethod
    def join(*values: Any, on: str = "") -> dict[str, Any]:
        return {"Std:Join": {"On": on, "Values": list(values)}}

    @staticmethod
    def json_get(step: str, path: str, file: str = "facts") -> dict[str, Any]:
        return {
            "Std:JsonGet": {
                "PropertyFile": {"Get": f"Steps.{step}.PropertyFiles.{file}"},
                "Path": path,
            }
        }

    @staticmethod
    def output_of(step: str, name: str = "out") -> dict[str, Any]:
        return {"Get": f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri"}

    def processing(
        self,
        name: str,
        script: Any = "true",
        *,
        inputs: Mapping[str, Any] | None = None,
        outputs: Sequence[str] = ("out",),
        environment: Mapping[str, Any] | None = None,
        facts: str | None = None,
        image: Any = TOOL,
        arguments: Sequence[Any] = (),
        seconds: int | None = None,
        **step: Any,
    ) -> dict[str, Any]:
        """A Processing step that runs a shell script; `facts` names a property file in `out`."""
        root = "/opt/ml/processing"
        request: dict[str, Any] = {
            "AppSpecification": {
                "ImageUri": image,
                "ContainerEntrypoint": ["sh", "-ec", script],
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "VolumeSizeInGB": 30,
                }
            },
            "RoleArn": "arn:aws:iam::000000000000:role/any",
            "ProcessingInputs": [
                {
                    "InputName": key,
                    "S3Input": {"S3Uri": uri, "LocalPath": f"{root}/input/{key}"},
                }
                for key, uri in (inputs or {}).items()
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": key,
                        "S3Output": {
                            "S3Uri": self.join(
                                self.get("Parameters.ArtifactRoot"),
                                self.get("Execution.PipelineExecutionId"),
                                name,
                                key,
                                on="/",
                            ),
                            "LocalPath": f"{root}/output/{key}",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                    for key in outputs
                ]
            },
        }
        if arguments:
            request["AppSpecification"]["ContainerArguments"] = list(arguments)
        if environment:
            request["Environment"] = dict(environment)
        if seconds is not None:
            request["StoppingCondition"] = {"MaxRuntimeInSeconds": seconds}
        document = {"Name": name, "Type": "Processing", "Arguments": request, **step}
        if facts is not None:
            document["PropertyFiles"] = [
                {"PropertyFileName": "facts", "OutputName": "out", "FilePath": facts}
            ]
        return document

    def training(
        self,
        name: str,
        script: str = "true",
        *,
        channels: Mapping[str, Any] | None = None,
        hyperparameters: Mapping[str, Any] | None = None,
        metrics: Mapping[str, str] | None = None,
        checkpoints: bool = False,
        seconds: int = 3600,
        environment: Mapping[str, Any] | None = None,
        **step: Any,
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "AlgorithmSpecification": {
                "TrainingImage": TOOL,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["sh", "-ec", script],
                "MetricDefinitions": [
                    {"Name": key, "Regex": regex} for key, regex in (metrics or {}).items()
                ],
            },
            "OutputDataConfig": {
                "S3OutputPath": self.join(
                    self.get("Parameters.ArtifactRoot"),
                    self.get("Execution.PipelineExecutionId"),
                    name,
                    on="/",
                )
            },
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 30,
            },
            "RoleArn": "arn:aws:iam::000000000000:role/any",
            "StoppingCondition": {"MaxRuntimeInSeconds": seconds},
            "InputDataConfig": [
                {
                    "ChannelName": key,
                    "ContentType": "text/csv",
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": uri,
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                }
                for key, uri in (channels or {}).items()
            ],
        }
        if hyperparameters:
            request["HyperParameters"] = dict(hyperparameters)
        if environment:
            request["Environment"] = dict(environment)
        if checkpoints:
            request["CheckpointConfig"] = {
                "S3Uri": self.join(self.get("Parameters.ArtifactRoot"), "checkpoints", on="/"),
                "LocalPath": "/opt/ml/checkpoints",
            }
        return {"Name": name, "Type": "Training", "Arguments": request, **step}

    @staticmethod
    def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
        return {"Type": kind, "LeftValue": left, "RightValue": right}

    @staticmethod
    def condition(
        name: str,
        *conditions: Mapping[str, Any],
        then: Sequence[Mapping[str, Any]] = (),
        otherwise: Sequence[Mapping[str, Any]] = (),
        **step: Any,
    ) -> dict[str, Any]:
        return {
            "Name": name,
            "Type": "Condition",
            "Arguments": {
                "Conditions": list(conditions),
                "IfSteps": list(then),
                "ElseSteps": list(otherwise),
            },
            **step,
        }

    @staticmethod
    def fail(name: str, message: Any, **step: Any) -> dict[str, Any]:
        return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, **step}


@pytest.fixture
def build() -> Build:
    return Build()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "project").mkdir(exist_ok=True)
    return Bench(
        Machine(
            home=tmp_path / "home",
            project=tmp_path / "project",
            isolation="subprocess",
        )
    )


@pytest.fixture
def processes_of() -> Callable[[Path], list[int]]:
    """Gives the processes whose working directory lies below a folder."""

    def find(folder: Path) -> list[int]:
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    here = str((entry / "cwd").readlink())
                except OSError:
                    continue
                if here.startswith(f"{folder}/"):
                    found.append(int(entry.name))
        return found

    return find
