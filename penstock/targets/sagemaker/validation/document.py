"""The check of a definition's text: its size, its JSON, its keys."""

from __future__ import annotations

import json
from collections.abc import Mapping

from penstock.targets.sagemaker.validation.definition import check_definition
from penstock.targets.sagemaker.validation.finding import Finding, Report
from penstock.targets.sagemaker.validation.scalar_kind import describe

# botocore's PipelineDefinition.
MAX_CHARACTERS = 1_048_576


def check_definition_text(text: str, where: str) -> list[Finding]:
    """Check a definition's text, then the definition itself.

    Args:
        text: The JSON document.
        where: Its name, put before every place.

    Returns:
        Every finding, those of the text first; a text that is no JSON object has no others.
    """
    report = Report(where)
    if len(text) > MAX_CHARACTERS:
        report.error(
            "",
            f"has {len(text):,} characters.",
            f"SageMaker takes at most {MAX_CHARACTERS:,}: leave out white space, move data to S3.",
        )
    repeated: dict[str, None] = {}

    def keep_first_repeat(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen: dict[str, object] = {}
        for key, value in pairs:
            if key in seen:
                repeated[key] = None
            seen[key] = value
        return seen

    try:
        definition = json.loads(
            text, object_pairs_hook=keep_first_repeat, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        report.error(
            f"line {error.lineno}, column {error.colno}",
            f"is not JSON: {error.msg}.",
            "Mend it there.",
        )
        return report.findings
    except (ValueError, RecursionError) as error:
        report.error("", f"is not JSON: {error}.", "Write standard JSON.")
        return report.findings
    for key in repeated:
        report.error(
            "", f"the key {key!r} is twice in one object.", "Keep one: the last would win silently."
        )
    if not isinstance(definition, Mapping):
        report.error("", f"is {describe(definition)}.", "A definition is an object with Steps.")
        return report.findings
    return report.findings + check_definition(definition, where)


def _refuse_constant(name: str) -> object:
    message = f"{name} is no JSON number"
    raise ValueError(message)
