"""The model of an inference: what is approved, or a candidate on trial."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from penstock.cli.models.reaching import reachable_live, reachable_model
from penstock.cli.settings import ScalarValue
from penstock.errors import ApprovalError, Problem, RequestError

if TYPE_CHECKING:
    from penstock.approval.port import Approvals, Live
    from penstock.cli.run_request import RunRequest
    from penstock.registry import Description, Registry
    from penstock.use_case import UseCase


TRIAL = " (trial)"
"""What stands behind the name of a version that decides on trial."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A model.

    Attributes:
        uri: Where jobs find it.
        version: Such as `fraud/3`; of one on trial, `fraud/3 (trial)`.
        digest: Content digest that it must have.
        trial: Whether it is not approved.
        note: What people should know of it.
    """

    uri: str
    version: str
    digest: str
    trial: bool
    note: str

    @property
    def settings(self) -> dict[str, ScalarValue]:
        """The parameters of the pipeline."""
        return {"model": self.uri, "model_version": self.version, "model_digest": self.digest}


def choose_model(request: RunRequest, use_case: UseCase) -> Chosen:
    """Return the version that is in force, verified; with `--trial` also one that is not.

    Raises:
        RequestError: There is no such version.
        ApprovalError: It is not approved, or not what was approved.
    """
    from penstock.approval.opening import open_approvals
    from penstock.registry import default_uri, open_registry

    registry = open_registry(request.registry or default_uri())
    approvals = open_approvals(registry)
    group, number = use_case.group, _number(request, use_case)
    live = approvals.live(group, request.stage)
    if live is not None and number in (None, live.version):
        chosen = _in_force(registry, approvals, live)
        approved = live.use_case.partition("@")[2]
        if request.trial and approved not in ("", use_case.digest):
            return _with_other_settings(chosen)
        return chosen
    if number is None:
        found = _newest(registry, group, request)
    else:
        found = registry.describe(group, number)
    if not request.trial:
        raise _not_approved(request, found, live)
    return _on_trial(registry, found, request.stage)


def _in_force(registry: Registry, approvals: Approvals, live: Live) -> Chosen:
    verified = approvals.verified(live.group, live.stage)
    name = f"{verified.group}/{verified.version}"
    by = " and ".join(verified.approved_by)
    note = f"model {name}, approved by {by} for {verified.stage}"
    newer = [each for each in registry.versions(verified.group) if each.version > verified.version]
    if newer:
        status = registry.describe(verified.group, newer[-1].version).status
        note += f"; {verified.group}/{newer[-1].version} is newer and {status}"
    uri = reachable_live(registry, verified)
    return Chosen(uri, name, verified.model_digest, False, note)


def _with_other_settings(chosen: Chosen) -> Chosen:
    note = (
        f"{chosen.note}; the settings changed since, so it is a trial: the sinks stay as they are"
    )
    return replace(chosen, version=f"{chosen.version}{TRIAL}", trial=True, note=note)


def _on_trial(registry: Registry, found: Description, stage: str) -> Chosen:
    name = f"{found.registered.group}/{found.registered.version}"
    note = f"model {name} on trial: it is not approved at {stage}, so the sinks stay as they are"
    digest = found.properties.get("model_digest", "")
    return Chosen(reachable_model(registry, found), f"{name}{TRIAL}", digest, True, note)


def _newest(registry: Registry, group: str, request: RunRequest) -> Description:
    from penstock.registry import newest

    found = newest(registry, group)
    if found is None:
        raise RequestError(
            Problem(
                f"no model of {group} is registered.",
                "--model",
                f"Train one: pipeline run training --use-case {request.use_case}",
            )
        )
    return found


def _number(request: RunRequest, use_case: UseCase) -> int | None:
    """Return the version's number that was asked for; None for the one in force."""
    wanted = request.model or "live"
    if wanted == "live":
        return None
    named, slash, number = wanted.removesuffix(TRIAL).rpartition("/")
    if not number.isdigit() or (slash and named != use_case.group):
        raise RequestError(
            Problem(
                f"the model {wanted!r} is none of {use_case.group}.",
                "--model",
                f"Name a version, such as 3 or {use_case.group}/3, or live.",
            )
        )
    return int(number)


def _not_approved(request: RunRequest, found: Description, live: Live | None) -> ApprovalError:
    name = f"{found.registered.group}/{found.registered.version}"
    stage = request.stage
    if found.status == "rejected":
        what = f"{name} was rejected."
    elif live is None:
        group = found.registered.group
        what = f"no version of {group} is approved at {stage}; {name} is {found.status}."
    else:
        what = f"{name} is not what is approved at {stage}: that is {live.group}/{live.version}."
    remedy = (
        f"Look at it and decide: pipeline console, or pipeline models approve {name} "
        f'--stage {stage} --comment "..."; or score without publishing: --trial.'
    )
    return ApprovalError(Problem(what, "", remedy))
