"""A run that goes on: the model that it was started with must still be approved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli.executor import STAGE
from penstock.cli.home import HOME
from penstock.cli.models.choosing import TRIAL
from penstock.cli.run_request import LATEST
from penstock.errors import ApprovalError, Problem

if TYPE_CHECKING:
    from penstock.cli.run_request import RunRequest


def check_resumed(request: RunRequest) -> None:
    """Refuse to go on with an inference whose model is no longer in force, or was altered.

    A trial goes on as one, and so does a run that registers or knows no model.

    The stage is that which the run was started for, not that of the call which resumes it.

    Raises:
        RequestError: There is no such run.
        ApprovalError: The model is not what is approved now.
    """
    from penstock.targets.local.state import latest_run, read_facts

    runs = HOME / "runs"
    name = latest_run(runs) if request.resume == LATEST else str(request.resume)
    facts = read_facts(runs / name)
    version = str(facts.parameters.get("model_version") or "")
    if "model_digest" not in facts.parameters or not version or version.endswith(TRIAL):
        return
    from penstock.approval.opening import open_approvals

    group, stage = version.rpartition("/")[0], facts.labels.get(STAGE, request.stage)
    approvals = open_approvals(facts.registry)
    live = approvals.live(group, stage)
    if live is not None and f"{group}/{live.version}" == version:
        found = approvals.verified(group, stage)
        if facts.parameters["model_digest"] == found.model_digest:
            return
        raise ApprovalError(
            Problem(
                f"the run says that {version} has the digest {facts.parameters['model_digest']}; "
                f"{found.model_digest} was approved.",
                str(runs / name),
                "Somebody changed the run's file. Start a new run: pipeline run inference.",
            )
        )
    now = f"that is {group}/{live.version}" if live is not None else "nothing is"
    raise ApprovalError(
        Problem(
            f"the run began with {version}, which is no longer approved at {stage}: {now}.",
            f"pipeline run --resume {name}",
            "Start a new run: pipeline run inference.",
        )
    )
