"""RegisterModel steps: the candidate goes to the local registry, as pending."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path

from penstock.errors import Problem, StepError
from penstock.targets.local.documents import Document, as_text
from penstock.targets.local.jobs.archive import unpack
from penstock.targets.local.jobs.container import JobFailedError, JobStoppedError
from penstock.targets.local.jobs.container_view import ContainerView
from penstock.targets.local.jobs.environment import job_environment
from penstock.targets.local.jobs.launch import Job
from penstock.targets.local.steps.attempt import Attempt, Outcome, local_arn
from penstock.targets.local.steps.model_files import model_uri

MODULE = "penstock.targets.local.jobs.registering"
_REPORT_PROPERTY, _EVIDENCE_PROPERTY = "report", "evidence"
_DESCRIPTION = "artifact.json"


def run_registration(attempt: Attempt) -> Outcome:
    """Run a RegisterModel step.

    The execution and the step go with the candidate, so that a repetition registers nothing anew.

    Raises:
        StepError: The model or what belongs to it cannot be read, or the registry refused.
    """
    arguments, around = attempt.arguments, attempt.surroundings
    group = arguments.get("ModelPackageGroupName")
    if not group:
        raise StepError(
            Problem("it names no ModelPackageGroupName.", remedy="Versions belong to a group.")
        )
    view = ContainerView(attempt.folder)
    view.make()
    properties = {
        name: as_text(value)
        for name, value in (arguments.get("CustomerMetadataProperties") or {}).items()
    }
    request, answer = attempt.folder / "request.json", attempt.folder / "answer.json"
    failure = view.root / "output" / "failure"
    failure.parent.mkdir(parents=True, exist_ok=True)
    report = properties.get(_REPORT_PROPERTY)
    content = {
        "registry": around.registry,
        "group": group,
        "model": str(_model(attempt, arguments)),
        "metrics": _fetched(attempt, _metrics_uri(arguments), "metrics", ".json"),
        "report": _fetched(attempt, report, "report", ".html"),
        "evidence": _fetched_pack(attempt, properties.get(_EVIDENCE_PROPERTY)),
        "properties": properties | {"execution": around.execution_id, "step": attempt.step},
        "answer": str(answer),
        "failure": str(failure),
    }
    request.write_text(json.dumps(content, indent=1), encoding="utf-8")
    job = Job(
        command=(sys.executable, "-m", MODULE, str(request)),
        environment=job_environment(
            {}, project=around.project, needs_s3=around.needs_s3, passed=around.passed
        ),
        working_directory=view.work,
        stdout=attempt.folder / "stdout.log",
        stderr=attempt.folder / "stderr.log",
        entry=f"{MODULE}:main",
        entry_arguments=(str(request),),
        modules=(MODULE,),
    )
    ending = around.launcher.run(job, around.cancellation)
    if ending.cancelled:
        raise JobStoppedError(Problem("the run was stopped."))
    if ending.exit_code != 0 or not answer.is_file():
        reason = view.failure() or f"its process ended with exit code {ending.exit_code}."
        raise JobFailedError(reason, view.log_tail())
    given = json.loads(answer.read_text(encoding="utf-8"))
    return Outcome(
        properties={
            **arguments,
            "ModelPackageName": group,
            "ModelPackageVersion": given["version"],
            "ModelPackageArn": local_arn("model-package", f"{group}/{given['version']}"),
            "ModelPackageStatus": "Completed",
            "ModelApprovalStatus": arguments.get("ModelApprovalStatus", "PendingManualApproval"),
        },
        parameters={"group": group, "version": given["version"], "uri": given["uri"]},
    )


def _model(attempt: Attempt, arguments: Document) -> Path:
    containers = (arguments.get("InferenceSpecification") or {}).get("Containers") or []
    uri = model_uri(containers[0]) if containers else None
    if uri is None:
        raise StepError(
            Problem(
                "its first container names no ModelDataUrl.",
                remedy="Give InferenceSpecification.Containers[0].ModelDataUrl.",
            )
        )
    folder = attempt.folder / "fetched" / "model"
    attempt.surroundings.stores.of(uri).fetch(uri, folder)
    archive = folder / uri.rstrip("/").rpartition("/")[2]
    if not archive.name.endswith((".tar.gz", ".tgz")):
        return _bare(folder)
    unpacked = attempt.folder / "model"
    try:
        unpack(archive, unpacked)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise StepError(
            Problem(f"{uri} cannot be unpacked: {error}.", remedy="Run the training again.")
        ) from error
    return _bare(unpacked)


def _bare(folder: Path) -> Path:
    """Return a copied model without the engine's description, which is no part of a model."""
    if folder.is_dir():
        (folder / _DESCRIPTION).unlink(missing_ok=True)
    return folder


def _metrics_uri(arguments: Document) -> str | None:
    quality = (arguments.get("ModelMetrics") or {}).get("ModelQuality") or {}
    uri = (quality.get("Statistics") or {}).get("S3Uri")
    return None if uri is None else str(uri)


def _fetched(attempt: Attempt, uri: str | None, name: str, suffix: str) -> str | None:
    if uri is None or "://" not in uri:
        return None
    folder = attempt.folder / "fetched" / name
    attempt.surroundings.stores.of(uri).fetch(uri, folder)
    found = sorted(folder.rglob(f"*{suffix}"))
    wanted = [file for file in found if file.name != _DESCRIPTION]
    return str(wanted[0]) if wanted else None


def _fetched_pack(attempt: Attempt, uri: str | None) -> str | None:
    if uri is None or "://" not in uri:
        return None
    folder = attempt.folder / "fetched" / "evidence"
    attempt.surroundings.stores.of(uri).fetch(uri, folder)
    return str(folder)
