"""A workload account on moto, for the handlers that run there."""

from __future__ import annotations

import base64
import contextlib
import copy
import dataclasses
import functools
import io
import json
import secrets
import tarfile
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends
from moto.sns import sns_backends
from moto.sqs.models import sqs_backends

from infra.runtime import statements
from infra.runtime.canonical import sha256
from infra.runtime.metadata import encode
from infra.runtime.statements import File, Gate, Statement

ACCOUNT, REGION = "123456789012", "us-east-1"
GROUP = "fraud"
PIPELINE = f"{GROUP}-inference"
PARAMETERS = {
    "Image": "444444444444.dkr.ecr.us-east-1.amazonaws.com/penstock@sha256:00",
    "Role": f"arn:aws:iam::{ACCOUNT}:role/penstock-execution",
    "ArtifactRoot": "s3://penstock-artifacts",
    "CodeRoot": "s3://penstock-artifacts/code",
}
DECLARED = (
    *PARAMETERS,
    "source",
    "model",
    "model_version",
    "model_digest",
    "day",
    "sinks",
)
AUTHOR = "arn:aws:sts::111111111111:assumed-role/data-scientist/ada"
APPROVER = "arn:aws:sts::444444444444:assumed-role/penstock-approver/ben"
OPENER = "arn:aws:sts::444444444444:assumed-role/penstock-approver/cat"
FILES = {
    "evidence/evidence.json": b'{"format":"penstock.evidence/1"}',
    "metrics/metrics.json": b'{"roc_auc":0.9}',
    "model/manifest.json": b'{"classes":["0","1"]}',
    "model/model.skops": b"the model of version ",
    "report/report.html": b"<p>It is good.</p>",
}
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
"""The first approval of a test; each later one is some hours after it."""


def definition(note: str = "", declared: tuple[str, ...] = DECLARED) -> str:
    """Return a definition; each note makes another one."""
    parameters = [{"Name": name, "Type": "String", "DefaultValue": ""} for name in declared]
    document = {"Version": "2020-12-01", "Metadata": {"note": note}, "Parameters": parameters}
    return json.dumps({**document, "Steps": []})


def release_of(text: str) -> bytes:
    """Return a release whose inference pipeline has this definition."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for path, content in (
            ("definitions/sagemaker/fraud-inference.json", text.encode()),
            ("manifest.json", b"{}"),
        ):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return archive.getvalue()


@functools.cache
def client_of(service: str) -> Any:
    """Return boto3's client."""
    return boto3.session.Session().client(service, region_name=REGION)


@contextlib.contextmanager
def executions_mended() -> Iterator[None]:
    """Mend moto: a repeated token finds its execution, which runs until a test ends it."""
    start = SageMakerModelBackend.start_pipeline_execution
    describe = SageMakerModelBackend.describe_pipeline_execution
    alone = threading.Lock()

    def start_once(self: Any, name: str, *given: Any) -> Any:
        pipeline, token = self.pipelines.get(name), given[-1]
        with alone:
            for each in pipeline.pipeline_executions.values() if pipeline else ():
                if each.client_request_token == token:
                    return {"PipelineExecutionArn": each.arn}
            answer = start(self, name, *given)
            old = answer["PipelineExecutionArn"]
            # Named by its token, so that worlds that are alike stay alike.
            execution = pipeline.pipeline_executions.pop(old)
            execution.arn = f"{old.rpartition('/')[0]}/{token[:12]}"
            execution.pipeline_execution_status = "Executing"
            pipeline.pipeline_executions[execution.arn] = execution
            return {"PipelineExecutionArn": execution.arn}

    def describe_with_reason(self: Any, pipeline_execution_arn: str) -> Any:
        answer = describe(self, pipeline_execution_arn)
        name = pipeline_execution_arn.split("/")[1]
        found = self.pipelines[name].pipeline_executions[pipeline_execution_arn]
        return {**answer, "FailureReason": found.pipeline_execution_failure_reason or ""}

    with (
        patch.object(SageMakerModelBackend, "start_pipeline_execution", start_once),
        patch.object(SageMakerModelBackend, "describe_pipeline_execution", describe_with_reason),
    ):
        yield


@contextlib.contextmanager
def transactions_mended() -> Iterator[None]:
    """Mend moto: a transaction that fails undoes what others wrote meanwhile."""
    from moto.dynamodb.responses import DynamoHandler

    act, alone = DynamoHandler.call_action, threading.Lock()

    def act_alone(self: Any) -> Any:
        with alone:
            return act(self)

    with patch.object(DynamoHandler, "call_action", act_alone):
        yield


