"""How an object shall be there, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """What became of an upload."""

    SENT = "sent"
    SAME = "the same bytes were there"
    THERE = "there is an object already; who asked for it to be new has to compare"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How an object shall be.

    Attributes:
        once: Nothing may be there already.
        anew: The same bytes that are there are sent again, so that S3 holds the object for new:
            somebody removes what is old.
        digest: Its metadata shall hold its SHA-256, if it travels in one request.
        content_type: Such as `application/x-tar`.
    """

    once: bool = False
    anew: bool = False
    digest: bool = False
    content_type: str = ""

    def headers(self) -> dict[str, str]:
        """Return what an object is begun with."""
        return {"ContentType": self.content_type} if self.content_type else {}

    def condition(self) -> dict[str, str]:
        """Return what S3 shall refuse to do."""
        return {"IfNoneMatch": "*"} if self.once else {}


ANYHOW = Wishes()
