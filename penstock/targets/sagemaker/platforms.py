"""Settings of other platforms: which SageMaker may leave out, and which it must refuse."""

from __future__ import annotations

from penstock.errors import Problem
from penstock.ir.pipeline import Pipeline
from penstock.targets.sagemaker.steps import Step

_WITHOUT_MEANING_HERE = frozenset(
    {
        "tolerations",
        "nodeSelector",
        "nodeAffinity",
        "podAffinity",
        "imagePullPolicy",
        "imagePullSecret",
        "podMetadata",
        "enabledSharedMemory",
    }
)
"""Where and how Kubernetes places a pod: SageMaker places jobs by itself."""

_REMEDIES = {
    "secretAsEnv": "Read the secret in the component, from AWS Secrets Manager.",
    "secretAsVolume": "Read the secret in the component, from AWS Secrets Manager.",
    "configMapAsEnv": "Set `environment` in `sagemaker={...}`.",
    "configMapAsVolume": "Pass the settings as a parameter or an artifact.",
    "pvcMount": "Pass the data as an artifact.",
    "fieldPathAsEnv": "Pass the value as a parameter.",
    "emptyDirMounts": "Write to the job's own disk.",
    "genericEphemeralVolume": "Write to the job's own disk; set `volume_size_gb`.",
}


def platform_problems(pipeline: Pipeline, steps: list[Step], where: str) -> list[Problem]:
    """Return what Kubernetes is asked for and SageMaker has not, at each task."""
    problems = []
    for platform, settings in pipeline.platform_pipeline.items():
        if platform != "sagemaker":
            problems += [
                Problem(
                    f"the pipeline asks {platform} for `{key}`, which SageMaker has not.",
                    where,
                    "Pass the data between tasks as artifacts.",
                )
                for key in settings
            ]
    label_of = {name: component.executor_label for name, component in pipeline.components.items()}
    for platform, executors in pipeline.platforms.items():
        if platform == "sagemaker":
            continue
        for step in steps:
            for key, value in executors.get(label_of[step.task.component], {}).items():
                if key in _WITHOUT_MEANING_HERE or not value or _empty(step, value):
                    continue
                problems.append(
                    Problem(
                        f"the task asks {platform} for `{key}`, which SageMaker has not.",
                        step.where,
                        _REMEDIES.get(key, "Remove it."),
                    )
                )
    return problems


def _empty(step: Step, value: object) -> bool:
    """Whether every entry names an optional input of the pipeline that has no value."""
    return False
