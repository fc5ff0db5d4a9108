"""The central registry: releases, approved models, the signing key, images; and a click's way."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from infra.cdk.access.delivering import deliverers
from infra.cdk.access.jobs import central_bucket
from infra.cdk.inputs import Inputs
from infra.cdk.naming import (
    SEAL_ALIAS,
    STATE_CHANGE,
    Names,
    bucket_arn,
    bucket_of,
    prefix_of,
)
from infra.cdk.parts.alarm import Alarms
from infra.cdk.parts.bucket import BucketSettings, make_bucket, make_log_bucket
from infra.cdk.parts.key import READ, SIGN, USE, VERIFY, KeySettings, make_key
from infra.cdk.parts.queue import make_dead_letters
from infra.cdk.parts.topic import make_topic
from infra.cdk.statements import Statement, allow
from penstock.approval.ledger.aws_address import read_aws_address

_KEPT_DAYS = 400


class RegistryStack(cdk.Stack):
    """What tooling keeps."""

    def __init__(
        self, scope: Construct, title: str, inputs: Inputs, names: Names, **stack: Any
    ) -> None:
        super().__init__(scope, title, **stack)
        self._inputs, self._names = inputs, names
        tried = inputs.workloads("pre-prod", "prod")
        self._deployers = [each.role("deployer") for each in tried]
        self._jobs = [each.environment.role for each in tried]
        messages = make_key(
            self,
            "Messages",
            names,
            KeySettings(
                f"alias/{names.of('messages')}",
                "Queues and topics of the delivery.",
                [(USE, self._functions())],
                ["cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"],
            ),
        )
        topic = make_topic(self, names, key=messages.attr_arn, told=names.environment.alarms)
        self._alarms = Alarms(self, topic.ref)
        self._logs = make_log_bucket(self, names.of(f"access-logs-{names.account}"), names.account)
        self._releases()
        self._models()
        self._ledger()
        make_key(
            self,
            "Seal",
            names,
            KeySettings(
                SEAL_ALIAS,
                "Signs what the registrar registered.",
                [
                    (SIGN, [names.role("registrar")]),
                    (VERIFY, [*self._deployers, names.role("opener")]),
                ],
                signs=True,
            ),
        )
        self._images()
        for group in inputs.groups():
            self._group(group)
        self._what_a_click_does(messages.attr_arn)

    def _functions(self) -> list[str]:
        names = ("release-check", "training", "registrar", "opener", "recorder")
        return [*(self._names.role(each) for each in names), *deliverers(self._inputs)]

    def _releases(self) -> None:
        names, releases = self._names, self._names.environment.releases
        people = [names.role("builder")] if names.environment.trust.builder_roles else []
        tooling = [
            names.role(each) for each in ("release-check", "training", "registrar", "opener")
        ]
        key = make_key(
            self,
            "Releases",
            names,
            KeySettings(
                f"alias/{names.of('releases')}",
                "Releases.",
                [(USE, [*tooling, *deliverers(self._inputs), *people, *self._deployers])],
            ),
        )
        place = f"{bucket_arn(bucket_of(releases))}/{prefix_of(releases)}"
        passers = [each.role("deployer") for each in self._inputs.workloads("pre-prod")]
        grants = [allow("Read", ["s3:GetObject"], [f"{place}*.tar"], AWS=self._deployers)]
        grants.append(
            allow("List", ["s3:ListBucket"], [bucket_arn(bucket_of(releases))], AWS=self._deployers)
        )
        grants.append(
            allow("SeePassed", ["s3:GetObject"], [f"{place}promoted/*"], AWS=self._deployers)
        )
        if passers:
            written = [f"{place}*/passed/pre-prod/*", f"{place}promoted/*"]
            grants.append(allow("Pass", ["s3:GetObject", "s3:PutObject"], written, AWS=passers))
        prefix = prefix_of(releases)
        make_bucket(
            self,
            "Releases",
            BucketSettings(
                bucket_of(releases),
                key.attr_arn,
                self._logs.ref,
                grants,
                [f"{prefix}*.tar", f"{prefix}*/passed/*", f"{prefix}promoted/*"],
                locked_days=_KEPT_DAYS,
            ),
        )

    def _models(self) -> None:
        names = self._names
        bucket = central_bucket(names.environment.registry)
        readers = [*self._deployers, *self._jobs]
        key = make_key(
            self,
            "Models",
            names,
            KeySettings(
                f"alias/{names.of('models')}",
                "Models that passed the gate.",
                [(USE, [names.role("registrar")]), (READ, [*readers, names.role("opener")])],
            ),
        )
        place = bucket_arn(bucket)
        promoted = {"StringLike": {"s3:prefix": ["promoted/*"]}}
        grants: list[Statement] = [
            allow("ReadPromoted", ["s3:GetObject"], [f"{place}/promoted/*"], AWS=readers),
            allow("ListPromoted", ["s3:ListBucket"], [place], promoted, AWS=readers),
        ]
        make_bucket(
            self,
            "Models",
            BucketSettings(
                bucket,
                key.attr_arn,
                self._logs.ref,
                grants,
                ["promoted/*"],
                locked_days=_KEPT_DAYS,
            ),
        )

    def _ledger(self) -> None:
        names = self._names
        key = make_key(
            self,
            "Ledger",
            names,
            KeySettings(
                f"alias/{names.of('ledger')}",
                "The record of decisions.",
                [(USE, [names.role("recorder")])],
            ),
        )
        make_bucket(
            self,
            "Ledger",
            BucketSettings(
                read_aws_address(names.environment.ledger).bucket,
                key.attr_arn,
                self._logs.ref,
                write_once=["*"],
                locked_days=_KEPT_DAYS,
            ),
        )

    def _images(self) -> None:
        pulled = [
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ]
        jobs = [each.environment.role for each in self._inputs.workloads()]
        statement = dict(allow("Pull", pulled, ["*"], AWS=jobs))
        del statement["Resource"]  # A repository's policy is about itself.
        repository = ecr.CfnRepository(
            self,
            "ImageRepository",
            repository_name="penstock",
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=ecr.CfnRepository.ImageScanningConfigurationProperty(
                scan_on_push=True
            ),
            repository_policy_text={"Version": "2012-10-17", "Statement": [statement]},
        )
        repository.apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    def _group(self, group: str) -> None:
        names = self._names
        version = names.arn("sagemaker", f"model-package/{group}/*")
        sagemaker.CfnModelPackageGroup(
            self,
            f"Group{group.title().replace('-', '')}",
            model_package_group_name=group,
            model_package_group_description=f"Models of {group} that passed the gate.",
            model_package_group_policy={
                "Version": "2012-10-17",
                "Statement": [
                    dict(
                        allow(
                            "Verify",
                            ["sagemaker:DescribeModelPackage"],
                            [version],
                            AWS=self._deployers,
                        )
                    )
                ],
            },
        ).apply_removal_policy(cdk.RemovalPolicy.RETAIN)

    def _what_a_click_does(self, key: str) -> None:
        names = self._names
        senders = allow(
            "Events",
            ["sqs:SendMessage"],
            [names.queue("approved-dead")],
            {"StringEquals": {"aws:SourceAccount": names.account}},
            Service=["events.amazonaws.com"],
        )
        dead = make_dead_letters(
            self,
            "Approved",
            names,
            "approved",
            key=key,
            senders=[senders],
            alarms=self._alarms,
        )
        letters = events.CfnRule.DeadLetterConfigProperty(arn=dead.attr_arn)
        pattern = {
            "source": ["aws.sagemaker"],
            "detail-type": [STATE_CHANGE],
            "account": [names.account],
            "detail": {
                "ModelPackageGroupName": self._inputs.groups(),
                "ModelApprovalStatus": ["Approved"],
            },
        }
        events.CfnRule(
            self,
            "ApprovedRule",
            name=names.of("approved"),
            description="An approval, and nothing else, goes to pre-prod.",
            event_pattern=pattern,
            state="ENABLED",
            targets=[
                events.CfnRule.TargetProperty(
                    id=each.environment.name,
                    arn=each.bus,
                    role_arn=names.role("forward"),
                    dead_letter_config=letters,
                )
                for each in self._inputs.workloads("pre-prod")
            ],
        )
        events.CfnEventBusPolicy(
            self,
            "PreProdReports",
            statement_id=names.of("pre-prod-reports"),
            statement=dict(
                allow(
                    names.of("pre-prod-reports"),
                    ["events:PutEvents"],
                    [names.default_bus],
                    {"StringEquals": {"events:source": "penstock.promotion"}},
                    AWS=[each.role("deployer") for each in self._inputs.workloads("pre-prod")],
                )
            ),
        )
