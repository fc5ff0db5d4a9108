"""The types of resources that moto skips, each made through its service's API."""

from __future__ import annotations

from moto.core.common_models import CloudFormationModel

from infra.rehearsal.cloudformation.kinds.buses import EventBus
from infra.rehearsal.cloudformation.kinds.delivery import DeliveryPipeline
from infra.rehearsal.cloudformation.kinds.functions import (
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    Permission,
)
from infra.rehearsal.cloudformation.kinds.keys import Key
from infra.rehearsal.cloudformation.kinds.nothing import CdkMetadata
from infra.rehearsal.cloudformation.kinds.notifying import Subscription
from infra.rehearsal.cloudformation.kinds.policies import (
    BucketPolicy,
    EventBusPolicy,
    QueuePolicy,
    TopicPolicy,
)
from infra.rehearsal.cloudformation.kinds.sagemaker import ModelPackageGroup, Pipeline
from infra.rehearsal.cloudformation.kinds.scaling import ScalableTarget, ScalingPolicy
from infra.rehearsal.cloudformation.kinds.scheduling import Schedule, ScheduleGroup
from infra.rehearsal.cloudformation.kinds.storage import Bucket
from infra.rehearsal.cloudformation.kinds.watching import Alarm, CompositeAlarm, MetricFilter

KINDS: tuple[type[CloudFormationModel], ...] = (
    Alarm,
    Bucket,
    BucketPolicy,
    CdkMetadata,
    CompositeAlarm,
    DeliveryPipeline,
    EventBus,
    EventBusPolicy,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    Key,
    MetricFilter,
    ModelPackageGroup,
    Permission,
    Pipeline,
    QueuePolicy,
    ScalableTarget,
    ScalingPolicy,
    Schedule,
    ScheduleGroup,
    Subscription,
    TopicPolicy,
)
"""Each takes the place of moto's own of the same type."""
