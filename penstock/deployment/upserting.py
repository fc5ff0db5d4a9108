"""Changing a pipeline in an account so that no other change is lost.

Code first: it is named by its content and harms nobody. Then the lock; under it what is there is
read once more, a version record says what is about to happen, the pipeline is changed and read
back, and the record says that it happened. Whoever is interrupted leaves a record that says
`applying`; the next one looks what is there and settles it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from penstock.deployment.lease import Lease
from penstock.deployment.origin import Origin
from penstock.deployment.place import Place
from penstock.deployment.plan import SETTINGS_FOLDER, Plan, make_plan
from penstock.deployment.version import Version
from penstock.deployment.wanted import (
    CDK,
    EXPIRES,
    MANAGED_BY,
    OWNER,
    RELEASE,
    Existing,
    Wanted,
)
from penstock.errors import PenstockError, Problem, RequestError, ServiceError

Done = Literal["created", "updated", "nothing"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an upsert did.

    Attributes:
        done: In one word.
        plan: What it found to do.
        version: The record of it; that of the last change where there was nothing to do.
        arn: Of the pipeline.
        uploaded: Code assets that were not there yet.
    """

    done: Done
    plan: Plan
    version: Version
    arn: str
    uploaded: int


def upsert(
    wanted: Wanted,
    place: Place,
    *,
    reason: str = "",
    agreed: Callable[[Plan], None] = lambda _: None,
) -> Outcome:
    """Make a pipeline in an account what it shall be.

    Args:
        wanted: As it shall be.
        place: Where.
        reason: Why it is done though it undoes something; empty: then it is refused.
        agreed: Is given the plan before anything is changed; it may refuse by raising.

    Raises:
        RequestError: It would undo a newer commit's or somebody else's change, and there is no
            reason for that.
        ServiceError: AWS refused, cannot be reached, or holds something else than it was given.
        WorkError: Somebody else holds the lock.
    """
    name = wanted.name
    new = place.code.add(_files(wanted))
    with place.lease(name) as lease:
        newest = settle(place, name, lease)
        existing = place.service.read(name)
        last = place.records.deployed(name, existing.body if existing else "")
        if last is not None and last.state == "abandoned":
            last = _came_late(place, name, last, lease)
        plan = make_plan(wanted, existing, last, place.folder, place.code)
        agreed(plan)
        if plan.is_empty and existing is not None and last is not None:
            _keep_alive(wanted, existing, place)
            return Outcome("nothing", plan, last, existing.arn, new)
        _refuse(plan, reason, place.actor)
        version = Version(
            number=newest.number + 1 if newest else 1,
            action="upsert",
            body=wanted.body,
            before=existing.body if existing else "",
            origin=wanted.origin,
            actor=place.actor,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            reason=reason,
            parameters=dict(wanted.parameters),
        )
        if not place.records.begin(name, version, lease.token):
            raise lease.lost()
        lease.check()
        found = _apply(wanted, existing, place)
        if not place.records.settle(name, version, "applied", lease.token):
            raise lease.lost()
        done: Done = "updated" if existing else "created"
        return Outcome(done, plan, version.now("applied"), found.arn, new)


