"""What tooling and pre-production leave for production."""

from __future__ import annotations

import json
from typing import Any

from workload import OPENER, PIPELINE, Workload, definition, moment

from infra.runtime.canonical import sha256

LIVE = (f"live#{PIPELINE}", "live")


def pass_trial(
    world: Workload, arn: str, hours: float = 0, note: str = "1", **changes: str
) -> None:
    """Write the record of a trial that succeeded."""
    record = {
        "package": arn,
        "approved_at": moment(hours),
        "statement": world.statement(note)[0].digest,
        "execution": "arn:of:the:trial",
        "body": sha256(definition().encode()),
        "at": "2026-11-21T09:30:00.000000Z",
        **changes,
    }
    version = arn.rpartition("/")[2]
    place = f"releases/promoted/fraud/{version}/{moment(hours)}/pre-prod.json"
    world.put(place, json.dumps(record).encode())


def opening(world: Workload, arn: str, hours: float = 0, by: str = OPENER) -> dict[str, Any]:
    """Return what tooling sends once people have opened production."""
    return {
        "source": "penstock.promotion",
        "detail-type": "Production opened",
        "detail": {
            "package": arn,
            "group": "fraud",
            "version": arn.rpartition("/")[2],
            "approved_at": moment(hours),
            "release": world.release,
            "gate": {"approved_by": by, "at": "2026-11-21T10:00:00Z", "delivery": "d-2"},
        },
    }
