"""A plan for machines."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.deployment.plan import Plan


def plan_json(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain data; bodies stand for the definitions."""
    from penstock.deployment.prices import SOURCE

    existing, last = plan.existing, plan.last
    return {
        "pipeline": plan.wanted.name,
        "empty": plan.is_empty,
        "wanted": {"body": plan.wanted.body, "origin": asdict(plan.wanted.origin)},
        "existing": None if existing is None else {"body": existing.body, "arn": existing.arn},
        "last": None if last is None else {**asdict(last)},
        "age": plan.age,
        "drift": plan.drift,
        "settings": list(map(asdict, plan.settings)),
        "parameters": list(map(asdict, plan.definition.parameters)),
        "steps": [
            {**asdict(each), "changes": list(map(asdict, each.changes))}
            for each in plan.definition.steps
        ],
        "definition": list(map(asdict, plan.definition.rest)),
        "account": list(map(asdict, plan.account)),
        "environment": list(map(asdict, plan.environment)),
        "executions": list(plan.executions),
        "run_anew": dict(plan.anew or {}),
        "costs": {"prices": SOURCE, "steps": list(map(asdict, plan.costs))},
        "notes": list(plan.notes),
    }
