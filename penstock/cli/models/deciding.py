"""A definition given as a file that decides by a model: held to what is approved, as by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from penstock.cli.settings import ScalarValue
from penstock.errors import ApprovalError, Problem

if TYPE_CHECKING:
    from penstock.cli.run_request import RunRequest


def check_decider(
    request: RunRequest, types: Mapping[str, str], given: Mapping[str, ScalarValue]
) -> None:
    """Refuse to publish decisions of a model that is not in force, whoever compiled the definition.

    The jobs hold the model to `model_digest`, so that and the version's name have to be those of
    what is approved. Definitions without these parameters are none of ours and are let through.

    Args:
        request: Of a definition or an IR that is given as a file.
        types: Parameters that it declares.
        given: Settings that were given.

    Raises:
        ApprovalError: The model is not what is approved.
    """
    if not {"model", "model_version", "model_digest"} <= types.keys():
        return
    from penstock.approval.opening import open_approvals
    from penstock.registry import default_uri, open_registry

    version = str(given.get("model_version") or "")
    group = version.rpartition("/")[0]
    approvals = open_approvals(open_registry(request.registry or default_uri()))
    live = approvals.live(group, request.stage) if group else None
    if live is not None and version == f"{group}/{live.version}":
        approvals.verified(group, request.stage)
        if given.get("model_digest") == live.model_digest:
            return
    name = version or "a model without a name"
    raise ApprovalError(
        Problem(
            f"this definition publishes decisions, and {name} with the digest "
            f"{given.get('model_digest') or 'none'} is not what is approved at {request.stage}.",
            str(request.definition or request.from_ir),
            "Run it by its name (pipeline run inference), which takes the approved model, or with "
            "--trial one that is not; or set model, model_version and model_digest to those of "
            "the version in force.",
        )
    )
