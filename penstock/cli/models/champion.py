"""The champion of a training: what is in force where the candidate wants to go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli.models.reaching import evidence_folder, reachable_live
from penstock.cli.settings import ScalarValue

if TYPE_CHECKING:
    from penstock.cli.run_request import RunRequest


def champion_settings(request: RunRequest, group: str) -> dict[str, ScalarValue]:
    """Return the parameters that name the champion; all empty where nothing is in force.

    Raises:
        ApprovalError: What is in force is not what was approved.
    """
    from penstock.approval.opening import open_approvals
    from penstock.registry import default_uri, open_registry

    registry = open_registry(request.registry or default_uri())
    approvals = open_approvals(registry)
    if approvals.live(group, request.stage) is None:
        return {"champion": "", "champion_version": "", "champion_evidence": ""}
    live = approvals.verified(group, request.stage)
    return {
        "champion": reachable_live(registry, live),
        "champion_version": f"{group}/{live.version}",
        "champion_evidence": evidence_folder(registry, group, live.version, live.evidence).as_uri(),
    }
