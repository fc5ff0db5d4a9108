"""Opens production for a promotion that passed pre-prod, once another than its author said so.

Production checks all of it again; this asks it to.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aws_lambda_powertools import Logger

from infra.runtime.canonical import canonical_json
from infra.runtime.clients import open_client
from infra.runtime.codepipeline_job import Done, Job, answer
from infra.runtime.delivery_zip import fetch_delivery
from infra.runtime.errors import Refused
from infra.runtime.gates import opened_gate
from infra.runtime.identities import same_person
from infra.runtime.package_arns import package_arn, require_group
from infra.runtime.sealed_promotion import Promotion, sealed_promotion
from infra.runtime.settings import Reader
from infra.runtime.storage import Storage

SOURCE, OPENED = "penstock.promotion", "Production opened"
_MOST_BYTES = 1 << 16
_QUEUE = re.compile(r"https://sqs\.([a-z0-9-]+)\.amazonaws\.com/")
_TIME = re.compile(r"[0-9TZ:.+-]{1,64}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the function is deployed with.

    Attributes:
        releases: Folder of the releases, `s3://BUCKET[/PREFIX]`.
        central: `s3://BUCKET` of the central registry.
        region: Of the central registry and of production.
        seal_key: ARN of the KMS key that signs promotions.
        delivery: What names of pipelines begin with that open production; `-GROUP` follows.
        gate: Stage and action of its gate, such as `Gate/Approve`.
        prod_queues: URLs of the queues of promotions of every production.
    """

    releases: str
    central: str
    region: str
    seal_key: str
    delivery: str
    gate: str
    prod_queues: tuple[str, ...]

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read the variables.

        Raises:
            SettingsError: They are missing or wrong.
        """
        reader = Reader(environ)
        found = cls(
            reader.place("PENSTOCK_RELEASES"),
            reader.place("PENSTOCK_CENTRAL"),
            reader.text("PENSTOCK_REGION"),
            reader.text("PENSTOCK_SEAL_KEY"),
            reader.text("PENSTOCK_DELIVERY"),
            reader.text("PENSTOCK_GATE"),
            reader.list("PENSTOCK_PROD_QUEUES"),
        )
        reader.check()
        return found


def handle(event: Mapping[str, Any], context: object) -> None:
    """Take a job of CodePipeline; see `codepipeline_job`."""
    del context
    answer(event, open_production, Logger(service="penstock-opener"))


def open_production(job: Job) -> Done:
    """Ask production to take a promotion.

    Raises:
        Refused: The promotion does not hold, is of another group or release or no longer approved,
            has not passed pre-prod, or its author opened the gate.
    """
    settings = Settings.from_environment(os.environ)
    package, approved_at = job.parameter("package"), job.parameter("approved_at")
    named, group = package_arn(package), job.parameter("group")
    require_group(package, group)
    if not _TIME.fullmatch(approved_at):
        raise Refused(f"{approved_at!r} is no time of an approval.", package, "Approve it again.")
    storage = Storage(open_client("s3", region=settings.region))
    sagemaker = open_client("sagemaker", region=settings.region)
    found = sagemaker.describe_model_package(ModelPackageName=package)
    kms = open_client("kms", region=settings.region)
    promotion = sealed_promotion(found, storage, kms, settings.seal_key, settings.central)
    statement = promotion.statement
    _check_status(promotion)
    delivery = fetch_delivery(job)
    if statement.release != delivery.release:
        raise Refused(
            f"the model is of release {statement.release}, and the delivery is of "
            f"{delivery.release}.",
            package,
            "Deliver the model's release, or promote a model of this one.",
        )
    gate = opened_gate(
        open_client("codepipeline"),
        f"{settings.delivery}-{group}",
        settings.gate,
        job.parameter("delivery"),
    )
    if same_person(gate.approved_by, statement.author):
        raise Refused(
            f"{gate.approved_by} opened the gate and may be its author, {statement.author}.",
            package,
            "Let somebody else open the gate: start the pipeline again.",
        )
    _require_pass(storage, settings, promotion, named.version, approved_at)
    detail = {
        "package": package,
        "group": statement.group,
        "version": named.version,
        "approved_at": approved_at,
        "release": statement.release,
        "gate": asdict(gate),
    }
    # Production takes a repeated message for the same one.
    message = canonical_json({"source": SOURCE, "detail-type": OPENED, "detail": detail})
    for queue in settings.prod_queues:
        found = _QUEUE.match(queue)
        region = found[1] if found else settings.region
        open_client("sqs", region=region).send_message(QueueUrl=queue, MessageBody=message.decode())
    return Done({"release": statement.release})


def _check_status(promotion: Promotion) -> None:
    status = str(promotion.answer.get("ModelApprovalStatus") or "")
    if status != "Approved":
        raise Refused(
            f"the model is {status} by now.", promotion.package, "Approve it, or leave it."
        )


def _require_pass(
    storage: Storage, settings: Settings, promotion: Promotion, version: int, approved_at: str
) -> None:
    """Refuse a promotion whose success in pre-prod is not written down."""
    group = promotion.statement.group
    where = f"{settings.releases}/promoted/{group}/{version}/{approved_at}/pre-prod.json"
    content = storage.read(where, _MOST_BYTES)
    if content is None:
        raise Refused(
            "there is no record of its success in pre-prod.", where, "Let it pass there first."
        )
    try:
        told = json.loads(content)
        facts = (told["package"], told["statement"])
    except (ValueError, KeyError, TypeError):
        facts = ("", "")
    if facts != (promotion.package, promotion.statement.digest):
        raise Refused("this is no record of that success in pre-prod.", where, "See who wrote it.")
