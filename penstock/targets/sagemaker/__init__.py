"""Amazon SageMaker Pipelines: lowering, validation, and the client of the service."""
