"""Checks a SageMaker pipeline definition offline: `check_definition`, `check_definition_text`."""

from penstock.targets.sagemaker.validation.definition import check_definition
from penstock.targets.sagemaker.validation.document import check_definition_text
from penstock.targets.sagemaker.validation.finding import (
    Finding,
    Severity,
    errors_of,
    warnings_of,
)

__all__ = [
    "Finding",
    "Severity",
    "check_definition",
    "check_definition_text",
    "errors_of",
    "warnings_of",
]
