"""What AWS does in the name of roles, as templates tell it to: no code of anybody's calls that.

Sources: Lambda Developer Guide, "Using Lambda with Amazon SQS", "Defining Lambda function
permissions with an execution role"; EventBridge User Guide and EventBridge Scheduler User Guide,
on roles of targets; CodePipeline User Guide, "Manage the CodePipeline service role".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from infra.policies.calls.call import Call
from infra.policies.calls.pipelines import pipeline_calls
from infra.policies.errors import PolicyError, Problem
from infra.policies.templates.resolver import Resolver
from infra.policies.templates.stacks import Stacks
from infra.policies.templates.template import Template

_EVENTS, _ALARMS = "events.amazonaws.com", "cloudwatch.amazonaws.com"
_TAKEN = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
_LOGGED = ("CreateLogStream", "PutLogEvents")
_OF_BUCKETS = ("GetBucketAcl", "GetBucketLocation", "GetBucketVersioning")


def standing_calls(templates: Iterable[Template]) -> list[Call]:
    """Return the calls that services make as templates tell them to.

    That is: a function's log, what it failed at, the messages it is handed; a delivery's source,
    artifacts, functions, questions and stacks, each stack in the role that its action takes; what
    rules and schedules send to, and where that goes which could not be sent; the jobs, models,
    images, logs and questions of pipelines.

    Raises:
        PolicyError: A rule or a schedule sends in a role to what is not known here.
    """
    stacks = Stacks(tuple(templates))
    calls: list[Call] = []
    roles: dict[str, str] = {}
    for template, logical_id, resource in stacks.resources("AWS::Lambda::Function"):
        resolver = stacks.resolver(template)
        given = _given(resolver, resource)
        roles[resolver.arn(logical_id)] = roles[given["FunctionName"]] = given["Role"]
        calls += _of_function(template, given)
    for template, _, resource in stacks.resources("AWS::Lambda::EventSourceMapping"):
        given = _given(stacks.resolver(template), resource)
        queue = {"QueueUrl": _url(given["EventSourceArn"])}
        role = roles[given["FunctionName"]]
        calls += [_call(template, role, "sqs", each, queue) for each in _TAKEN]
    for template, _, resource in stacks.resources("AWS::CodePipeline::Pipeline"):
        calls += _of_delivery(template, _given(stacks.resolver(template), resource))
    for template, _, resource in stacks.resources("AWS::Scheduler::Schedule"):
        calls += _of_schedule(template, _given(stacks.resolver(template), resource)["Target"])
    for template, logical_id, resource in stacks.resources("AWS::Events::Rule"):
        resolver = stacks.resolver(template)
        given, rule = _given(resolver, resource), resolver.arn(logical_id)
        for target in given.get("Targets", ()):
            calls += _of_rule(template, rule, target, given.get("EventPattern", {}))
    for template, logical_id, resource in stacks.resources("AWS::CloudWatch::Alarm"):
        given = _given(stacks.resolver(template), resource)
        alarm = f"arn:{template.partition}:cloudwatch:{template.region}:{template.account}:alarm:"
        for topic in given.get("AlarmActions", ()):
            told, source = {"TopicArn": topic}, alarm + given.get("AlarmName", logical_id)
            calls.append(_call(template, _ALARMS, "sns", "Publish", told, source))
    calls += pipeline_calls(stacks)
    if stacks.problems:
        raise PolicyError(list(dict.fromkeys(stacks.problems)))
    return calls


def _given(resolver: Resolver, resource: Mapping[str, Any]) -> Mapping[str, Any]:
    given: Mapping[str, Any] = resolver.resolve(resource.get("Properties", {}))
    return given


def _of_function(template: Template, given: Mapping[str, Any]) -> Iterator[Call]:
    log = {"logGroupName": f"/aws/lambda/{given['FunctionName']}"}
    for each in _LOGGED:
        yield _call(template, given["Role"], "logs", each, log)
    dead = given.get("DeadLetterConfig", {}).get("TargetArn", "")
    if ":sns:" in dead:
        yield _call(template, given["Role"], "sns", "Publish", {"TopicArn": dead})
    elif dead:
        yield _call(template, given["Role"], "sqs", "SendMessage", {"QueueUrl": _url(dead)})


def _of_delivery(template: Template, given: Mapping[str, Any]) -> Iterator[Call]:
    role = given["RoleArn"]
    stores = {each["Region"]: each["ArtifactStore"] for each in given.get("ArtifactStores", ())}
    for region, each in (stores or {template.region: given["ArtifactStore"]}).items():
        yield from _of_store(replace(template, region=region), role, each["Location"])
    for action in (each for stage in given["Stages"] for each in stage["Actions"]):
        settings, provider = action.get("Configuration", {}), action["ActionTypeId"]["Provider"]
        if provider == "S3":
            bucket = {"Bucket": settings["S3Bucket"]}
            source = {**bucket, "Key": settings["S3ObjectKey"]}
            for each in _OF_BUCKETS:
                yield _call(template, role, "s3", each, bucket)
            yield _call(template, role, "s3", "GetObject", source)
            yield _call(template, role, "s3", "GetObject", {**source, "VersionId": "version"})
        elif provider == "Lambda":
            function = {"FunctionName": settings["FunctionName"]}
            yield _call(template, role, "lambda", "Invoke", function)
        elif provider == "Manual" and "NotificationArn" in settings:
            yield _call(template, role, "sns", "Publish", {"TopicArn": settings["NotificationArn"]})
        elif provider == "CloudFormation" and "RoleArn" in action:
            there = replace(template, region=action.get("Region", template.region))
            store = (stores or {there.region: given.get("ArtifactStore", {})})[there.region]
            yield from _of_stack(there, role, action["RoleArn"], settings, store["Location"])
        elif provider != "Manual":
            what = (
                f"what an action of {provider} asks for in the role of its pipeline is not known."
            )
            remedy = "Add it to infra/policies/calls/standing.py."
            raise PolicyError(Problem(what, template.stack, remedy))


def _of_stack(
    there: Template, pipeline: str, role: str, settings: Mapping[str, Any], store: str
) -> Iterator[Call]:
    """Yield how a pipeline takes the role of an action, which reads a template and deploys it."""
    taken = {"RoleArn": role, "RoleSessionName": "session"}
    yield _call(there, pipeline, "sts", "AssumeRole", taken)
    artifact = {"Bucket": store, "Key": "delivery/artifact.zip"}
    for version in ({}, {"VersionId": "version"}):
        yield _call(there, role, "s3", "GetObject", {**artifact, **version})
    stack = {"StackName": settings["StackName"]}
    handed = {"RoleARN": settings["RoleArn"]} if "RoleArn" in settings else {}
    for operation in ("CreateStack", "UpdateStack"):
        yield _call(there, role, "cloudformation", operation, {**stack, **handed})
    for operation in ("DescribeStackEvents", "DescribeStacks"):
        yield _call(there, role, "cloudformation", operation, stack)


def _of_store(there: Template, role: str, bucket: str) -> Iterator[Call]:
    place = {"Bucket": bucket}
    artifact = {**place, "Key": "delivery/artifact.zip"}
    for each in _OF_BUCKETS:
        yield _call(there, role, "s3", each, place)
    yield _call(there, role, "s3", "PutObject", artifact)
    for version in ({}, {"VersionId": "version"}):
        yield _call(there, role, "s3", "GetObject", {**artifact, **version})


def _of_schedule(template: Template, target: Mapping[str, Any]) -> Iterator[Call]:
    role = target["RoleArn"]
    yield _sent(template, role, target["Arn"], {})
    dead = target.get("DeadLetterConfig", {}).get("Arn", "")
    if dead:
        yield _call(template, role, "sqs", "SendMessage", {"QueueUrl": _url(dead)})


def _of_rule(
    template: Template, rule: str, target: Mapping[str, Any], pattern: Mapping[str, Any]
) -> Iterator[Call]:
    """Yield what a rule sends: in a role, or as EventBridge, whom the target's policy names."""
    arn, dead = target["Arn"], target.get("DeadLetterConfig", {}).get("Arn", "")
    if "RoleArn" in target:
        yield _sent(template, target["RoleArn"], arn, pattern)
    elif arn.split(":")[2] == "sqs":
        yield _call(template, _EVENTS, "sqs", "SendMessage", {"QueueUrl": _url(arn)}, rule)
    else:
        yield replace(_sent(template, _EVENTS, arn, pattern), source=rule)
    if dead:
        yield _call(template, _EVENTS, "sqs", "SendMessage", {"QueueUrl": _url(dead)}, rule)


def _sent(template: Template, role: str, target: str, pattern: Mapping[str, Any]) -> Call:
    service, name = target.split(":")[2], target.split(":", 5)[5]
    if service == "lambda":
        return _call(template, role, "lambda", "Invoke", {"FunctionName": target})
    if service == "codepipeline":
        return _call(template, role, "codepipeline", "StartPipelineExecution", {"name": name})
    if service == "events":
        told = {"Source": "source", "DetailType": "detail-type"}
        entry = {key: str(pattern.get(each, [""])[0]) for key, each in told.items()}
        entries = [{"EventBusName": target, **entry}]
        return _call(template, role, "events", "PutEvents", {"Entries": entries})
    what = f"how {target} is sent to is not known."
    remedy = "Add it to infra/policies/calls/standing.py."
    raise PolicyError(Problem(what, template.stack, remedy))


def _call(
    template: Template,
    role: str,
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    source: str = "",
) -> Call:
    stack, region = template.stack, template.region
    return Call(role, stack, region, service, operation, parameters, source=source)


def _url(queue: str) -> str:
    _, _, _, region, account, name = queue.split(":", 5)
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"
