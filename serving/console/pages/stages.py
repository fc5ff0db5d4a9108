"""The stages that the rules name."""

from penstock.approval.port import Approvals
from penstock.errors import Problem, RequestError


def known_stage(approvals: Approvals, stage: str) -> str:
    """Return a stage that there is.

    Raises:
        RequestError: There is no such stage; lists those that there are.
    """
    stages = approvals.stages()
    if stage in stages:
        return stage
    raise RequestError(
        Problem(
            f"the rules name no stage {stage!r}.",
            remedy=f"Use one of: {', '.join(stages)}.",
        )
    )