def delete(name: str, place: Place) -> Version | None:
    """Delete a pipeline of an account.

    Args:
        name: In the account.
        place: Where.

    Returns:
        The record of it; None: there was none.

    Raises:
        ServiceError: AWS refused or cannot be reached.
        WorkError: Somebody else holds the lock.
    """
    with place.lease(name) as lease:
        newest = settle(place, name, lease)
        existing = place.service.read(name)
        if existing is None:
            return None
        version = Version(
            number=newest.number + 1 if newest else 1,
            action="delete",
            body="",
            before=existing.body,
            origin=Origin(),
            actor=place.actor,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        if not place.records.begin(name, version, lease.token):
            raise lease.lost()
        lease.check()
        place.service.delete(name, secrets.token_hex(16))
        if not place.records.settle(name, version, "applied", lease.token):
            raise lease.lost()
        return version.now("applied")


def settle(place: Place, name: str, lease: Lease) -> Version | None:
    """Say of a version whose writer was interrupted whether it came there; return the newest one.

    Raises:
        WorkError: The lock was lost.
    """
    last = place.records.last(name)
    if last is None or last.state != "applying":
        return last
    existing = place.service.read(name)
    body = existing.body if existing else ""
    state: Literal["applied", "abandoned"] = "applied" if body == last.body else "abandoned"
    if not place.records.settle(name, last, state, lease.token):
        raise lease.lost()
    came = "came there" if state == "applied" else "never came there"
    place.told(f"version {last.number} by {last.actor} was interrupted and {came}")
    return last.now(state)


def _came_late(place: Place, name: str, version: Version, lease: Lease) -> Version:
    """Say of a version that was given up that it came there all the same."""
    if not place.records.settle(name, version, "applied", lease.token):
        raise lease.lost()
    place.told(f"version {version.number} by {version.actor} was given up and came there late")
    return version.now("applied")


def _files(wanted: Wanted) -> dict[str, bytes]:
    from penstock.evidence.canonical import canonical_json

    settings = {
        f"{SETTINGS_FOLDER}/{digest}.json": canonical_json(dict(files))
        for digest, files in wanted.settings.items()
    }
    return {**wanted.assets, **settings}


def _refuse(plan: Plan, reason: str, actor: str) -> None:
    if reason:
        return
    problems = []
    name, last = plan.wanted.name, plan.last
    if plan.existing is not None and plan.existing.tags.get(MANAGED_BY) == CDK:
        release = plan.existing.tags.get(RELEASE, "none")
        what = f"{name} was delivered by CDK, from the release {release}."
        remedy = (
            "Deliver a release (docs/promotion.md), or use a personal copy: --suffix; to put "
            "another definition there until the next delivery: --force REASON."
        )
        raise RequestError(Problem(what, remedy=remedy))
    if plan.age == "unknown" and last is not None and last.action == "upsert":
        what = (
            f"{name} was deployed from {last.origin} by {last.actor} on {last.at}; git tells no "
            "commit of this work tree, so it may be older."
        )
        remedy = "See what `git status` says here; to deploy all the same: --force REASON."
        problems.append(Problem(what, remedy=remedy))
    if last is not None and _is_anothers_work(plan, last, actor):
        what = (
            f"{name} holds changes beyond the same commit, by {last.actor} on {last.at}; this is "
            "without them."
        )
        remedy = "Commit them, or use a personal copy: --suffix; to undo them: --force REASON."
        problems.append(Problem(what, remedy=remedy))
    if plan.age == "older" and last is not None and last.action == "upsert":
        what = (
            f"{name} was deployed from a newer commit: {last.origin} by {last.actor} on {last.at}; "
            f"this is {plan.wanted.origin}."
        )
        remedy = "Deploy from that commit or a later one; to go back: --force REASON."
        problems.append(Problem(what, remedy=remedy))
    if plan.drift:
        remedy = "See what would be undone: pipeline plan; to undo it: --force REASON."
        problems.append(Problem(f"{name}: {plan.drift}.", remedy=remedy))
    if problems:
        raise RequestError(problems)


def _keep_alive(wanted: Wanted, existing: Existing, place: Place) -> None:
    """Move the date of a personal copy that is still in use."""
    until = wanted.tags.get(EXPIRES)
    if until and existing.tags.get(EXPIRES) != until:
        place.service.tag(existing, {**existing.tags, EXPIRES: until})


def _is_anothers_work(plan: Plan, last: Version, actor: str) -> bool:
    """Return whether somebody else deployed changes beyond the same commit that would be undone."""
    existing = plan.existing
    differs = existing is not None and existing.body != plan.wanted.body
    theirs = last.action == "upsert" and last.origin.dirty and last.actor != actor
    return plan.age == "same" and differs and theirs


def _apply(wanted: Wanted, existing: Existing | None, place: Place) -> Existing:
    """Change the pipeline and return it as it was read back."""
    owner = (existing.tags.get(OWNER) if existing else "") or _owner(place.actor)
    tags = {**wanted.all_tags, OWNER: owner}
    if existing is None:
        try:
            place.service.create(wanted, tags, secrets.token_hex(16))
        except PenstockError:
            # The answer to a try that worked may have been lost.
            found = place.service.read(wanted.name)
            if found is None or found.body != wanted.body:
                raise
    else:
        place.service.update(wanted)
        place.service.tag(existing, tags)
    found = place.service.read(wanted.name)
    if found is None or found.body != wanted.body:
        there = f"holds the body {found.body[:12]}" if found else "is gone"
        what = f"read back, the pipeline {there} and not {wanted.body[:12]}."
        remedy = "Somebody changed it past the lock: see CloudTrail, then `pipeline plan`."
        raise ServiceError(Problem(what, f"the pipeline {wanted.name}", remedy))
    if existing is None and any(found.tags.get(key) != value for key, value in tags.items()):
        place.service.tag(found, tags)
    return found


def _owner(actor: str) -> str:
    """Return the last part of an ARN, as a tag takes it."""
    name = actor.rpartition("/")[2] or actor
    return "".join(sign if sign.isalnum() or sign in " _.:/=+-@" else "-" for sign in name)[:256]
