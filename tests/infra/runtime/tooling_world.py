"""What the functions of the tooling account meet: two accounts on a moto server.

Moto is mended where it lacks what they ask: the answers to jobs of CodePipeline, model packages of
another account, the steps of an execution, and starts that a token repeats.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import boto3
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.responses import ActionResult
from moto.moto_api._internal import moto_api_backend
from moto.s3.models import s3_backends
from moto.sagemaker.models import SageMakerModelBackend, sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse

from penstock.release.packing import pack

TOOLING, DEV, REGION = "123456789012", "111111111111", "eu-west-1"
DEV_ROLE = f"arn:aws:iam::{DEV}:role/penstock-delivery"
AUTHOR = f"arn:aws:sts::{TOOLING}:assumed-role/penstock-ci/ann"
APPROVER = f"arn:aws:sts::{TOOLING}:assumed-role/penstock-gatekeeper/ben"
DELIVERY = "11111111-2222-3333-4444-555555555555"
JOB = "99999999-2222-3333-4444-555555555555"
PIPELINE = "fraud-training"
RELEASES, CENTRAL, LEDGER = "penstock-releases", "penstock-central", "penstock-ledger"
MODELS, ARTIFACTS = "penstock-dev-models", "penstock-delivery-artifacts"
DEFINITION = json.dumps(
    {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Image", "Type": "String"},
            {"Name": "source", "Type": "String", "DefaultValue": ""},
            {"Name": "started_by", "Type": "String", "DefaultValue": ""},
            {"Name": "definition", "Type": "String", "DefaultValue": ""},
        ],
        "Steps": [],
    }
)
TEMPLATES = {"templates/dev.json": b'{"Resources":{}}'}


def release_bytes(definition: str = DEFINITION, **further: bytes) -> bytes:
    """Return the bytes of a release; `further` are files by path, `__` for a slash."""
    files = {
        "definitions/sagemaker/fraud-training.json": definition.encode(),
        "manifest.json": b"{}",
        "provenance.json": b'{"commit":"abc","dirty":false}',
        **TEMPLATES,
        **{name.replace("__", "/"): content for name, content in further.items()},
    }
    return pack(files)


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files by path."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()


@dataclass
class CodePipeline:
    """What CodePipeline was told, and what it tells."""

    told: list[Mapping[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    trigger: dict[str, str] = field(
        default_factory=lambda: {
            "triggerType": "StartPipelineExecution",
            "triggerDetail": AUTHOR,
        }
    )
    over: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def approve(self, by: str = APPROVER, **further: Any) -> None:
        """Let somebody open the gate of the delivery."""
        self.actions.append(
            {
                "pipelineExecutionId": DELIVERY,
                "stageName": "Gate",
                "actionName": "Approve",
                "status": "Succeeded",
                "updatedBy": by,
                "lastUpdateTime": 1795255200.25,
                **further,
            }
        )

    @contextlib.contextmanager
    def served(self) -> Iterator[None]:
        """Let moto answer with it."""
        from moto.core.exceptions import JsonRESTError

        def succeed(request: Any) -> str:
            return self._end(request, ("outputVariables", "continuationToken"))

        def fail(request: Any) -> str:
            return self._end(request, ("failureDetails",))

        def actions(request: Any) -> str:
            self.asked.add(request._get_param("pipelineName"))
            chosen = request._get_param("filter")["pipelineExecutionId"]
            found = [each for each in self.actions if each["pipelineExecutionId"] == chosen]
            return json.dumps({"actionExecutionDetails": found})

        def execution(request: Any) -> str:
            self.asked.add(request._get_param("pipelineName"))
            return json.dumps({"pipelineExecution": {"trigger": self.trigger}})

        self._error = JsonRESTError
        with (
            patch.object(CodePipelineResponse, "put_job_success_result", succeed, create=True),
            patch.object(CodePipelineResponse, "put_job_failure_result", fail, create=True),
            patch.object(CodePipelineResponse, "list_action_executions", actions, create=True),
            patch.object(CodePipelineResponse, "get_pipeline_execution", execution),
        ):
            yield

    def _end(self, request: Any, names: tuple[str, ...]) -> str:
        job = request._get_param("jobId")
        if job in self.over:
            raise self._error("InvalidJobStateException", "The job is over.")
        self.over.add(job)
        told = {name: request._get_param(name) for name in names}
        self.told.append({name: value for name, value in told.items() if value is not None})
        return "{}"


@dataclass
class World:
    """The accounts, and what the delivery brought."""

    codepipeline: CodePipeline
    steps: dict[str, list[dict[str, Any]]]
    key: str
    release: str = ""
    _in_dev: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """Return a client in the tooling account."""
        return client_of(service)

    def dev(self, service: str) -> Any:
        """Return a client in dev."""
        if service not in self._in_dev:
            self._in_dev[service] = client_of(service, **_lent(DEV))
        return self._in_dev[service]

    def put(self, uri: str, content: bytes) -> None:
        """Write an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=content)

    def read(self, uri: str) -> bytes:
        """Return the bytes of an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Return every object of a bucket by key."""
        found = self.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        return {each["Key"]: self.read(f"s3://{bucket}/{each['Key']}") for each in found}

    def deliver(self, content: bytes = b"", files: Mapping[str, bytes] | None = None) -> str:
        """Store a release and hand it over; return its digest."""
        content = content or release_bytes()
        self.release = hashlib.sha256(content).hexdigest()
        self.put(f"s3://{RELEASES}/{self.release}.tar", content)
        told = {"release.json": json.dumps({"release": self.release}).encode(), **TEMPLATES}
        self.put(f"s3://{ARTIFACTS}/source/zip", zip_bytes(files if files is not None else told))
        return self.release

    def job(self, continuation: str = "", job: str = JOB, **parameters: str) -> dict[str, Any]:
        """Return the event of a job."""
        data: dict[str, Any] = {
            "actionConfiguration": {
                "configuration": {"FunctionName": "it", "UserParameters": json.dumps(parameters)}
            },
            "inputArtifacts": [
                {"location": {"s3Location": {"bucketName": ARTIFACTS, "objectKey": "source/zip"}}}
            ],
            "artifactCredentials": {
                "accessKeyId": "testing",
                "secretAccessKey": "testing",
                "sessionToken": "testing",
            },
        }
        if continuation:
            data["continuationToken"] = continuation
        return {"CodePipeline.job": {"id": job, "accountId": TOOLING, "data": data}}

    @property
    def answer(self) -> Mapping[str, Any]:
        """What CodePipeline was told last; each job starts anew."""
        self.codepipeline.over.clear()
        return self.codepipeline.told[-1]

    @property
    def refusal(self) -> str:
        """The message of the failure that CodePipeline was told last."""
        return str(self.answer["failureDetails"]["message"])

    def deploy(self, definition: str = DEFINITION, release: str = "") -> None:
        """Put the training pipeline into dev."""
        self.dev("sagemaker").create_pipeline(
            PipelineName=PIPELINE,
            PipelineDefinition=definition,
            RoleArn=f"arn:aws:iam::{DEV}:role/penstock-execution",
            ClientRequestToken="0" * 32,
            Tags=[{"Key": "penstock:release", "Value": release or self.release}],
        )

    def forget_promotion(self) -> None:
        """Empty the central bucket and the central registry, as they were before any promotion."""
        s3_backends[TOOLING]["aws"].buckets[CENTRAL].keys.clear()
        packages = sagemaker_backends[TOOLING][REGION]
        packages.model_packages.clear()
        packages.model_package_name_mapping.clear()
        self.codepipeline.told.clear()
        self.codepipeline.over.clear()

    def started(self) -> Any:
        """Return what moto knows of the executions in dev, by ARN."""
        return sagemaker_backends[DEV][REGION].pipelines[PIPELINE].pipeline_executions


