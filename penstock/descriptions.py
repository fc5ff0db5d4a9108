"""JSON Schemas of settings that hold the docstring below each setting as its description.

pydantic takes these docstrings up itself (`use_attribute_docstrings`), but from the source while a
class is made: 60 ms of every command that reads a use case, for what the schema alone shows.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core.core_schema import ModelSchema


class DescribedSchema(GenerateJsonSchema):
    """To be given to `model_json_schema`; a description that a field has of its own stays."""

    def model_schema(self, schema: ModelSchema) -> dict[str, Any]:
        """Return the schema of one class of settings."""
        described = super().model_schema(schema)
        properties = described.get("properties", {})
        for name, text in _docstrings(schema["cls"]):
            if name in properties:
                properties[name].setdefault("description", text)
        return described


def _docstrings(settings: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Yield the settings of a class with their docstrings, its own before those it inherits."""
    for each in settings.__mro__:
        if each.__module__.startswith("pydantic") or each is object:
            return
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(each))).body
        if isinstance(tree, ast.ClassDef):
            for field, below in pairwise(tree.body):
                match field, below:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(text))),
                    ):
                        yield name, inspect.cleandoc(text)
