"""Processing steps: inputs are put below `/opt/ml/processing`, outputs are taken from there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.data.digest import content_digest
from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document
from penstock.targets.local.jobs.container import Container, run_container
from penstock.targets.local.jobs.container_view import ContainerView, resource_configuration
from penstock.targets.local.result import Output
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn
from penstock.targets.local.steps.payload import output_parameters, payload
from penstock.targets.local.steps.publishing import publish
from penstock.targets.local.steps.shared_inputs import SharedInputs


def run_processing(attempt: Attempt) -> Outcome:
    """Run a Processing step.

    Raises:
        StepError: An input is missing, the job failed, or an output cannot be kept.
    """
    view, arguments = ContainerView(attempt.folder), attempt.arguments
    view.make()
    shared = SharedInputs()
    for given in arguments.get("ProcessingInputs") or []:
        shared.watch(str(given.get("InputName")), _fetch(attempt, view, given))
    outputs = (arguments.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    view.make(*(output["S3Output"]["LocalPath"] for output in outputs if "S3Output" in output))
    cluster = arguments["ProcessingResources"]["ClusterConfig"]
    view.write_json(
        "/opt/ml/config/processingjobconfig.json",
        {
            **{name: value for name, value in arguments.items() if name != "RoleArn"},
            "ProcessingJobName": attempt.job_name,
            "ProcessingJobArn": local_arn("processing-job", attempt.job_name),
        },
    )
    view.write_json("/opt/ml/config/resourceconfig.json", resource_configuration(cluster))
    run_container(attempt, view, _container(arguments))
    shared.require_unchanged()
    return Outcome(
        properties={
            **arguments,
            "ProcessingJobName": attempt.job_name,
            "ProcessingJobArn": local_arn("processing-job", attempt.job_name),
            "ProcessingJobStatus": "Completed",
            **_exit_message(view),
        },
        outputs={
            output["OutputName"]: _publish(attempt, view, output)
            for output in outputs
            if "S3Output" in output
        },
        parameters=_parameters(view, attempt.document, outputs),
    )


def _container(arguments: Document) -> Container:
    application = arguments["AppSpecification"]
    limit = (arguments.get("StoppingCondition") or {}).get("MaxRuntimeInSeconds")
    cluster = arguments["ProcessingResources"]["ClusterConfig"]
    return Container(
        image=application["ImageUri"],
        entry_point=application.get("ContainerEntrypoint") or (),
        arguments=application.get("ContainerArguments") or (),
        environment=arguments.get("Environment") or {},
        max_seconds=None if limit is None else float(limit),
        instance_type=str(cluster.get("InstanceType") or ""),
    )


def _fetch(attempt: Attempt, view: ContainerView, given: Document) -> Path:
    source = given.get("S3Input")
    name = given.get("InputName")
    if source is None:
        raise StepError(
            Problem(
                f"its input {name} is no S3Input, the one kind that this machine has.",
                remedy="Write the data to S3 or to a folder first.",
            )
        )
    folder = view.path(source.get("LocalPath") or f"/opt/ml/processing/input/{name}")
    attempt.surroundings.stores.of(source["S3Uri"]).fetch(source["S3Uri"], folder)
    return folder


def _publish(attempt: Attempt, view: ContainerView, output: Document) -> Output:
    target = output["S3Output"]
    folder, uri = view.path(target["LocalPath"]), target["S3Uri"]
    if not folder.exists():
        raise StepError(
            Problem(
                f"its output {output['OutputName']} is gone: the job removed "
                f"{target['LocalPath']}.",
                remedy="Let the job leave the folder, even an empty one.",
            )
        )
    digest = content_digest(payload(folder))
    publish(attempt, folder, uri)
    return Output(uri, digest)


def _parameters(
    view: ContainerView, document: Document, outputs: list[Document]
) -> Mapping[str, Any]:
    folders = {
        output["OutputName"]: view.path(output["S3Output"]["LocalPath"])
        for output in outputs
        if "S3Output" in output
    }
    found: dict[str, Any] = {}
    for file in document.get("PropertyFiles") or []:
        folder = folders.get(file["OutputName"])
        if folder is not None:
            found |= output_parameters(folder / file["FilePath"])
    return found


def _exit_message(view: ContainerView) -> dict[str, str]:
    message = view.failure()
    return {} if message is None else {"ExitMessage": message}


def read_property_file(content: bytes, where: str) -> Any:
    """Parse a property file.

    Raises:
        StepError: It is not JSON.
    """
    try:
        return json.loads(content)
    except ValueError as error:
        raise StepError(
            Problem(f"the property file is not JSON: {error}.", where, "Look at what writes it.")
        ) from error


def property_file_uri(properties: Document, output: str, path: str) -> str:
    """Return where a step's property file lies.

    Raises:
        StepError: The step has no output of that name.
    """
    for found in (properties.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        if found["OutputName"] == output:
            return f"{str(found['S3Output']['S3Uri']).rstrip('/')}/{Path(path).as_posix()}"
    raise StepError(Problem(f"there is no output {output}.", remedy="Look at PropertyFiles."))
