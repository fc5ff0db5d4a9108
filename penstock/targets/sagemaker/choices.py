"""Expands a task once in each of the branches that its inputs come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from penstock.errors import Problem
from penstock.ir.pipeline import FromTask, Offered, Task
from penstock.targets.sagemaker.alternatives import chosen, chosen_all, possible_options
from penstock.targets.sagemaker.results import Inputs, RefusedTaskError, Result, Together
from penstock.targets.sagemaker.scopes import Scope, within
from penstock.targets.sagemaker.value_queries import all_steps, choice_keys, first_choice, holds
from penstock.targets.sagemaker.values import (
    AnyValue,
    Finished,
    FirstOf,
    Option,
    Refused,
    Skipped,
)

if TYPE_CHECKING:
    from penstock.targets.sagemaker.expansion import Expansion

MOST_COPIES = 6
"""Beyond so many copies of one task, the tasks before it run in one job instead."""


def in_each_branch(
    expansion: Expansion,
    task: Task,
    owner: str,
    inputs: Inputs,
    path: str,
    results: Mapping[str, Result],
    expand: Callable[[Inputs, str], Result],
) -> Result:
    """Return the task's result; its values are choices again if it was duplicated.

    `expand` expands the task once no input depends on a branch any more.
    """
    everything: list[AnyValue] = [
        *inputs.parameters.values(),
        *inputs.artifacts.values(),
        *inputs.after,
    ]
    if any(holds(value, Skipped) for value in everything):
        return expansion.skipped(task)
    choice = first_choice(everything)
    if choice is None:
        return expand(inputs, path)
    if results:
        _check_copies(expansion, task, owner, path, everything, inputs.scope, results)
    copies: list[tuple[Option, Result]] = []
    for option in possible_options(choice, inputs.scope):
        branch = Inputs(
            parameters=chosen_all(inputs.parameters, choice.key, option.label),
            artifacts=chosen_all(inputs.artifacts, choice.key, option.label),
            scope=within(inputs.scope, option.scope),
            after=tuple(chosen(token, choice.key, option.label) for token in inputs.after),
            after_any=inputs.after_any,
        )
        if _lacks([*branch.parameters.values(), *branch.artifacts.values(), *branch.after]):
            continue
        title = f"{path}@{option.label}" if option.scope is not None else path
        copies.append((option, in_each_branch(expansion, task, owner, branch, title, {}, expand)))
    if not copies:
        return expansion.skipped(task)
    if len(copies) == 1 and copies[0][0].scope is None:
        return copies[0][1]

    def together(values: list[tuple[Option, AnyValue]]) -> FirstOf:
        return FirstOf(
            choice.key,
            tuple(
                Option(option.label, within(inputs.scope, option.scope), value)
                for option, value in values
            ),
        )

    first = copies[0][1]
    return Result(
        parameters={
            name: together([(o, r.parameters.get(name, Skipped())) for o, r in copies])
            for name in first.parameters
        },
        artifacts={
            name: together([(o, r.artifacts.get(name, Skipped())) for o, r in copies])
            for name in first.artifacts
        },
        done=(together([(o, Finished(all_steps(r.done))) for o, r in copies]),),
        refused=all(result.refused for _, result in copies),
    )


def offered(path: str, source: Offered, results: Mapping[str, Result], kind: str) -> AnyValue:
    """Return what a graph offers: an output of one of its tasks, or of the one whose branch ran."""
    values: list[tuple[str, AnyValue]] = []
    for output in source.sources:
        if output.task not in results:
            return Refused()
        given: Mapping[str, AnyValue] = getattr(results[output.task], kind)
        values.append((output.task, given.get(output.output, Refused())))
    if len(values) == 1:
        return _conditional(results[values[0][0]], values[0][1])
    options = []
    for name, value in values:
        if isinstance(value, Skipped):
            continue
        choice = next((token for token in results[name].done if isinstance(token, FirstOf)), None)
        if choice is None:
            return value
        options.append(Option(name, choice.options[0].scope, value))
    if not options:
        return Skipped()
    return FirstOf(f"{path}*", tuple(options)) if len(options) > 1 else options[0].value


def _conditional(result: Result, value: AnyValue) -> AnyValue:
    """An output of a task that runs under a condition is there only in that branch."""
    if len(result.done) == 1 and isinstance(result.done[0], FirstOf):
        choice = result.done[0]
        if [option.label for option in choice.options] == ["then", "otherwise"]:
            then, otherwise = choice.options
            return FirstOf(
                choice.key,
                (
                    Option(then.label, then.scope, value),
                    Option(otherwise.label, otherwise.scope, Skipped()),
                ),
            )
    return value


def _ways(values: list[AnyValue], scope: Scope | None) -> int:
    """Count the ways through the branches, up to a few more than are allowed."""
    choice = first_choice(values)
    if choice is None:
        return 1
    found = 0
    for option in possible_options(choice, scope):
        if found > MOST_COPIES:
            break
        left = [chosen(value, choice.key, option.label) for value in values]
        if not _lacks(left):
            found += _ways(left, within(scope, option.scope))
    return found


def _lacks(values: list[AnyValue]) -> bool:
    """Whether a value is not there in this branch; a list does without what was skipped."""
    return any(holds(value, Skipped) or holds(value, Refused) for value in values)


def _check_copies(
    expansion: Expansion,
    task: Task,
    owner: str,
    path: str,
    everything: list[AnyValue],
    scope: Scope | None,
    results: Mapping[str, Result],
) -> None:
    if _ways(everything, scope) <= MOST_COPIES:
        return
    bindings = [*task.parameters.values(), *task.artifacts.values()]
    before = {
        name
        for name in (*task.after, *(b.task for b in bindings if isinstance(b, FromTask)))
        if name in results and choice_keys(results[name].done)
    }
    raise RefusedTaskError(
        Problem(
            f"task `{task.name}` would become more than {MOST_COPIES} steps, one for each way "
            "through the branches before it.",
            expansion.where(task, path),
            "Decide in a component instead.",
        ),
        Together(
            owner,
            frozenset((task.name, *before)),
            f"the last would become more than {MOST_COPIES} steps, one for each way through the "
            "branches before it",
        )
        if before
        else None,
    )
