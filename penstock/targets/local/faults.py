"""Faults of the service, as told apart from failures of the user's code."""

from __future__ import annotations

from penstock.errors import Problem, ServiceError

SERVICE_FAULT = "Step.SERVICE_FAULT"
THROTTLING = "Step.THROTTLING"
INTERNAL_ERROR = "SageMaker.JOB_INTERNAL_ERROR"
CAPACITY_ERROR = "SageMaker.CAPACITY_ERROR"
RESOURCE_LIMIT = "SageMaker.RESOURCE_LIMIT"


class ServiceFault(ServiceError):  # noqa: N818 (the service's own word)
    """A fault that a retry policy may answer; `exception_type` is the policy's name for it."""

    def __init__(self, exception_type: str, problem: Problem) -> None:
        super().__init__(problem)
        self.exception_type = exception_type
