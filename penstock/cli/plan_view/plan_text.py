"""A plan as people read it: what is there, what changes, what that means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from penstock.cli.run_view.progress import duration

if TYPE_CHECKING:
    from penstock.deployment.costs import StepCost
    from penstock.deployment.differences.change import Change, StepChange
    from penstock.deployment.plan import Plan
    from penstock.environments import Environment

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_LONGEST_VALUE = 100
_LEGEND = "+ added  - removed  ~ changed"


def plan_text(plan: Plan, environment: Environment) -> str:
    """Return a plan for people, ending in what it comes to."""
    place = f"{environment.name} ({environment.account}, {environment.region})"
    head = [f"{plan.wanted.name} in {place}", *(f"  {line}" for line in _origins(plan))]
    parts = ["\n".join(head)]
    if not plan.is_empty:
        parts += _sections(plan)
        parts += ["\n".join(each) for each in (_outlook(plan), _costs(plan.costs)) if each]
    parts += [f"note: {each}" for each in plan.notes]
    return "\n\n".join([*parts, verdict(plan)])


def verdict(plan: Plan) -> str:
    """Return what a plan comes to, in one line."""
    if plan.is_empty:
        return "Nothing to do."
    if plan.existing is None:
        return f"It would be created, with {_count(len(plan.definition.steps), 'step')}."
    counts = {
        "step": len(plan.definition.steps),
        "parameter": len({each.path.partition(".")[0] for each in plan.definition.parameters}),
        "setting": len(plan.settings),
        "other value": len(plan.account) + len(plan.environment) + len(plan.definition.rest),
    }
    said = ", ".join(_count(number, what) for what, number in counts.items() if number)
    return f"It would change: {said or 'its version record alone'}."


def _origins(plan: Plan) -> Iterator[str]:
    last = plan.last
    if plan.existing is None:
        gone = " any more" if last is not None and last.action == "upsert" else " yet"
        yield f"there now  nothing{gone}"
    elif last is None or last.action == "delete":
        changed = plan.existing.changed
        yield f"there now  a pipeline that Penstock did not put there; changed {changed}"
    else:
        yield f"there now  version {last.number} by {last.actor} on {last.at}: {last.origin}"
    yield f"wanted     {plan.wanted.origin}"
    if plan.drift:
        yield f"beware     {plan.drift}; an upsert needs --force REASON"
    if plan.age == "unknown" and last is not None and last.action == "upsert":
        yield "beware     git tells no commit of this work tree; an upsert needs --force REASON"
    if plan.age == "older" and last is not None and last.action == "upsert":
        yield "beware     what is there is newer; an upsert needs --force REASON"


def _sections(plan: Plan) -> Iterator[str]:
    if plan.settings:
        yield "\n".join(["settings of the use case", *map(_change, plan.settings)])
    if plan.existing is None:
        names = [f"  + {each.name} ({each.type})" for each in plan.definition.steps]
        yield "\n".join(["steps", *names])
        return
    if plan.definition.parameters:
        yield "\n".join(["parameters", *map(_change, plan.definition.parameters)])
    if plan.definition.steps:
        yield "\n".join([f"steps  ({_LEGEND})", *_steps(plan.definition.steps)])
    for name, changes in (
        ("definition", plan.definition.rest),
        ("pipeline", plan.account),
        ("every execution from now on", plan.environment),
    ):
        if changes:
            yield "\n".join([name, *map(_change, changes)])


def _steps(steps: Sequence[StepChange]) -> Iterator[str]:
    """Yield the steps; those that only read a changed use case together."""
    from penstock.deployment.differences.settings import is_other_pin

    readers = []
    for step in steps:
        own = [each for each in step.changes if not is_other_pin(each)]
        if step.kind == "changed" and not own:
            readers.append(step.name)
            continue
        yield f"  {_SIGNS[step.kind]} {step.name} ({step.type})"
        yield from (f"  {_change(each)}" for each in own)
        if len(own) < len(step.changes):
            yield "      reads the changed use case"
    if readers:
        verb = "reads" if len(readers) == 1 else "read"
        yield f"  ~ {', '.join(readers)}: {verb} the changed use case, nothing else"


def _change(change: Change) -> str:
    before, after = _cut(change.before), _cut(change.after)
    return f"    {change.path}: {before} → {after}"


def _outlook(plan: Plan) -> list[str]:
    lines: list[str] = []
    if plan.executions:
        ids = ", ".join(plan.executions[:3]) + (", …" if len(plan.executions) > 3 else "")
        keep = "keeps the definition of its start"
        if len(plan.executions) > 1:
            keep = "keep the definitions of their starts"
        number = _count(len(plan.executions), "execution")
        lines.append(f"running    {number} ({ids}) {keep}")
    if plan.anew:
        lines.append(f"run anew   {_reasons(plan.anew)}")
    elif plan.existing is not None and plan.anew is not None:
        lines.append("run anew   nothing because of this change; the step cache stays valid")
    return lines


def _reasons(anew: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({reason})" for name, reason in anew.items())


def _costs(costs: Sequence[StepCost]) -> list[str]:
    from penstock.deployment.prices import SOURCE

    known = [each for each in costs if each.usd is not None]
    if not costs:
        return []
    if not known:
        kinds = sorted({each.instances for each in costs if each.instances})
        return [f"cost       not known before an execution succeeded there ({', '.join(kinds)})"]
    total = sum(each.usd or 0 for each in known)
    lines = [f"cost       about {total:.4f} USD an execution ({SOURCE}):"]
    for each in costs:
        took = "never ran" if each.seconds is None else duration(each.seconds)
        usd = "not known" if each.usd is None else f"{each.usd:.4f} USD"
        lines.append(f"             {each.step:<20} {each.instances:<18} {took:>9}  {usd}")
    return lines


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
