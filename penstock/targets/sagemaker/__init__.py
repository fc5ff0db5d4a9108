"""SageMaker Pipelines: lowering, validation, client."""
