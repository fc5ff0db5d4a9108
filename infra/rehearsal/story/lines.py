"""What a rehearsal tells: a line an event, with who did it in which account, and to what."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

_SHOWN = 12
_HEAD = ("seconds", "account", "actor", "what", "digest")


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened.

    Attributes:
        seconds: Since the rehearsal began.
        account: Where; the name of the environment.
        actor: Who: a person, a function, a service.
        what: In words.
        digest: Of what it was about, whole; empty: of nothing.
    """

    seconds: float
    account: str
    actor: str
    what: str
    digest: str = ""

    @property
    def shown(self) -> str:
        """As a row of a table."""
        digest = self.digest.removeprefix("sha256:")[:_SHOWN]
        return f"{self.seconds:7.1f}  {self.account:9}  {self.actor:20}  {digest:12}  {self.what}"

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "seconds": round(self.seconds, 1)}


@dataclass(slots=True)
class Teller:
    """Keeps the lines and hands each on as it comes."""

    hear: Callable[[Line], None] = lambda _: None
    lines: list[Line] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def tell(self, account: str, actor: str, what: str, digest: str = "") -> None:
        """Tell what happened."""
        line = Line(time.monotonic() - self.began, account, actor, what, digest)
        self.lines.append(line)
        self.hear(line)


def heading() -> str:
    """Return the head of the table."""
    seconds, account, actor, what, digest = _HEAD
    return f"{seconds:>7}  {account:9}  {actor:20}  {digest:12}  {what}"
