"""Importers: artifacts that exist already, as URIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import Problem
from penstock.ir.json_values import JsonValue
from penstock.ir.pipeline import ArtifactSlot, Constant, FromInput, Importer
from penstock.ir.types import ParameterType
from penstock.targets.sagemaker.plan import MODEL_SCHEMA
from penstock.targets.sagemaker.results import Inputs, RefusedTaskError, placing
from penstock.targets.sagemaker.templates import PLACEHOLDER, filled
from penstock.targets.sagemaker.values import (
    Absent,
    ArtifactValue,
    ImportedArtifact,
    Listed,
    Literal,
    PipelineParameter,
    Text,
    Value,
)

if TYPE_CHECKING:
    from penstock.targets.sagemaker.expansion import Expansion


def root_artifact(slot: ArtifactSlot) -> ArtifactValue:
    """Return an input artifact of the pipeline itself: a parameter that takes its URI on S3."""
    if slot.optional:
        return Absent()
    uri = PipelineParameter(slot.name, ParameterType.STRING)
    return ImportedArtifact(uri, slot.schema_title, Literal({}), mounted=True)


def imported(
    expansion: Expansion, importer: Importer, inputs: Inputs, where: str
) -> ImportedArtifact:
    """Return the imported artifact.

    SageMaker mounts it if its URI is on S3 (a parameter's default tells); otherwise the adapter
    fetches it when the job runs. A model whose parameter has an empty default is mounted as well,
    and the parameter must then be given.
    """
    uri: Value
    match importer.uri:
        case FromInput(name=name):
            uri = inputs.parameters[name]
        case Constant(value=value):
            uri = placing(where, lambda: filled(value, inputs.parameters, "importer"))
        case _:
            raise RefusedTaskError(Problem("the importer names no URI.", where, "Give it a URI."))
    metadata = _metadata(dict(importer.metadata), inputs, where)
    mounted = _mounted(expansion, uri, importer.schema_title, where)
    return ImportedArtifact(uri, importer.schema_title, metadata, mounted)


def _mounted(expansion: Expansion, uri: Value, schema_title: str, where: str) -> bool:
    if isinstance(uri, Text) and len(uri.parts) == 1:
        uri = uri.parts[0]
    if isinstance(uri, PipelineParameter):
        declared = expansion.pipeline.interface.input_parameters[uri.name]
        if declared.has_default and declared.default == "" and schema_title == MODEL_SCHEMA:
            expansion.needs_value.setdefault(uri.name, where)
            return True
        return not declared.has_default or str(declared.default).startswith("s3://")
    return isinstance(uri, Literal) and str(uri.value).startswith("s3://")


def _metadata(content: dict[str, JsonValue], inputs: Inputs, where: str) -> Value:
    """Fill the placeholders; where keys hold some, the adapter makes the object of pairs."""

    def one(value: JsonValue) -> Value:
        return placing(where, lambda: filled(value, inputs.parameters, "importer"))

    if not any(PLACEHOLDER.search(key) for key in content):
        return one(content)
    return Listed(tuple(Listed((one(key), one(value))) for key, value in content.items()))
