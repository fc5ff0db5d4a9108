"""Whatever several people do in whatever order, and wherever a process dies: one truth.

The model beside the real thing knows of each stage which versions were put in force, one above the
other, and who approved what when.
"""

import itertools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from penstock.approval import writing
from penstock.approval.ledger import sqlite as files
from penstock.approval.port import Person
from penstock.approval.signing import signed_file
from penstock.approval.state import fold
from penstock.errors import ApprovalError
from penstock.registry import open_registry
from penstock.registry.in_memory import InMemoryRegistry

PEOPLE = [Person("ann"), Person("ben"), Person("cat"), Person("dan")]
"""Ann and Ben start runs."""

STAGES = {"staging": 2, "prod": 1}
DAYS = 7
RULES = """
stages:
  - {name: staging, approvers: 2, days: 7}
  - {name: prod, approvers: 1, days: 7, author_may_approve: true}
"""
CRASHES = ["", "", "intended", "committed", "settled", "told"]
"""Where the process dies, if it does: before the intent is written down, before the ledger is
replaced, before the anchor says so, before the registry is told."""

SEGMENTS = {
    name: {"served_by": "own", "model": {"payload_sha256": f"{name}-digest", "kind": "xgboost"}}
    for name in ("north", "south")
}


class KilledError(BaseException):
    """Stands for the end of the process."""


@dataclass
class Expected:
    """What a stage has to be like."""

    states: list[int] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    approvals: dict[int, dict[str, datetime]] = field(default_factory=dict)

    @property
    def live(self) -> int:
        return self.states[-1] if self.states else 0

    def before(self) -> int:
        """What a rollback brings back; 0: nothing."""
        for version in reversed(self.states[:-1]):
            if version not in self.rejected:
                return version
        return 0