def client_of(service: str, **credentials: str) -> Any:
    """Return a client, of the tooling account unless credentials lead elsewhere."""
    if credentials:
        return _session().client(service, region_name=REGION, **credentials)
    return _own_client(service, os.environ["AWS_ENDPOINT_URL"])


@functools.cache
def _own_client(service: str, endpoint: str) -> Any:
    own = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return _session().client(service, region_name=REGION, endpoint_url=endpoint, **own)


@functools.cache
def _session() -> Any:
    return boto3.session.Session()


@contextlib.contextmanager
def fresh_world() -> Iterator[World]:
    """Give two empty accounts, the same ones each time."""
    moto_api_backend.reset()
    codepipeline, steps = CodePipeline(), dict[str, list[dict[str, Any]]]()
    with codepipeline.served(), _mended(steps):
        client: Any = client_of("s3")
        for bucket in (RELEASES, CENTRAL, LEDGER, MODELS, ARTIFACTS):
            there = {"LocationConstraint": REGION}
            client.create_bucket(Bucket=bucket, CreateBucketConfiguration=there)
        kms: Any = client_of("kms")
        made = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
        try:
            yield World(codepipeline, steps, str(made["KeyMetadata"]["Arn"]))
        finally:
            # Names of buckets are one for all servers of this process.
            moto_api_backend.reset()


@contextlib.contextmanager
def as_dev() -> Iterator[None]:
    """Let the environment lead to dev."""
    lent = _lent(DEV)
    names = {
        "AWS_ACCESS_KEY_ID": lent["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": lent["aws_secret_access_key"],
        "AWS_SESSION_TOKEN": lent["aws_session_token"],
    }
    with patch.dict(os.environ, names):
        yield


def _lent(account: str) -> dict[str, str]:
    given = client_of("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account}:role/anybody", RoleSessionName="test"
    )["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@contextlib.contextmanager
def _mended(steps: Mapping[str, list[dict[str, Any]]]) -> Iterator[None]:
    from sandbox.moto_mends import registry_mended, signatures_mended, tags_mended

    describe = SageMakerModelBackend.describe_model_package
    start = SageMakerModelBackend.start_pipeline_execution

    def describe_anywhere(self: Any, model_package_name: str) -> Any:
        parts = model_package_name.split(":")
        there = sagemaker_backends[parts[4]][parts[3]] if len(parts) == 6 else self
        return describe(there, model_package_name)

    def start_once(self: Any, name: str, *further: Any) -> Any:
        for arn, each in self.pipelines[name].pipeline_executions.items():
            if each.client_request_token == further[-1]:
                return {"PipelineExecutionArn": arn}
        return start(self, name, *further)

    def list_steps(request: Any) -> ActionResult:
        arn = request._get_param("PipelineExecutionArn")
        return ActionResult({"PipelineExecutionSteps": steps.get(arn, [])})

    with (
        registry_mended(),
        signatures_mended(),
        tags_mended(),
        patch.object(SageMakerModelBackend, "describe_model_package", describe_anywhere),
        patch.object(SageMakerModelBackend, "start_pipeline_execution", start_once),
        patch.object(SageMakerResponse, "list_pipeline_execution_steps", list_steps, create=True),
    ):
        yield
