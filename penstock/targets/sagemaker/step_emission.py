"""Emits one step of the definition: which native form a task takes."""

from __future__ import annotations

import json
from typing import Any

from penstock.errors import Problem
from penstock.ir.pipeline import Resources
from penstock.targets.sagemaker.adapter_call import AdapterCall
from penstock.targets.sagemaker.assets import Asset, Bundle, bundle
from penstock.targets.sagemaker.fail import fail_step
from penstock.targets.sagemaker.inputs import PARAMETERS_OUTPUT
from penstock.targets.sagemaker.instance_types import smallest_instance_type
from penstock.targets.sagemaker.plan import Plan, our_function
from penstock.targets.sagemaker.processing import INPUT_ROOT, processing_step
from penstock.targets.sagemaker.references import (
    Expression,
    RefusedValueError,
    as_text,
    parameter,
)
from penstock.targets.sagemaker.registration import register_step
from penstock.targets.sagemaker.steps import Step
from penstock.targets.sagemaker.templates import filled
from penstock.targets.sagemaker.training import training_step
from penstock.targets.sagemaker.values import Literal

CODE_INPUT = "code"
CONSTANTS_INPUT = "constants"
CHANNEL_ROOT = "/opt/ml/input/data"


def reads_by_property_file(step: Step) -> bool:
    """Whether a property file holds the step's output parameters."""
    return bool(step.interface.output_parameters) and step.kind in ("", "processing")


class StepEmission:
    """Emits a step; `assets` are the files that it refers to."""

    def __init__(self, plan: Plan, step: Step) -> None:
        self._plan, self._step = plan, step
        self.assets: tuple[Asset, ...] = ()

    def emit(self) -> dict[str, Any]:
        """Return the step.

        Raises:
            RefusedValueError: The step asks for something that SageMaker has not.
        """
        if self._step.kind == "fail":
            return fail_step(self._plan, self._step)
        if self._step.kind == "register":
            return register_step(self._plan, self._step)
        self._check_names()
        return self._ours()

    def _ours(self) -> dict[str, Any]:
        training = self._step.kind == "training"
        call = AdapterCall(self._plan, self._step, training, constants_in_file=False)
        call.arguments += ["--component", our_function(self._step.container)]
        call.build()
        if call.constants or call.metadata:
            files = bundle({"constants.json": _json(call.constants, call.metadata)})
            self._receive(call, CONSTANTS_INPUT, files)
            call.arguments += ["--constants", CONSTANTS_INPUT]
        entrypoint = ["python3", "-m", "penstock.container", self._step.kind or "processing"]
        return self._job(call, parameter("Image"), entrypoint)

    def _job(
        self, call: AdapterCall, image: Expression, entrypoint: list[Expression]
    ) -> dict[str, Any]:
        environment = self._environment()
        if call.training:
            return training_step(
                self._plan,
                self._step,
                instance_type=self._instance_type(),
                image=image,
                entrypoint=entrypoint,
                arguments=call.arguments,
                hyperparameters=call.hyperparameters,
                channels=call.inputs,
                environment=environment,
            )
        return processing_step(
            self._plan,
            self._step,
            instance_type=self._instance_type(),
            image=image,
            entrypoint=entrypoint,
            arguments=call.arguments,
            inputs=call.inputs,
            environment=environment,
        )

    def _receive(self, call: AdapterCall, name: str, files: Bundle) -> None:
        if name in call.inputs:
            raise RefusedValueError(
                Problem(f"the name `{name}` of an input artifact is reserved.", remedy="Rename it.")
            )
        self.assets = files.assets
        call.inputs[name] = files.uri

    def _environment(self) -> dict[str, Expression]:
        found: dict[str, Expression] = {}
        for name, value in self._step.container.environment.items():
            found[name] = self._resolved(value)
        found.update(self._plan.settings[self._step.path].environment)
        return found

    def _resolved(self, text: str) -> Expression:
        try:
            value = filled(text, self._step.parameters, self._step.task.name)
        except LookupError as error:
            raise RefusedValueError(
                Problem(f"{error.args[0]}.", remedy="Use a parameter of the task.")
            ) from None
        return as_text(value, self._plan.names, self._plan.readable)

    def _instance_type(self) -> str:
        settings = self._plan.settings[self._step.path]
        if settings.instance_type:
            return settings.instance_type
        asked = self._step.container.resources
        try:
            return smallest_instance_type(
                Resources(
                    cpu=self._known(asked.cpu),
                    memory=self._known(asked.memory),
                    accelerator_type=self._known(asked.accelerator_type),
                    accelerator_count=self._known(asked.accelerator_count),
                ),
                self._step.where,
            )
        except ValueError as error:
            raise RefusedValueError(error.args[0]) from None

    def _known(self, text: str) -> str:
        value = filled(text, self._step.parameters, self._step.task.name)
        if isinstance(value, Literal):
            return str(value.value)
        raise RefusedValueError(
            Problem(
                "the resources that the task asks for are known only when the pipeline runs; "
                "SageMaker fixes the instance type when it is compiled.",
                remedy="Ask for constant resources.",
            )
        )

    def _check_names(self) -> None:
        if PARAMETERS_OUTPUT in self._step.interface.output_artifacts:
            raise RefusedValueError(
                Problem(
                    f"the name `{PARAMETERS_OUTPUT}` of an output artifact is reserved.",
                    remedy="Rename it.",
                )
            )


def _json(parameters: dict[str, Any], metadata: dict[str, Any]) -> bytes:
    content = {"parameters": parameters, "metadata": metadata}
    return json.dumps(content, sort_keys=True, indent=1).encode()


__all__ = ["CHANNEL_ROOT", "INPUT_ROOT", "StepEmission", "reads_by_property_file"]
