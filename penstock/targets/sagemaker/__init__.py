"""Amazon SageMaker Pipelines: lowering (pure), validation, and the client that speaks to the service."""
