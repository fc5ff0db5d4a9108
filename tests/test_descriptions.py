"""The schema for editors tells of each setting what its docstring says."""

from typing import Any

from pydantic import BaseModel, Field

from penstock import environments, use_case
from penstock.descriptions import DescribedSchema


class Part(BaseModel):
    """Of a whole."""

    size: int = 1
    """In bytes.

    Never less than one.
    """


class Inherited(Part):
    """With more."""

    colour: str = Field(default="", description="As people say.")
    """Not this one."""
    nameless: str = ""
    part: Part = Part()
    """What it is made of."""
    "Not this one either."


class Retold(Inherited):
    """Says it another way."""

    size: int = 2
    """In words."""


def described(settings: type[BaseModel]) -> dict[str, Any]:
    properties = settings.model_json_schema(schema_generator=DescribedSchema)["properties"]
    return {name: each.get("description") for name, each in properties.items()}


def test_a_description_is_the_docstring_below_the_setting() -> None:
    assert described(Part) == {"size": "In bytes.\n\nNever less than one."}


def test_inherited_settings_keep_theirs_and_a_description_of_the_field_stays() -> None:
    assert described(Inherited) == {
        "size": "In bytes.\n\nNever less than one.",
        "colour": "As people say.",
        "nameless": None,
        "part": "What it is made of.",
    }


def test_a_setting_that_is_said_anew_is_described_anew() -> None:
    assert described(Retold)["size"] == "In words."


def test_pydantic_reads_the_same() -> None:
    class Own(BaseModel, use_attribute_docstrings=True):
        size: int = 1
        """In bytes.

        Never less than one.
        """

    own = Own.model_json_schema()["properties"]
    assert Part.model_json_schema(schema_generator=DescribedSchema)["properties"] == own


def test_the_schemas_of_our_files_describe_their_settings() -> None:
    assert use_case.json_schema()["properties"]["source"]["description"] == (
        "Where the rows come from."
    )
    limits = environments.json_schema()["$defs"]["Limits"]["properties"]
    assert limits["parallel_steps"]["description"] == (
        "Steps of one execution that run side by side."
    )
