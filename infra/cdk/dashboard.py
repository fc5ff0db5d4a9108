"""What people see of an account's pipelines at a glance."""

from __future__ import annotations

import json

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.cdk.inputs import Inputs
from infra.cdk.naming import Names

_METRICS = "AWS/Sagemaker/ModelBuildingPipeline"
_WIDTH, _HEIGHT = 12, 6


def make_dashboard(scope: Construct, inputs: Inputs, names: Names) -> None:
    """Make one dashboard for all use cases, a row each: every dashboard costs by itself.

    Args:
        scope: The stack.
        inputs: Whose pipelines.
        names: Of the environment.
    """
    pipelines = [each for use_case in inputs.use_cases for each in inputs.pipelines_of(use_case)]
    if not pipelines:
        return
    widgets = []
    for index, pipeline in enumerate(pipelines):
        name = names.pipeline(pipeline.name)
        widgets.append(
            {
                "type": "metric",
                "x": index % 2 * _WIDTH,
                "y": index // 2 * _HEIGHT,
                "width": _WIDTH,
                "height": _HEIGHT,
                "properties": {
                    "title": name,
                    "region": names.region,
                    "stat": "Sum",
                    "period": 86400,
                    "metrics": [
                        [_METRICS, "ExecutionSucceeded", "PipelineName", name],
                        [_METRICS, "ExecutionFailed", "PipelineName", name],
                    ],
                },
            }
        )
    cloudwatch.CfnDashboard(
        scope,
        "Dashboard",
        dashboard_name=names.of("pipelines"),
        dashboard_body=json.dumps({"widgets": widgets}, sort_keys=True),
    )
