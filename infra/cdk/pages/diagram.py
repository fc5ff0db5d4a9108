"""A picture of how things reach each other across the accounts, drawn from the templates.

What each use case has for itself is alike, and drawn once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.cdk.described import described
from infra.cdk.naming import delivery_of, to_prod_of

Documents = Mapping[str, Mapping[str, Any]]
Edge = tuple[str, str, str]
"""From, to, what is said on the way."""
_EACH = "USE-CASE"
"""Stands for the group of a use case in names."""


def mermaid(templates: Documents) -> str:
    """Return the picture in Mermaid's language; `templates` are by stack."""
    nodes = dict(_alike(templates, each) for each in _nodes(templates))
    edges = sorted({_drawn(templates, each) for each in _edges(templates)})
    lines = ["flowchart LR"]
    drawn = {end for start, end, _ in edges} | {start for start, _, _ in edges}
    for environment in sorted({where for where, _ in nodes.values()}):
        lines.append(f"  subgraph {_id(environment)}[{environment}]")
        lines += [
            f'    {_id(name)}["{label}"]'
            for name, (where, label) in sorted(nodes.items())
            if where == environment and name in drawn
        ]
        lines.append("  end")
    for start, end, said in edges:
        arrow = f"-- {said} -->" if said else "-->"
        lines.append(f"  {_id(start)} {arrow} {_id(end)}")
    return "\n".join(lines) + "\n"


