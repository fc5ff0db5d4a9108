"""The settings that were approved with a model, and those that are deployed in an account.

A definition names the settings that it was compiled with by their digest, and the account runs it
as it is: what was approved cannot be put in their place at a start, as `pipeline run` does here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import ApprovalError, Problem

if TYPE_CHECKING:
    from penstock.approval.port import Live
    from penstock.executions.service import Pipeline


def check_settings(live: Live | None, pipeline: Pipeline) -> None:
    """Refuse to decide by other settings than those that were approved with the model.

    Args:
        live: What is in force; None: nothing, which others refuse.
        pipeline: As it is deployed.

    Raises:
        ApprovalError: The definition does not name the settings that were approved.
    """
    approved = live.use_case.partition("@")[2] if live else ""
    if live is None or not approved.startswith("sha256:") or approved in pipeline.definition:
        return
    name = f"{live.group}/{live.version}"
    raise ApprovalError(
        Problem(
            f"it was deployed with other settings than those approved with {name} "
            f"({live.use_case}).",
            pipeline.name,
            f"Deploy the release that {name} is of, approve a version that was trained with these "
            "settings, or try them: --trial.",
        )
    )
