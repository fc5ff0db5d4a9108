"""What a run that makes a candidate is told: its champion, and facts for the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from penstock.cli.run_request import RunRequest
from penstock.cli.settings import ScalarValue
from penstock.errors import Problem, RequestError

FACTS = (
    "champion",
    "champion_version",
    "champion_evidence",
    "started_by",
    "code",
    "definition",
)
"""What an approver has to be able to believe: the command tells it, nobody sets it."""


def candidate_settings(
    request: RunRequest,
    definition: Mapping[str, Any],
    text: str,
    given: Mapping[str, ScalarValue],
) -> Mapping[str, ScalarValue]:
    """Return values of the parameters that a pipeline which registers a model may declare.

    Args:
        request: Of the run.
        definition: Of its pipeline.
        text: The definition as SageMaker would receive it.
        given: Settings that were given.

    Returns:
        Nothing for a pipeline that registers no model.

    Raises:
        RequestError: A fact of the evidence was given; every one is listed.
        ApprovalError: The champion is not what was approved.
    """
    from penstock.approval.login import login
    from penstock.cli.models.champion import champion_settings
    from penstock.cli.project_pipelines import project_folder
    from penstock.cli.run_facts import code_state, definition_digest

    group = registered_group(definition)
    if group is None:
        return {}
    forged = [name for name in FACTS if name in given]
    if forged:
        raise RequestError(
            [
                Problem(
                    f"{name} is a fact of the evidence, which the command itself tells.",
                    f"--set {name}",
                    "Leave it out.",
                )
                for name in forged
            ]
        )
    return {
        **champion_settings(request, group),
        "started_by": login(),
        "reason": request.reason,
        "code": code_state(project_folder()),
        "definition": definition_digest(text),
    }


def registered_group(definition: Mapping[str, Any]) -> str | None:
    """Return the group that the definition's first registration names; None without one."""
    for step in _steps(definition):
        if step.get("Type") == "RegisterModel":
            group = (step.get("Arguments") or {}).get("ModelPackageGroupName")
            return group if isinstance(group, str) else None
    return None


def _steps(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the steps of a definition, those within conditions among them."""
    found = definition.get("Steps")
    for step in found if isinstance(found, list) else []:
        if isinstance(step, dict):
            yield step
            arguments = step.get("Arguments")
            branches = arguments if isinstance(arguments, dict) else {}
            for branch in ("IfSteps", "ElseSteps"):
                yield from _steps({"Steps": branches.get(branch)})
