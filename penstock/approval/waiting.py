"""A pipeline that waits for a decision."""

from penstock.approval.port import Approvals, Review
from penstock.errors import Problem, WorkError

_PAGE = 50


def decision_about(approvals: Approvals, group: str, evidence: str, stage: str) -> Review | None:
    """Return the review of a candidate once it is approved; None while nobody has decided.

    Args:
        approvals: Where people decide.
        group: Model group.
        evidence: The candidate's evidence digest.
        stage: Where it shall go live.

    Raises:
        WorkError: It was rejected, its decision was flagged, a newer version is live, or no version
            has this evidence.
    """
    found = find_review(approvals, group, evidence, stage)
    if found is None:
        what = f"no version of {group} has the evidence {evidence}."
        raise WorkError(Problem(what, remedy="Register the candidate before waiting for it."))
    if found.standing in ("live", "approved"):
        return found
    if found.standing in ("rejected", "flagged", "superseded"):
        what = f"{group}/{found.version} was {found.standing} at {stage}."
        remedy = f"See why: pipeline models show {group}/{found.version}"
        raise WorkError(Problem(what, remedy=remedy))
    return None


def find_review(approvals: Approvals, group: str, evidence: str, stage: str) -> Review | None:
    """Return the newest version with an evidence digest; None where there is none."""
    before = None
    while page := approvals.reviews(group, stage, limit=_PAGE, before=before):
        for review in page:
            if review.evidence == evidence:
                return review
        before = page[-1].version
    return None
