"""Versions as an approver reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from penstock.approval.words import plain
from penstock.cli.models_view.words import age_words, instant_words
from penstock.cli.run_view.text_table import text_table

if TYPE_CHECKING:
    from penstock.approval.port import Live, Review

_LONGEST_CELL, _MOST_METRICS = 60, 12


def list_text(reviews: Sequence[Review], group: str, now: datetime | None = None) -> str:
    """Return versions as a table, newest first."""
    if not reviews:
        return f"no model of {group} is registered; pipeline run training registers one."
    now = now or datetime.now(UTC)
    rows = [
        [
            f"{each.group}/{each.version}",
            _standing(each),
            "yes" if each.recommended else "no",
            _cut(plain(each.verdict)),
            plain(each.author),
            age_words(now - each.created),
        ]
        for each in reviews
    ]
    heads = ["version", f"at {reviews[0].stage}", "recommended", "verdict", "by", "age"]
    return text_table(heads, rows)


def show_text(review: Review, live: Live | None) -> str:
    """Return what an approver has to know of one version, the verdict first."""
    name = f"{review.group}/{review.version}"
    recommended = "recommended" if review.recommended else "not recommended"
    lines = [
        f"{name}  {_standing(review)} at {review.stage}",
        f"  verdict      {recommended}: {plain(review.verdict) or 'no comparison is known'}",
        f"  live now     {_live_words(live)}",
        f"  author       {plain(review.author) or 'not known'}",
        f"  registered   {instant_words(review.created)}",
        f"  evidence     {review.evidence or 'none'}",
    ]
    lines += [
        f"  approved     by {plain(each.actor.name)}, {instant_words(each.at)}"
        + (f": {plain(each.comment)}" if each.comment else "")
        for each in review.approvals
    ]
    lines += [f"  obstacle     {plain(each)}" for each in review.obstacles]
    if review.standing != "live" and not review.obstacles:
        lines += _way(review, name, live)
    lines += _metrics(review.metrics, name)
    return "\n".join(lines)


def _way(review: Review, name: str, live: Live | None) -> list[str]:
    missing = review.needed - len(review.approvals)
    then = "goes live at once" if missing <= 1 else f"needs {missing} approvals to go live"
    replaced = f" in place of {live.group}/{live.version}" if live else ""
    lines = [f"  on approval  {name} {then}{replaced}"]
    justify = ""
    if review.needs_justification:
        lines.append(f"  needs        a written justification: {plain(review.needs_justification)}")
        justify = " --justify TEXT"
    stage = "" if review.stage == "local" else f" --stage {review.stage}"
    lines.append(f"  approve      pipeline models approve {name}{stage}{justify} --comment TEXT")
    lines.append(f"  reject       pipeline models reject {name}{stage} --comment TEXT")
    return lines


def _metrics(metrics: Mapping[str, float], name: str) -> list[str]:
    """Return metrics with their intervals, a line each; those of single classes are left out."""
    names = [
        key
        for key in sorted(metrics)
        if not key.endswith(("_low", "_high")) and not key.startswith("class_")
    ]
    lines = []
    for key in names[:_MOST_METRICS]:
        low, high = metrics.get(f"{key}_low"), metrics.get(f"{key}_high")
        interval = "" if low is None or high is None else f" ({low:.4g} to {high:.4g})"
        lines.append(f"  metric       {key} {metrics[key]:.4g}{interval}")
    if metrics:
        lines.append(f"  more         pipeline evidence show {name}")
    return lines


def _standing(review: Review) -> str:
    if review.standing == "waiting":
        return f"waiting ({len(review.approvals)} of {review.needed})"
    return "was live" if review.standing == "approved" else review.standing


def _live_words(live: Live | None) -> str:
    if live is None:
        return "nothing"
    by = " and ".join(map(plain, live.approved_by))
    return f"{live.group}/{live.version} since {instant_words(live.since)}, approved by {by}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"
