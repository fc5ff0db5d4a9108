"""Which days a back-fill may pass: those whose decisions are what it would decide."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from penstock.cli.home import HOME
from penstock.cli.models.choosing import choose_model
from penstock.cli.run_inputs import address_of, default_sinks
from penstock.cli.run_request import RunRequest
from penstock.cli.settings import declared_types, read_settings

if TYPE_CHECKING:
    from penstock.targets.local.history import PastRun

_READER, _WRITER = "prepare", "publish"


def with_model(request: RunRequest, definition: Mapping[str, Any]) -> RunRequest:
    """Return the request with the version that would be chosen now, so that every day has the same.

    Raises:
        RequestError: There is no such model.
        ApprovalError: It is not approved, or not what was approved.
    """
    from penstock.use_case import load_use_case

    if "model" in read_settings(request.settings, declared_types(definition)):
        return request
    chosen = choose_model(request, load_use_case(request.use_case))
    return replace(request, model=chosen.version)


def done_days(request: RunRequest, definition: Mapping[str, Any]) -> set[date]:
    """Return the days that were last decided with this model and definition, for these sinks.

    A day whose publishing failed, was stopped or is under way is not among them.

    Args:
        request: Of an inference, with its model.
        definition: Of its pipeline.
    """
    from penstock.data.pinning import table_uri
    from penstock.targets.local.history import past_runs
    from penstock.use_case import load_use_case

    use_case = load_use_case(request.use_case)
    given = read_settings(request.settings, declared_types(definition))
    model, trial = given.get("model"), False
    if not model:
        chosen = choose_model(request, use_case)
        model, trial = chosen.uri, chosen.trial
    sinks = given.get("sinks") or default_sinks(use_case, trial=trial)
    source = table_uri(str(given.get("source") or address_of(use_case, request.source)))
    seen: dict[date, bool] = {}
    for run in past_runs(HOME):
        parameters = run.parameters
        day = run.value(_READER, "day")
        if (
            run.pipeline == f"{use_case.group}-{request.name}"
            and day
            and _may_have_published(run)
            and json.loads(str(parameters["sinks"])) == json.loads(str(sinks))
            and table_uri(str(parameters["source"])) == source
        ):
            same = parameters["model"] == model and _definition(run) == definition
            seen.setdefault(date.fromisoformat(str(day)), run.state == "Succeeded" and same)
    return {day for day, done in seen.items() if done}


def _may_have_published(run: PastRun) -> bool:
    """Say whether the run's last step has done anything, or might have."""
    writer = run.steps.get(_WRITER)
    return writer is None or str(writer.status) in ("succeeded", "failed", "stopped")


def _definition(run: PastRun) -> object:
    try:
        file = HOME / "runs" / run.execution_id / "definition.json"
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
