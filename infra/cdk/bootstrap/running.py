"""What CloudFormation may do with what runs: functions, pipelines, rules, schedules, alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infra.cdk.bootstrap.account import Account
from infra.cdk.naming import PARTITION
from infra.cdk.statements import Statement, allow
from penstock.schedules.naming import group_name


def running(account: Account) -> Iterator[Statement]:
    """Yield the statements."""
    functions = account.ours("lambda", "function:")
    yield allow("Functions", _FUNCTIONS, functions)
    yield from _seen(account)
    yield allow("Rules", _RULES, account.ours("events", "rule/"))
    # The service knows no resource for these.
    yield allow("WhoPutsEvents", ["events:PutPermission", "events:RemovePermission"], ["*"])
    # Groups and pipelines are named by use cases, which the file of environments does not know.
    groups = account.named("sagemaker", "model-package-group/*")
    yield allow("Groups", (*_GROUPS, *_TAGS), groups)
    if account.delivers:
        yield from _delivery(account)
    else:
        yield from _workload(account, functions)


def _seen(account: Account) -> Iterator[Statement]:
    dashboards = [
        f"arn:{PARTITION}:cloudwatch::{account.number}:dashboard/{names.of('*')}"
        for names in account.places
    ]
    deliveries = account.named("cloudwatch", *(f"alarm:{each}*" for each in account.deliveries()))
    alarms = [*account.ours("cloudwatch", "alarm:"), *deliveries]
    yield allow("Alarms", _ALARMS, [*alarms, *dashboards])
    # Where it may not see all of them, CloudWatch leaves out some (API reference, DescribeAlarms).
    yield allow("SeeAlarms", ["cloudwatch:DescribeAlarms"], ["*"])


def _delivery(account: Account) -> Iterator[Statement]:
    deliveries = account.named("codepipeline", *(f"{each}*" for each in account.deliveries()))
    yield allow("Deliveries", _DELIVERIES, deliveries)
    yield allow("Bus", ["events:DescribeEventBus"], account.named("events", "event-bus/default"))
    yield allow("SeeRoles", ["iam:GetRole"], account.roles())
    yield _pass("PassRoles", account.roles(), ("codepipeline", "events", "lambda"))


def _workload(account: Account, functions: Sequence[str]) -> Iterator[Statement]:
    ours = {"ArnLike": {"lambda:FunctionArn": functions}}
    yield allow("Sources", _SOURCES, ["*"], ours)
    sources = account.named("lambda", "event-source-mapping:*")
    yield allow("SeeSources", _SEE_SOURCES, sources)
    yield allow("Buses", _BUSES, account.ours("events", "event-bus/"))
    groups = [group_name(each.environment.name) for each in account.places]
    yield allow(
        "Schedules",
        _SCHEDULES,
        [
            *account.named("scheduler", *(f"schedule-group/{each}" for each in groups)),
            *account.named("scheduler", *(f"schedule/{each}/*" for each in groups)),
        ],
    )
    yield allow("Pipelines", (*_PIPELINES, *_TAGS), account.named("sagemaker", "pipeline/*"))
    yield _pass("PassRoles", account.roles(), ("events", "lambda", "scheduler"))
    yield _pass("PassRoleOfJobs", account.job_roles(), ("sagemaker",))


def _pass(sid: str, roles: Sequence[str], services: Sequence[str]) -> Statement:
    names = [f"{each}.amazonaws.com" for each in services]
    return allow(sid, ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": names}})


_FUNCTIONS = (
    "lambda:AddPermission",
    "lambda:CreateFunction",
    "lambda:DeleteFunction",
    "lambda:DeleteFunctionConcurrency",
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionRecursionConfig",
    "lambda:GetFunctionScalingConfig",
    "lambda:GetPolicy",
    "lambda:GetRuntimeManagementConfig",
    "lambda:ListTags",
    "lambda:PutFunctionConcurrency",
    "lambda:RemovePermission",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
)
_SOURCES = (
    "lambda:CreateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
    "lambda:UpdateEventSourceMapping",
)
_SEE_SOURCES = (
    "lambda:GetEventSourceMapping",
    "lambda:ListTags",
    "lambda:TagResource",
    "lambda:UntagResource",
)
_RULES = (
    "events:DeleteRule",
    "events:DescribeRule",
    "events:ListTagsForResource",
    "events:ListTargetsByRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
    "events:TagResource",
    "events:UntagResource",
)
_BUSES = (
    "events:CreateEventBus",
    "events:DeleteEventBus",
    "events:DescribeEventBus",
    "events:ListTagsForResource",
    "events:TagResource",
    "events:UntagResource",
    "events:UpdateEventBus",
)
_SCHEDULES = (
    "scheduler:CreateSchedule",
    "scheduler:CreateScheduleGroup",
    "scheduler:DeleteSchedule",
    "scheduler:DeleteScheduleGroup",
    "scheduler:GetSchedule",
    "scheduler:GetScheduleGroup",
    "scheduler:ListTagsForResource",
    "scheduler:TagResource",
    "scheduler:UntagResource",
    "scheduler:UpdateSchedule",
)
_TAGS = ("sagemaker:AddTags", "sagemaker:DeleteTags", "sagemaker:ListTags")
_GROUPS = (
    "sagemaker:CreateModelPackageGroup",
    "sagemaker:DeleteModelPackageGroup",
    "sagemaker:DeleteModelPackageGroupPolicy",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:GetModelPackageGroupPolicy",
    "sagemaker:PutModelPackageGroupPolicy",
)
_PIPELINES = (
    "sagemaker:CreatePipeline",
    "sagemaker:DeletePipeline",
    "sagemaker:DescribePipeline",
    "sagemaker:UpdatePipeline",
)
_DELIVERIES = (
    "codepipeline:CreatePipeline",
    "codepipeline:DeletePipeline",
    "codepipeline:GetPipeline",
    "codepipeline:GetPipelineState",
    "codepipeline:ListTagsForResource",
    "codepipeline:TagResource",
    "codepipeline:UntagResource",
    "codepipeline:UpdatePipeline",
)
_ALARMS = (
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DeleteDashboards",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "cloudwatch:PutDashboard",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
)
