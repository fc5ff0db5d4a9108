"""Which days a use case has decided already with the model that would decide them now."""

from __future__ import annotations

from datetime import date

from penstock.cli.run_inputs import HOME, chosen_model
from penstock.cli.run_request import RunRequest


def done_days(request: RunRequest) -> set[date]:
    """Return the days of successful runs of the same pipeline, use case and model.

    Args:
        request: Of an inference.
    """
    from penstock.targets.local.history import past_runs
    from penstock.targets.local.result import RunStatus
    from penstock.use_case import load_use_case

    use_case = load_use_case(request.use_case)
    model, _ = chosen_model(request, use_case)
    pipeline = f"{use_case.group}-{request.name}"
    found = set()
    for run in past_runs(HOME):
        same = (
            run.pipeline == pipeline
            and run.state == RunStatus.SUCCEEDED
            and run.parameters.get("model") == model.get("model")
            and (request.source is None or str(request.source) in str(run.parameters["source"]))
        )
        day = run.value("prepare", "day")
        if same and day:
            found.add(date.fromisoformat(str(day)))
    return found
