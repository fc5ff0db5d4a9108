"""What SageMaker asks in the roles of pipelines, as their definitions tell it to.

Sources: SageMaker Developer Guide, "SageMaker Roles" (execution role permissions of
CreateProcessingJob, CreateTrainingJob and CreateModel), "Access Management" (pipeline role
permissions), "Callback Step", "Lambda Step". Left out: what jobs, their inputs and outputs ask of
S3, which executions show; network interfaces of jobs in somebody's own network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.policies.calls.call import Call
from infra.policies.errors import PolicyError, Problem
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_SERVICE = "sagemaker.amazonaws.com"
_PARAMETERS = "PENSTOCK_PARAMETERS"
"""Variable of the functions that start pipelines: the values of parameters there."""
_ECR = re.compile(r"^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+/([^:@]+)")
_PULLED = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")
_LOGGED = ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
_NOTHING = ("Condition", "Fail")
_READ = ("PipelineDefinition", "PipelineName", "RoleArn")
_JOBS: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "ImageUri"),
    "Training": ("AlgorithmSpecification", "TrainingImage"),
    "Transform": (),
}
"""Where the image of a job stands, by the type of its step; a transform has its model's."""
_TAGS = [{"Key": "sagemaker:pipeline-execution-arn", "Value": "execution"}]
"""SageMaker tags what a pipeline makes."""


def pipeline_calls(stacks: Stacks) -> list[Call]:
    """Return what SageMaker asks for the steps of every pipeline, whichever way one goes.

    Raises:
        PolicyError: What a type of step asks for is not known here.
    """
    parameters, groups = _given_parameters(stacks), _groups(stacks)
    calls: list[Call] = []
    for template, _, resource in stacks.resources("AWS::SageMaker::Pipeline"):
        resolver = stacks.resolver(template)
        named = {each: resource["Properties"][each] for each in _READ}
        given = resolver.resolve(named)
        body = json.loads(given["PipelineDefinition"]["PipelineDefinitionBody"])
        defaults = {
            each["Name"]: each.get("DefaultValue", "value") for each in body.get("Parameters", ())
        }
        known = {**defaults, **parameters.get(given["RoleArn"], {})}
        pipeline = _Pipeline(template, given["RoleArn"], given["PipelineName"], known, groups)
        calls.append(pipeline.taking)
        for step in _steps(body["Steps"]):
            calls += pipeline.calls(step)
    return list({str((each, each.parameters)): each for each in calls}.values())


def _given_parameters(stacks: Stacks) -> Mapping[str, Mapping[str, str]]:
    """Return what functions give to the pipelines that they start, by the role of those."""
    found: dict[str, Mapping[str, str]] = {}
    for template, _, resource in stacks.resources("AWS::Lambda::Function"):
        variables = resource["Properties"].get("Environment", {}).get("Variables", {})
        if _PARAMETERS in variables:
            given = json.loads(stacks.resolver(template).resolve(variables[_PARAMETERS]))
            found[given.get("Role", "")] = given
    return found


def _groups(stacks: Stacks) -> frozenset[str]:
    """Return the ARNs of the groups of models."""
    found = stacks.resources("AWS::SageMaker::ModelPackageGroup")
    return frozenset(stacks.resolver(each).arn(logical_id) for each, logical_id, _ in found)


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for step in steps:
        yield step
        if step["Type"] == "Condition":
            for branch in ("IfSteps", "ElseSteps"):
                yield from _steps(step["Arguments"].get(branch, ()))


