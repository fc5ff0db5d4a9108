"""Executions as text for people and as plain data for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from penstock.cli.run_view.progress import duration
from penstock.cli.run_view.text_table import text_table
from penstock.executions.execution import Execution, Snapshot, Step


def name_of(execution: Execution) -> str:
    """Return what people call an execution: `fraud-training/4m2x0c9q1z7k`."""
    return f"{execution.pipeline}/{execution.execution_id}"


def moment(time: datetime | None) -> str:
    """Write a time in the zone of this machine, to the minute."""
    return "" if time is None else f"{time.astimezone():%Y-%m-%d %H:%M}"


def failures_text(snapshot: Snapshot) -> str:
    """Return why an execution failed, the first failure first; empty where nothing failed."""
    lines = [
        f"{step.name} failed: {step.reason or 'the service gives no reason.'}"
        for step in snapshot.failures
    ]
    reason = snapshot.execution.reason
    if snapshot.execution.state == "Failed" and not lines:
        lines.append(f"it failed: {reason or 'the service gives no reason.'}")
    return "\n".join(lines)


def ending_text(snapshot: Snapshot, environment: str) -> str:
    """Return the end of an execution, its failures first, and what to look at next."""
    execution = snapshot.execution
    counts = Counter(step.state.lower() for step in snapshot.steps)
    counted = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no step began"
    took = _took(execution)
    within = f", in {duration(took)}" if took is not None else ""
    failures = failures_text(snapshot)
    ending = f"{execution.state}: {counted}{within}. Execution {name_of(execution)}."
    lines = [*([failures] if failures else []), ending]
    if failures:
        lines.append(f"Logs: pipeline logs {name_of(execution)} --env {environment}")
    return "\n".join(lines)


def snapshot_text(snapshot: Snapshot, environment: str) -> str:
    """Return an execution with a line a step."""
    now = datetime.now(UTC)
    rows = [
        [
            step.name,
            step.kind,
            step.state + (", from the cache" if step.reused else ""),
            f"{step.attempts}" if step.attempts > 1 else "",
            duration(step.seconds(now)),
            _made(step),
        ]
        for step in snapshot.steps
    ]
    heads = ["step", "type", "state", "attempts", "took", "made"]
    table = text_table(heads, rows) if rows else "  no step has begun"
    execution = snapshot.execution
    head = f"{name_of(execution)}, started {moment(execution.started)}"
    return f"{head}\n{table}\n\n{ending_text(snapshot, environment)}"


def executions_text(executions: Sequence[Execution]) -> str:
    """Return executions as a table."""
    rows = [
        [name_of(each), each.state, moment(each.started), each.display_name, each.reason]
        for each in executions
    ]
    heads = ["execution", "state", "started", "name", "reason"]
    used = [index for index in range(5) if index < 3 or any(row[index] for row in rows)]
    return text_table(
        [heads[index] for index in used], [[row[index] for index in used] for row in rows]
    )


def execution_json(execution: Execution) -> dict[str, Any]:
    """Return an execution as plain data; times are ISO 8601."""
    return {
        "execution": execution.arn,
        "id": execution.execution_id,
        "pipeline": execution.pipeline,
        "state": execution.state,
        "started": _iso(execution.started),
        "changed": _iso(execution.changed),
        "reason": execution.reason,
    }


def snapshot_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return an execution and its steps as plain data."""
    now = datetime.now(UTC)
    return {
        **execution_json(snapshot.execution),
        "failures": [{"step": step.name, "reason": step.reason} for step in snapshot.failures],
        "steps": [
            {
                "name": step.name,
                "type": step.kind,
                "state": step.state,
                "started": _iso(step.started),
                "ended": _iso(step.ended),
                "seconds": step.seconds(now),
                "attempts": step.attempts,
                "reason": step.reason,
                "job": step.job,
                "made": step.made,
                "reused": step.reused,
            }
            for step in snapshot.steps
        ],
    }


def _made(step: Step) -> str:
    """Return `wine/3` of a model package, else the name of what was made."""
    return step.made.split(":", 5)[-1].partition("/")[2] if ":" in step.made else step.made


def _took(execution: Execution) -> float | None:
    if execution.started is None or execution.changed is None:
        return None
    if not execution.is_over:
        return max(0.0, (datetime.now(UTC) - execution.started).total_seconds())
    return max(0.0, (execution.changed - execution.started).total_seconds())


def _iso(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(timespec="milliseconds")
