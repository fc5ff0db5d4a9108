"""An entry of the ledger as bytes: canonical JSON, signed, naming the entry before."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from penstock.approval.ledger.port import Head
from penstock.approval.port import Action, Entry, Person
from penstock.approval.signing.port import Signer
from penstock.approval.signing.verifying import exact_base64, holds
from penstock.errors import DataError
from penstock.evidence.canonical import canonical_json, digest_of, read_canonical

FORMAT = "penstock.decision/1"


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision before it is signed; the fields are those of `Entry`."""

    at: datetime
    action: Action
    group: str
    version: int
    stage: str
    actor: Person
    evidence: str
    comment: str = ""
    justification: str = ""
    expires: datetime | None = None
    live: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def signed(draft: Draft, head: Head, signer: Signer) -> bytes:
    """Return the record of a decision that stands behind `head`.

    Raises:
        ApprovalError: The key cannot be used.
        ServiceError: The service that holds the key refused.
    """
    body: dict[str, Any] = {
        **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
        "format": FORMAT,
        "sequence": head.sequence + 1,
        "previous": head.digest,
        "at": instant_text(draft.at),
        "expires": instant_text(draft.expires) if draft.expires else None,
        "actor": asdict(draft.actor),
        "live": None if draft.live is None else dict(draft.live),
        "facts": dict(draft.facts),
        "key": signer.key,
    }
    signature = base64.b64encode(signer.sign(canonical_json(body))).decode()
    return canonical_json({**body, "signature": signature})


def entry_of(record: bytes) -> Entry:
    """Return the entry that a record holds, if its signature holds.

    Raises:
        ValueError: It does not, or the record is no entry; the text says which.
    """
    try:
        document = read_canonical(record, "")
    except DataError as error:
        raise ValueError("it is no canonical JSON") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    body = {name: value for name, value in document.items() if name != "signature"}
    signature = exact_base64(str(document.get("signature", "")))
    if signature is None or not holds(str(body.get("key")), canonical_json(body), signature):
        raise ValueError("its signature does not hold")
    try:
        return Entry(
            sequence=body["sequence"],
            previous=body["previous"],
            at=read_instant(body["at"]),
            action=body["action"],
            group=body["group"],
            version=body["version"],
            stage=body["stage"],
            actor=Person(**body["actor"]),
            evidence=body["evidence"],
            comment=body["comment"],
            justification=body["justification"],
            expires=read_instant(body["expires"]) if body["expires"] else None,
            live=body["live"],
            facts=body["facts"],
            digest=digest_of(record),
            key=body["key"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("a fact is missing or not of its type") from error


def instant_text(at: datetime) -> str:
    """Return an instant in UTC, to the microsecond, such as `2026-11-01T09:00:00.000000Z`."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def read_instant(text: str) -> datetime:
    """Return the instant that a text names.

    Raises:
        ValueError: It names none, or no time zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return at.astimezone(UTC)
