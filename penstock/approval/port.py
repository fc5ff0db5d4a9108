"""What people decide about candidates, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from penstock.errors import Problem

Action = Literal["approve", "reject", "rollback", "flag", "seal"]
"""`flag`: a decision that was made past the rules was seen and does not count."""

Standing = Literal["pending", "waiting", "live", "approved", "superseded", "rejected", "flagged"]
"""At a stage: `waiting` has an approval and needs another; `approved` was live and is not now: it
comes back by a rollback where it is older than the live version, else by a new approval only;
`superseded` is older than the live version and was never live."""

LOCAL = "local"
"""The stage of a laptop."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who decides.

    Attributes:
        name: Stable and unique, such as a login or `issuer|subject`; compared with the author.
        shown: What pages show; empty: the name.
        method: How they were recognised.
    """

    name: str
    shown: str = ""
    method: Literal["local", "oidc", "sagemaker", "aws"] = "local"


@dataclass(frozen=True, slots=True)
class Live:
    """What is in force at a stage: the bytes, the settings and the pipeline that were approved.

    Attributes:
        group: Model group.
        version: Its version.
        stage: Where.
        since: When it came into force; UTC.
        evidence: Digest of its evidence document.
        model_digest: Content digest of the model folder.
        model_uri: Where the model folder is.
        use_case: Pinned reference of the use case, such as `fraud@sha256:…`.
        pipeline: Digest of the definition that made it; empty where it is not known.
        segments: Digest of the model that serves each segment; empty for one model for all.
        approved_by: Names of those who approved.
        entry: Number of the ledger's entry that brought it into force.
    """

    group: str
    version: int
    stage: str
    since: datetime
    evidence: str
    model_digest: str
    model_uri: str
    use_case: str
    pipeline: str
    segments: Mapping[str, str]
    approved_by: Sequence[str]
    entry: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    Attributes:
        sequence: Counts from 1 without gaps.
        previous: Digest of the entry before; that of nothing for the first.
        at: When; UTC, never before the entry before.
        action: What was decided.
        group: Model group.
        version: Its version; of a rollback, the one that came back (0: none).
        stage: For which stage.
        actor: Who.
        evidence: Digest of the evidence document that was decided about.
        comment: In the actor's words.
        justification: Why it was approved although it is not recommended, or its champion changed.
        expires: Until when an approval counts towards going live; None: without end.
        live: What came into force by this entry; None where nothing did. An empty mapping: nothing
            is in force any more.
        facts: What else was known, such as the rules' digest.
        digest: SHA-256 of all of the above, the key and the signature.
        key: Public key by which the signature is verified.
    """

    sequence: int
    previous: str
    at: datetime
    action: Action
    group: str
    version: int
    stage: str
    actor: Person
    evidence: str
    comment: str
    justification: str
    expires: datetime | None
    live: Mapping[str, Any] | None
    facts: Mapping[str, Any]
    digest: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What came of a click.

    Attributes:
        entry: As it stands in the ledger.
        standing: Of the version at the stage, after it.
        sentence: What happened and what happens next, for people.
    """

    entry: Entry
    standing: Standing
    sentence: str


@dataclass(frozen=True, slots=True)
class Review:
    """A version as an approver sees it before the click.

    Attributes:
        group: Model group.
        version: Its version.
        stage: Where it would go.
        standing: Where it stands there.
        created: When it was registered; UTC.
        author: Who or what started the run that made it.
        recommended: Whether the comparison with the live model recommends it.
        verdict: The comparison, in one sentence.
        evidence: Digest of its evidence document; empty where it has none.
        obstacles: Why it cannot be approved at this stage now, in sentences with a remedy.
        needs_justification: Why an approval needs a written justification; empty where it does not.
        approvals: Those that count already.
        needed: How many approvals the stage asks for.
        properties: Of the registered version.
        metrics: Of the registered version.
    """

    group: str
    version: int
    stage: str
    standing: Standing
    created: datetime
    author: str
    recommended: bool
    verdict: str
    evidence: str
    obstacles: Sequence[str]
    needs_justification: str
    approvals: Sequence[Entry]
    needed: int
    properties: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


class Approvals(Protocol):
    """Decisions over one registry and one ledger; see `penstock.approval.opening`.

    Every method verifies the ledger's chain and signatures first and raises `ApprovalError`, naming
    the first entry that is wrong, if it does not hold.
    """

    def groups(self) -> Sequence[str]:
        """Return the groups that have versions, sorted."""

    def stages(self) -> Sequence[str]:
        """Return the stages that the rules name, in their order."""

    def reviews(
        self, group: str, stage: str, *, limit: int = 50, before: int | None = None
    ) -> Sequence[Review]:
        """Return versions, newest first; `before` continues a page. No file is hashed for it."""

    def review(self, group: str, version: int, stage: str) -> Review:
        """Return one version, its model and evidence hashed.

        Raises:
            RequestError: There is no such version or stage.
        """

    def approve(
        self,
        group: str,
        version: int,
        stage: str,
        actor: Person,
        *,
        evidence: str,
        comment: str = "",
        justification: str = "",
    ) -> Decision:
        """Approve exactly the bytes that the evidence names.

        Raises:
            ApprovalError: A rule forbids it; every one is named, and nothing was written.
        """

    def reject(
        self, group: str, version: int, stage: str, actor: Person, *, evidence: str, comment: str
    ) -> Decision:
        """Reject a version for good at a stage.

        Raises:
            ApprovalError: A rule forbids it.
        """

    def rollback(self, group: str, stage: str, actor: Person, *, comment: str) -> Decision:
        """Bring back what was in force before, as a whole.

        Raises:
            ApprovalError: Nothing was in force before, or its bytes are no longer what they were.
        """

    def reconcile(
        self, group: str, stage: str, actor: Person | None = None, *, comment: str = ""
    ) -> Sequence[Decision]:
        """Take up approvals that were made in the registry itself, as SageMaker Studio does.

        A version that the registry calls approved and that nobody decided about here becomes an
        ordinary approval by `actor` under the same rules, its digests verified; where a rule
        forbids it, an entry `flag` says why, and it never goes live. What was live before and is
        not now, at any stage, comes back by a decision here only; its status in the registry is set
        right.

        Args:
            group: Model group.
            stage: The stage that the registry's status is about.
            actor: Who approved there, with the method `sagemaker`; None: for each version, whom the
                registry names, with what they wrote there.
            comment: What the actor wrote there; it stands for a justification too.

        Returns:
            A decision for each version that was taken up; none the second time.

        Raises:
            ApprovalError: The ledger does not hold, or the key that signs does not count.
        """

    def live(self, group: str, stage: str, at: datetime | None = None) -> Live | None:
        """Return what is, or at an instant was, in force; by the ledger alone."""

    def verified(self, group: str, stage: str) -> Live:
        """Return what is in force, after its evidence and every byte of its model were verified.

        Raises:
            ApprovalError: Nothing is approved, or a byte differs; names what, where, how to mend.
        """

    def notices(self) -> Sequence[Problem]:
        """Return what was changed, past decisions, in a store that decisions do not depend on.

        Such as the registry's database: no fact in force is taken from it, so a change refuses
        nothing as long as `verified` finds every fact as it was approved.
        """

    def history(self, group: str | None = None, stage: str | None = None) -> Sequence[Entry]:
        """Return the ledger's entries, oldest first."""
