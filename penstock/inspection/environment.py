"""Everything that an environment needs, looked at in turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.environments import Environment, Environments
from penstock.inspection.bucket import bucket
from penstock.inspection.finding import Finding, State
from penstock.inspection.identity import caller, clock, identity
from penstock.inspection.image import image
from penstock.inspection.key import ENCRYPTING, key
from penstock.inspection.ledger import ledger
from penstock.inspection.looking import told
from penstock.inspection.network import network
from penstock.inspection.permissions import permissions
from penstock.inspection.quotas import quotas
from penstock.inspection.region import region
from penstock.inspection.registry import registry
from penstock.inspection.role import role
from penstock.inspection.table import table

RECORDS_KEY = {"pk": "S", "sk": "S"}
"""What locks and version records are kept under."""


def inspect(
    environments: Environments, name: str, machines: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """Look at an environment with the credentials of this shell; nothing is changed.

    Nothing but the identity is looked at where it is not that of the environment: whatever was
    seen would be somebody else's.

    Args:
        environments: Of the file.
        name: Of the environment.
        machines: Instance types that its pipelines run on, by the kind of their jobs.

    Raises:
        RequestError: There is no such environment.
    """
    environment = environments.get(name)

    def place(setting: str) -> str:
        return environments.place(name, setting)

    who: dict[str, Any] = {}

    def ask() -> Iterator[Finding]:
        answer = caller(environment.account, environment.region)
        yield identity(answer, environment.account, place("account"))
        who.update(answer)

    is_ours = True
    for finding in told("identity", ask()):
        is_ours = is_ours and finding.state != "broken"
        yield finding
    if not is_ours:
        remedy = "Mend the identity first."
        yield Finding("the rest", "warning", "nothing else was looked at", remedy)
        return
    yield from clock(who, datetime.now(UTC))
    yield from told("permissions", permissions(who["Arn"], environment))
    there = environment.region
    yield from told("region", region(there, place("region")))
    for setting in ("artifacts", "code", "releases"):
        yield from _bucket(environment, setting, place(setting))
    if environment.role:
        yield from told("role", role(environment.role, there, place("role")), "warning")
    if environment.records:
        at = place("records")
        look = table("records", environment.records, there, RECORDS_KEY, at)
        yield from told("records", look)
    if environment.image:
        yield from told("image", image(environment.image, there, place("image")), "warning")
    if environment.role:
        limit = environment.limits.parallel_steps
        yield from told("quotas", quotas(there, machines, limit), "warning")
    if environment.subnets:
        named = environment.subnets, environment.security_groups
        look = network("network", *named, there, place("subnets"))
        yield from told("network", look, "warning")
    if environment.kms_key:
        look = key("key", environment.kms_key, there, ENCRYPTING, place("kms_key"))
        yield from told("key", look, "warning")
    if environment.registry:
        yield from told("registry", registry(environment.registry, there, place("registry")))
    if environment.ledger:
        yield from told("ledger", ledger(environment.ledger, there, place("ledger")))


def _bucket(environment: Environment, setting: str, place: str) -> Iterator[Finding]:
    uri: str = getattr(environment, setting)
    is_artifacts = uri.split("/")[2:3] == environment.artifacts.split("/")[2:3]
    if not uri or (setting == "code" and is_artifacts):
        return
    milder: State = "warning"
    # Releases are read by commands, artifacts and code by jobs.
    rules = {"elsewhere": milder, "without_lock": milder} if setting == "releases" else {}
    yield from told(setting, bucket(setting, uri, environment.region, place, **rules))
