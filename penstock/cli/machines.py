"""The machines that the pipelines of a project run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.cli.project_pipelines import project_folder
from penstock.errors import PenstockError

_TRAINING = "train"


def machines_of_project() -> Mapping[str, Sequence[str]]:
    """Return the instance types by the kind of their jobs, as the project's use cases ask for them.

    Steps that no use case sizes run on the smallest type, so it is always among them. A use case
    that is wrong is passed over: `pipeline check` tells of it.
    """
    from penstock.targets.sagemaker.instance_types import SMALLEST

    found = {"processing": {SMALLEST}, "training": {SMALLEST}}
    for file in sorted((project_folder() / "use_cases").glob("*/use_case.yaml")):
        for step, machine in _machines(str(file)).items():
            found["training" if step == _TRAINING else "processing"].add(machine)
    return {kind: sorted(types) for kind, types in found.items()}


def _machines(use_case: str) -> Mapping[str, str]:
    """Return the type of each step that a use case sizes; of a wrong use case none."""
    from penstock.ir.pipeline import Resources
    from penstock.targets.sagemaker.instance_types import smallest_instance_type
    from penstock.use_case import load_use_case

    try:
        known = load_use_case(use_case)
        found = {}
        for step in type(known.resources).model_fields:
            asked, named = getattr(known.resources, step), getattr(known.sagemaker, step)
            resources = Resources(cpu=str(asked.cpu), memory=asked.memory)
            found[step] = named.instance_type or smallest_instance_type(resources, use_case)
    except (PenstockError, ValueError):
        return {}
    return found
