"""The validated settings of a use case: `load_use_case("fraud")`."""

from penstock.use_case.generation import generate_days, generate_source
from penstock.use_case.loader import load_use_case, parse_use_case, use_case_names
from penstock.use_case.model import UseCase
from penstock.use_case.schema import json_schema

__all__ = [
    "UseCase",
    "generate_days",
    "generate_source",
    "json_schema",
    "load_use_case",
    "parse_use_case",
    "use_case_names",
]
