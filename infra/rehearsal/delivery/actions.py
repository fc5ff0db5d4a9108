"""What the actions of a delivery do: fetch the source, deploy a template, ask a function."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from infra.rehearsal.accounts import Accounts
from infra.rehearsal.cloudformation.deploying import Deployed, deploy
from infra.rehearsal.delivery.execution import FAILED, SUCCEEDED, Action, DeliveryExecution
from infra.rehearsal.errors import RehearsalError
from infra.rehearsal.functions.calling import Functions
from sandbox.crossing import account_of
from sandbox.names import Place

_TRIES = 3
_SERVICE = "codepipeline.amazonaws.com"


@dataclass(slots=True)
class Actions:
    """Plays actions.

    Attributes:
        pause_seconds: Until a function that is not done is called again.
        deployed: Every stack that an action deployed, in order.
    """

    accounts: Accounts
    functions: Functions
    pause_seconds: float
    deployed: list[Deployed] = field(default_factory=list)

    def begin(self, execution: DeliveryExecution, action: Action) -> None:
        """Begin an action, and end it where nothing has to be waited for."""
        match action.provider:
            case "S3":
                self._fetch(execution, action)
            case "CloudFormation":
                self._deploy(execution, action)
            case "Lambda":
                self.ask(execution, action)
            case "Manual":
                self._announce(execution, action)
            case _:
                action.end(FAILED, error=f"the rehearsal plays no {action.provider}.")

    def ask(self, execution: DeliveryExecution, action: Action) -> None:
        """Call the function of an action; it answers by an operation of CodePipeline."""
        place, name = execution.place, action.configuration["FunctionName"]
        function = f"arn:aws:lambda:{place.region}:{place.account}:function:{name}"
        action.job = str(uuid.uuid4())
        job = action.job
        try:
            call = self.functions.call(
                name if name.startswith("arn:") else function, self._job(execution, action)
            )
        except (LookupError, RehearsalError) as error:
            action.end(FAILED, error=str(error))
            return
        if action.is_over or action.job != job or action.due:
            action.tries = 0
            return
        action.tries += 1
        action.due = time.monotonic() + self.pause_seconds
        if action.tries >= _TRIES:
            why = call.error or "it returned without an answer"
            action.end(FAILED, error=f"{name} did not answer: {why}.")

    def _fetch(self, execution: DeliveryExecution, action: Action) -> None:
        """Copy a source out of S3 into the store of artifacts."""
        settings = action.configuration
        s3 = self.accounts.client("s3", execution.place)
        bucket, key = settings["S3Bucket"], settings["S3ObjectKey"]
        wanted = {"Bucket": bucket, "Key": key, **execution.revisions.get(action.name, {})}
        key = wanted["Key"]
        try:
            found = s3.get_object(**wanted)
            content = found["Body"].read()
            store = str(_store(execution)["location"])
            (output,) = action.declared["outputArtifacts"]
            copy = f"{execution.pipeline[:20]}/{output['name'][:10]}/{execution.id[:7]}.zip"
            s3.put_object(Bucket=store, Key=copy, Body=content)
        except ClientError as error:
            action.end(FAILED, error=str(error))
            return
        execution.artifacts[output["name"]] = (store, copy)
        told = {
            "BucketName": bucket,
            "ObjectKey": key,
            "ETag": str(found["ETag"]).strip('"'),
            "VersionId": str(found.get("VersionId") or "null"),
        }
        action.outputs, action.external = told, told["VersionId"]
        action.end(SUCCEEDED, summary=f"Amazon S3 version id: {told['VersionId']}")

    def _deploy(self, execution: DeliveryExecution, action: Action) -> None:
        """Create or update a stack from a template of an artifact."""
        settings = action.configuration
        role = str(action.declared.get("roleArn") or "")
        account = account_of(role) or execution.place.account
        region = str(action.declared.get("region") or execution.place.region)
        place = Place(account, region)
        try:
            if settings["ActionMode"] != "CREATE_UPDATE":
                action.end(FAILED, error=f"the rehearsal plays no {settings['ActionMode']}.")
                return
            template = json.loads(self._member(execution, settings["TemplatePath"]))
            keys = self._keys(execution, role)
            if settings.get("RoleArn"):
                self.accounts.assume(
                    settings["RoleArn"], "deploying", place, service="cloudformation"
                )
            made = deploy(
                self.accounts.client("cloudformation", place),
                place,
                settings["StackName"],
                template,
                json.loads(settings.get("ParameterOverrides") or "{}"),
                deployer=self.accounts.client("cloudformation", place, keys),
                role=str(settings.get("RoleArn") or ""),
            )
        except (ClientError, LookupError, ValueError, RehearsalError) as error:
            action.end(FAILED, error=f"{settings.get('StackName')}: {error}")
            return
        self.deployed.append(made)
        action.outputs, action.external = made.outputs, made.name
        action.end(SUCCEEDED, summary=f"Stack {made.name} was deployed.")

    def _announce(self, execution: DeliveryExecution, action: Action) -> None:
        """Let an approval wait, and tell its topic."""
        action.token = str(uuid.uuid4())
        topic = action.configuration.get("NotificationArn")
        if topic:
            approval = {
                "pipelineName": execution.pipeline,
                "stageName": action.stage,
                "actionName": action.name,
                "token": action.token,
                "customData": action.configuration.get("CustomData", ""),
                "externalEntityLink": action.configuration.get("ExternalEntityLink", ""),
            }
            told = {"region": execution.place.region, "approval": approval}
            self.accounts.client("sns", execution.place).publish(
                TopicArn=topic, Subject="APPROVAL NEEDED", Message=json.dumps(told)
            )

    def _job(self, execution: DeliveryExecution, action: Action) -> Mapping[str, Any]:
        keys = self._keys(execution, "")
        data: dict[str, Any] = {
            "actionConfiguration": {"configuration": dict(action.configuration)},
            "inputArtifacts": [
                _artifact(execution, each["name"])
                for each in action.declared.get("inputArtifacts") or []
            ],
            "outputArtifacts": [],
            "artifactCredentials": {
                "accessKeyId": keys.access_key,
                "secretAccessKey": keys.secret_key,
                "sessionToken": keys.token,
            },
        }
        if action.continuation:
            data["continuationToken"] = action.continuation
        job = {"id": action.job, "accountId": execution.place.account, "data": data}
        return {"CodePipeline.job": job}

    def _member(self, execution: DeliveryExecution, path: str) -> bytes:
        artifact, _, name = path.partition("::")
        bucket, key = execution.artifacts[artifact]
        s3 = self.accounts.client("s3", execution.place)
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(name)

    def _keys(self, execution: DeliveryExecution, role: str) -> Any:
        """Take the pipeline's role, and from there an action's, as CodePipeline does."""
        own = str(execution.definition["roleArn"])
        keys = self.accounts.assume(own, execution.id[:8], execution.place, service=_SERVICE)
        if not role:
            return keys
        return self.accounts.assume(role, execution.id[:8], execution.place)


def _store(execution: DeliveryExecution) -> Mapping[str, Any]:
    stores = execution.definition.get("artifactStores") or {}
    found: Mapping[str, Any] = stores.get(execution.place.region) or execution.definition.get(
        "artifactStore", {}
    )
    return found


def _artifact(execution: DeliveryExecution, name: str) -> Mapping[str, Any]:
    bucket, key = execution.artifacts[name]
    place = {"bucketName": bucket, "objectKey": key}
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": place}}