@dataclass(frozen=True, slots=True)
class _Pipeline:
    template: Template
    role: str
    name: str
    parameters: Mapping[str, Any]
    groups: frozenset[str]

    @property
    def taking(self) -> Call:
        """How SageMaker takes the role."""
        template = self.template
        place = f"{template.region}:{template.account}"
        source = f"arn:{template.partition}:sagemaker:{place}:pipeline/{self.name}"
        taken = {"RoleArn": self.role, "RoleSessionName": "SageMaker"}
        stack, region = template.stack, template.region
        return Call(_SERVICE, stack, region, "sts", "AssumeRole", taken, source=source)

    def calls(self, step: Mapping[str, Any]) -> Iterator[Call]:
        """Yield what a step asks for."""
        kind, arguments = step["Type"], self._resolved(step.get("Arguments", {}))
        name = f"pipelines-execution-{step['Name']}-random"
        if kind in _JOBS:
            yield from self._job(kind, name, arguments)
        elif kind == "Model":
            yield from self._model(name, arguments)
        elif kind == "RegisterModel":
            yield from self._registration(arguments)
        elif kind == "Callback":
            queue = self._resolved(step["SqsQueueUrl"])
            yield self._call("sqs", "SendMessage", {"QueueUrl": queue})
        elif kind == "Lambda":
            function = self._resolved(step["FunctionArn"])
            yield self._call("lambda", "Invoke", {"FunctionName": function})
        elif kind not in _NOTHING:
            what = f"what a step of the type {kind} asks for is not known."
            remedy = "Add it to infra/policies/calls/pipelines.py."
            raise PolicyError(Problem(what, f"{self.template.stack}/{self.name}", remedy))

    def _registration(self, arguments: Mapping[str, Any]) -> Iterator[Call]:
        """Yield nothing where there is no such group: nobody registers there, and nobody may."""
        call = self._call("sagemaker", "CreateModelPackage", arguments)
        named = str(arguments["ModelPackageGroupName"])
        if call.named("sagemaker", "model-package-group/", named) in self.groups:
            yield call
            for image in _containers(arguments.get("InferenceSpecification", {})):
                yield from self._pull(image)

    def _job(self, kind: str, name: str, arguments: Mapping[str, Any]) -> Iterator[Call]:
        image = _JOBS[kind]
        if found := _keys(arguments):
            what = f"what a job with the keys {', '.join(found)} asks for is not known."
            remedy = "Add it to infra/policies/calls/pipelines.py."
            raise PolicyError(Problem(what, f"{self.template.stack}/{self.name}", remedy))
        named = {f"{kind}JobName": name}
        # A transform takes its model's role, a job its own.
        given = arguments if kind == "Transform" else {"RoleArn": self.role, **arguments}
        create = {**given, **named, "Tags": _TAGS}
        yield self._call("sagemaker", f"Create{kind}Job", create)
        for verb in ("Describe", "Stop"):
            yield self._call("sagemaker", f"{verb}{kind}Job", named)
        yield from self._watched(f"/aws/sagemaker/{kind}Jobs")
        if image:
            yield from self._pull(str(arguments[image[0]][image[1]]))

    def _model(self, name: str, arguments: Mapping[str, Any]) -> Iterator[Call]:
        given = {"ExecutionRoleArn": self.role, **arguments, "ModelName": name, "Tags": _TAGS}
        yield self._call("sagemaker", "CreateModel", given)
        yield self._call("sagemaker", "DescribeModel", {"ModelName": name})
        for image in _containers(arguments):
            yield from self._pull(image)

    def _watched(self, group: str) -> Iterator[Call]:
        for each in _LOGGED:
            yield self._call("logs", each, {"logGroupName": group})
        yield self._call("cloudwatch", "PutMetricData", {"Namespace": group})

    def _pull(self, image: str) -> Iterator[Call]:
        found = _ECR.match(image)
        if found is None:
            return
        yield self._call("ecr", "GetAuthorizationToken", {})
        account, region, name = found.groups()
        place = {"registryId": account, "repositoryName": name}
        for each in _PULLED:
            yield self._call("ecr", each, place, region)

    def _call(
        self, service: str, operation: str, given: Mapping[str, Any], region: str = ""
    ) -> Call:
        stack, here = self.template.stack, region or self.template.region
        return Call(self.role, stack, here, service, operation, given)

    def _resolved(self, value: Any) -> Any:
        """Return a value with what is known; of what steps answer, a text that says so."""
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if value.keys() == {"Get"}:
            return self.parameters.get(str(value["Get"]).removeprefix("Parameters."), "value")
        if value.keys() == {"Std:Join"}:
            joined = value["Std:Join"]
            return joined["On"].join(str(self._resolved(each)) for each in joined["Values"])
        if value.keys() == {"Std:JsonGet"}:
            return "value"
        return {name: self._resolved(each) for name, each in value.items()}


def _keys(arguments: Any) -> list[str]:
    """Return the keys of KMS that a request names for volumes and outputs."""
    if not isinstance(arguments, dict):
        return []
    own = [str(arguments[each]) for each in ("KmsKeyId", "VolumeKmsKeyId") if each in arguments]
    return [*own, *(key for each in arguments.values() for key in _keys(each))]


def _containers(arguments: Mapping[str, Any]) -> list[str]:
    """Return the images of a model."""
    containers = [*arguments.get("Containers", ())]
    if "PrimaryContainer" in arguments:
        containers.append(arguments["PrimaryContainer"])
    return [str(each["Image"]) for each in containers if "Image" in each]
