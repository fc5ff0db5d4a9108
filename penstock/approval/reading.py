"""What a ledger and a registry tell together: reviews, what is live, history."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from penstock.approval import obstacles
from penstock.approval.chain import Chain
from penstock.approval.checking import differences
from penstock.approval.port import Entry, Live, Review
from penstock.approval.rules import Rules, Stage
from penstock.approval.state import StageState, States, fold
from penstock.approval.subject import Subject, examined, listed
from penstock.errors import ApprovalError, Problem
from penstock.registry.port import Registry


class Reader:
    """The reading half of `Approvals`.

    Args:
        registry: Where versions are.
        chain: The ledger's entries.
        rules: In force.
        clock: Tells the present instant, in UTC.
    """

    def __init__(
        self, registry: Registry, chain: Chain, rules: Rules, clock: Callable[[], datetime]
    ) -> None:
        self.registry = registry
        self.rules = rules
        self.clock = clock
        self._chain = chain
        self._folded: tuple[Sequence[Entry], States] = ((), {})

    def entries(self) -> Sequence[Entry]:
        """Return the ledger's entries, verified."""
        return self._chain.entries()

    def states(self) -> States:
        """Return where everything stands."""
        entries = self.entries()
        if entries is not self._folded[0]:
            self._folded = (entries, fold(entries))
        return self._folded[1]

    def state(self, group: str, stage: str) -> StageState:
        """Return where the versions of a group stand at a stage."""
        return self.states().get((group, stage)) or StageState()

    def earlier(self, group: str, stage: Stage) -> StageState | None:
        """Return the state of the stage that has to come before; None where there is none."""
        return self.state(group, stage.after) if stage.after else None

    def reviews(self, group: str, stage: str, limit: int, before: int | None) -> Sequence[Review]:
        """See `Approvals.reviews`."""
        asked, states = self.rules.stage(stage), self.states()
        page = self.registry.page(group, limit, before)
        return [self._review(listed(each), asked, states) for each in page]

    def review(self, group: str, version: int, stage: str) -> Review:
        """See `Approvals.review`."""
        asked = self.rules.stage(stage)
        return self._review(self.subject(group, version), asked, self.states())

    def subject(self, group: str, version: int) -> Subject:
        """Return a version as its evidence tells it, every byte hashed.

        Raises:
            RequestError: There is no such version.
        """
        self.states()
        return examined(self.registry, self.registry.describe(group, version))

    def live(self, group: str, stage: str, at: datetime | None) -> Live | None:
        """See `Approvals.live`."""
        self.rules.stage(stage)
        if at is None:
            return self.state(group, stage).live()
        states = fold(each for each in self.entries() if each.at <= at)
        return (states.get((group, stage)) or StageState()).live()

    def verified(self, group: str, stage: str) -> Live:
        """See `Approvals.verified`."""
        self.rules.stage(stage)
        state = self.state(group, stage)
        live = state.live()
        if live is None:
            what = f"no version of {group} is approved for {stage}."
            remedy = f"See what waits: pipeline models list {group}"
            raise ApprovalError(Problem(what, remedy=remedy))
        problems = differences(self.registry, live, state.states[-1].entry)
        if problems:
            raise ApprovalError(problems)
        return live

    def history(self, group: str | None, stage: str | None) -> Sequence[Entry]:
        """See `Approvals.history`."""
        return [
            each
            for each in self.entries()
            if group in (None, each.group) and stage in (None, each.stage)
        ]

    def _review(self, subject: Subject, stage: Stage, states: States) -> Review:
        description, now = subject.description, self.clock()
        group, version = description.registered.group, description.registered.version
        state = states.get((group, stage.name)) or StageState()
        # The ledger is read once for a list, not for each of its versions.
        earlier = states.get((group, stage.after)) or StageState() if stage.after else None
        found = obstacles.of_version(subject, stage, state, earlier, now)
        return Review(
            group=group,
            version=version,
            stage=stage.name,
            standing=state.standing(version, subject.evidence, now),
            created=datetime.fromtimestamp(description.created, UTC),
            author=subject.author,
            recommended=subject.recommended,
            verdict=subject.verdict,
            evidence=subject.evidence,
            obstacles=[str(each) for each in found],
            needs_justification=obstacles.justification_reason(subject, stage, state),
            approvals=state.counting(version, subject.evidence, now),
            needed=stage.approvers,
            properties=description.properties,
            metrics=description.metrics,
        )
