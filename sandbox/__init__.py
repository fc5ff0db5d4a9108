"""AWS on this machine for development and tests: moto, whose SageMaker pipelines really run."""
