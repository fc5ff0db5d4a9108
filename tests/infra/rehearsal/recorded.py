"""What a rehearsal recorded, and what the templates that it deployed say to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from infra.cdk.described import described
from infra.policies import Template, load_estate, read_keys
from infra.policies.calls import Call, Judgement, judge, read_calls
from infra.rehearsal.story.whole import CALLS
from penstock.environments import load_environments
from penstock.registry.sagemaker.address import read_address

_BOOTSTRAP = "cdk-penstock-"


def templates(record: Path) -> list[Template]:
    """Return the templates of a record, where they are deployed."""
    environments = load_environments(record / "environments.yaml")
    found = []
    for file in sorted((record / "templates").glob("*.template.json")):
        stack = file.name.removesuffix(".template.json")
        body = json.loads(file.read_text(encoding="utf-8"))
        environment = environments.get(described(body).environment)
        found.append(Template(stack, environment.account, environment.region, body))
    return found


def calls_of(record: Path) -> list[Call]:
    """Return what our roles asked; the roles of `cdk bootstrap` are not ours.

    Left out too: the files that the local executor copies into the bucket of the registry where it
    stands for a RegisterModel step, by which SageMaker copies nothing.
    """
    calls = read_calls((record / CALLS).read_text(encoding="utf-8"))
    environments = load_environments(record / "environments.yaml")
    copied = {(each.role, read_address(each.registry).bucket) for each in environments if each.role}
    return [
        each
        for each in calls
        if f"role/{_BOOTSTRAP}" not in each.role
        and (each.role, each.parameters.get("Bucket")) not in copied
    ]


def one_of_each(calls: Iterable[Call]) -> list[Call]:
    """Return one call of those that differ in the names of objects below a folder alone."""
    kept: dict[tuple[str, ...], Call] = {}
    for each in calls:
        given = dict(each.parameters)
        if each.service == "s3":
            below = str(given.get("Key") or given.get("Prefix", ""))
            given = {"Bucket": given.get("Bucket"), "Key": "/".join(below.split("/")[:2])}
        asks = (each.role, each.service, each.operation, each.error, each.source, str(given))
        kept.setdefault(asks, each)
    return list(kept.values())


def judged(deployed: Iterable[Template], calls: Iterable[Call]) -> Judgement:
    """Ask templates for all that calls need.

    A bucket that no template makes is another team's, in the account of whoever asks.
    """
    listed, asked = list(deployed), list(calls)
    estate = load_estate(listed)
    buckets = {
        f"arn:aws:s3:::{each.parameters['Bucket']}": each for each in asked if each.service == "s3"
    }
    others = {
        arn: each.principal.account for arn, each in buckets.items() if arn not in estate.owners
    }
    return judge(estate.plus(owners=others), asked, read_keys(listed))


def names(calls: Iterable[Call]) -> set[str]:
    """Return the names of the roles that made calls."""
    return {each.role.rpartition("/")[2].removeprefix("penstock-") for each in calls}
