"""What a release was built of, without anything of where and when it was built."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, StringConstraints

from penstock.release.records import Name, Record, Sha256

FORMAT: Final = "penstock.provenance/1"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def _checked(text: str) -> str:
    if datetime.strptime(text, _TIME).strftime(_TIME) != text:
        message = f"{text!r} is not written as 2026-11-21T13:00:00Z"
        raise ValueError(message)
    return text


Time = Annotated[
    str,
    StringConstraints(pattern=r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"),
    AfterValidator(_checked),
]
"""An instant in UTC, to the second."""


class Builder(Record):
    """The software that built it, as the lock file pins it."""

    name: Name
    version: str


class Lock(Record):
    """The lock file of all packages."""

    path: Literal["uv.lock"]
    sha256: Sha256


class Provenance(Record):
    """`provenance.json`.

    Attributes:
        format: Of the document.
        commit: Of git, 40 or 64 hexadecimal digits.
        commit_time: When it was committed, in UTC.
        dirty: Whether the working tree differed from the commit.
        changed: What differed, by path.
        builder: Pinned by the lock file, so that another machine builds the same bytes.
        lock: The lock file.
    """

    format: Literal["penstock.provenance/1"]
    commit: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
    commit_time: Time
    dirty: bool
    changed: list[str]
    builder: Builder
    lock: Lock

    @property
    def committed_at(self) -> datetime:
        """When it was committed."""
        return datetime.strptime(self.commit_time, _TIME).replace(tzinfo=UTC)
