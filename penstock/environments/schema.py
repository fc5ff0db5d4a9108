"""The JSON Schema of `environments.yaml`, for editors."""

from __future__ import annotations

from typing import Any

from penstock.descriptions import DescribedSchema
from penstock.environments.kinds import MAXIMUM_NAME_LENGTH, NAME_PATTERN, needed_settings
from penstock.environments.settings import EnvironmentsFile


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of `environments.yaml`."""
    schema = EnvironmentsFile.model_json_schema(schema_generator=DescribedSchema)
    settings = schema["$defs"]["EnvironmentSettings"]
    for name in needed_settings(""):
        settings["properties"][name].pop("default", None)
    settings["required"] = list(needed_settings("tooling"))
    listed = schema["properties"]["environments"]
    reference = listed.pop("additionalProperties")
    everywhere = [name for name in needed_settings("") if name not in settings["required"]]
    listed["propertyNames"] = {"pattern": NAME_PATTERN, "maxLength": MAXIMUM_NAME_LENGTH}
    listed["patternProperties"] = {
        "^tooling": reference,
        "^prod": {"properties": {"approvers": {"minItems": 1}}, "required": ["approvers"]},
        "^(?!tooling)": {"allOf": [reference, {"required": everywhere}]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Penstock environments",
    }
