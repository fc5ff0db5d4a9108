"""Executes SageMaker pipeline definitions on this machine."""