class Decisions(RuleBasedStateMachine):
    """See the module; `registries` gives a new registry for a folder."""

    registries: Any = None
    workshops: Any = None
    slowness = 1

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="penstock-machine-"))
        self.workshop = self.workshops(self.folder, self.registries(self.folder))
        self.workshop.rules_text = RULES
        self.expected = {stage: Expected() for stage in STAGES}
        self.past: list[tuple[datetime, dict[str, int]]] = []
        self.authors: dict[int, str] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def first(self) -> None:
        self.register(PEOPLE[0], champion=False)

    @rule(author=st.sampled_from(PEOPLE[:2]), champion=st.booleans())
    def register(self, author: Person, champion: bool) -> None:
        live = self.expected["staging"].live
        version = self.workshop.register(
            author=author.name,
            champion=f"fraud/{live}" if champion and live else "",
            segments=SEGMENTS if self.workshop.made % 2 else None,
        )
        self.authors[version] = author.name

    @rule(
        stage=st.sampled_from(list(STAGES)),
        actor=st.sampled_from(PEOPLE),
        back=st.integers(0, 2),
        crash=st.sampled_from(CRASHES),
        again=st.booleans(),
    )
    def approve(self, stage: str, actor: Person, back: int, crash: str, again: bool) -> None:
        version = max(1, len(self.authors) - back)
        expected = self.expected[stage]
        counted = self.counted(stage, version)
        allowed = (
            version not in expected.rejected
            and version > expected.live
            and actor.name not in counted
            and (stage == "prod" or actor.name != self.authors[version])
        )
        evidence = self.workshop.evidence(version)
        said = {"evidence": evidence, "comment": "Fine.", "justification": "Needed."}

        def decide() -> None:
            self.workshop.approvals().approve("fraud", version, stage, actor, **said)

        if self.done(decide, allowed, crash):
            self.approved(stage, version, actor, counted)
            if again:
                # The same click a second time changes nothing.
                with pytest.raises(ApprovalError):
                    decide()

    def approved(self, stage: str, version: int, actor: Person, counted: set[str]) -> None:
        expected = self.expected[stage]
        if len(counted) + 1 >= STAGES[stage]:
            expected.states.append(version)
            expected.approvals.pop(version, None)
        else:
            until = self.workshop.now + timedelta(days=DAYS)
            expected.approvals.setdefault(version, {})[actor.name] = until

    @rule(stages=st.integers(1, 2), crash=st.sampled_from(CRASHES))
    def release(self, stages: int, crash: str) -> None:
        """A candidate goes its ordinary way."""
        self.register(PEOPLE[0], champion=True)
        for stage in list(STAGES)[:stages]:
            for actor in PEOPLE[1 : 1 + STAGES[stage]]:
                self.approve(stage, actor, back=0, crash=crash, again=False)

    @rule(
        stage=st.sampled_from(list(STAGES)),
        actor=st.sampled_from(PEOPLE),
        back=st.integers(0, 3),
        crash=st.sampled_from(CRASHES),
        is_sure=st.booleans(),
    )
    def reject(self, stage: str, actor: Person, back: int, crash: str, is_sure: bool) -> None:
        if not is_sure:
            return
        version = max(1, len(self.authors) - back)
        expected = self.expected[stage]
        allowed = version not in expected.rejected and version != expected.live
        said = {"evidence": self.workshop.evidence(version), "comment": "No."}

        def decide() -> None:
            self.workshop.approvals().reject("fraud", version, stage, actor, **said)

        if self.done(decide, allowed, crash):
            expected.rejected.add(version)
            expected.approvals.pop(version, None)

    @rule(
        stage=st.sampled_from(list(STAGES)),
        actor=st.sampled_from(PEOPLE),
        crash=st.sampled_from(CRASHES),
    )
    def rollback(self, stage: str, actor: Person, crash: str) -> None:
        expected = self.expected[stage]
        before = expected.before()

        def decide() -> None:
            self.workshop.approvals().rollback("fraud", stage, actor, comment="Bad.")

        if self.done(decide, bool(before), crash):
            while expected.states[-1] != before:
                expected.states.pop()

    @rule(
        count=st.integers(1, 3), stage=st.sampled_from(list(STAGES)), actor=st.sampled_from(PEOPLE)
    )
    def release_and_regret(self, count: int, stage: str, actor: Person) -> None:
        """Several versions go live; as many are rolled back, to nothing if need be."""
        for _ in range(count):
            self.release(2, "")
            self.time_passes(1)
        for crash in ["", "settled", "told"][:count]:
            self.rollback(stage, actor, crash)

    @rule(days=st.sampled_from([0, 1, DAYS]))
    def time_passes(self, days: int) -> None:
        self.remember()
        self.workshop.passes(days=days, seconds=1)

    @precondition(lambda self: self.workshop.made < 6)
    @rule(stage=st.sampled_from(list(STAGES)), actor=st.sampled_from(PEOPLE[2:]))
    def approved_in_the_registry_itself(self, stage: str, actor: Person) -> None:
        """As Studio does: taken up under the same rules, or flagged."""
        version = max(self.authors)
        expected = self.expected[stage]
        self.workshop.registry.mark("fraud", version, "approved", {})
        counted = self.counted(stage, version)
        known = self.is_known(stage, version, actor)
        was_live = any(version in self.were_live(each) for each in STAGES)
        made = self.workshop.approvals().reconcile("fraud", stage, actor, comment="Studio.")
        taken = {each.entry.version: each.entry.action for each in made}
        if known or was_live:
            assert version not in taken
        elif version in expected.rejected or version < expected.live or actor.name in counted:
            assert taken[version] == "flag"
        else:
            assert taken[version] == "approve"
            self.approved(stage, version, actor, counted)

    def is_known(self, stage: str, version: int, actor: Person) -> bool:
        entries = self.workshop.approvals().history("fraud", stage)
        about = [each for each in entries if each.version == version]
        if about and about[-1].action == "flag":
            return True
        ended = max((n for n, each in enumerate(about) if each.action == "reject"), default=-1)
        return any(each.action == "approve" and each.actor == actor for each in about[ended + 1 :])

    def were_live(self, stage: str) -> set[int]:
        return {
            each.version for each in self.workshop.approvals().history("fraud", stage) if each.live
        }

    def counted(self, stage: str, version: int) -> set[str]:
        given = self.expected[stage].approvals.get(version, {})
        return {name for name, until in given.items() if until > self.workshop.now}

    def done(self, decide: Any, allowed: bool, crash: str) -> bool:
        """Decide, or die while deciding; return whether the decision stands."""
        self.remember()
        before = len(self.workshop.approvals().history())
        try:
            with killed(crash):
                decide()
        except ApprovalError:
            assert not allowed
        except KilledError:
            assert allowed
        else:
            assert allowed
            assert crash in ("", "told") or not crash
        after = len(self.workshop.approvals().history())
        assert after - before == (allowed and crash in ("", "settled", "told"))
        return after > before

    def remember(self) -> None:
        self.past.append(
            (self.workshop.now, {stage: each.live for stage, each in self.expected.items()})
        )

    @invariant()
    def what_is_live_is_one_valid_version(self) -> None:
        approvals = self.workshop.approvals()
        for stage, expected in self.expected.items():
            found = approvals.live("fraud", stage)
            assert (found.version if found else 0) == expected.live
            if expected.live:
                live = approvals.verified("fraud", stage)
                assert (live.version, live.stage) == (expected.live, stage)
                told = {"north": "sha256:north-digest", "south": "sha256:south-digest"}
                assert live.segments in ({}, told)

    @invariant()
    def standings_are_as_expected(self) -> None:
        approvals = self.workshop.approvals()
        for stage, expected in self.expected.items():
            reviews = approvals.reviews("fraud", stage, limit=100)
            live = [each.version for each in reviews if each.standing == "live"]
            assert live == ([expected.live] if expected.live else [])
            rejected = {each.version for each in reviews if each.standing == "rejected"}
            assert rejected == expected.rejected - {expected.live}
            for each in reviews:
                assert {entry.actor.name for entry in each.approvals} == self.counted(
                    stage, each.version
                )

    @invariant()
    def history_replays_to_the_present_and_to_every_past(self) -> None:
        approvals = self.workshop.approvals()
        entries = approvals.history()
        for (group, stage), state in fold(entries).items():
            assert state.live() == approvals.live(group, stage)
        instants = [entry.at for entry in entries]
        assert instants == sorted(instants)
        # Several decisions at one instant: the last one of it holds.
        lasting = [last for _, (*_, last) in itertools.groupby(self.past, lambda each: each[0])]
        for at, lives in lasting[:-1][-5:]:
            if at < self.workshop.now:
                for stage, version in lives.items():
                    found = approvals.live("fraud", stage, at)
                    assert (found.version if found else 0) == version


