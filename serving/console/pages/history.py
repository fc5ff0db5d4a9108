"""The ledger, and whether its chain holds."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from penstock.approval.port import Entry
from penstock.errors import ApprovalError, Problem
from serving.console.pages.access import Current, Reader
from serving.console.refusal import RefusedError
from serving.console.rendering import page

PAGE_SIZE = 50

router = APIRouter()

Filter = Annotated[str, Query(max_length=100)]


@router.get("/history")
def history(
    request: Request,
    console: Current,
    session: Reader,
    group: Filter = "",
    stage: Filter = "",
    action: Filter = "",
    before: Annotated[int | None, Query(ge=1, le=10**12)] = None,
) -> HTMLResponse:
    """Show entries, newest first; where the ledger does not hold, what breaks it."""
    broken: tuple[Problem, ...] = ()
    entries: list[Entry] = []
    try:
        entries = list(console.approvals.history())
    except ApprovalError as error:
        broken = error.problems
    chosen = [
        each
        for each in reversed(entries)
        if group in ("", each.group)
        and stage in ("", each.stage)
        and action in ("", each.action)
        and (before is None or each.sequence < before)
    ]
    shown = chosen[:PAGE_SIZE]
    return page(
        request,
        "history.html",
        session=session,
        status=409 if broken else 200,
        title="History",
        entries=shown,
        older=shown[-1].sequence if len(chosen) > PAGE_SIZE else None,
        total=len(entries),
        broken=broken,
        head=entries[-1] if entries else None,
        groups=sorted({each.group for each in entries}),
        stages=sorted({each.stage for each in entries}),
        actions=sorted({each.action for each in entries}),
        group=group,
        stage=stage,
        action=action,
        before=before,
        now=console.now(),
    )


def read_instant(text: str) -> datetime:
    """Return an instant in UTC that a form or a person wrote.

    Raises:
        RefusedError: It is no instant.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        problem = Problem(f"{text[:60]!r} is no instant.", remedy="Write 2026-11-01T09:00 (UTC).")
        raise RefusedError(422, "No such instant", problem) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
