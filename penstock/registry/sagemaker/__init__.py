"""The registry port on SageMaker Model Registry."""