def _nodes(templates: Documents) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield by name: the environment and what the picture says."""
    for document in templates.values():
        environment = described(document).environment
        for resource in document["Resources"].values():
            named = _name(resource)
            if named:
                kind, name = named
                short = name.removeprefix(f"penstock-{environment}-")
                yield f"{kind}:{name}", (environment, f"{kind} {short}")
            if resource["Type"] == "AWS::SageMaker::Pipeline":
                yield f"pipelines:{environment}", (environment, "pipelines of a use case")
            if resource["Type"] == "AWS::SageMaker::ModelPackageGroup":
                yield f"registry:{environment}", (environment, "model registry")
            if resource["Type"] == "AWS::Scheduler::Schedule":
                yield f"schedules:{environment}", (environment, "schedules")
            if resource["Type"] == "AWS::CodePipeline::Pipeline":
                yield f"people:{environment}", (environment, "people")


def _alike(templates: Documents, node: tuple[str, tuple[str, str]]) -> tuple[str, tuple[str, str]]:
    name, (environment, label) = node
    return _for_each(templates, name), (environment, _for_each(templates, label))


def _drawn(templates: Documents, edge: Edge) -> Edge:
    start, end, said = edge
    return _for_each(templates, start), _for_each(templates, end), said


def _for_each(templates: Documents, name: str) -> str:
    """Return a name with a stand-in for the use case, where it is that of a delivery."""
    for document in templates.values():
        head, _, group = described(document).stack.partition("-")
        if head == "pipelines" and name[len("delivery ") :] in (
            delivery_of(group),
            to_prod_of(group),
        ):
            return f"{name.removesuffix(group)}{_EACH}"
    return name


def _name(resource: Mapping[str, Any]) -> tuple[str, str] | None:
    properties = resource.get("Properties", {})
    named = {
        "AWS::CodePipeline::Pipeline": ("delivery", properties.get("Name")),
        "AWS::Events::EventBus": ("bus", properties.get("Name")),
        "AWS::SQS::Queue": ("queue", properties.get("QueueName")),
        "AWS::Lambda::Function": ("function", properties.get("FunctionName")),
        "AWS::SNS::Topic": ("topic", properties.get("TopicName")),
    }
    found = named.get(resource["Type"])
    return (found[0], str(found[1])) if found else None


def _edges(templates: Documents) -> Iterator[Edge]:
    for document in templates.values():
        environment = described(document).environment
        for resource in document["Resources"].values():
            kind, properties = resource["Type"], resource.get("Properties", {})
            if kind == "AWS::Events::Rule":
                yield from _rule(environment, properties, document)
            elif kind == "AWS::Lambda::EventSourceMapping":
                queue = _end(properties["EventSourceArn"], document)
                function = f"function:{_resolved(properties['FunctionName'], document)}"
                yield queue, function, ""
                if function.endswith("-deployer"):
                    said = "tries" if environment.startswith("pre-prod") else ""
                    if said:
                        yield function, f"pipelines:{environment}", said
            elif kind == "AWS::Scheduler::Schedule" and properties["State"] == "ENABLED":
                yield f"schedules:{environment}", _end(properties["Target"]["Arn"], document), ""
                yield (
                    _end(properties["Target"]["Arn"], document),
                    f"pipelines:{environment}",
                    "starts",
                )
            elif kind == "AWS::CodePipeline::Pipeline":
                yield from _delivery(templates, environment, properties)
        yield from _functions(document)


def _rule(
    environment: str, properties: Mapping[str, Any], document: Mapping[str, Any]
) -> Iterator[Edge]:
    pattern = properties["EventPattern"]
    detail = pattern.get("detail", {})
    said = "/".join(
        detail.get("ModelApprovalStatus") or detail.get("currentPipelineExecutionStatus") or []
    )
    if properties.get("EventBusName"):
        start = f"bus:{_resolved(properties['EventBusName'], document)}"
    elif "ModelApprovalStatus" in detail:
        start = f"registry:{environment}"
    elif pattern["source"] == ["penstock.promotion"]:
        start, said = "function:penstock-pre-prod-deployer", "passed"
    else:
        start = f"pipelines:{environment}"
    for target in properties["Targets"]:
        yield start, _end(target["Arn"], document), said


def _delivery(
    templates: Documents, environment: str, properties: Mapping[str, Any]
) -> Iterator[Edge]:
    start = f"delivery:{properties['Name']}"
    for stage in properties["Stages"]:
        for action in stage["Actions"]:
            provider, configuration = action["ActionTypeId"]["Provider"], action["Configuration"]
            if provider == "CloudFormation":
                target = described(templates[configuration["StackName"]]).environment
                yield start, f"pipelines:{target}", "deploys"
            elif provider == "Lambda":
                yield start, f"function:{configuration['FunctionName']}", ""
            elif provider == "Manual":
                yield f"people:{environment}", start, "approve"


def _functions(document: Mapping[str, Any]) -> Iterator[Edge]:
    """Yield what functions call by their settings."""
    for resource in document["Resources"].values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        properties = resource["Properties"]
        function = f"function:{properties['FunctionName']}"
        variables = properties["Environment"]["Variables"]
        for url in json.loads(variables.get("PENSTOCK_PROD_QUEUES", "[]")):
            yield function, f"queue:{url.rpartition('/')[2]}", "opened"
        if function.endswith("-registrar"):
            yield function, "registry:tooling", "registers"
        if function.endswith("-training"):
            yield function, "pipelines:dev", "trains"
        if function.endswith("-notifier"):
            yield function, f"topic:{_topic(variables)}", "tells"


def _topic(variables: Mapping[str, str]) -> str:
    return variables["PENSTOCK_TOPIC"].rpartition(":")[2]


def _end(arn: Any, document: Mapping[str, Any]) -> str:
    """Return the node that an ARN leads to."""
    if isinstance(arn, Mapping):
        resource = document["Resources"][arn["Fn::GetAtt"][0]]
        named = _name(resource)
        assert named is not None, resource["Type"]  # noqa: S101  # targets have names
        return f"{named[0]}:{named[1]}"
    service, name = arn.split(":")[2], arn.split(":", 5)[5]
    kinds = {"events": "bus", "sqs": "queue", "lambda": "function", "codepipeline": "delivery"}
    return f"{kinds[service]}:{name.removeprefix('event-bus/').removeprefix('function:')}"


def _resolved(value: Any, document: Mapping[str, Any]) -> str:
    if isinstance(value, Mapping):
        named = _name(document["Resources"][value["Ref"]])
        return named[1] if named else ""
    return str(value)


def _id(name: str) -> str:
    return "".join(sign if sign.isalnum() else "_" for sign in name)
