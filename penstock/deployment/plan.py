"""What applying would change in an account."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from penstock.deployment.costs import StepCost, durations, estimate
from penstock.deployment.differences.cache import runs_anew
from penstock.deployment.differences.change import Change
from penstock.deployment.differences.definitions import DefinitionChanges, compare
from penstock.deployment.differences.settings import pins, settings_changes
from penstock.deployment.origin import Age, age
from penstock.deployment.uploading import CodeFolder
from penstock.deployment.version import Version
from penstock.deployment.wanted import BODY, FOLLOWING, Existing, Wanted
from penstock.errors import PenstockError
from penstock.executions.service import Service

SETTINGS_FOLDER = "use-cases"
"""Below `CodeRoot`: the files of use cases by digest, so that a plan can name what changed."""

_LATEST = 20
"""So many executions are looked at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an upsert would do.

    Attributes:
        wanted: The pipeline as it shall be.
        existing: As it is; None: there is none.
        last: The newest version that was not abandoned; None: Penstock deployed nothing yet.
        age: How old what shall be is, seen from what is there.
        definition: Parameters and steps that change.
        settings: Settings of use cases that change.
        account: Role, parallelism, tags.
        environment: What the environment gives every execution from now on.
        executions: That run now, by id.
        anew: Steps that cannot come from the cache any more, with the reason.
        costs: Of one execution, by job.
        notes: What could not be found out.
    """

    wanted: Wanted
    existing: Existing | None
    last: Version | None
    age: Age
    definition: DefinitionChanges
    settings: Sequence[Change]
    account: Sequence[Change]
    environment: Sequence[Change]
    executions: Sequence[str] = ()
    anew: Mapping[str, str] | None = None
    costs: Sequence[StepCost] = ()
    notes: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        same = self.existing is not None and self.existing.body == self.wanted.body
        settled = self.last is not None and self.last.state == "applied"
        return same and settled and not (self.account or self.environment)

    @property
    def drift(self) -> str:
        """What is wrong about what is there; empty where it is as the last version put it."""
        if self.existing is None:
            return ""
        if self.last is None or self.last.action == "delete":
            return "no version record tells who put it there"
        expected = [self.last.body]
        if self.last.state == "applying":
            expected.append(self.last.before)
        if self.existing.body in expected:
            return ""
        by = f" by {self.existing.changed_by}" if self.existing.changed_by else ""
        return f"it was changed past version {self.last.number}, on {self.existing.changed}{by}"


def make_plan(
    wanted: Wanted,
    existing: Existing | None,
    last: Version | None,
    folder: Path,
    code: CodeFolder | None = None,
) -> Plan:
    """Compare what shall be with what is.

    Args:
        wanted: As it shall be.
        existing: As it is.
        last: The newest version that was not abandoned.
        folder: A work tree that may hold the commits of both.
        code: Where the files of the use cases that are there now are kept; None: they are not
            looked at.
    """
    before = existing.definition if existing else ""
    tags = {} if existing is None else dict(existing.tags)
    account: list[Change] = []
    if existing is not None:
        account += _change("role", existing.role, wanted.role)
        account += _change("parallel steps", str(existing.parallel), str(wanted.parallel))
        ours = {key: value for key, value in tags.items() if not key.startswith("aws:")}
        shall = wanted.all_tags
        for key in dict.fromkeys((*shall, *ours)):
            # Another body is told by the steps that differ.
            told = key == BODY and existing.body != wanted.body
            if key not in FOLLOWING and not told:
                account += _change(f"tag {key}", ours.get(key, ""), shall.get(key, ""))
    given = last.parameters if last else {}
    environment = [
        change
        for key in dict.fromkeys((*wanted.parameters, *given))
        for change in _change(key, given.get(key, ""), wanted.parameters.get(key, ""))
        if last is not None and last.action == "upsert"
    ]
    settings, notes = _settings(before, wanted, code)
    return Plan(
        wanted,
        existing,
        last,
        age(wanted.origin, last.origin, folder) if last else "unrelated",
        compare(before, wanted.definition, wanted.parameters),
        settings,
        account,
        environment,
        notes=notes,
    )


def with_outlook(plan: Plan, service: Service) -> Plan:
    """Return a plan that also says what it means for executions, the cache and the costs."""
    before = plan.existing.definition if plan.existing else ""
    changed = {change.path: change.after for change in plan.environment}
    notes, took, running = list(plan.notes), {}, []
    if plan.existing is not None:
        try:
            latest = islice(service.executions(plan.wanted.name, at_once=_LATEST), _LATEST)
            running = [each.execution_id for each in latest if not each.is_over]
            took = dict(durations(service, plan.wanted.name))
        except PenstockError as error:
            notes += [f"past executions could not be looked at: {each}" for each in error.problems]
    return replace(
        plan,
        executions=running,
        anew=runs_anew(before, plan.wanted.definition, changed),
        costs=estimate(plan.wanted.definition, took),
        notes=notes,
    )


def _settings(
    before: str, wanted: Wanted, code: CodeFolder | None
) -> tuple[Sequence[Change], list[str]]:
    changes: list[Change] = []
    notes: list[str] = []
    if code is None:
        return changes, notes
    there = pins(before)
    for name, digest in pins(wanted.definition).items():
        old = there.get(name)
        if old is None or old == digest or digest not in wanted.settings:
            continue
        kept = code.read(f"{SETTINGS_FOLDER}/{old}.json")
        if kept is None:
            notes.append(f"the files of {name} that are used now are not kept in {code.uri}")
            continue
        changes += settings_changes(json.loads(kept), wanted.settings[digest])
    return changes, notes


def _change(path: str, before: str, after: str) -> list[Change]:
    return [] if before == after else [Change(path, before or "nothing", after or "nothing")]
