"""Builds what a component takes and gives."""

from penstock.errors import DefinitionError, Problem
from penstock.ir.fields import Fields
from penstock.ir.json_values import restored
from penstock.ir.pipeline import ArtifactSlot, Interface, Parameter
from penstock.ir.types import ParameterType


def build_interface(fields: Fields) -> Interface:
    """Build the interface from `inputDefinitions` and `outputDefinitions`."""
    taken, given = fields.child("inputDefinitions"), fields.child("outputDefinitions")
    return Interface(
        input_parameters=_parameters(taken.child("parameters")),
        input_artifacts=_artifacts(taken.child("artifacts")),
        output_parameters=_parameters(given.child("parameters")),
        output_artifacts=_artifacts(given.child("artifacts")),
    )


def _parameters(fields: Fields) -> dict[str, Parameter]:
    return {name: _parameter(name, member) for name, member in fields.children()}


def _parameter(name: str, fields: Fields) -> Parameter:
    kind = fields.text("parameterType", "")
    if kind not in ParameterType.__members__:
        known = ", ".join(ParameterType.__members__)
        raise DefinitionError(
            Problem(
                f"`{fields.path}` has the parameter type `{kind}`.",
                fields.file,
                f"Compile the pipeline again with KFP 2; the types are {known}.",
            )
        )
    declared = ParameterType[kind]
    return Parameter(
        name=name,
        kind=declared,
        default=restored(fields.value("defaultValue"), declared),
        has_default=fields.value("defaultValue") is not None,
        optional=fields.flag("isOptional"),
        description=fields.text("description", ""),
    )


def _artifacts(fields: Fields) -> dict[str, ArtifactSlot]:
    return {
        name: ArtifactSlot(
            name=name,
            schema_title=_schema_title(member.child("artifactType")),
            is_list=member.flag("isArtifactList"),
            optional=member.flag("isOptional"),
        )
        for name, member in fields.children()
    }


def _schema_title(kind: Fields) -> str:
    return kind.text("schemaTitle", "") or kind.text("instanceSchema", "") or "system.Artifact"
