"""Answers the steps that wait for people, by what was decided on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

QUEUE = "penstock-approvals"
"""Last part of the address of the queue that a definition names by default."""


def asking(registry: str | None) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return the function that stands for the reader of the queue.

    Args:
        registry: Address of the registry; None: the usual one.
    """

    def answer(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        from penstock.approval.opening import open_approvals
        from penstock.approval.waiting import decision_about, find_review
        from penstock.errors import PenstockError, StepError
        from penstock.targets.local.steps.attempt import WaitingForAnswerError

        group, evidence, stage = (str(inputs[each]) for each in ("group", "evidence", "stage"))
        approvals = open_approvals(registry)
        try:
            if decision_about(approvals, group, evidence, stage) is not None:
                return {}
            found = find_review(approvals, group, evidence, stage)
        except PenstockError as error:
            raise StepError(error.problems) from error
        name = f"{group}/{found.version}" if found else group
        raise WaitingForAnswerError(
            f"{name} waits for approval at {stage}. Look: pipeline models show {name}; decide: "
            f"pipeline models approve {name} --stage {stage} --comment ..., or pipeline console."
        )

    return answer
