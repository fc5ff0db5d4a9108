"""A promotion from the release to the decisions; each act can be played alone, in order."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.rehearsal.cloudformation.bootstrap import bootstrap, publish_assets
from infra.rehearsal.delivery.execution import RUNNING, SUCCEEDED, DeliveryExecution
from infra.rehearsal.errors import told
from infra.rehearsal.story.building import USE_CASE, Built, data_bucket, sink_of, source_of
from infra.rehearsal.story.cast import APPROVER, BUILD, GATEKEEPER, Actor, make_people
from infra.rehearsal.story.commands import run_as
from infra.rehearsal.story.lines import Teller
from infra.rehearsal.story.seeing import (
    body_of,
    latest_execution,
    live_record,
    newest_package,
    promotion_record,
    read_rows,
)
from infra.rehearsal.world import World
from sandbox.execution import Execution

QUALIFIER = "penstock"
DELIVERY, TO_PROD = f"{QUALIFIER}-delivery-{USE_CASE}", f"{QUALIFIER}-prod-{USE_CASE}"
WORKLOADS = ("dev", "pre-prod", "prod")
GATE = ("Gate", "Approve")
_LONG = 150.0


@dataclass(slots=True)
class Promotion:
    """One promotion.

    Attributes:
        package: ARN of the model package in the centre, once it is registered.
        delivery: The execution of the delivery.
        to_prod: The execution of the way to prod.
    """

    world: World
    built: Built
    teller: Teller
    package: str = ""
    delivery: DeliveryExecution | None = None
    to_prod: DeliveryExecution | None = None
    _told_stacks: int = 0
    _stage: dict[str, int] = field(default_factory=dict)

    def found(self, rows: Path) -> None:
        """Make what a platform team makes once: bootstrap, roles, tooling, places for data.

        Args:
            rows: Folder of the use case's rows, put where each account finds its own.
        """
        world, built = self.world, self.built
        make_people(world, built.environments.get("tooling"))
        for name, place in world.places.items():
            bootstrap(world.accounts, place, QUALIFIER)
            for assets in built.assets(name):
                publish_assets(world.client("s3", name), assets, place)
        # Roles that policies elsewhere name have to exist before: docs/accounts.md.
        for name in ("tooling", *WORKLOADS):
            self._deploy(name, "access")
        for stack in ("registry", "delivery"):
            self._deploy("tooling", stack)
        for name in WORKLOADS:
            self._deploy(name, "workload")
            self._put_rows(name, rows)
        self.teller.tell("all", "platform team", "accounts are bootstrapped, tooling is there")

    def publish(self, by: Actor = BUILD) -> str:
        """Store the release as our command does; return what was printed."""
        releases = self.built.environments.get("tooling").releases
        said = self._run(
            by, "infra.rehearsal.story.storing", str(self.built.archive), str(releases)
        )
        self.teller.tell("tooling", by.name, "release stored", self.built.digest)
        return said

    def handed_over(self, release: str = "") -> bytes:
        """Return the archive that the delivery starts from.

        Args:
            release: Digest that it names; empty: that of the release.
        """
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("release.json", json.dumps({"release": release or self.built.digest}))
            for path, content in self.built.release.files.items():
                if path.startswith("templates/"):
                    archive.writestr(path, content)
        return written.getvalue()

    def deliver(self, by: Actor = BUILD) -> str:
        """Deliver the release by our command; return what that printed."""
        words = ("release", "deliver", self.built.digest, "--env", "tooling")
        given = ("--use-case", USE_CASE, "--environments", str(self.built.file))
        said = self._run(by, "penstock.cli", *words, *given)
        self.delivery = self.world.deliveries.of(self.world.places["tooling"], DELIVERY)[-1]
        self.teller.tell("tooling", by.name, f"{DELIVERY} started", self.built.digest)
        return said

    def start_delivery(self, by: Actor = BUILD) -> None:
        """Start the delivery of whatever was handed over last, past our command."""
        client = self.world.client("codepipeline", "tooling", by.keys(self.world))
        started = client.start_pipeline_execution(name=DELIVERY)
        self.delivery = self.world.deliveries.find(started["pipelineExecutionId"])
        self.teller.tell("tooling", by.name, f"{DELIVERY} started", self.built.digest)

    def train(self) -> None:
        """Go on until the gate asks: dev has its stacks, and a candidate was trained there."""
        execution = self._delivery
        self._play(execution, lambda: self.asks(execution))
        training = execution.find("Dev", "Train")
        told_of = training.outputs if training else {}
        trained = self._short(str(told_of.get("package", "")))
        digest = body_of(self.world, "dev", f"{USE_CASE}-training")
        self.teller.tell("dev", "training", f"{trained} was trained and registered there", digest)

    def open_gate(self, by: Actor = GATEKEEPER, *, approve: bool = True, why: str = "good") -> None:
        """Answer the gate before the central registration."""
        self._answer(self._delivery, by, approve=approve, why=why)

    def register(self) -> None:
        """Go on until the candidate is registered in the centre."""
        execution = self._delivery
        self._play(execution, lambda: execution.is_over)
        self.require(execution)
        self.package = newest_package(self.world, USE_CASE)
        facts = self.described["CustomerMetadataProperties"]
        what = f"{self._short(self.package)} is signed and waits for an approval"
        self.teller.tell("tooling", "registrar", what, facts["promotion.digest"])

    def decide(self, by: Actor = APPROVER, *, status: str = "Approved", package: str = "") -> None:
        """Approve or reject the package in the centre; the event goes its way."""
        package = package or self.package
        client = self.world.client("sagemaker", "tooling", by.keys(self.world))
        client.update_model_package(
            ModelPackageArn=package, ModelApprovalStatus=status, ApprovalDescription="rehearsed"
        )
        facts = self._describe(package)["CustomerMetadataProperties"]
        what = f"{self._short(package)} is {status}"
        self.teller.tell("tooling", by.name, what, str(facts.get("promotion.digest", "")))

    def try_out(self) -> None:
        """Go on until pre-prod has tried the model and the way to prod asks for its gate."""
        before = len(self._to_prods)
        self.world.settle(
            lambda: len(self._to_prods) > before and self.asks(self._to_prods[-1]), _LONG
        )
        self.to_prod = self._to_prods[-1]
        trial = latest_execution(self.world, "pre-prod", f"{USE_CASE}-inference")
        digest = body_of(self.world, "pre-prod", f"{USE_CASE}-inference")
        what = f"trial {trial.execution_id} is {trial.status}; its decisions lead to no sink"
        self.teller.tell("pre-prod", "deployer", what, digest)
        self.teller.tell("tooling", "EventBridge", f"{TO_PROD} asks", self.built.digest)

    def open_prod(self, by: Actor = GATEKEEPER, *, approve: bool = True, why: str = "good") -> None:
        """Answer the gate before prod."""
        if self.to_prod is None:
            raise told("nothing asks for the way to prod.", TO_PROD)
        self._answer(self.to_prod, by, approve=approve, why=why)

    def go_live(self) -> None:
        """Go on until prod has its stacks and the model is live there."""
        execution = self.to_prod
        if execution is None:
            raise told("nothing asks for the way to prod.", TO_PROD)
        self._play(execution, lambda: execution.is_over)
        self.require(execution)
        package, approved_at = (execution.variables[name] for name in ("package", "approved_at"))
        record: dict[str, Any] = {}

        def is_settled() -> bool:
            record.update(promotion_record(self.world, "prod", package, approved_at) or {})
            return bool(record.get("told"))

        self.world.settle(is_settled)
        live = self.live()
        if live is None or record["state"] != "live":
            why = f"the promotion is {record['state']}: {record['reason']}"
            raise told("prod did not take the model.", self._short(package), why)
        what = f"version {live['version']} of {live['group']} is live"
        self.teller.tell("prod", "deployer", what, str(live["model_digest"]))

    def infer(self, at: datetime) -> Execution:
        """Let the schedule of inference fire, and go on until its execution is over."""
        group, name = f"{QUALIFIER}-prod", f"{QUALIFIER}-{USE_CASE}-inference"
        before = len(self.world.executions)
        self.world.fire("prod", group, name, at)
        self.world.settle(seconds=_LONG)
        if len(self.world.executions) == before:
            raise told("no execution was started.", name, self.world.last_words)
        execution = latest_execution(self.world, "prod", f"{USE_CASE}-inference")
        what = f"scheduled execution {execution.execution_id} is {execution.status}"
        digest = body_of(self.world, "prod", f"{USE_CASE}-inference")
        self.teller.tell("prod", "Scheduler", what, digest)
        return execution

    def decisions(self, environment: str = "prod") -> list[Mapping[str, Any]]:
        """Return the decisions that lie in an account's sink."""
        return read_rows(self.world.client("s3", environment), sink_of(environment))

    def live(self) -> Mapping[str, Any] | None:
        """Return what prod decides by."""
        return live_record(self.world, f"{USE_CASE}-inference")

    def asks(self, execution: DeliveryExecution) -> bool:
        """Whether an execution waits at its gate; that it is over before is an error."""
        if execution.is_over:
            self.require(execution)
        action = execution.find(*GATE)
        return action is not None and action.status == RUNNING

    def require(self, execution: DeliveryExecution) -> None:
        """Fail unless an execution that is over went well."""
        if execution.status != SUCCEEDED:
            reason = execution.reason.rstrip(".")
            raise told(f"it is {execution.status}: {reason}.", execution.pipeline)

    @property
    def described(self) -> Mapping[str, Any]:
        """The package in the centre."""
        return self._describe(self.package)

    @property
    def _delivery(self) -> DeliveryExecution:
        if self.delivery is None:
            raise told("no delivery was started.", DELIVERY)
        return self.delivery

    @property
    def _to_prods(self) -> list[DeliveryExecution]:
        return self.world.deliveries.of(self.world.places["tooling"], TO_PROD)

    def _run(self, by: Actor, module: str, *arguments: str) -> str:
        return run_as(self.world, by, self.built.project, module, *arguments)

    def _describe(self, package: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.world.client("sagemaker", "tooling").describe_model_package(
            ModelPackageName=package
        )
        return found

    def _deploy(self, environment: str, stack: str) -> None:
        name = f"{QUALIFIER}-{environment}-{stack}"
        made = self.world.deploy(environment, name, self.built.template(name))
        what = f"stack {name}: {len(made.resources)} resources"
        self.teller.tell(environment, "platform team", what, self.built.digest)

    def _play(self, execution: DeliveryExecution, until: Any) -> None:
        """Go on; tell of each stack that was deployed on the way."""
        self.world.settle(lambda: execution.is_over or until(), _LONG)
        deployed = self.world.deliveries.actions.deployed
        for each in deployed[self._told_stacks :]:
            account = next(key for key, place in self.world.places.items() if place == each.place)
            what = f"stack {each.name}: {len(each.resources)} resources"
            self.teller.tell(account, "CloudFormation", what, self.built.digest)
        self._told_stacks = len(deployed)
        if execution.is_over:
            self.require(execution)

    def _answer(self, execution: DeliveryExecution, by: Actor, *, approve: bool, why: str) -> None:
        action = execution.find(*GATE)
        if action is None or action.status != RUNNING:
            raise told("its gate does not ask.", execution.pipeline)
        client = self.world.client("codepipeline", "tooling", by.keys(self.world))
        client.put_approval_result(
            pipelineName=execution.pipeline,
            stageName=GATE[0],
            actionName=GATE[1],
            result={"summary": why, "status": "Approved" if approve else "Rejected"},
            token=action.token,
        )
        said = "opened" if approve else "kept shut"
        self.teller.tell(
            "tooling", by.name, f"gate of {execution.pipeline} {said}", self.built.digest
        )

    def _put_rows(self, environment: str, rows: Path) -> None:
        s3, bucket = self.world.client("s3", environment), data_bucket(environment)
        region = self.world.places[environment].region
        there = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": there} if there else {}))
        prefix = source_of(environment).removeprefix(f"s3://{bucket}/")
        for file in sorted(rows.rglob("*")):
            if file.is_file():
                key = f"{prefix}/{file.relative_to(rows).as_posix()}"
                s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())

    @staticmethod
    def _short(package: str) -> str:
        return package.partition("model-package/")[2]
