"""From a wired pipeline to KFP's IR. Pure: the same pipeline gives the same document."""

from __future__ import annotations

from typing import Any

from penstock.targets.kubeflow.ir_document import IRDocument


def compile_pipeline(pipeline: Any) -> IRDocument:
    """Return the IR of what `penstock.contract.wiring.pipeline` or `kfp.dsl.pipeline` made.

    The documents equal those that KFP's own compiler writes, without its detour over a file.
    """
    from google.protobuf import json_format  # type: ignore[import-untyped]

    return IRDocument(
        json_format.MessageToDict(pipeline.pipeline_spec),
        json_format.MessageToDict(pipeline.platform_spec),
    )
