"""The flattened pipeline with everything that emitting a step needs to know of the other steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.ir.pipeline import Container
from penstock.targets.sagemaker.references import EXECUTION_ID, Expression, join, parameter
from penstock.targets.sagemaker.settings import Settings
from penstock.targets.sagemaker.steps import Step

OUR_COMMAND = ("env", "_KFP_RUNTIME=true", "python3", "-m", "kfp.dsl.executor_main")
MODULE, FUNCTION = "--component_module_path", "--function_to_execute"
OUR_IMAGE = "penstock:0.1.0"
MODEL_SCHEMA = "system.Model"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in order, their names and settings by path.

    `readable` holds the paths of the steps whose output parameters a property file holds;
    `in_network` says whether jobs run in the network of the environment.
    """

    pipeline_name: str
    steps: tuple[Step, ...]
    names: Mapping[str, str]
    settings: Mapping[str, Settings]
    readable: frozenset[str]
    in_network: bool = False

    def step(self, path: str) -> Step:
        """Return the step at a path."""
        return next(step for step in self.steps if step.path == path)

    def output_uri(self, step: Step, *below: str) -> Expression:
        """Return where the outputs of a step go; the run's id stands in outputs alone."""
        return join(
            "/",
            [
                parameter("ArtifactRoot"),
                self.pipeline_name,
                dict(EXECUTION_ID),
                self.names[step.path],
                *below,
            ],
        )


def is_ours(container: Container) -> bool:
    """Whether the container runs a function of this project, found by its module's path."""
    return container.command == OUR_COMMAND and {MODULE, FUNCTION} <= _named(container).keys()


def our_function(container: Container) -> str:
    """Return `components/train.py:train`."""
    given = _named(container)
    return f"{given[MODULE]}:{given[FUNCTION]}"


def _named(container: Container) -> dict[str, str]:
    words = container.arguments
    return dict(zip(words[::2], words[1::2], strict=False))


def model_step_path(step: Step) -> str:
    """Return what stands for the Model step of a transform among the paths of steps."""
    return f"{step.path}Model"


def model_output(step: Step) -> str:
    """Return the output that a training job keeps as its model; empty if it has none."""
    for name, slot in step.interface.output_artifacts.items():
        if slot.schema_title == MODEL_SCHEMA:
            return name
    return ""
