"""Training steps: channels in, `model.tar.gz` and `output.tar.gz` out, checkpoints kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from penstock.container.layout import DESCRIPTION
from penstock.data.digest import content_digest
from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.archive import pack
from penstock.targets.local.jobs.container import Container, require_texts, run_container
from penstock.targets.local.jobs.container_view import ContainerView, resource_configuration
from penstock.targets.local.result import Output
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn
from penstock.targets.local.steps.payload import output_parameters, payload
from penstock.targets.local.steps.publishing import publish
from penstock.targets.local.steps.shared_inputs import SharedInputs
from penstock.targets.local.store.port import join_uri

_CHANNELS = "/opt/ml/input/data"
_CHECKPOINTS = "/opt/ml/checkpoints"
_PARAMETERS = "parameters"


def run_training(attempt: Attempt) -> Outcome:
    """Run a Training step.

    Checkpoints stay with the run: they serve its later attempts and no other run.

    Raises:
        StepError: A channel is missing, the job failed, or the model cannot be kept.
    """
    view, arguments = ContainerView(attempt.folder), attempt.arguments
    view.make("/opt/ml/model", "/opt/ml/output/data", "/opt/ml/input/config", _CHANNELS)
    channels = {
        channel["ChannelName"]: channel for channel in arguments.get("InputDataConfig") or []
    }
    shared = SharedInputs()
    for name, channel in channels.items():
        _fetch(attempt, view, name, channel)
        shared.watch(name, view.path(f"{_CHANNELS}/{name}"))
    if arguments.get("CheckpointConfig"):
        _share_checkpoints(attempt, view, arguments["CheckpointConfig"])
    hyperparameters = arguments.get("HyperParameters") or {}
    require_texts({f"HyperParameters.{name}": value for name, value in hyperparameters.items()})
    view.write_json("/opt/ml/input/config/hyperparameters.json", hyperparameters)
    view.write_json(
        "/opt/ml/input/config/inputdataconfig.json",
        {name: _channel_configuration(channel) for name, channel in channels.items()},
    )
    view.write_json(
        "/opt/ml/input/config/resourceconfig.json",
        resource_configuration(arguments.get("ResourceConfig") or {}),
    )
    run_container(attempt, view, _container(attempt, arguments))
    shared.require_unchanged()
    base = join_uri(arguments["OutputDataConfig"]["S3OutputPath"], attempt.job_name, "output")
    model = _publish_model(attempt, view, join_uri(base, "model.tar.gz"))
    extra = _publish_output(attempt, view, join_uri(base, "output.tar.gz"))
    return Outcome(
        properties={
            **arguments,
            "TrainingJobName": attempt.job_name,
            "TrainingJobArn": local_arn("training-job", attempt.job_name),
            "TrainingJobStatus": "Completed",
            "SecondaryStatus": "Completed",
            "ModelArtifacts": {"S3ModelArtifacts": model.uri},
            "FinalMetricDataList": list(_metrics(view, arguments)),
        },
        outputs={"model": model} | extra,
        parameters=output_parameters(
            view.path("/opt/ml/output/data") / _PARAMETERS / "parameters.json"
        ),
    )


def _container(attempt: Attempt, arguments: Document) -> Container:
    algorithm = arguments["AlgorithmSpecification"]
    limit = (arguments.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
    entry_point = algorithm.get("ContainerEntrypoint") or ()
    return Container(
        image=algorithm["TrainingImage"],
        entry_point=entry_point,
        # The service runs `docker run IMAGE train` where the definition says nothing else.
        arguments=algorithm.get("ContainerArguments") or (() if entry_point else ("train",)),
        environment={
            "TRAINING_JOB_NAME": attempt.job_name,
            **(arguments.get("Environment") or {}),
        },
        max_seconds=None if limit is None else float(limit),
        instance_type=str((arguments.get("ResourceConfig") or {}).get("InstanceType") or ""),
    )


def _fetch(attempt: Attempt, view: ContainerView, name: str, channel: Document) -> None:
    source = (channel.get("DataSource") or {}).get("S3DataSource")
    if source is None:
        raise StepError(
            Problem(
                f"its channel {name} is no S3DataSource, the one kind that this machine has.",
                remedy="Write the data to S3 or to a folder first.",
            )
        )
    uri = source["S3Uri"]
    attempt.surroundings.stores.of(uri).fetch(uri, view.path(f"{_CHANNELS}/{name}"))


def _share_checkpoints(attempt: Attempt, view: ContainerView, configuration: Document) -> None:
    kept = attempt.step_folder / "checkpoints"
    kept.mkdir(exist_ok=True)
    place = view.path(configuration.get("LocalPath") or _CHECKPOINTS)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(kept, target_is_directory=True)


def _channel_configuration(channel: Document) -> dict[str, Any]:
    return {
        "TrainingInputMode": channel.get("InputMode", "File"),
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
            "S3DataDistributionType", "FullyReplicated"
        ),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
    }


def _publish_model(attempt: Attempt, view: ContainerView, uri: str) -> Output:
    folder, archive = view.path("/opt/ml/model"), attempt.folder / "model.tar.gz"
    pack(folder, archive)
    publish(attempt, archive, uri)
    return Output(uri, content_digest(folder, leaving_out=DESCRIPTION))


def _publish_output(attempt: Attempt, view: ContainerView, uri: str) -> dict[str, Output]:
    folder, archive = view.path("/opt/ml/output/data"), attempt.folder / "output.tar.gz"
    pack(folder, archive)
    publish(attempt, archive, uri)
    return {
        found.name: Output(f"{uri}#{found.name}", content_digest(payload(found)))
        for found in sorted(folder.iterdir())
        if found.is_dir()
    }


def _metrics(view: ContainerView, arguments: Document) -> Iterator[dict[str, Any]]:
    definitions = arguments["AlgorithmSpecification"].get("MetricDefinitions") or []
    if not definitions:
        return
    text = "\n".join(
        file.read_text(errors="replace")
        for name in ("stdout.log", "stderr.log")
        if (file := view.folder / name).is_file()
    )
    for definition in definitions:
        found = [
            value for match in _pattern(definition).finditer(text) if (value := _number(match))
        ]
        if found:
            yield {"MetricName": definition["Name"], "Value": float(found[-1])}


def _number(match: re.Match[str]) -> str | None:
    text = match.group(1 if match.re.groups else 0)
    try:
        float(text)
    except (TypeError, ValueError):
        return None
    return text


def _pattern(definition: Document) -> re.Pattern[str]:
    try:
        return re.compile(definition["Regex"])
    except re.error as error:
        raise StepError(
            Problem(
                f"the regular expression of the metric {definition['Name']} is wrong: {error}.",
                remedy="Correct MetricDefinitions.",
            )
        ) from error
