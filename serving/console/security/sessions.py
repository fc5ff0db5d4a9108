"""Who is signed in: kept here, named by a signed cookie."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from itsdangerous import BadSignature, Signer

from penstock.approval.port import Person
from serving.console.refusal import SignInNeededError

Role = Literal["approver", "viewer"]

_MOST_SESSIONS = 10_000
_FORGED = "the session cookie was not issued by this console, or it was changed."
_OVER = "the session is over."


@dataclass(slots=True)
class Session:
    """A person at a browser.

    Attributes:
        key: What the cookie names; never shown.
        person: Who.
        role: What they may do.
        csrf: What every form of theirs must carry.
        started: When they signed in, by the clock of `Sessions`.
        seen: When they were last there.
        outcomes: Ledger entry to what came of it, in words.
    """

    key: str = field(repr=False)
    person: Person
    role: Role
    csrf: str = field(repr=False)
    started: float
    seen: float
    outcomes: dict[int, str] = field(default_factory=dict)


class Sessions:
    """All sessions of one console; they end with it.

    Args:
        lifetime_seconds: After which a session ends in any case.
        idle_seconds: After which one that nobody uses ends.
        clock: Seconds that never run backwards.
    """

    def __init__(
        self,
        *,
        lifetime_seconds: float,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lifetime = lifetime_seconds
        self._idle = idle_seconds
        self._clock = clock
        self._signer = Signer(
            secrets.token_bytes(32),
            salt=b"penstock.console.session",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def start(self, person: Person, role: Role) -> Session:
        """Begin a session; never under a key that the browser brought along."""
        now = self._clock()
        session = Session(
            secrets.token_urlsafe(32), person, role, secrets.token_urlsafe(32), now, now
        )
        with self._lock:
            for key in [key for key, each in self._sessions.items() if self._is_over(each, now)]:
                del self._sessions[key]
            if len(self._sessions) >= _MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[session.key] = session
        return session

    def cookie(self, session: Session) -> str:
        """Return the value of the session's cookie."""
        return self._signer.sign(session.key).decode()

    def find(self, cookie: str) -> Session:
        """Return the session that a cookie names.

        Raises:
            SignInNeededError: There is none; says whether it ended or the cookie is forged.
        """
        try:
            key = self._signer.unsign(cookie).decode()
        except (BadSignature, UnicodeError):
            raise SignInNeededError(_FORGED, "Sign in again.") from None
        now = self._clock()
        with self._lock:
            session = self._sessions.get(key)
            if session is None or self._is_over(session, now):
                self._sessions.pop(key, None)
                raise SignInNeededError(_OVER, "Sign in again.")
            session.seen = now
            return session

    def end(self, session: Session) -> None:
        """End a session."""
        with self._lock:
            self._sessions.pop(session.key, None)

    def _is_over(self, session: Session, now: float) -> bool:
        return now - session.started > self._lifetime or now - session.seen > self._idle
