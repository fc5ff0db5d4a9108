"""Kubeflow Pipelines: the IR as it is, and its submission."""

from penstock.targets.kubeflow.compiler import compile_pipeline
from penstock.targets.kubeflow.ir_document import IRDocument

__all__ = ["IRDocument", "compile_pipeline"]
