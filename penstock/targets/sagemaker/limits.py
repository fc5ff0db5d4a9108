"""The bounds of SageMaker's interface that a lowered pipeline can exceed.

Source: botocore's service model of SageMaker and the quotas of SageMaker Pipelines.
"""

from __future__ import annotations

from typing import Any

from penstock.errors import Problem

DEFINITION_CHARACTERS = 1_048_576
PROCESSING_INPUTS = 10
PROCESSING_OUTPUTS = 10
CHANNELS = 20
HYPERPARAMETERS = 100
HYPERPARAMETER_CHARACTERS = 2_500
ARGUMENTS = 100
ARGUMENT_CHARACTERS = 256
ENVIRONMENT_CHARACTERS = {"Processing": 256, "Training": 512, "Model": 1_024}
ENVIRONMENT_VARIABLES = 100
METRIC_DEFINITIONS = 40
TAGS = 50
FAIL_CHARACTERS = 3_072


def step_problems(step: dict[str, Any], where: str) -> list[Problem]:
    """Return every bound that a step exceeds."""
    arguments = step["Arguments"]
    kind = step["Type"]
    found: list[Problem] = []

    def bound(count: int, most: int, what: str, remedy: str) -> None:
        if count > most:
            found.append(
                Problem(f"it has {count:,} {what}; SageMaker allows {most:,}.", where, remedy)
            )

    if kind == "Processing":
        specification = arguments["AppSpecification"]
        bound(
            len(arguments.get("ProcessingInputs", ())),
            PROCESSING_INPUTS,
            "inputs (artifacts, and one for each step whose output values it reads)",
            "Gather them in a component before, or read fewer.",
        )
        bound(
            len(arguments.get("ProcessingOutputConfig", {}).get("Outputs", ())),
            PROCESSING_OUTPUTS,
            "outputs",
            "Write several files into one artifact.",
        )
    elif kind == "Training":
        specification = arguments["AlgorithmSpecification"]
        hyperparameters = arguments.get("HyperParameters", {})
        bound(
            len(arguments.get("InputDataConfig", ())),
            CHANNELS,
            "channels",
            "Gather inputs in a component before.",
        )
        bound(len(hyperparameters), HYPERPARAMETERS, "hyperparameters", "Gather them in a dict.")
        for name, value in hyperparameters.items():
            bound(
                _length(value),
                HYPERPARAMETER_CHARACTERS,
                f"characters in the hyperparameter `{name}`",
                "Pass a file.",
            )
        bound(
            len(specification.get("MetricDefinitions", ())),
            METRIC_DEFINITIONS,
            "metric definitions",
            "Remove some.",
        )
    else:
        if kind == "Model":
            environment = arguments["PrimaryContainer"].get("Environment", {})
            bound(len(environment), ENVIRONMENT_VARIABLES, "environment variables", "Set fewer.")
            for name, value in environment.items():
                bound(
                    max(_length(value), len(name)),
                    ENVIRONMENT_CHARACTERS[kind],
                    f"characters in the environment variable `{name}`",
                    "Shorten it.",
                )
        if kind in ("Model", "Transform"):
            bound(len(arguments.get("Tags", ())), TAGS, "tags", "Set fewer.")
        if kind == "Fail":
            bound(
                _length(arguments["ErrorMessage"]),
                FAIL_CHARACTERS,
                "characters in its message",
                "Shorten the message.",
            )
        return found
    members = [
        *specification.get("ContainerEntrypoint", ()),
        *specification.get("ContainerArguments", ()),
    ]
    bound(
        len(specification.get("ContainerArguments", ())),
        ARGUMENTS,
        "arguments",
        "Gather parameters in a dict.",
    )
    for member in members:
        bound(
            _length(member),
            ARGUMENT_CHARACTERS,
            "characters in one argument",
            "Shorten the value or pass it as a file.",
        )
    environment = arguments.get("Environment", {})
    bound(len(environment), ENVIRONMENT_VARIABLES, "environment variables", "Set fewer.")
    for name, value in environment.items():
        bound(
            max(_length(value), len(name)),
            ENVIRONMENT_CHARACTERS[kind],
            f"characters in the environment variable `{name}`",
            "Shorten it or pass it as a parameter.",
        )
    bound(len(arguments.get("Tags", ())), TAGS, "tags", "Set fewer.")
    return found


def _length(value: Any) -> int:
    """Return the least number of characters that the value will have."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict) and "Std:Join" in value:
        join = value["Std:Join"]
        between = len(join["On"]) * max(0, len(join["Values"]) - 1)
        return between + sum(_length(part) for part in join["Values"])
    return 0
