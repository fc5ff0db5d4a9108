"""The parts of one console, made at the edge and handed to every page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from penstock.approval.port import Approvals
from serving.console.packs import Packs
from serving.console.security.rate_limit import RateLimit
from serving.console.security.sessions import Sessions
from serving.console.settings import Settings
from serving.console.sign_in.local import LocalSignIn
from serving.console.sign_in.openid import OpenIdSignIn


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Console:
    """What pages work with.

    Attributes:
        approvals: Reads and decides.
        packs: Evidence.
        settings: How it runs.
        sign_in: Who is let in.
        sessions: Who is in.
        sign_ins: How often one client may try to sign in.
        decisions: How often one client may decide.
        now: The time, UTC.
    """

    approvals: Approvals
    packs: Packs
    settings: Settings
    sign_in: LocalSignIn | OpenIdSignIn
    sessions: Sessions
    sign_ins: RateLimit
    decisions: RateLimit
    now: Callable[[], datetime] = _now


def make_console(
    approvals: Approvals,
    packs: Packs,
    settings: Settings,
    sign_in: LocalSignIn | OpenIdSignIn,
    *,
    now: Callable[[], datetime] = _now,
) -> Console:
    """Put a console together with the usual limits: 10 sign-ins and 30 decisions a minute."""
    return Console(
        approvals,
        packs,
        settings,
        sign_in,
        Sessions(
            lifetime_seconds=3600 * settings.session_hours,
            idle_seconds=60 * settings.idle_minutes,
        ),
        RateLimit("sign-ins", 10, 60.0),
        RateLimit("decisions", 30, 60.0),
        now,
    )
