"""What each type of step takes and gives, as data.

Sources: botocore's service model (the Create request a step sends and the Describe response it
leaves); "Pipelines steps", "Retry policy" and "Caching pipeline steps" of the SageMaker developer
guide; the step classes of the SageMaker Python SDK 3.27, which write these definitions; AWS's
published JSON schema of definitions for what the SDK never writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STEP_EXCEPTIONS = ("Step.SERVICE_FAULT", "Step.THROTTLING")
JOB_EXCEPTIONS = (
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)
_JOB = STEP_EXCEPTIONS + JOB_EXCEPTIONS
_COMMON_KEYS = ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
_CHECK_KEYS = (
    "CheckType",
    "ModelPackageGroupName",
    "SkipCheck",
    "FailOnViolation",
    "RegisterNewBaseline",
    "SuppliedBaselineConstraints",
)


@dataclass(frozen=True, slots=True)
class StepType:
    """The contract of one type of step.

    Attributes:
        request: Shape of `Arguments`, or empty where the step has a form of its own.
        generated: Members of the request that the pipeline fills in itself.
        responses: Shapes whose members `Steps.NAME.…` can read, as (service, shape).
        properties: Members beside those of the responses; a value says what is below:
            "scalar", "outputs" (declared in OutputParameters), "any".
        keys: Keys of the step beside the common ones.
        retries: Exception types of `RetryPolicies`; empty where the step takes none.
        cached: Whether the step takes `CacheConfig`.
        opaque: Whether nothing is published about the type, so that nothing more is checked.
    """

    request: str = ""
    generated: tuple[str, ...] = ()
    responses: tuple[tuple[str, str], ...] = ()
    properties: Mapping[str, str] | None = None
    keys: tuple[str, ...] = ()
    retries: tuple[str, ...] = ()
    cached: bool = False
    opaque: bool = False

    def known_keys(self) -> tuple[str, ...]:
        """Return every key that a step of this type may have."""
        retries = ("RetryPolicies",) if self.retries else ()
        cache = ("CacheConfig",) if self.cached else ()
        return _COMMON_KEYS + self.keys + retries + cache


def _responds(*shapes: str) -> tuple[tuple[str, str], ...]:
    return tuple(("sagemaker", shape) for shape in shapes)


_OPAQUE = StepType(opaque=True)

STEP_TYPES: Mapping[str, StepType] = {
    "Processing": StepType(
        request="CreateProcessingJobRequest",
        generated=("ProcessingJobName",),
        responses=_responds("DescribeProcessingJobResponse"),
        keys=("PropertyFiles",),
        retries=_JOB,
        cached=True,
    ),
    "Training": StepType(
        request="CreateTrainingJobRequest",
        generated=("TrainingJobName",),
        responses=_responds("DescribeTrainingJobResponse"),
        retries=_JOB,
        cached=True,
    ),
    "Transform": StepType(
        request="CreateTransformJobRequest",
        generated=("TransformJobName",),
        responses=_responds("DescribeTransformJobResponse"),
        retries=_JOB,
        cached=True,
    ),
    "Tuning": StepType(
        request="CreateHyperParameterTuningJobRequest",
        generated=("HyperParameterTuningJobName",),
        responses=_responds(
            "DescribeHyperParameterTuningJobResponse",
            "ListTrainingJobsForHyperParameterTuningJobResponse",
        ),
        retries=_JOB,
        cached=True,
    ),
    "AutoML": StepType(
        request="CreateAutoMLJobRequest",
        generated=("AutoMLJobName",),
        responses=_responds("DescribeAutoMLJobResponse"),
        properties={"BestCandidateProperties": "any"},
        retries=_JOB,
        cached=True,
    ),
    "Model": StepType(
        request="CreateModelInput",
        generated=("ModelName",),
        responses=_responds("DescribeModelOutput"),
        retries=STEP_EXCEPTIONS,
    ),
    "RegisterModel": StepType(
        request="CreateModelPackageInput",
        generated=("ModelPackageName",),
        responses=_responds("DescribeModelPackageOutput"),
        retries=STEP_EXCEPTIONS,
    ),
    "EndpointConfig": StepType(
        request="CreateEndpointConfigInput",
        generated=("EndpointConfigName",),
        responses=_responds("DescribeEndpointConfigOutput"),
        retries=STEP_EXCEPTIONS,
        cached=True,
    ),
    "Endpoint": StepType(
        request="CreateEndpointInput",
        generated=("EndpointName",),
        responses=_responds("DescribeEndpointOutput"),
        cached=True,
    ),
    "InferenceComponent": StepType(
        request="CreateInferenceComponentInput",
        generated=("InferenceComponentName",),
        responses=_responds("DescribeInferenceComponentOutput"),
    ),
    "Job": StepType(
        request="CreateJobRequest",
        generated=("JobName",),
        responses=_responds("DescribeJobResponse"),
        properties={"JobConfigDocument": "any"},
        retries=_JOB,
        cached=True,
    ),
    "QualityCheck": StepType(
        request="CreateProcessingJobRequest",
        generated=("ProcessingJobName",),
        properties={
            "CalculatedBaselineConstraints": "scalar",
            "CalculatedBaselineStatistics": "scalar",
            "BaselineUsedForDriftCheckStatistics": "scalar",
            "BaselineUsedForDriftCheckConstraints": "scalar",
        },
        keys=(*_CHECK_KEYS, "SuppliedBaselineStatistics"),
        retries=_JOB,
        cached=True,
    ),
    "ClarifyCheck": StepType(
        request="CreateProcessingJobRequest",
        generated=("ProcessingJobName",),
        properties={
            "CalculatedBaselineConstraints": "scalar",
            "BaselineUsedForDriftCheckConstraints": "scalar",
        },
        keys=(*_CHECK_KEYS, "ModelName"),
        retries=_JOB,
        cached=True,
    ),
    "Callback": StepType(
        properties={"OutputParameters": "outputs"},
        keys=("SqsQueueUrl", "OutputParameters"),
        cached=True,
    ),
    "Lambda": StepType(
        properties={"OutputParameters": "outputs"},
        keys=("FunctionArn", "OutputParameters"),
        cached=True,
    ),
    "EMR": StepType(
        responses=(("emr", "Step"),),
        properties={"ClusterId": "scalar", "ExecutionRoleArn": "scalar", "ClusterConfig": "any"},
        cached=True,
    ),
    "EMRServerless": StepType(
        responses=(("emr-serverless", "GetJobRunResponse"), ("emr-serverless", "JobRun")),
        retries=STEP_EXCEPTIONS,
        cached=True,
    ),
    "Condition": StepType(properties={"Outcome": "scalar"}),
    "Fail": StepType(properties={}),
    "Lineage": StepType(
        properties={
            "ActionArns": "any",
            "ArtifactArns": "any",
            "ContextArns": "any",
            "Associations": "any",
        }
    ),
    "Cleanup": StepType(properties={}),
    "ForEach": StepType(
        properties={
            "Status": "scalar",
            "InputItemCount": "scalar",
            "TotalStepCount": "scalar",
            "SucceededStepCount": "scalar",
            "FailedStepCount": "scalar",
            "StoppedStepCount": "scalar",
            "IterationOutputs": "any",
            "Selected": "any",
        }
    ),
    # Named in botocore's PipelineExecutionStepMetadata; how to write them is not published.
    "Athena": _OPAQUE,
    "BedrockCustomModel": _OPAQUE,
    "BedrockCustomModelDeployment": _OPAQUE,
    "BedrockModelImport": _OPAQUE,
    "BedrockProvisionedModelThroughput": _OPAQUE,
    "HubContent": _OPAQUE,
}
