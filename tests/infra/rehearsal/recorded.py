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
    """Return what our roles asked; the roles of `cdk bootstrap` are not ours."""
    calls = read_calls((record / CALLS).read_text(encoding="utf-8"))
    return [each for each in calls if f"role/{_BOOTSTRAP}" not in each.role]


def judged(deployed: Iterable[Template], calls: Iterable[Call]) -> Judgement:
    """Ask templates for all that calls need."""
    listed = list(deployed)
    return judge(load_estate(listed), calls, read_keys(listed))


def names(calls: Iterable[Call]) -> set[str]:
    """Return the names of the roles that made calls."""
    return {each.role.rpartition("/")[2].removeprefix("penstock-") for each in calls}
