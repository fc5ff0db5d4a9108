"""Pipelines of the other step types, written with the SageMaker Python SDK alone."""

from __future__ import annotations

import json
from typing import Any

from sagemaker.core.lambda_helper import Lambda
from sagemaker.core.parameter import ContinuousParameter
from sagemaker.core.processing import Processor
from sagemaker.core.shapes import (
    OutputDataConfig,
    ProcessingOutput,
    ProcessingS3Output,
    StoppingCondition,
)
from sagemaker.core.transformer import Transformer
from sagemaker.core.workflow.conditions import ConditionEquals
from sagemaker.core.workflow.functions import Join, JsonGet
from sagemaker.core.workflow.parameters import ParameterInteger, ParameterString
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.core.workflow.properties import PropertyFile
from sagemaker.mlops.workflow.callback_step import (
    CallbackOutput,
    CallbackOutputTypeEnum,
    CallbackStep,
)
from sagemaker.mlops.workflow.condition_step import ConditionStep
from sagemaker.mlops.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.mlops.workflow.fail_step import FailStep
from sagemaker.mlops.workflow.for_each_step import CurrentItem, ForEachStep
from sagemaker.mlops.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.mlops.workflow.model_step import ModelStep
from sagemaker.mlops.workflow.pipeline import Pipeline
from sagemaker.mlops.workflow.step_dependency import StepDependency, TriggerCondition
from sagemaker.mlops.workflow.steps import (
    CacheConfig,
    ProcessingStep,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from sagemaker.serve.model_builder import ModelBuilder
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData
from sagemaker.train.tuner import HyperparameterTuner

ROLE = "arn:aws:iam::000000000000:role/penstock"
IMAGE = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/penstock:0.1.0"


def session() -> PipelineSession:
    found = PipelineSession(default_bucket="bucket")
    found._default_bucket = "bucket"
    return found


def definition_of(steps: list[Any], parameters: list[Any], at: PipelineSession) -> dict[str, Any]:
    pipeline = Pipeline(name="other", parameters=parameters, steps=steps, sagemaker_session=at)
    found: dict[str, Any] = json.loads(pipeline.definition())
    return found


def trainer(at: PipelineSession, **beside: Any) -> ModelTrainer:
    return ModelTrainer(
        sagemaker_session=at,
        role=ROLE,
        base_job_name="job",
        training_image=IMAGE,
        compute=Compute(instance_type="ml.m5.xlarge", instance_count=1, volume_size_in_gb=30),
        stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
        output_data_config=OutputDataConfig(s3_output_path="s3://bucket/models"),
        input_data_config=[InputData(channel_name="train", data_source="s3://bucket/train")],
        **beside,
    )


def model_and_transform() -> dict[str, Any]:
    at = session()
    source = ParameterString("Source", default_value="s3://bucket/rows")
    train = TrainingStep(name="Train", step_args=trainer(at).train())
    builder = ModelBuilder(
        s3_model_data_url=train.properties.ModelArtifacts.S3ModelArtifacts,
        image_uri=IMAGE,
        role_arn=ROLE,
        sagemaker_session=at,
    )
    model = ModelStep(name="CreateModel", step_args=builder.build())
    transformer = Transformer(
        model_name=model.properties.ModelName,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        strategy="MultiRecord",
        max_payload=6,
        assemble_with="Line",
        accept="text/csv",
        output_path="s3://bucket/scores",
        sagemaker_session=at,
    )
    arguments = transformer.transform(data=source, content_type="text/csv", split_type="Line")
    score = TransformStep(
        name="Score",
        step_args=arguments,
        cache_config=CacheConfig(enable_caching=True, expire_after="30d"),
    )
    return definition_of([train, model, score], [source], at)


def tuning() -> dict[str, Any]:
    at = session()
    tuner = HyperparameterTuner(
        model_trainer=trainer(at, hyperparameters={"max_depth": 6}),
        objective_metric_name="validation:auc",
        metric_definitions=[{"Name": "validation:auc", "Regex": "auc=([0-9.]+)"}],
        hyperparameter_ranges={"eta": ContinuousParameter(0.01, 0.3)},
        max_jobs=4,
        max_parallel_jobs=2,
    )
    inputs = [InputData(channel_name="train", data_source="s3://bucket/train")]
    tune = TuningStep(name="Tune", step_args=tuner.tune(inputs=inputs))
    report = CallbackStep(
        name="Report",
        sqs_queue_url="https://sqs.eu-west-1.amazonaws.com/000000000000/reports",
        inputs={
            "best": tune.get_top_model_s3_uri(0, "bucket", "models"),
            "job": tune.properties.BestTrainingJob.TrainingJobName,
        },
        outputs=[],
    )
    return definition_of([tune, report], [], at)


def people_and_functions() -> dict[str, Any]:
    at = session()
    limit = ParameterInteger("Limit", default_value=3)
    processor = Processor(
        role=ROLE,
        image_uri=IMAGE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        entrypoint=["python3"],
        sagemaker_session=at,
    )
    output = ProcessingOutput(
        output_name="found",
        s3_output=ProcessingS3Output(
            s3_uri="s3://bucket/found",
            local_path="/opt/ml/processing/found",
            s3_upload_mode="EndOfJob",
        ),
    )
    found = PropertyFile("Found", "found", "found.json")
    count = ProcessingStep(
        name="Count",
        step_args=processor.run(outputs=[output], arguments=["--limit", limit.to_string()]),
        property_files=[found],
    )
    ask = CallbackStep(
        name="Ask",
        sqs_queue_url="https://sqs.eu-west-1.amazonaws.com/000000000000/approvals",
        inputs={"rows": JsonGet("Count", property_file=found, json_path="rows"), "limit": limit},
        outputs=[CallbackOutput("answer", CallbackOutputTypeEnum.String)],
        depends_on=[count],
    )
    notify = LambdaStep(
        name="Notify",
        lambda_func=Lambda(
            function_arn="arn:aws:lambda:eu-west-1:000000000000:function:notify", session=at
        ),
        inputs={"answer": ask.properties.Outputs["answer"]},
        outputs=[LambdaOutput("sent", LambdaOutputTypeEnum.Boolean)],
        depends_on=[StepDependency(count, TriggerCondition.ANY)],
    )
    stop = FailStep(name="Stop", error_message=Join(on=" ", values=["stopped at", limit, "rows"]))
    gate = ConditionStep(
        name="Gate",
        conditions=[ConditionEquals(notify.properties.Outputs["sent"], right=False)],
        if_steps=[stop],
        else_steps=[],
    )
    return definition_of([count, ask, notify, gate], [limit], at)


def fan_out_and_spark() -> dict[str, Any]:
    at = session()
    each = ForEachStep(
        name="Each",
        iterable_items=["a", "b"],
        max_concurrency=2,
        for_each_body=[
            LambdaStep(
                name="Tell",
                lambda_func=Lambda(
                    function_arn="arn:aws:lambda:eu-west-1:000000000000:function:f", session=at
                ),
                inputs={"item": CurrentItem()},
            )
        ],
    )
    spark = EMRStep(
        name="Spark",
        display_name="Spark",
        description="Runs Spark.",
        cluster_id="j-1",
        step_config=EMRStepConfig(jar="s3://bucket/job.jar", args=["--rows", "3"]),
        depends_on=[each],
    )
    return definition_of([each, spark], [], at)


PIPELINES = {
    "model and transform": model_and_transform,
    "tuning": tuning,
    "people and functions": people_and_functions,
    "fan-out and Spark": fan_out_and_spark,
}
