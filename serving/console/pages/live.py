"""What is live where, now or at an instant, and the way back."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from penstock.approval.port import Approvals, Live
from penstock.approval.state import fold, live_of
from penstock.errors import ApprovalError, Problem
from serving.console.pages.access import Current, Reader
from serving.console.pages.history import read_instant
from serving.console.rendering import page
from serving.console.views.consequence import on_rollback

_MOST = 200

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Place:
    """A group at a stage.

    Attributes:
        group: Model group.
        stage: Where.
        live: What is in force; None: nothing.
        on_rollback: What follows from rolling back; empty where there is nothing to.
    """

    group: str
    stage: str
    live: Live | None
    on_rollback: str


@router.get("/live")
def live(
    request: Request,
    console: Current,
    session: Reader,
    at: Annotated[str, Query(max_length=60)] = "",
) -> HTMLResponse:
    """Show what is in force per group and stage."""
    instant = read_instant(at) if at else None
    approvals = console.approvals
    groups, stages = approvals.groups(), approvals.stages()
    pairs = [(group, stage) for group in groups for stage in stages]
    places = []
    for group, stage in pairs[:_MOST]:
        found = approvals.live(group, stage, instant)
        told = ""
        if found is not None and instant is None:
            before = _before(approvals, group, stage)
            told = on_rollback(found, before) if before is not None else ""
        places.append(Place(group, stage, found, told))
    places.sort(key=lambda place: place.live is None)
    return page(
        request,
        "live.html",
        session=session,
        title="Live",
        places=places,
        left_out=max(0, len(pairs) - _MOST),
        at=instant,
        at_text=f"{instant:%Y-%m-%dT%H:%M}" if instant else "",
        decides=session.role == "approver" and instant is None,
        now=console.now(),
    )


def _before(approvals: Approvals, group: str, stage: str) -> Live | None:
    """Return what a rollback would bring back."""
    state = fold(approvals.history(group, stage)).get((group, stage))
    found = state.before() if state is not None else None
    return live_of(found.entry) if found is not None else None


@router.get("/live/{group}/{stage}/verified")
def verified(
    request: Request, console: Current, session: Reader, group: str, stage: str
) -> HTMLResponse:
    """Hash every byte of what is in force and say whether it is what was approved."""
    console.decisions.take(f"verify {session.key}")
    problems: tuple[Problem, ...] = ()
    found = None
    try:
        found = console.approvals.verified(group, stage)
    except ApprovalError as error:
        problems = error.problems
    return page(
        request,
        "verified.html",
        session=session,
        status=409 if problems else 200,
        title=f"Verification of {group}",
        group=group,
        stage=stage,
        live=found,
        problems=problems,
    )
