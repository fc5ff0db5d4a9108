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

_VOLUME_IMAGES = "argostub/"
"""Kubeflow's backend recognises these images and acts itself instead of running them."""

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


def platform_problems(
    pipeline: Pipeline, steps: list[Step], where: str, jobs_with_workspace: int
) -> list[Problem]:
    """Return what Kubernetes is asked for and SageMaker has not, at each task.

    A workspace is a folder of the job, as long as one job has all the tasks that use it.
    """
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
                if key != "workspace" or jobs_with_workspace > 1
            ]
    problems += [
        Problem(
            "the task makes or deletes a Kubernetes volume, which SageMaker has not.",
            step.where,
            "Pass the data between tasks as artifacts.",
        )
        for step in steps
        if step.container.image.startswith(_VOLUME_IMAGES)
    ]
    label_of = {name: component.executor_label for name, component in pipeline.components.items()}
    for platform, executors in pipeline.platforms.items():
        if platform == "sagemaker":
            continue
        for step in steps:
            for key, value in executors.get(label_of[step.task.component], {}).items():
                if key in _WITHOUT_MEANING_HERE or not value or _empty(pipeline, value):
                    continue
                problems.append(
                    Problem(
                        f"the task asks {platform} for `{key}`, which SageMaker has not.",
                        step.where,
                        _REMEDIES.get(key, "Remove it."),
                    )
                )
    return problems


def withheld_parameters(pipeline: Pipeline) -> frozenset[str]:
    """Return the pipeline's optional parameters that only settings of other platforms would read.

    Without a value they ask for nothing, so a definition that does not offer them means the same.
    """
    named = {
        name
        for platform, executors in pipeline.platforms.items()
        if platform != "sagemaker"
        for settings in executors.values()
        for value in settings.values()
        for entry in _entries(value)
        for name in _named(entry)
    }
    return frozenset(
        name
        for name, declared in pipeline.interface.input_parameters.items()
        if name in named and declared.optional and not declared.has_default
    )


def _empty(pipeline: Pipeline, value: object) -> bool:
    """Whether every entry is optional and named by a parameter that is not offered."""
    withheld = withheld_parameters(pipeline)
    return all(
        entry.get("optional") is True and _named(entry) and _named(entry) <= withheld
        for entry in _entries(value)
    )


def _entries(value: object) -> list[dict[str, object]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)]


def _named(entry: dict[str, object]) -> set[str]:
    return {
        str(member["componentInputParameter"])
        for member in entry.values()
        if isinstance(member, dict) and "componentInputParameter" in member
    }
