"""The candidates: what waits for a decision, and every version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from penstock.approval.port import Review
from serving.console.pages.access import Current, Reader
from serving.console.pages.stages import known_stage
from serving.console.rendering import page
from serving.console.views.consequence import OPEN

PAGE_SIZE = 50
_SOME = 8
"""Versions of a group where several groups are shown."""
_MOST_GROUPS = 20

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a group.

    Attributes:
        group: Which.
        reviews: Those that are shown.
        older: Where the next page goes on; None: there is none.
        seen: How many were looked through for them.
    """

    group: str
    reviews: Sequence[Review]
    older: int | None
    seen: int


@router.get("/")
def waiting(
    request: Request,
    console: Current,
    session: Reader,
    group: Annotated[str, Query(max_length=100)] = "",
    stage: Annotated[str, Query(max_length=100)] = "",
    show: Literal["waiting", "all"] = "waiting",
    before: Annotated[int | None, Query(ge=1, le=10**12)] = None,
) -> HTMLResponse:
    """Show versions, newest first."""
    approvals = console.approvals
    stage = known_stage(approvals, stage or console.settings.stage)
    groups = list(approvals.groups())
    chosen = [group] if group else groups[:_MOST_GROUPS]
    alone = len(chosen) == 1
    limit = PAGE_SIZE if alone else _SOME
    lists: list[Versions] = []
    for name in chosen:
        found = approvals.reviews(name, stage, limit=limit, before=before if alone else None)
        kept = [each for each in found if show == "all" or each.standing in OPEN]
        older = found[-1].version if len(found) == limit and found[-1].version > 1 else None
        lists.append(Versions(name, kept, older, len(found)))
    return page(
        request,
        "waiting.html",
        session=session,
        title="Candidates",
        lists=lists,
        groups=groups,
        left_out=len(groups) - len(chosen) if not group else 0,
        stages=approvals.stages(),
        group=group,
        stage=stage,
        show=show,
        before=before,
        alone=alone,
        now=console.now(),
        waiting=sum(each.standing in OPEN for one in lists for each in one.reviews),
    )
