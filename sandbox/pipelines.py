"""Lets moto's pipelines run: the operations that it lacks or only pretends to do.

Shapes and errors are those of botocore's model of the service.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from sandbox.execution_operations import ExecutionOperations
from sandbox.executions import Executions
from sandbox.pipeline_operations import PipelineOperations


@contextlib.contextmanager
def running_pipelines(executions: Executions) -> Iterator[None]:
    """Let moto's pipelines run while this lasts."""
    with contextlib.ExitStack() as until_then:
        for operations in (PipelineOperations(executions), ExecutionOperations(executions)):
            for name in dir(operations):
                if not name.startswith("_"):
                    answer = _answering(getattr(operations, name))
                    until_then.enter_context(
                        patch.object(SageMakerResponse, name, answer, create=True)
                    )
        yield


def _answering(work: Callable[[SageMakerResponse], Any]) -> Any:
    def answer(self: SageMakerResponse) -> ActionResult:
        return ActionResult(work(self))

    return answer
