"""Wait until people have decided about a registered candidate."""

from penstock.contract import component


@component(kind="approval")
def wait_for_approval(group: str, evidence: str, stage: str = "local", hours: float = 168.0) -> str:
    """Go on once the candidate is approved at a stage; fail if it is rejected.

    On SageMaker this is a Callback step, whose queue is the parameter `ApprovalQueue`. On this
    machine the run pauses, says how to approve, and goes on when it is resumed. Elsewhere this body
    asks the approvals of the working directory every ten seconds. What shall happen only then comes
    after it: `configure(step, after=wait_for_approval(...))`.

    Args:
        group: Name of the model group.
        evidence: Evidence digest of the candidate, as `evidence` gives it.
        stage: Where it shall go live.
        hours: How long the body waits.

    Returns:
        The approved version, such as `fraud/4`; on SageMaker no other step can read it.

    Raises:
        WorkError: It was rejected, or nobody decided in time.
    """
    import time

    from penstock.approval.opening import open_approvals
    from penstock.approval.waiting import decision_about
    from penstock.errors import Problem, WorkError

    approvals, end = open_approvals(), time.monotonic() + hours * 3600
    while (found := decision_about(approvals, group, evidence, stage)) is None:
        if time.monotonic() > end:
            what = f"nobody decided about {group} ({evidence}) at {stage} within {hours:g} hours."
            raise WorkError(Problem(what, remedy="Approve it, and run the pipeline again."))
        time.sleep(10)
    return f"{group}/{found.version}"