class Workload:
    """One account that is tooling, pre-production and production at once, with its own names.

    Args:
        key: ARN of the key that signs.
        environment: `pre-prod` or `prod`.
    """

    def __init__(self, key: str, environment: str = "pre-prod") -> None:
        self.key, self.environment = key, environment
        self.name = f"w{secrets.token_hex(5)}"
        self.backend = sagemaker_backends[ACCOUNT][REGION]
        self.backend.reset()
        for bucket in (self.name, f"{self.name}-ledger"):
            self.client("s3").create_bucket(Bucket=bucket)
        self.central, self.releases = f"s3://{self.name}", f"s3://{self.name}/releases"
        self.ledger = f"s3://{self.name}-ledger"
        self.client("dynamodb").create_table(
            TableName=self.name,
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        self.topic = str(self.client("sns").create_topic(Name=self.name)["TopicArn"])
        events = self.client("events")
        self.bus = str(events.create_event_bus(Name=self.name)["EventBusArn"])
        self.client("sqs").create_queue(QueueName=self.name)
        target = {"Id": "all", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"}
        pattern = json.dumps({"source": ["penstock.promotion"]})
        events.put_rule(Name=self.name, EventBusName=self.name, EventPattern=pattern)
        events.put_targets(Rule=self.name, EventBusName=self.name, Targets=[target])
        self.client("sagemaker").create_model_package_group(ModelPackageGroupName=GROUP)
        self.release = self.store_release(definition())
        self.deploy(definition())

    def client(self, service: str) -> Any:
        return client_of(service)

    @property
    def variables(self) -> Mapping[str, str]:
        return {
            "PENSTOCK_ENVIRONMENT": self.environment,
            "PENSTOCK_TOOLING_ACCOUNT": ACCOUNT,
            "PENSTOCK_REGION": REGION,
            "PENSTOCK_RELEASES": self.releases,
            "PENSTOCK_CENTRAL": self.central,
            "PENSTOCK_LEDGER": self.ledger,
            "PENSTOCK_PROMOTIONS": self.name,
            "PENSTOCK_SEAL_KEY": self.key,
            "PENSTOCK_TOPIC": self.topic,
            "PENSTOCK_PARAMETERS": json.dumps(PARAMETERS),
            "PENSTOCK_SOURCES": json.dumps({GROUP: "s3://penstock-data/fraud"}),
            "PENSTOCK_SINKS": json.dumps({GROUP: ["s3://penstock-decisions/fraud"]}),
            "PENSTOCK_GROUPS": json.dumps({GROUP: GROUP}),
            "PENSTOCK_TOOLING_BUS": self.bus,
        }

    def store_release(self, text: str) -> str:
        content = release_of(text)
        digest = sha256(content)
        self.put(f"releases/{digest}.tar", content)
        return digest

    def deploy(self, text: str, name: str = PIPELINE, **tags: str) -> None:
        sagemaker = self.client("sagemaker")
        if name in self.backend.pipelines:
            sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=text)
            return
        sagemaker.create_pipeline(
            PipelineName=name,
            PipelineDefinition=text,
            RoleArn=PARAMETERS["Role"],
            Tags=[{"Key": f"penstock:{key}", "Value": value} for key, value in tags.items()],
        )

    def put(self, key: str, content: bytes) -> None:
        self.client("s3").put_object(Bucket=self.name, Key=key, Body=content)

    def table(self, snapshot: int) -> str:
        """Have a table in Glue whose current snapshot is this one; return its address."""
        metadata, glue = f"lake/{snapshot}.metadata.json", self.client("glue")
        told = {"current-snapshot-id": snapshot, "snapshots": [{"snapshot-id": snapshot}]}
        self.put(metadata, json.dumps(told).encode())
        place = f"s3://{self.name}/{metadata}"
        parameters = {"table_type": "ICEBERG", "metadata_location": place}
        made = {"Name": "rows", "Parameters": parameters}
        if self.name in {each["Name"] for each in glue.get_databases()["DatabaseList"]}:
            glue.update_table(DatabaseName=self.name, TableInput=made)
        else:
            glue.create_database(DatabaseInput={"Name": self.name})
            glue.create_table(DatabaseName=self.name, TableInput=made)
        return f"iceberg+glue://?warehouse=s3://{self.name}/lake#{self.name}.rows"

    def read(self, key: str, bucket: str = "") -> bytes | None:
        found = s3_backends[ACCOUNT]["aws"].buckets[bucket or self.name].keys.get(key)
        return None if found is None else bytes(found.value)

    def keys(self, prefix: str = "", bucket: str = "") -> list[str]:
        found = s3_backends[ACCOUNT]["aws"].buckets[bucket or self.name].keys
        return sorted(key for key in found if key.startswith(prefix))

    def statement(self, note: str, **changes: Any) -> tuple[Statement, Mapping[str, bytes]]:
        """Return what the registrar would say of a model, and the files of it."""
        contents = dict(FILES)
        contents["model/model.skops"] += note.encode()
        files = tuple(File(path, len(each), sha256(each)) for path, each in contents.items())
        made = Statement(
            group=GROUP,
            source_package=f"arn:aws:sagemaker:{REGION}:111111111111:model-package/fraud/7",
            source_execution=(
                f"arn:aws:sagemaker:{REGION}:111111111111:pipeline/fraud-training/execution/a1"
            ),
            author=AUTHOR,
            release=self.release,
            pipeline=f"{GROUP}-training",
            model_digest=statements.model_digest(files),
            evidence_digest=f"sha256:{sha256(contents['evidence/evidence.json'])}",
            files=files,
            gate=Gate(OPENER, "2026-11-20T07:00:00Z", "d-1"),
        )
        return dataclasses.replace(made, **changes), contents

    def register(self, note: str = "1", **changes: Any) -> str:
        """Register a version as the registrar does; return its ARN."""
        statement, contents = self.statement(note, **changes)
        below = statements.folder(self.central, GROUP, statement.files_digest)
        for path, content in contents.items():
            self.put(f"{below}/{path}".removeprefix(f"{self.central}/"), content)
        place = statements.place(self.central, statement)
        self.put(place.removeprefix(f"{self.central}/"), statement.to_bytes())
        signature = self.client("kms").sign(
            KeyId=self.key,
            Message=bytes.fromhex(statement.digest),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )["Signature"]
        for ending in ("signature", "package.json"):
            beside = f"{below}/statement-{statement.digest}.{ending}"
            self.put(beside.removeprefix(f"{self.central}/"), b"beside it")
        entries = encode(
            {
                "use_case": GROUP,
                "model_digest": statement.model_digest,
                "evidence_digest": statement.evidence_digest,
                statements.RELEASE: statement.release,
                statements.AUTHOR: statement.author,
                statements.STATEMENT: place,
                statements.DIGEST: statement.digest,
                statements.SIGNATURE: base64.b64encode(signature).decode(),
            }
        )
        source = {
            "S3Uri": f"{below}/model/",
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
        container = {"Image": "image", "ModelDataSource": {"S3DataSource": source}}
        answer = self.client("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            ModelApprovalStatus="PendingManualApproval",
            CustomerMetadataProperties={
                **entries,
                "penstock.format": "1",
                "penstock.evidence": f"{below}/evidence",
            },
        )
        return str(answer["ModelPackageArn"])

    def package(self, arn: str) -> Any:
        return self.backend.model_packages[arn]

    def decide(
        self, arn: str, status: str = "Approved", *, hours: float = 0, by: str | None = APPROVER
    ) -> Mapping[str, Any]:
        """Change the status of a version at a time; return the event of it."""
        found = self.package(arn)
        found.model_approval_status = status
        found.last_modified_time = START + timedelta(hours=hours)
        found.last_modified_by = {"IamIdentity": {"Arn": by}} if by else {"UserProfileName": "x"}
        return approval_event(arn, hours=hours, status=status)

    def execution(self, arn: str) -> Any:
        name = arn.split("/")[1]
        return self.backend.pipelines[name].pipeline_executions[arn]

    def executions(self, pipeline: str = PIPELINE) -> list[Any]:
        found = self.backend.pipelines[pipeline].pipeline_executions.values()
        return sorted(found, key=lambda each: str(each.pipeline_execution_description))

    def unrecorded_trial(self) -> str:
        """Start a trial that nothing is written down of; return its ARN."""
        return str(
            self.client("sagemaker").start_pipeline_execution(
                PipelineName=PIPELINE,
                PipelineExecutionDescription="penstock promotion of something",
                ClientRequestToken=secrets.token_hex(16),
            )["PipelineExecutionArn"]
        )

    def end(self, arn: str, status: str = "Succeeded", reason: str = "") -> Mapping[str, Any]:
        """End an execution; return the event of it."""
        found = self.execution(arn)
        found.pipeline_execution_status = status
        found.pipeline_execution_failure_reason = reason
        found.last_modified_time = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
        return execution_event(arn, status)

    def remember(self) -> Callable[[], None]:
        """Return what makes everything as it is now, of all that handlers leave behind."""
        # A transaction that fails puts another table in the place of this one.
        tables = dynamodb_backends[ACCOUNT][REGION].tables
        topic = sns_backends[ACCOUNT][REGION].topics[self.topic]
        queue = sqs_backends[ACCOUNT][REGION].queues[self.name]
        pipeline = self.backend.pipelines[PIPELINE]
        buckets = [
            s3_backends[ACCOUNT]["aws"].buckets[name].keys
            for name in (self.name, f"{self.name}-ledger")
        ]
        items, executions = copy.deepcopy((tables[self.name].items, pipeline.pipeline_executions))
        notices, messages = list(topic.sent_notifications), list(queue._messages)
        known = [set(keys) for keys in buckets]

        def restore() -> None:
            tables[self.name].items = copy.deepcopy(items)
            pipeline.pipeline_executions = copy.deepcopy(executions)
            topic.sent_notifications[:] = notices
            queue._messages[:] = messages
            for keys, before in zip(buckets, known, strict=True):
                for key in set(keys) - before:
                    del keys[key]

        return restore

    def items(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        found = {}
        for item in dynamodb_backends[ACCOUNT][REGION].tables[self.name].all_items():
            plain = {
                name: self.named(value["S"]) for name, value in item.to_json()["Attributes"].items()
            }
            found[plain.pop("pk"), plain.pop("sk")] = plain
        return found

    def promotion(self, arn: str, hours: float = 0) -> Mapping[str, str]:
        """Return what became of an approval; empty: nothing."""
        return self.items().get((f"promotion#{arn}", moment(hours)), {})

    def notices(self) -> list[tuple[str, str]]:
        """Return subject and text of what people were told."""
        sent = sns_backends[ACCOUNT][REGION].topics[self.topic].sent_notifications
        return [(str(each[2]), self.named(str(each[1]))) for each in sent]

    def sent(self) -> list[Mapping[str, Any]]:
        """Return the events that tooling was sent."""
        messages = sqs_backends[ACCOUNT][REGION].queues[self.name]._messages
        return [json.loads(each.body) for each in messages]

    def named(self, text: str) -> str:
        """Return a text with the names of this world as those of any."""
        return text.replace(self.name, "WORLD")

    def state(self) -> Any:
        """Return all that handlers leave behind, as worlds that are alike have it alike."""
        written = [*self.keys("releases/promoted"), *self.keys(f"releases/{self.release}/")]
        return {
            "items": self.items(),
            "executions": [
                (
                    each.arn,
                    each.pipeline_execution_status,
                    self.named(str(each.pipeline_parameters)),
                )
                for each in self.executions()
            ],
            "records": {key: self.read(key) for key in written},
            "ledger": {
                key: self.named((self.read(key, f"{self.name}-ledger") or b"").decode())
                for key in self.keys(bucket=f"{self.name}-ledger")
            },
            # At least once is all that a topic and a bus promise.
            "notices": set(self.notices()),
            "events": {json.dumps(each["detail"], sort_keys=True) for each in self.sent()},
        }


def moment(hours: float = 0) -> str:
    """Return the time of an approval as items have it."""
    return (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def approval_event(arn: str, *, hours: float = 0, status: str = "Approved") -> dict[str, Any]:
    """Return what EventBridge delivers of a decision."""
    at = START + timedelta(hours=hours)
    return {
        "version": "0",
        "id": f"event-{arn.rpartition('/')[2]}-{hours}-{status}",
        "detail-type": "SageMaker Model Package State Change",
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "detail": {
            "ModelPackageArn": arn,
            "ModelPackageGroupName": GROUP,
            "ModelPackageVersion": int(arn.rpartition("/")[2]),
            "ModelApprovalStatus": status,
        },
    }


def execution_event(arn: str, status: str) -> dict[str, Any]:
    """Return what EventBridge delivers of an execution."""
    return {
        "version": "0",
        "id": f"event-{arn.rpartition('/')[2]}-{status}",
        "detail-type": "SageMaker Model Building Pipeline Execution Status Change",
        "source": "aws.sagemaker",
        "account": ACCOUNT,
        "time": "2026-11-21T09:30:00Z",
        "region": REGION,
        "detail": {
            "pipelineArn": arn.partition("/execution/")[0],
            "pipelineExecutionArn": arn,
            "currentPipelineExecutionStatus": status,
        },
    }


def delivered(*bodies: Any, sent: datetime = START) -> dict[str, Any]:
    """Return what SQS delivers: messages with these bodies, objects as JSON."""
    records = [
        {
            "messageId": f"message-{number}",
            "receiptHandle": "receipt",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"SentTimestamp": str(int(sent.timestamp() * 1000))},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:penstock-promotion",
            "awsRegion": REGION,
        }
        for number, body in enumerate(bodies, start=1)
    ]
    return {"Records": records}


CONTEXT = SimpleNamespace(function_name="penstock", aws_request_id="r-1")
MakeWorkload = Callable[..., Workload]
