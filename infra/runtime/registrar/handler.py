"""Registers a candidate of dev centrally, behind the gate.

Its bytes are copied, hashed where they arrived, and signed for; the version that people approve
later leads to that statement. Killed anywhere, it goes on where it was.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.authors import author_of
from infra.runtime.clients import open_client
from infra.runtime.codepipeline_job import Done, Job, answer
from infra.runtime.delivery_zip import fetch_delivery
from infra.runtime.errors import Refused
from infra.runtime.gates import opened_gate
from infra.runtime.identities import same_person
from infra.runtime.package_arns import group_of, package_arn
from infra.runtime.registrar.central_package import creation, register
from infra.runtime.registrar.copying import copy_files
from infra.runtime.registrar.origin import Origin, check_origin
from infra.runtime.registrar.sealing import keep_statement, signed
from infra.runtime.registrar.settings import Settings, settings_of_environment
from infra.runtime.registrar.source_files import SourceFile, source_files
from infra.runtime.release_archive import Release, fetch_release
from infra.runtime.source_package import SourcePackage, source_package
from infra.runtime.statements import Gate, Statement, folder, model_digest
from infra.runtime.storage import Storage

_EVIDENCE = "evidence/evidence.json"


def handle(event: Mapping[str, Any], context: object) -> None:
    """Take a job of CodePipeline; see `codepipeline_job`."""
    del context
    answer(event, promote, Logger(service="penstock-registrar"))


def promote(job: Job) -> Done:
    """Register the candidate of a job.

    Raises:
        Refused: It does not come from the release's training in dev, its bytes are not those it
            names, nobody opened the gate, or other bytes are where its own have to be.
    """
    settings = settings_of_environment()
    storage = Storage(open_client("s3", region=settings.region))
    delivery = fetch_delivery(job)
    release = fetch_release(storage, settings.releases, delivery.release)
    origin = Origin(
        group_of(settings.groups, job.parameter("use_case")),
        job.parameter("package"),
        job.parameter("execution"),
        job.parameter("author"),
    )
    check_origin(origin, settings, release)
    sagemaker = open_client("sagemaker", region=settings.region)
    source = source_package(sagemaker.describe_model_package(ModelPackageName=origin.package))
    _check_source(source, origin)
    codepipeline = open_client("codepipeline")
    pipeline, delivery_id = f"{settings.delivery}-{origin.group}", job.parameter("delivery")
    author = author_of(codepipeline, pipeline, delivery_id)
    if author != origin.author:
        raise Refused(
            f"the delivery was started by {author}, and the job says by {origin.author}.",
            origin.package,
            "Deliver what the delivery's own training registered.",
        )
    gate = opened_gate(codepipeline, pipeline, settings.gate, delivery_id)
    if same_person(gate.approved_by, author):
        raise Refused(
            f"{gate.approved_by} opened the gate and may be its author, {author}.",
            origin.package,
            "Let somebody else open the gate: deliver again.",
        )
    with contextlib.ExitStack() as until:
        files = source_files(storage, source, until)
        statement = _statement(origin, release, source, files, gate)
        below = folder(settings.central, statement.group, statement.files_digest)
        copy_files(storage, files, below)
    return _registered(settings, storage, source, statement)


def _registered(
    settings: Settings, storage: Storage, source: SourcePackage, statement: Statement
) -> Done:
    keep_statement(storage, settings.central, statement)
    kms = open_client("kms", region=settings.region)
    signature = signed(storage, kms, settings.seal_key, settings.central, statement)
    arguments = creation(source, statement, signature, settings.central)
    sagemaker = open_client("sagemaker", region=settings.region)
    arn = register(sagemaker, storage, settings.central, arguments, statement)
    return Done(
        {
            "package": arn,
            "version": str(package_arn(arn).version),
            "statement": statement.digest,
        }
    )


def _check_source(source: SourcePackage, origin: Origin) -> None:
    if source.arn != origin.package or source.group != origin.group:
        raise Refused(
            f"dev answers with {source.arn} of the group {source.group!r}.",
            origin.package,
            "Deliver what the delivery's own training registered.",
        )
    if source.answer.get("ModelApprovalStatus") == "Rejected":
        raise Refused("it was rejected in dev.", origin.package, "Deliver another candidate.")
    started_by = source.properties.get("started_by", "")
    if started_by and started_by != origin.author:
        raise Refused(
            f"its evidence says that {started_by} started it, and the delivery says that "
            f"{origin.author} did.",
            origin.package,
            "Deliver what the delivery's own training registered.",
        )


def _statement(
    origin: Origin,
    release: Release,
    source: SourcePackage,
    files: tuple[SourceFile, ...],
    gate: Gate,
) -> Statement:
    listed = tuple(each.file for each in files)
    evidence = {each.path: each.sha256 for each in listed}.get(_EVIDENCE)
    if evidence is None:
        raise Refused(
            "its evidence pack has no evidence.json.",
            source.evidence,
            "Register the candidate with its evidence.",
        )
    found = {"model_digest": model_digest(listed), "evidence_digest": f"sha256:{evidence}"}
    for name, digest in found.items():
        told = source.properties.get(name, digest)
        if told != digest:
            raise Refused(
                f"it was registered with the {name} {told}, and what is there has {digest}.",
                origin.package,
                "See who writes to the models of dev, and train again.",
            )
    return Statement(
        origin.group,
        origin.package,
        origin.execution,
        origin.author,
        release.digest,
        origin.pipeline,
        found["model_digest"],
        found["evidence_digest"],
        listed,
        gate,
    )