@contextmanager
def killed(at: str) -> Iterator[None]:
    """Let the process die at a point of the next decision, or not."""

    def die(*_: Any) -> None:
        raise KilledError

    with pytest.MonkeyPatch.context() as patched:
        if at == "committed":
            patched.setattr(files, "replace_durably", die)
        elif at == "told":
            patched.setattr(writing, "tell", die)
        elif at:
            patched.setattr(signed_file, "replace_durably", dying_at(1 if at == "intended" else 2))
        yield


def dying_at(write: int) -> Any:
    """Return a writer of anchors and seals that dies instead of its nth writing."""
    replace, count = signed_file.replace_durably, itertools.count(1)

    def write_or_die(target: Path, content: bytes, mode: int) -> None:
        if next(count) == write:
            raise KilledError
        replace(target, content, mode)

    return write_or_die


@pytest.fixture(params=["in_memory", "mlflow", "sagemaker"])
def machine(request: pytest.FixtureRequest) -> type[Decisions]:
    """The machine over each registry."""
    workshops = type(request.getfixturevalue("workshop"))
    needed = {"mlflow": "empty_mlflow", "sagemaker": "sagemaker_registry"}.get(request.param)
    template = request.getfixturevalue(needed) if needed else None

    def registries(folder: Path) -> Any:
        if template is None:
            return InMemoryRegistry()
        if request.param == "sagemaker":
            from moto.sagemaker.models import sagemaker_backends

            sagemaker_backends["123456789012"]["us-east-1"].reset()
            # The same steps of another example are no repetition of these.
            return open_registry(f"{template}&prefix={folder.name}")
        (folder / "registry").mkdir()
        shutil.copy(template, folder / "registry" / "mlflow.db")
        return open_registry(f"sqlite:///{folder}/registry/mlflow.db")

    facts = {
        "registries": staticmethod(registries),
        "workshops": workshops,
        "slowness": {"in_memory": 1, "mlflow": 4, "sagemaker": 8}[request.param],
    }
    return type("Machine", (Decisions,), facts)


def run(machine: type[Decisions], examples: int, steps: int) -> None:
    """Run it; over registries that take their time, less often."""
    examples = max(1, examples // machine.slowness)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_decisions_in_any_order_leave_one_truth(machine: type[Decisions]) -> None:
    run(machine, 4, 8)


@pytest.mark.slow
def test_many_decisions_in_any_order_leave_one_truth(machine: type[Decisions]) -> None:
    run(machine, 24, 20)
