"""What is due: which pipeline, and why now."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.runtime.errors import Refused
from infra.runtime.pipelines import Pipeline, pipeline_of


@dataclass(frozen=True, slots=True)
class Due:
    """A start.

    Attributes:
        pipeline: What starts.
        scheduled: The time for which it was planned; empty: it follows another execution.
        after: ARN of the execution that it follows; empty: it was planned.
        schedule: ARN of the schedule that planned it; empty: it does not say.
    """

    pipeline: Pipeline
    scheduled: str
    after: str
    schedule: str = ""

    @property
    def token(self) -> str:
        """The same for the same start, so that SageMaker starts it once."""
        occasion = "\n".join((self.pipeline.name, self.scheduled, self.after))
        return hashlib.sha256(occasion.encode()).hexdigest()

    @property
    def reason(self) -> str:
        """Why it starts, for people."""
        return f"after {self.after}" if self.after else f"due at {self.scheduled}"

    @property
    def started_by(self) -> str:
        """What started it, for evidence."""
        return self.after or self.schedule or f"the schedule of {self.pipeline.name}"


def due_of(event: Mapping[str, Any], groups: Mapping[str, str], suffix: str = "") -> Due:
    """Return what an event asks for.

    Args:
        event: `{pipeline, use_case, scheduled, schedule}` or `{pipeline, after}`.
        groups: The use case by model package group.
        suffix: Of the pipelines' names, see `pipeline_of`.

    Raises:
        Refused: It asks for a pipeline that is none of ours, or does not say why now.
    """
    name = str(event.get("pipeline") or "")
    pipeline = pipeline_of(name, groups, suffix)
    if pipeline is None:
        known = ", ".join(
            f"{each}-{kind}{suffix}" for each in groups for kind in ("inference", "training")
        )
        raise Refused("this is no pipeline of this account.", name or "(empty)", f"Use: {known}.")
    use_case = event.get("use_case") or pipeline.use_case
    if use_case != pipeline.use_case:
        what = f"it is a pipeline of {pipeline.use_case}, not of {use_case}."
        raise Refused(what, name, "Mend the schedule.")
    scheduled, after = str(event.get("scheduled") or ""), str(event.get("after") or "")
    if bool(scheduled) == bool(after):
        what = "the event has to say either `scheduled` or `after`."
        raise Refused(what, name, "Mend the schedule or the rule.")
    return Due(pipeline, scheduled, after, str(event.get("schedule") or ""))
