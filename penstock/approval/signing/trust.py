"""Which keys count, from when until when, and for whose decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that decisions may be signed with.

    Attributes:
        key: As `Signer.key`.
        valid_from: Decisions before do not count; None: from the beginning.
        valid_until: Decisions from then on do not count; None: without end.
        names: Whose decisions it may sign; empty: anyone's.
    """

    key: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    names: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that count."""

    keys: Sequence[TrustedKey]

    def refusal(self, key: str, at: datetime, name: str) -> str:
        """Return why a key does not count for a person's decision; empty where it does.

        Args:
            key: As `Signer.key`.
            at: When the decision was made; UTC.
            name: Whose it is.
        """
        known = [each for each in self.keys if each.key == key]
        if not known:
            return f"the key {short(key)} is not trusted"
        reasons = [_refusal(each, at, name) for each in known]
        return "" if "" in reasons else reasons[0]


def short(key: str) -> str:
    """Return enough of a key to tell it from others."""
    return key if len(key) <= 32 else f"{key[:28]}…"


def _refusal(trusted: TrustedKey, at: datetime, name: str) -> str:
    shown = short(trusted.key)
    if trusted.valid_from is not None and at < trusted.valid_from:
        return f"the key {shown} counts only from {trusted.valid_from.isoformat()} on"
    if trusted.valid_until is not None and at >= trusted.valid_until:
        return f"the key {shown} expired on {trusted.valid_until.isoformat()}"
    if trusted.names and name not in trusted.names:
        return f"the key {shown} may not sign decisions of {name}"
    return ""
