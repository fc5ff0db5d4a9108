"""What every account that runs pipelines holds: places for data, messages, records, functions."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.cdk.access.jobs import central_bucket
from infra.cdk.access.tooling_policies import models_bucket
from infra.cdk.dashboard import make_dashboard
from infra.cdk.inputs import Inputs, as_json
from infra.cdk.naming import SEAL_ALIAS, Names, bucket_arn, bucket_of
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.bucket import BucketSettings, make_bucket, make_log_bucket
from infra.cdk.parts.function import Functions, FunctionSettings
from infra.cdk.parts.key import READ, SIGN, USE, KeySettings, make_key
from infra.cdk.parts.queue import make_dead_letters, make_queue
from infra.cdk.parts.topic import make_topic
from infra.cdk.promotion import feed, make_promotion
from infra.cdk.starting import UNSTARTED
from infra.cdk.statements import Statement, allow
from penstock.approval.ledger.aws_address import read_aws_address
from penstock.schedules.naming import group_name

_KEPT_DAYS = 400


class WorkloadStack(cdk.Stack):
    """Everything of an environment but what is of one use case."""

    def __init__(
        self,
        scope: Construct,
        title: str,
        inputs: Inputs,
        names: Names,
        *,
        code: str,
        **stack: Any,
    ) -> None:
        super().__init__(scope, title, **stack)
        self._inputs, self._names = inputs, names
        self._kind = names.environment.kind
        workers = [names.role(each) for each in ("starter", "notifier", "callback")]
        if self._kind != "dev":
            workers.append(names.role("deployer"))
        opener = [inputs.tooling.role("opener")] if self._kind == "prod" else []
        messages = make_key(
            self,
            "Messages",
            names,
            KeySettings(
                f"alias/{names.of('messages')}",
                "Queues and topics.",
                [
                    (USE, [*workers, names.role("scheduler"), names.environment.role, *opener]),
                    (USE, names.environment.trust.operator_roles),
                ],
                [
                    "cloudwatch.amazonaws.com",
                    "events.amazonaws.com",
                    "sns.amazonaws.com",
                ],
            ),
        )
        told = names.environment.alarms or inputs.tooling.environment.alarms
        topic = make_topic(self, names, key=messages.attr_arn, told=told)
        self._messages_key = messages.attr_arn
        self._alarms = Alarms(self, topic.ref)
        self._data(workers)
        self._records()
        self._functions(code)
        self._schedules()
        make_dashboard(self, inputs, names)

    def _data(self, workers: list[str]) -> None:
        names, environment = self._names, self._names.environment
        tooling = self._inputs.tooling
        registrar = [tooling.role("registrar")] if self._kind == "dev" else []
        key = make_key(
            self,
            "Data",
            names,
            KeySettings(
                f"alias/{names.of('data')}",
                "Data, models, records and logs.",
                [
                    (USE, [environment.role, *workers]),
                    (READ, [*registrar, *environment.trust.operator_roles]),
                ],
                logs=True,
                tables=True,
            ),
        )
        self._data_key = key.attr_arn
        logs = make_log_bucket(self, names.of(f"access-logs-{names.account}"), names.account)
        buckets = dict.fromkeys(
            each
            for each in (
                bucket_of(environment.artifacts),
                bucket_of(environment.code),
                models_bucket(names),
            )
            if each
        )
        for index, bucket in enumerate(buckets):
            make_bucket(
                self,
                f"Data{index}",
                BucketSettings(
                    bucket,
                    key.attr_arn,
                    logs.ref,
                    self._read_by_registrar(bucket),
                    expire_days=365,
                ),
            )
        if environment.ledger.startswith("dynamodb://"):
            self._ledger(logs.ref)

    def _read_by_registrar(self, bucket: str) -> list[Statement]:
        if self._kind != "dev":
            return []
        registrar = [self._inputs.tooling.role("registrar")]
        place = bucket_arn(bucket)
        return [
            allow("CopyCandidates", ["s3:GetObject"], [f"{place}/*"], AWS=registrar),
            allow("ListCandidates", ["s3:ListBucket"], [place], AWS=registrar),
        ]

    def _ledger(self, logs: str) -> None:
        names = self._names
        place = read_aws_address(names.environment.ledger)
        users = [names.role("deployer")] if self._kind != "dev" else []
        approvers = names.environment.trust.approver_roles
        key = make_key(
            self,
            "Ledger",
            names,
            KeySettings(
                f"alias/{names.of('ledger')}",
                "The record of decisions.",
                [(USE, [*users, *approvers])],
            ),
        )
        make_bucket(
            self,
            "Ledger",
            BucketSettings(
                place.bucket, key.attr_arn, logs, write_once=["*"], locked_days=_KEPT_DAYS
            ),
        )
        self._table("Ledger", place.table, {"ledger": "S", "sequence": "N"})
        if place.key.startswith("alias/"):
            make_key(
                self,
                "LedgerSigning",
                names,
                KeySettings(place.key, "Signs decisions.", [(SIGN, approvers)], signs=True),
            )

    def _records(self) -> None:
        names = self._names
        self._table("Records", names.environment.records, {"pk": "S", "sk": "S"})
        self._table("Promotions", names.of("promotions"), {"pk": "S", "sk": "S"})

    def _table(self, title: str, name: str, key: dict[str, str]) -> None:
        table = dynamodb.CfnTable(
            self,
            f"{title}Table",
            table_name=name,
            billing_mode="PAY_PER_REQUEST",
            attribute_definitions=[
                dynamodb.CfnTable.AttributeDefinitionProperty(
                    attribute_name=each, attribute_type=kind
                )
                for each, kind in key.items()
            ],
            key_schema=[
                dynamodb.CfnTable.KeySchemaProperty(attribute_name=each, key_type=kind)
                for each, kind in zip(key, ("HASH", "RANGE"), strict=True)
            ],
            point_in_time_recovery_specification=(
                dynamodb.CfnTable.PointInTimeRecoverySpecificationProperty(
                    point_in_time_recovery_enabled=True
                )
            ),
            sse_specification=dynamodb.CfnTable.SSESpecificationProperty(
                sse_enabled=True, sse_type="KMS", kms_master_key_id=self._data_key
            ),
            deletion_protection_enabled=True,
        )
        table.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    def _functions(self, code: str) -> None:
        names = self._names
        dead = make_dead_letters(
            self,
            "Functions",
            names,
            "functions",
            key=self._messages_key,
            senders=[],
            alarms=self._alarms,
        )
        make = Functions(
            self,
            names,
            code=code,
            log_key=self._data_key,
            alarms=self._alarms,
            dead=dead.attr_arn,
        )
        variables = self._variables()
        make.make(
            "Starter",
            FunctionSettings("starter", "Starts pipelines at their times.", variables),
        )
        make.make(
            "Notifier",
            FunctionSettings("notifier", "Tells people why an execution failed.", variables),
        )
        jobs = allow(
            "Jobs",
            ["sqs:SendMessage"],
            [names.queue("callbacks")],
            {"StringEquals": {"aws:SourceAccount": names.account}},
            Service=["sagemaker.amazonaws.com"],
        )
        callbacks = make_queue(
            self,
            "Callbacks",
            names,
            "callbacks",
            key=self._messages_key,
            senders=[jobs],
            alarms=self._alarms,
            # A step may wait for thirteen days: it is looked after every 21 minutes.
            seconds=1260,
            tries=1000,
            waits_long=13 * 24 * 3600,
        )
        callback = make.make(
            "Callback",
            FunctionSettings("callback", "Answers steps that wait for data.", variables),
        )
        feed(self, "Callback", callback, callbacks.attr_arn)
        if self._kind != "dev":
            make_promotion(
                self,
                self._inputs,
                names,
                make,
                variables,
                key=self._messages_key,
                alarms=self._alarms,
            )

    def _schedules(self) -> None:
        """Make what the schedules of all use cases are in, and where starts go that failed."""
        names = self._names
        make_dead_letters(
            self,
            "Schedules",
            names,
            UNSTARTED,
            key=self._messages_key,
            senders=[],
            alarms=self._alarms,
        )
        group = group_name(names.environment.name)
        scheduler.CfnScheduleGroup(self, "ScheduleGroup", name=group)
        # The metric knows groups alone, not schedules.
        self._alarms.make(
            "ScheduleGroupFails",
            names.of("not-started"),
            "EventBridge Scheduler could not start a pipeline: see what lies in "
            f"{names.of(f'{UNSTARTED}-dead')}.",
            "AWS/Scheduler",
            "TargetErrorCount",
            {"ScheduleGroup": group},
        )

    def _variables(self) -> dict[str, str]:
        inputs, names = self._inputs, self._names
        environment, tooling = names.environment, inputs.tooling
        sinks = {
            each.name: list(environment.sinks.get(each.name, each.sinks))
            for each in inputs.use_cases.values()
        }
        ledger = read_aws_address(environment.ledger).bucket if environment.ledger else ""
        return {
            "PENSTOCK_TOOLING_ACCOUNT": tooling.account,
            "PENSTOCK_REGION": tooling.region,
            "PENSTOCK_RELEASES": tooling.environment.releases,
            "PENSTOCK_CENTRAL": f"s3://{central_bucket(tooling.environment.registry)}",
            "PENSTOCK_LEDGER": f"s3://{ledger}" if ledger else "",
            "PENSTOCK_PROMOTIONS": names.of("promotions"),
            "PENSTOCK_SEAL_KEY": tooling.arn("kms", SEAL_ALIAS),
            "PENSTOCK_TOPIC": names.topic,
            "PENSTOCK_PARAMETERS": as_json(environment.parameters),
            "PENSTOCK_SOURCES": as_json(inputs.sources(names)),
            "PENSTOCK_SINKS": as_json(sinks if self._kind == "prod" else {}),
            "PENSTOCK_GROUPS": as_json(
                {each.group: each.name for each in inputs.use_cases.values()}
            ),
            "PENSTOCK_TOOLING_BUS": tooling.default_bus,
            **({"PENSTOCK_SUFFIX": names.suffix} if names.suffix else {}),
        }
