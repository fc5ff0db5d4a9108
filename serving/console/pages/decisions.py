"""Forms that decide: approve, reject, roll back. Each ends in a page that can be loaded again."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from penstock.approval.port import Decision, Entry
from penstock.errors import ApprovalError, Problem
from serving.console.console import Console
from serving.console.decision_log import log_decision, log_refusal
from serving.console.pages.access import Current, Decider, Reader, client
from serving.console.refusal import RefusedError
from serving.console.rendering import page
from serving.console.security.sessions import Session

LONGEST_COMMENT = 4_000

router = APIRouter()

Words = Annotated[str, Form(max_length=LONGEST_COMMENT)]


@router.post("/models/{group}/{version}/{stage}/approve")
def approve(
    request: Request,
    console: Current,
    session: Decider,
    group: str,
    version: int,
    stage: str,
    evidence: Annotated[str, Form(max_length=100)],
    comment: Words = "",
    justification: Words = "",
) -> Response:
    """Approve the evidence that the form shows; a second click ends where the first did."""
    try:
        decision = console.approvals.approve(
            group,
            version,
            stage,
            session.person,
            evidence=evidence,
            comment=_lines(comment),
            justification=_lines(justification),
        )
    except ApprovalError as error:
        earlier = _same_click(console, session, group, version, stage, evidence, "approve")
        if earlier is not None:
            return _to(earlier)
        log_refusal("approve", group, version, stage, session.person, client(request), error)
        raise
    return _done(request, session, decision)


@router.post("/models/{group}/{version}/{stage}/reject")
def reject(
    request: Request,
    console: Current,
    session: Decider,
    group: str,
    version: int,
    stage: str,
    evidence: Annotated[str, Form(max_length=100)] = "",
    comment: Words = "",
) -> Response:
    """Reject a version for good at a stage."""
    try:
        decision = console.approvals.reject(
            group, version, stage, session.person, evidence=evidence, comment=_lines(comment)
        )
    except ApprovalError as error:
        earlier = _same_click(console, session, group, version, stage, evidence, "reject")
        if earlier is not None:
            return _to(earlier)
        log_refusal("reject", group, version, stage, session.person, client(request), error)
        raise
    return _done(request, session, decision)


@router.post("/live/{group}/{stage}/rollback")
def rollback(
    request: Request,
    console: Current,
    session: Decider,
    group: str,
    stage: str,
    entry: Annotated[int, Form()],
    comment: Words = "",
) -> Response:
    """Bring back what was in force before; only from the state that the form shows."""
    live = console.approvals.live(group, stage)
    if live is None or live.entry != entry:
        newest = console.approvals.history(group, stage)
        if newest and newest[-1].action == "rollback" and _is_mine(newest[-1], session):
            return _to(newest[-1])
        raise RefusedError(
            409,
            "Something else is live now",
            Problem(
                f"what is live of {group} at {stage} changed after the page was shown. "
                "Nothing was rolled back.",
                remedy="Look at the page Live again and decide anew.",
            ),
        )
    try:
        decision = console.approvals.rollback(group, stage, session.person, comment=_lines(comment))
    except ApprovalError as error:
        log_refusal("rollback", group, live.version, stage, session.person, client(request), error)
        raise
    return _done(request, session, decision)


@router.get("/decisions/{sequence}")
def decided(request: Request, console: Current, session: Reader, sequence: int) -> HTMLResponse:
    """Say what happened by an entry of the ledger, and what comes next."""
    entries = console.approvals.history()
    if not 1 <= sequence <= len(entries):
        raise RefusedError(
            404,
            "No such decision",
            Problem(
                f"the ledger has no entry {sequence}.",
                remedy=f"It has {len(entries)}; look at the page History.",
            ),
        )
    entry = entries[sequence - 1]
    live = console.approvals.live(entry.group, entry.stage)
    return page(
        request,
        "decided.html",
        session=session,
        title=f"Decision {sequence}",
        entry=entry,
        live=live,
        sentence=session.outcomes.get(sequence, ""),
        name=f"{entry.group}/{entry.version}",
        now=console.now(),
    )


def _done(request: Request, session: Session, decision: Decision) -> Response:
    session.outcomes[decision.entry.sequence] = decision.sentence
    log_decision(decision, client(request))
    return _to(decision.entry)


def _to(entry: Entry) -> Response:
    return RedirectResponse(f"/decisions/{entry.sequence}", 303)


def _same_click(
    console: Console,
    session: Session,
    group: str,
    version: int,
    stage: str,
    evidence: str,
    action: str,
) -> Entry | None:
    """Return the newest decision about a version at a stage, if this is it again."""
    about = [each for each in console.approvals.history(group, stage) if each.version == version]
    if not about:
        return None
    last = about[-1]
    same = last.action == action and last.evidence == evidence and _is_mine(last, session)
    return last if same else None


def _is_mine(entry: Entry, session: Session) -> bool:
    return entry.actor.name == session.person.name


def _lines(text: str) -> str:
    """Return a form's text with the line ends of files."""
    return text.replace("\r\n", "\n").strip()
