"""What follows from a click, in one sentence, before the click."""

from penstock.approval.port import Live, Review, Standing
from serving.console.views.figures import plural

STANDINGS: dict[Standing, tuple[str, str]] = {
    "pending": ("waiting for a decision", "open"),
    "waiting": ("needs another approval", "open"),
    "live": ("live", "good"),
    "approved": ("was live before", "plain"),
    "superseded": ("superseded", "plain"),
    "rejected": ("rejected", "bad"),
    "flagged": ("flagged", "bad"),
}
"""What a standing is called, and the class of its colour."""

OPEN: tuple[Standing, ...] = ("pending", "waiting")
"""Standings in which people are asked."""


def on_approval(review: Review, live: Live | None) -> str:
    """Return what happens when it is approved now by one more person."""
    name = f"{review.group}/{review.version}"
    missing = max(1, review.needed - len(review.approvals))
    if missing > 1:
        return (
            f"Approving {name} is approval {len(review.approvals) + 1} of {review.needed} for "
            f"{review.stage}; nothing changes there before "
            f"{plural(missing - 1, 'other person').replace('persons', 'people')} "
            f"{'approves' if missing == 2 else 'approve'} it too."
        )
    start = f"Approving makes {name} live at {review.stage}"
    if live is None:
        return f"{start}, where nothing is live yet; the next run uses it."
    if live.version == review.version:
        return f"{name} is live at {review.stage} already."
    old = f"{live.group}/{live.version}"
    return f"{start}; {old} stops being used from the next run. A rollback brings {old} back."


def on_rejection(review: Review, live: Live | None) -> str:
    """Return what happens when it is rejected."""
    name = f"{review.group}/{review.version}"
    start = f"Rejecting closes {name} for {review.stage} for good"
    if live is None or live.version == review.version:
        return f"{start}."
    return f"{start}; {live.group}/{live.version} stays live."


def on_rollback(live: Live, before: Live) -> str:
    """Return what happens when a stage is rolled back."""
    back = f"{before.group}/{before.version}"
    return (
        f"Rolling back takes {live.group}/{live.version} out of use at {live.stage} and brings "
        f"back {back}: model, segments, settings and pipeline, from the next run on."
    )
