"""One candidate, laid out for a decision."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from penstock.approval.port import Entry, Review
from penstock.errors import PenstockError, Problem
from serving.console.console import Console
from serving.console.pages.access import Current, Reader
from serving.console.rendering import page
from serving.console.views import lineage, pictures, tables
from serving.console.views.consequence import OPEN, on_approval, on_rejection
from serving.console.views.verdict import verdict

router = APIRouter()


@router.get("/models/{group}/{version}/{stage}")
def candidate(
    request: Request, console: Current, session: Reader, group: str, version: int, stage: str
) -> HTMLResponse:
    """Show verdict, gates and what follows; then pictures, figures, lineage and the document."""
    approvals = console.approvals
    review = approvals.review(group, version, stage)
    live = approvals.live(group, stage)
    document, problems = _document(console, review)
    decides = session.role == "approver"
    mine = [each for each in review.approvals if each.actor.name == session.person.name]
    is_open = review.standing not in ("live", "rejected")
    return page(
        request,
        "candidate.html",
        session=session,
        title=f"{group}/{version}",
        review=review,
        name=f"{group}/{version}",
        # The verdict stands beside it.
        why=review.needs_justification.replace(f" ({review.verdict.rstrip('.')})", ""),
        live=live,
        verdict=verdict(review, document, live),
        gates=tables.gates(document),
        problems=problems,
        flag=_flag(console, review),
        can_approve=decides and is_open and not review.obstacles and not mine and not problems,
        can_reject=decides and is_open,
        mine=mine,
        asked=review.standing in OPEN,
        on_approval=on_approval(review, live),
        on_rejection=on_rejection(review, live),
        metrics=tables.metrics(document),
        segments=tables.segments(document),
        slices=tables.slices(document),
        calibration=pictures.calibration(document),
        drift=pictures.drift(document),
        drift_note=pictures.drift_note(document),
        origin=lineage.facts(document, "candidate"),
        made=lineage.facts(document, "model", "test"),
        data=lineage.facts(document, "data"),
        digests=lineage.facts(document, "digests"),
        files=lineage.files(document),
        has_document=bool(document),
        raw=lineage.raw(document) if document else "",
        now=console.now(),
    )


def _flag(console: Console, review: Review) -> Entry | None:
    """Return the entry that says why a version is flagged."""
    if review.standing != "flagged":
        return None
    entries = console.approvals.history(review.group, review.stage)
    return next((each for each in reversed(entries) if each.version == review.version), None)


def _document(console: Console, review: Review) -> tuple[Mapping[str, Any], Sequence[Problem]]:
    """Return the evidence document, and why there is none."""
    if not review.evidence:
        return {}, ()
    try:
        return console.packs.pack(review.group, review.version, review.evidence).document, ()
    except PenstockError as error:
        return {}, error.problems
