"""Candidates in dev: one that our registry made, one that a RegisterModel step made by itself."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.sagemaker.models import sagemaker_backends
from tooling_world import AUTHOR, DELIVERY, DEV, MODELS, PIPELINE, REGION, World, as_dev

from penstock.data.digest import content_digest
from penstock.registry import Candidate, open_registry

EVIDENCE = b'{"verdict":"better"}'
MODEL = {"model.skops": b"weights", "deep/schema.json": b"{}"}
REASON = "a reason that says why, é, " * 14


@dataclass(frozen=True)
class Made:
    """A candidate and the execution that registered it."""

    package: str
    execution: str

    def parameters(self, **other: str) -> dict[str, str]:
        """Return what the delivery asks the registrar."""
        return {
            "use_case": "fraud",
            "package": self.package,
            "execution": self.execution,
            "author": AUTHOR,
            "delivery": DELIVERY,
            **other,
        }


def ready(world: World, *, native: bool = False, small: bool = False, **properties: str) -> Made:
    """Bring a delivery to the door of the registrar: trained, registered in dev, approved."""
    world.deliver()
    world.deploy()
    client = world.dev("sagemaker")
    random.seed(7)  # Moto's executions are called the same each time.
    run = str(client.start_pipeline_execution(PipelineName=PIPELINE)["PipelineExecutionArn"])
    given = {"use_case": "fraud@1", "reason": REASON, "started_by": AUTHOR, **properties}
    package = _native(world, given, small) if native else _registered(world, given)
    world.steps[run] = [
        {"StepName": "train", "StepStatus": "Succeeded"},
        {"StepName": "register", "Metadata": {"RegisterModel": {"Arn": package}}},
    ]
    world.codepipeline.approve()
    central = world.client("sagemaker")
    central.create_model_package_group(ModelPackageGroupName="fraud")
    return Made(package, run)


def central_versions(world: World) -> list[Any]:
    """Return the central versions, oldest first."""
    client = world.client("sagemaker")
    listed = client.list_model_packages(ModelPackageGroupName="fraud")["ModelPackageSummaryList"]
    arns = sorted(each["ModelPackageArn"] for each in listed)
    return [client.describe_model_package(ModelPackageName=arn) for arn in arns]


def model_archive(files: Mapping[str, bytes], *members: tarfile.TarInfo) -> bytes:
    """Return a `model.tar.gz` of files and further members."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return target.getvalue()


def _registered(world: World, properties: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory() as scratch, as_dev():
        folder = Path(scratch)
        _write(folder / "model", {**MODEL, "artifact.json": b"the engine's"})
        _write(folder / "pack", {"evidence.json": EVIDENCE, "page/index.html": b"<p>"})
        _write(folder, {"m.json": b'{"auc":0.9}', "r.html": b"<p>report"})
        registry = open_registry(f"sagemaker://{REGION}?bucket={MODELS}")
        return registry.register(
            Candidate(
                "fraud",
                folder / "model",
                folder / "m.json",
                folder / "r.html",
                properties,
                evidence=folder / "pack",
            )
        ).uri


def _native(world: World, properties: Mapping[str, str], small: bool) -> str:
    root = f"s3://{MODELS}/run/abc"
    model = {"model.skops": MODEL["model.skops"]} if small else MODEL
    archive = model_archive({**model, "artifact.json": b"the engine's"})
    further = {
        "evidence/data/page/index.html": b"<p>",
        "report/report.html": b"<p>report",
        "metrics/metrics.json": b'{"auc":0.9}',
    }
    for path, content in {
        "train/output/model.tar.gz": archive,
        "evidence/data/evidence.json": EVIDENCE,
        **({} if small else further),
    }.items():
        world.put(f"{root}/{path}", content)
    client = world.dev("sagemaker")
    client.create_model_package_group(ModelPackageGroupName="fraud")
    short = {name: value[:256] for name, value in properties.items()}
    with tempfile.TemporaryDirectory() as scratch:
        _write(Path(scratch), model)
        digest = content_digest(Path(scratch))
    container = {"Image": "penstock:1", "ModelDataUrl": f"{root}/train/output/model.tar.gz"}
    statistics = {"ContentType": "application/json", "S3Uri": f"{root}/metrics/metrics.json"}
    quality = {"ModelMetrics": {"ModelQuality": {"Statistics": statistics}}}
    report = {"report": f"{root}/report/report.html"}
    made = client.create_model_package(
        **({} if small else quality),
        ModelPackageGroupName="fraud",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={
            "reason": "new rows",
            **{name: value for name, value in short.items() if name != "reason"},
            "evidence": f"{root}/evidence/data",
            **({} if small else report),
            "model_digest": digest,
            "evidence_digest": f"sha256:{hashlib.sha256(EVIDENCE).hexdigest()}",
        },
    )
    return str(made["ModelPackageArn"])


def change_entries(package: str, **entries: str) -> None:
    """Change what a version in dev says of itself."""
    packages = sagemaker_backends[DEV][REGION].model_packages
    packages[package].customer_metadata_properties.update(entries)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def told(version: Any) -> dict[str, Any]:
    """Return what a version says of itself, whatever was different the last time left out."""
    from penstock.registry.sagemaker.packages import properties_of

    properties = properties_of(version)
    properties.pop("promotion.signature", None)
    own = {
        name: value
        for name, value in version["CustomerMetadataProperties"].items()
        if name.startswith("penstock.")
    }
    return {
        "status": version["ModelApprovalStatus"],
        "containers": version["InferenceSpecification"]["Containers"],
        "metrics": version.get("ModelMetrics"),
        "properties": json.loads(json.dumps(properties)),
        "own": own,
    }
