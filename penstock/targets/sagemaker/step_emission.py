"""Emits one step of the definition: which native form a task takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock.errors import Problem
from penstock.targets.sagemaker.adapter_call import AdapterCall
from penstock.targets.sagemaker.approval import approval_step
from penstock.targets.sagemaker.assets import Asset, Bundle, bundle
from penstock.targets.sagemaker.bundle_document import BundleDocument
from penstock.targets.sagemaker.fail import fail_step
from penstock.targets.sagemaker.foreign import (
    RUNNER,
    adapter_files,
    is_bare,
    runs_adapter,
    surely_holds_python,
    task_file,
)
from penstock.targets.sagemaker.inputs import PARAMETERS_OUTPUT
from penstock.targets.sagemaker.instance_types import (
    INSTANCE_TYPES,
    TRANSFORM_TYPES,
    smallest_instance_type,
)
from penstock.targets.sagemaker.limits import ARGUMENT_CHARACTERS
from penstock.targets.sagemaker.native_command import NativeCommand
from penstock.targets.sagemaker.plan import OUR_IMAGE, Plan, is_ours, our_function
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
from penstock.targets.sagemaker.transform import transform_steps

CODE_INPUT = "code"
CONSTANTS_INPUT = "constants"
SCRIPT = "script.sh"
CHANNEL_ROOT = "/opt/ml/input/data"


def reads_by_property_file(step: Step) -> bool:
    """Whether a property file holds the step's output parameters."""
    return (
        bool(step.interface.output_parameters)
        and step.kind in ("", "processing")
        and (is_ours(step.container) or runs_adapter(step.container, gives_values=True))
    )


class StepEmission:
    """Emits a step; `assets` are the files that it refers to, `notes` what it takes for granted."""

    def __init__(
        self, plan: Plan, step: Step, bundles: Mapping[str, BundleDocument] | None = None
    ) -> None:
        self._plan, self._step = plan, step
        self._bundle = (bundles or {}).get(step.task.component)
        self.assets: tuple[Asset, ...] = ()
        self.notes: tuple[Problem, ...] = ()

    def emit(self) -> list[dict[str, Any]]:
        """Return the step; that of a transform stands behind the one that makes its model.

        Raises:
            RefusedValueError: The step asks for something that SageMaker has not.
        """
        if self._step.kind == "transform":
            return transform_steps(
                self._plan,
                self._step,
                instance_type=self._instance_type(),
                image=self._image(),
                environment=self._environment(),
            )
        return [self._single()]

    def _single(self) -> dict[str, Any]:
        if self._step.kind == "fail":
            return fail_step(self._plan, self._step)
        if self._step.kind == "register":
            return register_step(self._plan, self._step)
        if self._step.kind == "approval":
            return approval_step(self._plan, self._step)
        self._check_names()
        if is_ours(self._step.container):
            return self._ours()
        values = bool(self._step.interface.output_parameters)
        if runs_adapter(self._step.container, gives_values=values):
            return self._adapted()
        try:
            return self._native()
        except RefusedValueError:
            if is_bare(self._step.container) or not self._step.container.command:
                raise
            return self._adapted()

    def _ours(self) -> dict[str, Any]:
        training = self._step.kind == "training"
        call = AdapterCall(self._plan, self._step, training, constants_in_file=False)
        call.arguments += ["--component", our_function(self._step.container)]
        call.build()
        if call.constants:
            files = bundle({"constants.json": _json(call.constants)})
            self._receive(call, CONSTANTS_INPUT, files)
            call.arguments += ["--constants", CONSTANTS_INPUT]
        entrypoint = ["python3", "-m", "penstock.container", self._step.kind or "processing"]
        return self._job(call, parameter("Image"), entrypoint)

    def _adapted(self) -> dict[str, Any]:
        """A component of somebody else in an image with Python."""
        training = self._step.kind == "training"
        call = AdapterCall(self._plan, self._step, training, constants_in_file=True)
        call.build()
        if self._bundle is None and not surely_holds_python(self._step.container):
            self.notes = (
                Problem(
                    f"the image `{self._step.container.image}` must hold `python3` (3.9 or newer), "
                    "with which the adapter runs the command.",
                    self._step.where,
                ),
            )
        files = {
            **adapter_files(),
            "constants.json": _json(call.constants),
        }
        if self._bundle is None:
            files["task.json"] = task_file(self._step)
        else:
            files["bundle.json"] = _json(self._bundle)
        self._receive(call, CODE_INPUT, bundle(files))
        call.arguments += ["--task", CODE_INPUT]
        root = CHANNEL_ROOT if training else INPUT_ROOT
        verb = "training" if training else "processing"
        entrypoint = ["python3", f"{root}/{CODE_INPUT}/{RUNNER}", verb]
        return self._job(call, self._image(), entrypoint)

    def _image(self) -> Expression:
        image = self._step.container.image
        return parameter("Image") if image == OUR_IMAGE else self._resolved(image)

    def _native(self) -> dict[str, Any]:
        """A component of somebody else in an image that is not known to hold Python."""
        command = NativeCommand(self._plan, self._step)
        entrypoint = command.words(self._step.container.command)
        arguments = command.words(self._step.container.arguments)
        call = AdapterCall(self._plan, self._step, False, constants_in_file=False)
        call.inputs.update(command.inputs)
        if len(entrypoint) > 2 and entrypoint[0] in ("sh", "bash") and entrypoint[1] == "-c":
            words = [*entrypoint, *arguments]
            entrypoint, arguments = words[:3], words[3:]
        script = entrypoint[2] if len(entrypoint) == 3 else ""
        if isinstance(script, str) and (len(script) > ARGUMENT_CHARACTERS or "\n" in script):
            self._receive(call, CODE_INPUT, bundle({SCRIPT: script.encode()}))
            entrypoint[2] = f". {INPUT_ROOT}/{CODE_INPUT}/{SCRIPT}"
        call.arguments += arguments
        return self._job(call, self._resolved(self._step.container.image), entrypoint)

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
            value = filled(text, self._step.context, self._step.task.name)
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
            among = TRANSFORM_TYPES if self._step.kind == "transform" else INSTANCE_TYPES
            return smallest_instance_type(asked, self._step.where, among)
        except ValueError as error:
            raise RefusedValueError(error.args[0]) from None

    def _check_names(self) -> None:
        if PARAMETERS_OUTPUT in self._step.interface.output_artifacts:
            raise RefusedValueError(
                Problem(
                    f"the name `{PARAMETERS_OUTPUT}` of an output artifact is reserved.",
                    remedy="Rename it.",
                )
            )


def _json(constants: dict[str, Any]) -> bytes:
    return json.dumps(constants, sort_keys=True, indent=1).encode()


__all__ = ["CHANNEL_ROOT", "INPUT_ROOT", "StepEmission", "reads_by_property_file"]
