"""JSON documents inside a release: canonical, of known keys, every problem told."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from penstock.errors import DataError, Problem
from penstock.evidence.canonical import canonical_json, read_canonical

MAXIMUM_BYTES = 16 * 1024**2
"""Of one document that is parsed; the largest, a bill of materials, has some hundred kilobytes."""

REMEDY = "Fetch the release again, or build it again."

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Record(BaseModel):
    """A document of a release, or a part of one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def to_bytes(self) -> bytes:
        """Return the document in its one form (RFC 8785)."""
        return canonical_json(self.model_dump(mode="json"))


R = TypeVar("R", bound=Record)


def read_record(kind: type[R], content: bytes, where: str) -> R:
    """Read a document that may be anything.

    Args:
        kind: What it has to be.
        content: Its bytes.
        where: Its place, for messages.

    Raises:
        DataError: It is too large, no canonical JSON, or not of that kind; every problem is told.
    """
    value = read_json(content, where)
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise DataError(
            [
                Problem(_what(each), ": ".join(filter(None, (where, _place(each["loc"])))), REMEDY)
                for each in error.errors()
            ]
        ) from None


def read_json(content: bytes, where: str) -> Any:
    """Return the value of canonical JSON.

    Raises:
        DataError: It is too large, or no canonical JSON.
    """
    if len(content) > MAXIMUM_BYTES:
        what = f"it has {len(content):,} bytes; at most {MAXIMUM_BYTES:,} are read."
        raise DataError(Problem(what, where, REMEDY))
    try:
        return read_canonical(content, where)
    except DataError as error:
        # The reader speaks of evidence in a registry.
        raise DataError([Problem(each.what, where, REMEDY) for each in error.problems]) from None


def _what(error: Any) -> str:
    message = str(error["msg"])
    return f"{message[:1].lower()}{message[1:]}."


def _place(location: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return ascii(text.lstrip("."))[1:-1]
