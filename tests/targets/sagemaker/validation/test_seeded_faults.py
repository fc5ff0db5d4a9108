"""Every fault planted in the good definition is found, and its whole message is right."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.targets.sagemaker.validation import check_definition, errors_of

GOOD = json.loads((Path(__file__).parent / "good_definition.json").read_text(encoding="utf-8"))
NAMING = ("Name", "OutputName", "ChannelName", "InputName", "PropertyFileName")

Fault = Callable[[dict[str, Any]], None]


def find(owner: Any, path: str) -> tuple[Any, Any]:
    """Follow a path whose list items are named or numbered; return the last owner and its key."""
    *parents, last = path.split("/")
    for part in parents:
        owner = owner[key_of(owner, part)]
    return owner, key_of(owner, last)


def key_of(owner: Any, part: str) -> Any:
    if not isinstance(owner, list):
        return part
    if part.isdigit():
        return int(part)
    return next(
        position
        for position, item in enumerate(owner)
        if any(item.get(member) == part for member in NAMING)
    )


def put(path: str, value: Any) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        owner, key = find(definition, path)
        owner[key] = value

    return fault


def drop(path: str) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        owner, key = find(definition, path)
        del owner[key]

    return fault


def add(path: str, value: Any) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        owner, key = find(definition, path)
        owner[key].append(value)

    return fault


def rename(path: str, name: str) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        owner, key = find(definition, path)
        owner[name] = owner.pop(key)

    return fault


def again(path: str) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        owner, key = find(definition, path)
        owner.append(copy.deepcopy(owner[key]))

    return fault


def both(*faults: Fault) -> Fault:
    def fault(definition: dict[str, Any]) -> None:
        for one in faults:
            one(definition)

    return fault


def get(target: str) -> dict[str, str]:
    return {"Get": target}


TRAIN = "Steps/Train/Arguments"
GATE = "Steps/Gate/Arguments"
REGISTER = f"{GATE}/IfSteps/Register"
CREATE_MODEL = f"{GATE}/IfSteps/CreateModel"
SCORE = f"{GATE}/IfSteps/Score/Arguments"
CLUSTER = "Steps/Preprocess/Arguments/ProcessingResources/ClusterConfig"
S3_SOURCE = f"{TRAIN}/InputDataConfig/train/DataSource/S3DataSource/S3Uri"

ERRORS: dict[str, tuple[Fault, list[str]]] = {
    "an unknown key at the top": (
        put("Pipeline", {}),
        [
            "definition.json: Pipeline: is unknown. Use one of: Version, Metadata, "
            "Parameters, PipelineExperimentConfig, MlflowConfig, Steps.",
        ],
    ),
    "a version that does not exist": (
        put("Version", "2021-12-01"),
        [
            "definition.json: Version: there is no version '2021-12-01'. Write '2020-12-01'.",
        ],
    ),
    "no steps": (
        put("Steps", []),
        [
            "definition.json: Steps: is empty. A pipeline has at least one step.",
        ],
    ),
    "steps that are no list": (
        put("Steps", {}),
        [
            "definition.json: Steps: must be a list of steps, not an object. Write [] for none.",
        ],
    ),
    "an unknown experiment key": (
        rename("PipelineExperimentConfig/TrialName", "TrailName"),
        [
            "definition.json: PipelineExperimentConfig.TrailName: is unknown. Did you mean "
            "'TrialName'?",
        ],
    ),
    "a parameter declared twice": (
        again("Parameters/Seed"),
        [
            "definition.json: Parameters[12] 'Seed'.Name: another parameter has the same "
            "name. Keep one of them.",
        ],
    ),
    "a parameter with a bad name": (
        add("Parameters", {"Name": "Day of week", "Type": "String"}),
        [
            "definition.json: Parameters[12] 'Day of week'.Name: 'Day of week' is no "
            "parameter name. Use 1 to 256 letters, digits, hyphens and underscores.",
        ],
    ),
    "a parameter of an unknown type": (
        put("Parameters/Seed/Type", "Int"),
        [
            "definition.json: Parameters[7] 'Seed'.Type: there is no parameter type 'Int'. "
            "Did you mean 'Integer'?",
        ],
    ),
    "a default of the wrong type": (
        put("Parameters/Seed/DefaultValue", "0"),
        [
            "definition.json: Parameters[7] 'Seed'.DefaultValue: is a string, but the "
            "parameter is of type Integer. Write a default of type Integer, or change the "
            "Type.",
        ],
    ),
    "a boolean as the default of an integer": (
        put("Parameters/Seed/DefaultValue", True),
        [
            "definition.json: Parameters[7] 'Seed'.DefaultValue: is a boolean, but the "
            "parameter is of type Integer. Write a default of type Integer, or change the "
            "Type.",
        ],
    ),
    "a default outside the enumeration": (
        put("Parameters/Stage/DefaultValue", "development"),
        [
            "definition.json: Parameters[5] 'Stage'.DefaultValue: 'development' is not among "
            "the EnumValues. Use one of: dev, pre-prod, prod.",
        ],
    ),
    "an enumeration of an integer": (
        put("Parameters/Seed/EnumValues", [1, 2]),
        [
            "definition.json: Parameters[7] 'Seed'.EnumValues: only a String parameter can "
            "have them, and this one is Integer. Leave EnumValues out, or make the parameter "
            "a String.",
        ],
    ),
    "a misspelt key of a parameter": (
        rename("Parameters/Seed/DefaultValue", "Default"),
        [
            "definition.json: Parameters[7] 'Seed'.Default: is unknown. Did you mean "
            "'DefaultValue'?",
        ],
    ),
    "two steps of one name": (
        put("Steps/Notify/Name", "Train"),
        [
            "definition.json: Steps[5] 'Train'.Name: Steps[1] 'Train' has the same name. "
            "Give every step a name of its own, those inside conditions included.",
        ],
    ),
    "a step named like one inside a branch": (
        put("Steps/Notify/Name", "Register"),
        [
            "definition.json: Steps[5] 'Register'.Name: Steps[3] 'Gate'.Arguments.IfSteps[0] "
            "'Register' has the same name. Give every step a name of its own, those inside "
            "conditions included.",
        ],
    ),
    "a step name with a space": (
        put("Steps/Notify/Name", "Notify the team"),
        [
            "definition.json: Steps[5] 'Notify the team'.Name: 'Notify the team' is no step "
            "name. Use 1 to 64 letters, digits, hyphens and underscores.",
        ],
    ),
    "a step name of 65 characters": (
        put("Steps/Notify/Name", "n" * 65),
        [
            "definition.json: Steps[5] "
            "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn'.Name: "
            "'nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn' is no step "
            "name. Use 1 to 64 letters, digits, hyphens and underscores.",
        ],
    ),
    "a step without a name": (
        drop("Steps/Notify/Name"),
        [
            "definition.json: Steps[5]: has no Name. Give it a name of its own.",
        ],
    ),
    "an unknown step type": (
        put("Steps/Train/Type", "Trainning"),
        [
            "definition.json: Steps[1] 'Train'.Type: there is no step type 'Trainning'. Did "
            "you mean 'Training'?",
        ],
    ),
    "a misspelt key of a step": (
        rename("Steps/AskTeam/DependsOn", "DependOn"),
        [
            "definition.json: Steps[4] 'AskTeam'.DependOn: is unknown to a Callback step. "
            "Did you mean 'DependsOn'?",
        ],
    ),
    "a condition inside a condition": (
        add(
            f"{GATE}/IfSteps",
            {
                "Name": "Inner",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
                    "IfSteps": [
                        {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
                    ],
                    "ElseSteps": [],
                },
            },
        ),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[3] 'Inner'.Type: a Condition "
            "step cannot stand inside another one: SageMaker does not support it. Put both "
            "conditions into one step, or flatten them into steps side by side.",
        ],
    ),
    "a missing role": (
        drop(f"{TRAIN}/RoleArn"),
        [
            "definition.json: Steps[1] 'Train'.Arguments: has no RoleArn. Add RoleArn.",
        ],
    ),
    "a misspelt argument": (
        rename(f"{TRAIN}/ResourceConfig", "ResourcesConfig"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.ResourcesConfig: is unknown. Did "
            "you mean 'ResourceConfig'?",
            "definition.json: Steps[1] 'Train'.Arguments: has no ResourceConfig. Add "
            "ResourceConfig.",
        ],
    ),
    "a count as text": (
        put(f"{CLUSTER}/InstanceCount", "1"),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.ProcessingResources.ClusterConfig.InstanceCount: is a "
            "string, and an integer is wanted. Write an integer.",
        ],
    ),
    "a number as a hyperparameter": (
        put(f"{TRAIN}/HyperParameters/max_depth", 6),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['max_depth']: is an "
            "integer, and a string is wanted. Write a string.",
        ],
    ),
    "no instances": (
        put(f"{CLUSTER}/InstanceCount", 0),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.ProcessingResources.ClusterConfig.InstanceCount: 0 is "
            "out of bounds. Give a number from 1 to 100.",
        ],
    ),
    "a list that is an object": (
        put(f"{TRAIN}/InputDataConfig", {}),
        [
            "definition.json: Steps[1] 'Train'.Arguments.InputDataConfig: is an object, and "
            "a list is wanted. Write a list.",
        ],
    ),
    "an input mode that does not exist": (
        put(f"{TRAIN}/AlgorithmSpecification/TrainingInputMode", "Files"),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.AlgorithmSpecification.TrainingInputMode: 'Files' is not "
            "allowed. Did you mean 'File'?",
        ],
    ),
    "a role that is no ARN": (
        put(f"{TRAIN}/RoleArn", "penstock"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.RoleArn: 'penstock' has the wrong "
            "form. It must match arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+.",
        ],
    ),
    "an output that is no S3 URI": (
        put(f"{TRAIN}/OutputDataConfig/S3OutputPath", "/data/out"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.OutputDataConfig.S3OutputPath: "
            "'/data/out' has the wrong form. It must match (https|s3)://([^/]+)/?(.*).",
        ],
    ),
    "a container argument of 257 characters": (
        add("Steps/Preprocess/Arguments/AppSpecification/ContainerArguments", "x" * 257),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.AppSpecification.ContainerArguments[6]: has 257 "
            "characters. Use at most 256.",
        ],
    ),
    "101 container arguments": (
        put("Steps/Preprocess/Arguments/AppSpecification/ContainerArguments", ["x"] * 101),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.AppSpecification.ContainerArguments: has 101 items. Give "
            "at most 100.",
        ],
    ),
    "101 hyperparameters": (
        put(f"{TRAIN}/HyperParameters", {f"h{n}": "1" for n in range(101)}),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters: has 101 entries. "
            "Give at most 100.",
        ],
    ),
    "a hyperparameter of 2,501 characters": (
        put(f"{TRAIN}/HyperParameters/max_depth", "9" * 2501),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['max_depth']: has "
            "2501 characters. Use at most 2500.",
        ],
    ),
    "an environment value of 257 characters in processing": (
        put("Steps/Preprocess/Arguments/Environment/LOG_LEVEL", "x" * 257),
        [
            "definition.json: Steps[0] 'Preprocess'.Arguments.Environment['LOG_LEVEL']: has "
            "257 characters. Use at most 256.",
        ],
    ),
    "an environment value of 513 characters in training": (
        put(f"{TRAIN}/Environment/PYTHONHASHSEED", "0" * 513),
        [
            "definition.json: Steps[1] 'Train'.Arguments.Environment['PYTHONHASHSEED']: has "
            "513 characters. Use at most 512.",
        ],
    ),
    "an environment name with a hyphen": (
        put("Steps/Preprocess/Arguments/Environment", {"LOG-LEVEL": "INFO"}),
        [
            "definition.json: Steps[0] 'Preprocess'.Arguments.Environment['LOG-LEVEL']: the "
            "key 'LOG-LEVEL' has the wrong form. It must match [a-zA-Z_][a-zA-Z0-9_]*.",
        ],
    ),
    "11 processing inputs": (
        put(
            "Steps/Evaluate/Arguments/ProcessingInputs",
            [
                {
                    "InputName": f"i{n}",
                    "S3Input": {
                        "S3Uri": "s3://b/k",
                        "LocalPath": f"/opt/ml/processing/input/{n}",
                        "S3DataType": "S3Prefix",
                        "S3InputMode": "File",
                    },
                }
                for n in range(11)
            ],
        ),
        [
            "definition.json: Steps[2] 'Evaluate'.Arguments.ProcessingInputs: has 11 items. "
            "Give at most 10.",
        ],
    ),
    "a payload of 101 MB": (
        put(f"{SCORE}/MaxPayloadInMB", 101),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[2] "
            "'Score'.Arguments.MaxPayloadInMB: 101 is out of bounds. Give a number from 0 to "
            "100.",
        ],
    ),
    "a training volume of 0 GB": (
        put(f"{TRAIN}/ResourceConfig/VolumeSizeInGB", 0),
        [
            "definition.json: Steps[1] 'Train'.Arguments.ResourceConfig.VolumeSizeInGB: 0 is "
            "out of bounds. Give a number from 1 to 16384.",
        ],
    ),
    "a processing volume of 16385 GB": (
        put(f"{CLUSTER}/VolumeSizeInGB", 16385),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.ProcessingResources.ClusterConfig.VolumeSizeInGB: 16385 "
            "is out of bounds. Give a number from 1 to 16384.",
        ],
    ),
    "an unknown parameter": (
        put(f"{TRAIN}/RoleArn", get("Parameters.Rol")),
        [
            "definition.json: Steps[1] 'Train'.Arguments.RoleArn.Get: there is no parameter "
            "'Rol'. Did you mean 'Role'?",
        ],
    ),
    "an unknown execution variable": (
        put("PipelineExperimentConfig/TrialName", get("Execution.PipelineExecutionID")),
        [
            "definition.json: PipelineExperimentConfig.TrialName.Get: there is no execution "
            "variable 'PipelineExecutionID'. Did you mean 'PipelineExecutionId'?",
        ],
    ),
    "a reference to an unknown step": (
        put(
            S3_SOURCE, get("Steps.Preproces.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
        ),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: there "
            "is no step 'Preproces'. Did you mean 'Preprocess'?",
        ],
    ),
    "a reference to an unknown member": (
        put(
            f"{CREATE_MODEL}/Arguments/PrimaryContainer/ModelDataUrl",
            get("Steps.Train.ModelArtifact.S3ModelArtifacts"),
        ),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[1] "
            "'CreateModel'.Arguments.PrimaryContainer.ModelDataUrl.Get: a Training step has "
            "no property 'ModelArtifact'. Did you mean 'ModelArtifacts'?",
        ],
    ),
    "a reference to an unknown member deeper down": (
        put(
            f"{CREATE_MODEL}/Arguments/PrimaryContainer/ModelDataUrl",
            get("Steps.Train.ModelArtifacts.S3Uri"),
        ),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[1] "
            "'CreateModel'.Arguments.PrimaryContainer.ModelDataUrl.Get: 'ModelArtifacts' of "
            "a Training step has no member 'S3Uri'. Use one of: S3ModelArtifacts.",
        ],
    ),
    "a reference to an unknown output": (
        put(
            S3_SOURCE,
            get("Steps.Preprocess.ProcessingOutputConfig.Outputs['trian'].S3Output.S3Uri"),
        ),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: step "
            "'Preprocess' has no output 'trian'. Did you mean 'train'?",
        ],
    ),
    "a reference to an object": (
        put(S3_SOURCE, get("Steps.Train.ModelArtifacts")),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: "
            "'ModelArtifacts' is an object, not one value. Read one of its members: "
            "S3ModelArtifacts.",
            "definition.json: Steps[1] 'Train': depends on itself. Remove that dependency.",
        ],
    ),
    "a reference into a list without an item": (
        put(S3_SOURCE, get("Steps.Preprocess.ProcessingOutputConfig.Outputs.train.S3Output.S3Uri")),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: "
            "'ProcessingOutputConfig.Outputs' is a list, so '.train' leads nowhere. Pick an "
            "item first: ProcessingOutputConfig.Outputs[0] or "
            "ProcessingOutputConfig.Outputs['name'].",
        ],
    ),
    "a reference past a value": (
        put(
            f"{CREATE_MODEL}/Arguments/PrimaryContainer/ModelDataUrl",
            get("Steps.Train.ModelArtifacts.S3ModelArtifacts.Uri"),
        ),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[1] "
            "'CreateModel'.Arguments.PrimaryContainer.ModelDataUrl.Get: "
            "'ModelArtifacts.S3ModelArtifacts' is one value, so '.Uri' leads nowhere. End "
            "the path at ModelArtifacts.S3ModelArtifacts.",
        ],
    ),
    "a reference to a step without a property": (
        put(S3_SOURCE, get("Steps.Preprocess")),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: names a "
            "step but none of its properties. Use one of: ProcessingInputs, "
            "ProcessingOutputConfig, ProcessingJobName, ProcessingResources, "
            "StoppingCondition, AppSpecification, Environment, NetworkConfig, RoleArn, "
            "ExperimentConfig, ProcessingJobArn, ProcessingJobStatus and 9 more.",
        ],
    ),
    "a malformed path": (
        put(
            S3_SOURCE, get("Steps.Preprocess.ProcessingOutputConfig.Outputs[train].S3Output.S3Uri")
        ),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: the "
            "path '.ProcessingOutputConfig.Outputs[train].S3Output.S3Uri' is malformed. "
            "Write members as .Name and items as ['name'].",
        ],
    ),
    "a property file as a value": (
        put(S3_SOURCE, get("Steps.Preprocess.PropertyFiles.parameters")),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: a "
            "property file is no value. Read a value from it with Std:JsonGet and a Path.",
        ],
    ),
    "a reference to nothing": (
        put(S3_SOURCE, get("Parameter.Source")),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: "
            "'Parameter.Source' refers to nothing. Did you mean 'Parameters'?",
        ],
    ),
    "a reference that is no string": (
        put(S3_SOURCE, {"Get": 1}),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.InputDataConfig[0].DataSource.S3DataSource.S3Uri.Get: must be "
            "a string, not an integer. Write a reference.",
        ],
    ),
    "a reference where a list is wanted": (
        put(f"{TRAIN}/InputDataConfig", get("Parameters.Source")),
        [
            "definition.json: Steps[1] 'Train'.Arguments.InputDataConfig: a reference gives "
            "one value, and a list is wanted. Write it out, with references for the single "
            "values inside.",
        ],
    ),
    "an unknown output of a callback": (
        put("Steps/Notify/Arguments/answer", get("Steps.AskTeam.OutputParameters['anser']")),
        [
            "definition.json: Steps[5] 'Notify'.Arguments.answer.Get: step 'AskTeam' "
            "declares no output 'anser'. Did you mean 'answer'?",
        ],
    ),
    "a value read from a Fail step": (
        put("Steps/Notify/Arguments/answer", get("Steps.Stop.ErrorMessage")),
        [
            "definition.json: Steps[5] 'Notify'.Arguments.answer.Get: a Fail step has no "
            "property 'ErrorMessage'. A Fail step leaves nothing to read.",
            "definition.json: Steps[5] 'Notify'.Arguments.answer.Get: 'Stop' is inside "
            "ElseSteps of 'Gate': this step runs only when that branch is taken. Move the "
            "step into the branch to say so.",
        ],
    ),
    "an integer parameter in a string": (
        put(f"{TRAIN}/HyperParameters/seed", get("Parameters.Seed")),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['seed']: is of type "
            'Integer, and a string is wanted. Turn it into text: {"Std:Join": {"On": "", '
            '"Values": [...]}}.',
        ],
    ),
    "a string parameter in an integer": (
        put(f"{TRAIN}/ResourceConfig/InstanceCount", get("Parameters.Source")),
        [
            "definition.json: Steps[1] 'Train'.Arguments.ResourceConfig.InstanceCount: is of "
            "type String, and an integer is wanted. Refer to a value of type Integer.",
        ],
    ),
    "joined text in an integer": (
        put(f"{TRAIN}/ResourceConfig/InstanceCount", {"Std:Join": {"On": "", "Values": [1]}}),
        [
            "definition.json: Steps[1] 'Train'.Arguments.ResourceConfig.InstanceCount: is of "
            "type String, and an integer is wanted. Std:Join gives text: refer to a value of "
            "type Integer itself.",
        ],
    ),
    "an integer output of a callback in a string": (
        put(f"{TRAIN}/HyperParameters/seed", get("Steps.AskTeam.OutputParameters['limit']")),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['seed']: is of type "
            'Integer, and a string is wanted. Turn it into text: {"Std:Join": {"On": "", '
            '"Values": [...]}}.',
            "definition.json: Steps[1] 'Train': the steps wait for one another: Train → "
            "AskTeam → Evaluate → Train. Remove one of these edges.",
        ],
    ),
    "a function that does not exist": (
        put(f"{TRAIN}/HyperParameters/seed", {"Std:Concat": {}}),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['seed']: there is "
            "no function 'Std:Concat'. Use one of: Get, Std:Join, Std:JsonGet.",
        ],
    ),
    "a function beside another key": (
        put(f"{TRAIN}/HyperParameters/seed", {"Get": "Parameters.Source", "Default": "0"}),
        [
            "definition.json: Steps[1] 'Train'.Arguments.HyperParameters['seed']: Get stands "
            "beside 'Default'. An expression is an object with that one key: move the others "
            "out.",
        ],
    ),
    "a join without values": (
        put(f"{TRAIN}/HyperParameters/seed", {"Std:Join": {"On": ""}}),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.HyperParameters['seed'].Std:Join.Values: is missing. List the "
            "values to join.",
        ],
    ),
    "a join of a list": (
        put(f"{TRAIN}/HyperParameters/seed", {"Std:Join": {"On": "", "Values": [["a"]]}}),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.HyperParameters['seed'].Std:Join.Values[0]: a list cannot be "
            "joined. Join strings, numbers, booleans and references.",
        ],
    ),
    "a join without a separator": (
        put(f"{TRAIN}/HyperParameters/seed", {"Std:Join": {"Values": ["a"]}}),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.HyperParameters['seed'].Std:Join.On: is missing. Write the "
            "string that goes between the values.",
        ],
    ),
    "an unknown property file": (
        put(
            f"{GATE}/Conditions/0/LeftValue/Std:JsonGet/PropertyFile",
            get("Steps.Evaluate.PropertyFiles.parameter"),
        ),
        [
            "definition.json: Steps[3] "
            "'Gate'.Arguments.Conditions[0].LeftValue.Std:JsonGet.PropertyFile.Get: step "
            "'Evaluate' declares no property file 'parameter'. Did you mean 'parameters'?",
        ],
    ),
    "a property file of a training step": (
        put(
            f"{GATE}/Conditions/0/LeftValue/Std:JsonGet/PropertyFile",
            get("Steps.Train.PropertyFiles.parameters"),
        ),
        [
            "definition.json: Steps[3] "
            "'Gate'.Arguments.Conditions[0].LeftValue.Std:JsonGet.PropertyFile.Get: step "
            "'Train' declares no property file 'parameters'. Only a Processing step has "
            "property files.",
        ],
    ),
    "a path in a property file that is no literal": (
        put(f"{GATE}/Conditions/0/LeftValue/Std:JsonGet/Path", get("Parameters.Source")),
        [
            "definition.json: Steps[3] "
            "'Gate'.Arguments.Conditions[0].LeftValue.Std:JsonGet.Path: is an object. Write "
            "the literal path of the value, such as metrics.auc.",
        ],
    ),
    "a JsonGet without a file": (
        drop(f"{GATE}/Conditions/0/LeftValue/Std:JsonGet/PropertyFile"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0].LeftValue.Std:JsonGet: "
            "reads no file. Give either PropertyFile or S3Uri.",
        ],
    ),
    "a property file declared twice": (
        again("Steps/Evaluate/PropertyFiles/parameters"),
        [
            "definition.json: Steps[2] 'Evaluate'.PropertyFiles[1].PropertyFileName: "
            "'parameters' is declared twice. Give every property file of the step a name of "
            "its own.",
        ],
    ),
    "a property file in an unknown output": (
        put("Steps/Evaluate/PropertyFiles/parameters/OutputName", "parametres"),
        [
            "definition.json: Steps[2] 'Evaluate'.PropertyFiles[0].OutputName: step "
            "'Evaluate' has no output 'parametres'. Did you mean 'parameters'?",
        ],
    ),
    "a property file without a path": (
        drop("Steps/Evaluate/PropertyFiles/parameters/FilePath"),
        [
            "definition.json: Steps[2] 'Evaluate'.PropertyFiles[0]: has no FilePath. Give "
            "all of: PropertyFileName, OutputName, FilePath.",
        ],
    ),
    "property files of a training step": (
        put("Steps/Train/PropertyFiles", []),
        [
            "definition.json: Steps[1] 'Train'.PropertyFiles: only a Processing step has "
            "property files. Leave PropertyFiles out.",
        ],
    ),
    "a condition of an unknown type": (
        put(f"{GATE}/Conditions/0/Type", "GreaterThanOrEqual"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0].Type: there is no "
            "condition type 'GreaterThanOrEqual'. Did you mean 'GreaterThanOrEqualTo'?",
        ],
    ),
    "a condition without an operand": (
        drop(f"{GATE}/Conditions/0/RightValue"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0]: GreaterThanOrEqualTo "
            "has no RightValue. Add RightValue.",
        ],
    ),
    "a condition with a foreign operand": (
        rename(f"{GATE}/Conditions/0/RightValue", "Values"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0].Values: is unknown to "
            "GreaterThanOrEqualTo. Did you mean 'LeftValue'?",
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0]: GreaterThanOrEqualTo "
            "has no RightValue. Add RightValue.",
        ],
    ),
    "no conditions": (
        put(f"{GATE}/Conditions", []),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions: is empty. List at least "
            "one condition.",
        ],
    ),
    "an empty Or": (
        put(f"{GATE}/Conditions/1/Conditions", []),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[1].Conditions: is empty. "
            "List at least one condition.",
        ],
    ),
    "a list as an operand": (
        put(f"{GATE}/Conditions/0/RightValue", [0.8]),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0].RightValue: a list "
            "cannot be compared. Compare strings, numbers, booleans and references.",
        ],
    ),
    "an order of a boolean": (
        put(f"{GATE}/Conditions/0/RightValue", get("Parameters.Force")),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0]: GreaterThanOrEqualTo "
            "cannot order a Boolean. Use Equals with true or false.",
        ],
    ),
    "an order of a number and text": (
        put(
            f"{GATE}/Conditions/0",
            {
                "Type": "LessThan",
                "LeftValue": get("Parameters.MinimumAuc"),
                "RightValue": get("Parameters.Stage"),
            },
        ),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0]: compares a Float with "
            "a String. Compare values of one type.",
        ],
    ),
    "branches that are no lists": (
        put(f"{GATE}/ElseSteps", {}),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.ElseSteps: must be a list of steps, "
            "not an object. Write [] for none.",
        ],
    ),
    "a dependency on an unknown step": (
        add("Steps/AskTeam/DependsOn", "Evaluat"),
        [
            "definition.json: Steps[4] 'AskTeam'.DependsOn[1]: there is no step 'Evaluat'. "
            "Did you mean 'Evaluate'?",
        ],
    ),
    "dependencies that are no list": (
        put("Steps/AskTeam/DependsOn", "Evaluate"),
        [
            "definition.json: Steps[4] 'AskTeam'.DependsOn: is a string. Write a list of "
            "step names.",
        ],
    ),
    "a trigger that does not exist": (
        put("Steps/Notify/DependsOn/1/Trigger", "Failure"),
        [
            "definition.json: Steps[5] 'Notify'.DependsOn[1].Trigger: there is no trigger "
            "'Failure'. Did you mean 'Failed'?",
        ],
    ),
    "a cycle of references": (
        put(
            "Steps/Preprocess/Arguments/Environment/LOG_LEVEL",
            get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        ),
        [
            "definition.json: Steps[0] 'Preprocess': the steps wait for one another: "
            "Preprocess → Train → Preprocess. Remove one of these edges.",
        ],
    ),
    "a cycle of dependencies": (
        put("Steps/Evaluate/DependsOn", ["Notify"]),
        [
            "definition.json: Steps[2] 'Evaluate': the steps wait for one another: Evaluate "
            "→ Notify → AskTeam → Evaluate. Remove one of these edges.",
        ],
    ),
    "a step that depends on itself": (
        put("Steps/Train/DependsOn", ["Train"]),
        [
            "definition.json: Steps[1] 'Train': depends on itself. Remove that dependency.",
        ],
    ),
    "a condition that reads its own branch": (
        put(f"{GATE}/Conditions/0/LeftValue", get("Steps.CreateModel.ModelName")),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[0]: compares a String "
            "with a Float. Compare values of one type.",
            "definition.json: Steps[3] 'Gate': the steps wait for one another: Gate → "
            "CreateModel → Gate. Remove one of these edges.",
        ],
    ),
    "a step that waits for both branches": (
        put("Steps/Notify/DependsOn", ["Register", "Stop"]),
        [
            "definition.json: Steps[5] 'Notify'.DependsOn[1]: waits for 'Stop' on the other "
            "branch of 'Gate' too, so the step can never run. Wait for the steps of one "
            "branch only, or write the step once in each branch.",
        ],
    ),
    "an exception that does not exist": (
        put("Steps/Train/RetryPolicies/0/ExceptionType/0", "SageMaker.CAPACITY"),
        [
            "definition.json: Steps[1] 'Train'.RetryPolicies[0].ExceptionType[0]: there is "
            "no exception type 'SageMaker.CAPACITY'. Did you mean 'SageMaker.CAPACITY_ERROR'?",
        ],
    ),
    "a job's exception on a registration": (
        put(f"{REGISTER}/RetryPolicies/0/ExceptionType/0", "SageMaker.CAPACITY_ERROR"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[0] "
            "'Register'.RetryPolicies[0].ExceptionType[0]: a RegisterModel step does not "
            "start a job, so SageMaker.CAPACITY_ERROR cannot happen. Use one of: "
            "Step.SERVICE_FAULT, Step.THROTTLING.",
        ],
    ),
    "two ends of a retry policy": (
        put("Steps/Train/RetryPolicies/0/ExpireAfterMin", 10),
        [
            "definition.json: Steps[1] 'Train'.RetryPolicies[0]: has both MaxAttempts and "
            "ExpireAfterMin. Give one of them.",
        ],
    ),
    "21 attempts": (
        put("Steps/Train/RetryPolicies/0/MaxAttempts", 21),
        [
            "definition.json: Steps[1] 'Train'.RetryPolicies[0].MaxAttempts: 21 is out of "
            "bounds. Give a number from 1 to 20.",
        ],
    ),
    "retries of a Fail step": (
        put(f"{GATE}/ElseSteps/Stop/RetryPolicies", []),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.ElseSteps[0] 'Stop'.RetryPolicies: a "
            "Fail step takes no retry policies. Leave RetryPolicies out.",
        ],
    ),
    "a cached registration": (
        put(f"{REGISTER}/CacheConfig", {"Enabled": True}),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[0] 'Register'.CacheConfig: a "
            "RegisterModel step cannot be cached. Leave CacheConfig out.",
        ],
    ),
    "an expiry that is no duration": (
        put("Steps/Train/CacheConfig/ExpireAfter", "30 days"),
        [
            "definition.json: Steps[1] 'Train'.CacheConfig.ExpireAfter: '30 days' is no ISO "
            "8601 duration. Write one such as P30D or PT12H.",
        ],
    ),
    "a cache that is neither on nor off": (
        put("Steps/Train/CacheConfig/Enabled", "true"),
        [
            "definition.json: Steps[1] 'Train'.CacheConfig.Enabled: is a string. Write true "
            "or false.",
        ],
    ),
    "a warm pool of spot instances": (
        put(f"{TRAIN}/ResourceConfig/KeepAlivePeriodInSeconds", 600),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.ResourceConfig.KeepAlivePeriodInSeconds: a warm pool cannot "
            "be kept of spot instances. Leave it out, or turn EnableManagedSpotTraining off.",
        ],
    ),
    "a wait shorter than the run": (
        put(f"{TRAIN}/StoppingCondition/MaxWaitTimeInSeconds", 60),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.StoppingCondition.MaxWaitTimeInSeconds: 60 is less than "
            "MaxRuntimeInSeconds, 3600. It includes the run: make it at least as long.",
        ],
    ),
    "spot instances without a wait": (
        drop(f"{TRAIN}/StoppingCondition/MaxWaitTimeInSeconds"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.StoppingCondition: has no "
            "MaxWaitTimeInSeconds, and the job trains on spot instances. Say how long to "
            "wait for them, at least MaxRuntimeInSeconds.",
        ],
    ),
    "a wait without spot instances": (
        put(f"{TRAIN}/EnableManagedSpotTraining", False),
        [
            "definition.json: Steps[1] "
            "'Train'.Arguments.StoppingCondition.MaxWaitTimeInSeconds: is allowed only with "
            "managed spot training. Leave it out, or turn EnableManagedSpotTraining on.",
        ],
    ),
    "training without an image": (
        drop(f"{TRAIN}/AlgorithmSpecification/TrainingImage"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.AlgorithmSpecification: names no "
            "image. Give TrainingImage or AlgorithmName.",
        ],
    ),
    "an image and an algorithm": (
        put(f"{TRAIN}/AlgorithmSpecification/AlgorithmName", "xgboost"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.AlgorithmSpecification: has both "
            "TrainingImage and AlgorithmName. Give TrainingImage or AlgorithmName.",
        ],
    ),
    "two channels of one name": (
        put(f"{TRAIN}/InputDataConfig/validation/ChannelName", "train"),
        [
            "definition.json: Steps[1] 'Train'.Arguments.InputDataConfig[1].ChannelName: "
            "'train' is there already. Give each one a name of its own.",
        ],
    ),
    "two outputs of one name": (
        put("Steps/Evaluate/Arguments/ProcessingOutputConfig/Outputs/report/OutputName", "metrics"),
        [
            "definition.json: Steps[2] "
            "'Evaluate'.Arguments.ProcessingOutputConfig.Outputs[1].OutputName: 'metrics' is "
            "there already. Give each one a name of its own.",
            "definition.json: Steps[4] 'AskTeam'.Arguments.report.Get: step 'Evaluate' has "
            "no output 'report'. Use one of: metrics, parameters.",
        ],
    ),
    "an output outside the processing folder": (
        put(
            "Steps/Evaluate/Arguments/ProcessingOutputConfig/Outputs/report/S3Output/LocalPath",
            "/opt/ml/output/report",
        ),
        [
            "definition.json: Steps[2] "
            "'Evaluate'.Arguments.ProcessingOutputConfig.Outputs[1].S3Output.LocalPath: "
            "'/opt/ml/output/report' is outside /opt/ml/processing. Put it below "
            "/opt/ml/processing.",
        ],
    ),
    "an input without a source": (
        drop("Steps/Evaluate/Arguments/ProcessingInputs/model/S3Input"),
        [
            "definition.json: Steps[2] 'Evaluate'.Arguments.ProcessingInputs[0]: has no "
            "source. Give either S3Input or DatasetDefinition.",
        ],
    ),
    "a model without a container": (
        drop(f"{CREATE_MODEL}/Arguments/PrimaryContainer"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[1] 'CreateModel'.Arguments: "
            "has no container. Give either PrimaryContainer or Containers.",
        ],
    ),
    "a registration without a group": (
        drop(f"{REGISTER}/Arguments/ModelPackageGroupName"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[0] 'Register'.Arguments: "
            "names no model package group. Add ModelPackageGroupName.",
        ],
    ),
    "a registration without a model": (
        drop(f"{REGISTER}/Arguments/InferenceSpecification"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.IfSteps[0] 'Register'.Arguments: "
            "names no model. Add InferenceSpecification with its Containers.",
        ],
    ),
    "a Fail step without a message": (
        put(f"{GATE}/ElseSteps/Stop/Arguments", {}),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.ElseSteps[0] "
            "'Stop'.Arguments.ErrorMessage: is missing. Say in a string why the pipeline "
            "fails.",
        ],
    ),
    "a message that is a number": (
        put(f"{GATE}/ElseSteps/Stop/Arguments/ErrorMessage", get("Parameters.MinimumAuc")),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.ElseSteps[0] "
            "'Stop'.Arguments.ErrorMessage: is of type Float, and a string is wanted. Turn "
            'it into text: {"Std:Join": {"On": "", "Values": [...]}}.',
        ],
    ),
    "a callback without a queue": (
        drop("Steps/AskTeam/SqsQueueUrl"),
        [
            "definition.json: Steps[4] 'AskTeam'.SqsQueueUrl: is missing. Write the URL of "
            "an SQS queue.",
        ],
    ),
    "an output of a callback of an unknown type": (
        put("Steps/AskTeam/OutputParameters/answer/OutputType", "Text"),
        [
            "definition.json: Steps[4] 'AskTeam'.OutputParameters[0].OutputType: there is no "
            "type 'Text'. Use one of: String, Integer, Boolean, Float.",
        ],
    ),
    "an output of a callback declared twice": (
        again("Steps/AskTeam/OutputParameters/answer"),
        [
            "definition.json: Steps[4] 'AskTeam'.OutputParameters[2].OutputName: 'answer' is "
            "declared twice. Declare it once.",
        ],
    ),
    "a Lambda function that is no ARN": (
        put("Steps/Notify/FunctionArn", "notify"),
        [
            "definition.json: Steps[5] 'Notify'.FunctionArn: 'notify' is not the ARN of a "
            "Lambda function. Write the ARN of a Lambda function.",
        ],
    ),
    "a quality check of an unknown kind": (
        add(
            "Steps",
            {
                "Name": "Check",
                "Type": "QualityCheck",
                "CheckType": "DATA_QUALTY",
                "Arguments": {
                    "ProcessingResources": {
                        "ClusterConfig": {
                            "InstanceType": "ml.m5.xlarge",
                            "InstanceCount": 1,
                            "VolumeSizeInGB": 30,
                        }
                    },
                    "AppSpecification": {"ImageUri": "image"},
                    "RoleArn": get("Parameters.Role"),
                },
            },
        ),
        [
            "definition.json: Steps[6] 'Check'.CheckType: there is no QualityCheck "
            "'DATA_QUALTY'. Did you mean 'DATA_QUALITY'?",
        ],
    ),
    "an EMR step without a cluster": (
        add(
            "Steps",
            {
                "Name": "Spark",
                "Type": "EMR",
                "Arguments": {"StepConfig": {"HadoopJarStep": {"Jar": "s3://b/a.jar"}}},
            },
        ),
        [
            "definition.json: Steps[6] 'Spark'.Arguments: has neither ClusterId nor "
            "ClusterConfig. Give either ClusterId or ClusterConfig.",
        ],
    ),
    "a ForEach step of 51 at once": (
        add(
            "Steps",
            {
                "Name": "Each",
                "Type": "ForEach",
                "Arguments": {
                    "IterableItems": ["a"],
                    "MaxConcurrency": 51,
                    "ForEachBody": [
                        {
                            "Name": "Tell",
                            "Type": "Lambda",
                            "FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:f",
                            "Arguments": {"item": get("ForEach.CurrentItem")},
                        }
                    ],
                },
            },
        ),
        [
            "definition.json: Steps[6] 'Each'.Arguments.MaxConcurrency: 51 is out of bounds. "
            "Give an integer from 1 to 50.",
        ],
    ),
    "a Fail step inside a ForEach step": (
        add(
            "Steps",
            {
                "Name": "Each",
                "Type": "ForEach",
                "Arguments": {
                    "IterableItems": ["a"],
                    "MaxConcurrency": 5,
                    "ForEachBody": [
                        {"Name": "End", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
                    ],
                },
            },
        ),
        [
            "definition.json: Steps[6] 'Each'.Arguments.ForEachBody[0] 'End'.Type: a Fail "
            "step cannot stand inside a ForEach step. Move it out of ForEachBody.",
        ],
    ),
    "the current item outside a ForEach step": (
        put("Steps/Notify/Arguments/answer", get("ForEach.CurrentItem")),
        [
            "definition.json: Steps[5] 'Notify'.Arguments.answer.Get: ForEach.CurrentItem "
            "exists only inside a ForEachBody. Move the step into the ForEach step, or read "
            "something else.",
        ],
    ),
}

WARNINGS: dict[str, tuple[Fault, list[str]]] = {
    "an instance type that is not known yet": (
        put(f"{CLUSTER}/InstanceType", "ml.m9.xlarge"),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.ProcessingResources.ClusterConfig.InstanceType: "
            "'ml.m9.xlarge' is not among the known instance types. Did you mean "
            "'ml.m5.xlarge'?",
        ],
    ),
    "a default that does not fit its use": (
        both(
            put("Parameters/TrainingInstances/DefaultValue", 0),
            put(f"{CLUSTER}/InstanceCount", get("Parameters.TrainingInstances")),
        ),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.ProcessingResources.ClusterConfig.InstanceCount: the "
            "default of parameter 'TrainingInstances' does not fit: 0 is out of bounds. Give "
            "a number from 1 to 100.",
        ],
    ),
    "an execution id in the argument of a cached step": (
        add(
            "Steps/Preprocess/Arguments/AppSpecification/ContainerArguments",
            get("Execution.PipelineExecutionId"),
        ),
        [
            "definition.json: Steps[0] "
            "'Preprocess'.Arguments.AppSpecification.ContainerArguments[6].Get: "
            "Execution.PipelineExecutionId differs in every execution, so this cached step "
            "always runs. Keep it to the outputs, or turn the step's caching off.",
        ],
    ),
    "an execution id in the input of a cached step": (
        put(
            "Steps/Evaluate/Arguments/ProcessingInputs/test/S3Input/S3Uri",
            {
                "Std:Join": {
                    "On": "/",
                    "Values": ["s3://bucket", get("Execution.PipelineExecutionId")],
                }
            },
        ),
        [
            "definition.json: Steps[2] "
            "'Evaluate'.Arguments.ProcessingInputs[1].S3Input.S3Uri.Std:Join.Values[1].Get: "
            "Execution.PipelineExecutionId differs in every execution, so this cached step "
            "always runs. Keep it to the outputs, or turn the step's caching off.",
        ],
    ),
    "a wait for one branch": (
        put("Steps/Notify/DependsOn", ["Register"]),
        [
            "definition.json: Steps[5] 'Notify'.DependsOn[0]: 'Register' is inside IfSteps "
            "of 'Gate': this step runs only when that branch is taken. Move the step into "
            "the branch to say so.",
        ],
    ),
    "a wait for a condition": (
        put("Steps/Notify/DependsOn", ["Gate"]),
        [
            "definition.json: Steps[5] 'Notify'.DependsOn[0]: 'Gate' is a Condition step: "
            "SageMaker may refuse to wait for it. Wait for a step inside its branches, or for "
            "what the condition reads.",
        ],
    ),
    "a dependency listed twice": (
        put("Steps/AskTeam/DependsOn", ["Evaluate", "Evaluate"]),
        [
            "definition.json: Steps[4] 'AskTeam'.DependsOn[1]: 'Evaluate' is listed twice. "
            "List it once.",
        ],
    ),
    "two empty branches": (
        both(put(f"{GATE}/IfSteps", []), put(f"{GATE}/ElseSteps", [])),
        [
            "definition.json: Steps[3] 'Gate'.Arguments: both branches are empty. Put a step "
            "into IfSteps or ElseSteps.",
        ],
    ),
    "spot instances without checkpoints": (
        drop(f"{TRAIN}/CheckpointConfig"),
        [
            "definition.json: Steps[1] 'Train'.Arguments: trains on spot instances without "
            "CheckpointConfig: an interruption starts over. Add CheckpointConfig, or turn "
            "EnableManagedSpotTraining off.",
        ],
    ),
    "values that are never equal": (
        put(f"{GATE}/Conditions/1/Conditions/0/RightValue", "true"),
        [
            "definition.json: Steps[3] 'Gate'.Arguments.Conditions[1].Conditions[0]: "
            "compares a Boolean with a String: they are never equal. Compare values of one "
            "type.",
        ],
    ),
    "retries without an end": (
        drop("Steps/Train/RetryPolicies/0/MaxAttempts"),
        [
            "definition.json: Steps[1] 'Train'.RetryPolicies[0]: has no end of its own. Give "
            "MaxAttempts or ExpireAfterMin.",
        ],
    ),
    "no version": (
        drop("Version"),
        [
            "definition.json: Version: is missing. Write '2020-12-01'.",
        ],
    ),
    "a parameter without a type": (
        drop("Parameters/Source/Type"),
        [
            "definition.json: Parameters[3] 'Source': has no Type. Use one of: String, "
            "Integer, Float, Boolean.",
        ],
    ),
}


def findings_after(fault: Fault) -> list[Any]:
    definition = copy.deepcopy(GOOD)
    fault(definition)
    return list(check_definition(definition, "definition.json"))


@pytest.mark.parametrize("name", ERRORS)
def test_a_fault_is_refused_with_its_message(name: str) -> None:
    fault, messages = ERRORS[name]
    findings = findings_after(fault)
    assert [str(finding) for finding in findings] == messages
    assert errors_of(findings)


@pytest.mark.parametrize("name", WARNINGS)
def test_a_doubtful_setting_is_accepted_with_a_warning(name: str) -> None:
    fault, messages = WARNINGS[name]
    findings = findings_after(fault)
    assert [str(finding) for finding in findings] == messages
    assert errors_of(findings) == []


def test_every_fault_is_reported_at_once() -> None:
    definition = copy.deepcopy(GOOD)
    put(f"{TRAIN}/RoleArn", get("Parameters.Rol"))(definition)
    put("Steps/Train/CacheConfig/ExpireAfter", "30 days")(definition)
    put(f"{CLUSTER}/InstanceCount", "1")(definition)
    assert [finding.where for finding in check_definition(definition, "definition.json")] == [
        "definition.json: Steps[0] 'Preprocess'.Arguments.ProcessingResources.ClusterConfig"
        ".InstanceCount",
        "definition.json: Steps[1] 'Train'.CacheConfig.ExpireAfter",
        "definition.json: Steps[1] 'Train'.Arguments.RoleArn.Get",
    ]
