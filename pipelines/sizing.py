"""Gives a task the resources that its use case asks for."""

from typing import Any, Literal

from penstock.contract.wiring import configure
from penstock.use_case import UseCase

Step = Literal["preprocess", "train", "evaluate", "prepare", "batch_transform", "publish"]


def size(outputs: Any, use_case: UseCase, step: Step, *, cache: bool = True) -> None:
    """Set what the task behind `outputs` needs to run, on every target.

    Args:
        outputs: What the component returned.
        use_case: Holds `resources.<step>` and `sagemaker.<step>`.
        step: Name of the step in the use case.
        cache: Whether an earlier result for the same inputs may stand in.
    """
    resources = getattr(use_case.resources, step)
    settings = getattr(use_case.sagemaker, step)
    known: dict[str, Any] = {
        "volume_size_gb": settings.volume_gb,
        "max_runtime_seconds": settings.max_runtime_seconds,
    }
    if settings.instance_type:
        known["instance_type"] = settings.instance_type
    if step == "train":
        known["checkpoints"] = True
        if settings.spot:
            known["spot"] = True
            wait = settings.max_wait_seconds or 2 * settings.max_runtime_seconds
            known["max_wait_seconds"] = wait
        elif settings.warm_pool_seconds:
            known["keep_alive_period_seconds"] = settings.warm_pool_seconds
    configure(
        outputs, cpu=resources.cpu, memory=resources.memory, retries=3, cache=cache, sagemaker=known
    )
