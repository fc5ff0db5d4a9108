"""Builds the typed pipeline from the mapping that YAML gave."""

from penstock.errors import DefinitionError, Problem
from penstock.ir.fields import Fields
from penstock.ir.graphs import build_binding, build_graph
from penstock.ir.interfaces import build_interface
from penstock.ir.json_values import JsonObject
from penstock.ir.pipeline import (
    Component,
    Container,
    Executor,
    FromInput,
    Importer,
    Pipeline,
    Resources,
)
from penstock.ir.references import dangling_references

_REMEDY = "Compile the pipeline again with KFP 2."


def build_pipeline(document: object, platforms: object, name: str) -> Pipeline:
    """Build the pipeline from its two documents.

    Raises:
        DefinitionError: A member that the specification requires is absent or of another kind.
    """
    if not isinstance(document, dict):
        raise DefinitionError(
            Problem(f"it holds {_kind(document)}, not a compiled pipeline.", name, _REMEDY)
        )
    if "pipelineSpec" in document and "root" not in document:
        platforms = document.get("platformSpec", platforms)
        document = document["pipelineSpec"]
    top = Fields(document, name, "")
    missing = [key for key in ("root", "pipelineInfo", "schemaVersion") if key not in top]
    if missing:
        listed = ", ".join(f"`{key}`" for key in missing)
        raise DefinitionError(
            Problem(f"it is no compiled KFP 2 pipeline: it has no {listed}.", name, _REMEDY)
        )
    root = top.child("root")
    if "dag" not in root:
        raise DefinitionError(Problem("its `root` has no `dag`.", name, _REMEDY))
    components = {
        key: _component(key, fields) for key, fields in top.child("components").children()
    }
    executors = {
        key: _executor(fields)
        for key, fields in top.child("deploymentSpec").child("executors").children()
    }
    by_platform = Fields(platforms or {}, name, "platform settings").child("platforms")
    pipeline = Pipeline(
        name=top.child("pipelineInfo").text("name"),
        description=top.child("pipelineInfo").text("description", ""),
        interface=build_interface(root),
        root=build_graph(root.child("dag")),
        components=components,
        executors=executors,
        platforms={
            platform: {
                label: settings.plain()
                for label, settings in fields.child("deploymentSpec").child("executors").children()
            }
            for platform, fields in by_platform.children()
        },
        platform_pipeline={
            platform: fields.child("pipelineConfig").plain()
            for platform, fields in by_platform.children()
            if "pipelineConfig" in fields
        },
    )
    problems = dangling_references(pipeline, name)
    if problems:
        raise DefinitionError(problems)
    return pipeline


def _component(name: str, fields: Fields) -> Component:
    return Component(
        name=name,
        interface=build_interface(fields),
        graph=build_graph(fields.child("dag")) if "dag" in fields else None,
        executor_label=fields.text("executorLabel", ""),
    )


def _executor(fields: Fields) -> Executor:
    if "importer" in fields:
        importer = fields.child("importer")
        metadata: JsonObject = importer.child("metadata").plain()
        uri = build_binding(importer.child("artifactUri"))
        if "runtimeParameter" in importer.child("artifactUri"):
            uri = FromInput(importer.child("artifactUri").text("runtimeParameter"))
        return Importer(
            uri=uri,
            schema_title=importer.child("typeSchema").text("schemaTitle", "system.Artifact"),
            metadata=metadata,
        )
    container = fields.child("container")
    resources = container.child("resources")
    accelerator = resources.child("accelerator")
    return Container(
        image=container.text("image"),
        command=container.texts("command"),
        arguments=container.texts("args"),
        environment={
            variable.text("name"): variable.text("value", "") for variable in container.items("env")
        },
        resources=Resources(
            cpu=resources.scalar(
                "resourceCpuLimit", "cpuLimit", "resourceCpuRequest", "cpuRequest"
            ),
            memory=resources.scalar("resourceMemoryLimit", "resourceMemoryRequest")
            or _gigabytes(resources.scalar("memoryLimit", "memoryRequest")),
            accelerator_type=accelerator.scalar("resourceType", "type"),
            accelerator_count=accelerator.scalar("resourceCount", "count"),
        ),
    )


def _gigabytes(text: str) -> str:
    """The specification's plain numbers are gigabytes."""
    return f"{text}G" if text else ""


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    return "a text" if isinstance(value, str) else f"`{value!r}`"
