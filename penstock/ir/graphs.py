"""Builds graphs: tasks, their bindings, and what a graph offers."""

import json

from penstock.errors import DefinitionError, Problem
from penstock.ir.fields import Fields
from penstock.ir.json_values import restored
from penstock.ir.pipeline import (
    Binding,
    Constant,
    FinalStatus,
    FromInput,
    FromTask,
    Graph,
    Iteration,
    Offered,
    OutputOf,
    Retry,
    Task,
)

_ALWAYS = "ALL_UPSTREAM_TASKS_COMPLETED"


def build_graph(fields: Fields) -> Graph:
    """Build a graph from a `dag`."""
    offered = fields.child("outputs")
    return Graph(
        tasks={name: _task(name, member) for name, member in fields.child("tasks").children()},
        output_parameters={
            name: _offered_parameter(member)
            for name, member in offered.child("parameters").children()
        },
        output_artifacts={
            name: Offered(
                tuple(
                    OutputOf(selector.text("producerSubtask"), selector.text("outputArtifactKey"))
                    for selector in member.items("artifactSelectors")
                )
            )
            for name, member in offered.child("artifacts").children()
        },
    )


def build_binding(fields: Fields) -> Binding:
    """Build where a value comes from."""
    selector = fields.text("parameterExpressionSelector", "")
    if "runtimeValue" in fields:
        return Constant(restored(fields.child("runtimeValue").value("constant"), None))
    if "constant" in fields:
        return Constant(restored(fields.value("constant"), None))
    if "componentInputParameter" in fields:
        return FromInput(fields.text("componentInputParameter"), selector)
    if "componentInputArtifact" in fields:
        return FromInput(fields.text("componentInputArtifact"))
    for key, output in (
        ("taskOutputParameter", "outputParameterKey"),
        ("taskOutputArtifact", "outputArtifactKey"),
    ):
        if key in fields:
            source = fields.child(key)
            return FromTask(source.text("producerTask"), source.text(output), selector)
    if "taskFinalStatus" in fields:
        return FinalStatus(fields.child("taskFinalStatus").text("producerTask"))
    return Constant(None)


def _task(name: str, fields: Fields) -> Task:
    trigger, inputs = fields.child("triggerPolicy"), fields.child("inputs")
    return Task(
        name=name,
        component=fields.child("componentRef").text("name"),
        parameters={
            key: build_binding(member) for key, member in inputs.child("parameters").children()
        },
        artifacts={
            key: build_binding(member) for key, member in inputs.child("artifacts").children()
        },
        after=fields.texts("dependentTasks"),
        condition=trigger.text("condition", ""),
        runs_always=trigger.text("strategy", "") == _ALWAYS,
        iteration=_iteration(fields),
        cached=fields.child("cachingOptions").flag("enableCache"),
        retry=_retry(fields.child("retryPolicy")) if "retryPolicy" in fields else None,
    )


def _iteration(fields: Fields) -> Iteration | None:
    limit = int(fields.child("iteratorPolicy").number("parallelismLimit"))
    if "parameterIterator" in fields:
        iterator = fields.child("parameterIterator")
        items = iterator.child("items")
        raw = items.text("raw", "")
        try:
            values = json.loads(raw) if raw else None
        except json.JSONDecodeError as error:
            raise DefinitionError(
                Problem(
                    f"`{items.path}.raw` is no JSON: {error.msg}.",
                    items.file,
                    "Compile the pipeline again with KFP 2.",
                )
            ) from None
        return Iteration(
            items=values,
            items_input=items.text("inputParameter", ""),
            item_input=iterator.text("itemInput"),
            over_artifacts=False,
            parallelism_limit=limit,
        )
    if "artifactIterator" in fields:
        iterator = fields.child("artifactIterator")
        return Iteration(
            items=None,
            items_input=iterator.child("items").text("inputArtifact"),
            item_input=iterator.text("itemInput"),
            over_artifacts=True,
            parallelism_limit=limit,
        )
    return None


def _retry(fields: Fields) -> Retry:
    return Retry(
        max_attempts=int(fields.number("maxRetryCount")),
        backoff_seconds=_seconds(fields, "backoffDuration", "0s"),
        backoff_factor=fields.number("backoffFactor", 2.0),
        backoff_max_seconds=_seconds(fields, "backoffMaxDuration", "3600s"),
    )


def _seconds(fields: Fields, key: str, default: str) -> float:
    text = fields.text(key, default)
    try:
        return float(text.removesuffix("s") or 0)
    except ValueError:
        raise DefinitionError(
            Problem(
                f"`{fields.path}.{key}` is `{text}`, which is no duration.",
                fields.file,
                "Write it in seconds, such as `30s`.",
            )
        ) from None


def _offered_parameter(fields: Fields) -> Offered:
    if "valueFromOneof" in fields:
        selectors = fields.child("valueFromOneof").items("parameterSelectors")
    else:
        selectors = [fields.child("valueFromParameter")]
    return Offered(
        tuple(
            OutputOf(selector.text("producerSubtask"), selector.text("outputParameterKey"))
            for selector in selectors
        )
    )
