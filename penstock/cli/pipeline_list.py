"""The pipelines of an account, as lines."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from penstock.cli.execution_view.texts import execution_json, moment
from penstock.cli.run_view.text_table import text_table
from penstock.deployment.wanted import COMMIT, EXPIRES, OWNER, RELEASE
from penstock.executions.execution import Execution
from penstock.executions.service import Pipeline, Service

_AT_ONCE = 8
_SHORT = 12


@dataclass(frozen=True, slots=True)
class PipelineLine:
    """One pipeline; texts are empty where its tags say nothing, `latest` where it never ran."""

    pipeline: Pipeline
    owner: str
    commit: str
    release: str
    expires: str
    latest: Execution | None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "pipeline": self.pipeline.name,
            "arn": self.pipeline.arn,
            "changed": "" if self.pipeline.changed is None else self.pipeline.changed.isoformat(),
            "owner": self.owner,
            "commit": self.commit,
            "release": self.release,
            "expires": self.expires,
            "latest": None if self.latest is None else execution_json(self.latest),
        }


def list_pipelines(region: str) -> Sequence[PipelineLine]:
    """Return the pipelines of a Region by name."""
    service = Service(region)

    def line(pipeline: Pipeline) -> PipelineLine:
        tags = service.tags(pipeline)
        facts = (tags.get(name, "") for name in (OWNER, COMMIT, RELEASE, EXPIRES))
        owner, commit, release, expires = ("" if fact == "none" else fact for fact in facts)
        latest = next(iter(service.executions(pipeline.name, at_once=1)), None)
        return PipelineLine(pipeline, owner, commit, release, expires, latest)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(line, service.pipelines()))


def pipelines_text(lines: Sequence[PipelineLine], environment: str) -> str:
    """Return the pipelines as a table."""
    if not lines:
        return f"no pipelines in {environment} yet; deploy one: pipeline upsert --env {environment}"
    rows = [
        [
            line.pipeline.name,
            line.owner,
            _shortened(line.commit),
            line.release[:_SHORT],
            line.expires,
            line.latest.state if line.latest else "never ran",
            moment(line.latest.started) if line.latest else "",
            line.latest.execution_id if line.latest else "",
        ]
        for line in lines
    ]
    heads = ["pipeline", "owner", "commit", "release", "expires", "latest", "started", "execution"]
    return text_table(heads, rows)


def _shortened(commit: str) -> str:
    digest, dirty, _ = commit.partition("-dirty")
    return digest[:_SHORT] + dirty
