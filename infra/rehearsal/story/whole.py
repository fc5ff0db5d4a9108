"""The whole story, from the build to three decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.rehearsal.errors import told
from infra.rehearsal.story.building import USE_CASE, Built, build
from infra.rehearsal.story.lines import Teller
from infra.rehearsal.story.promotion import Promotion
from infra.rehearsal.world import rehearsing
from penstock.environments import Environment
from penstock.use_case import load_use_case
from use_cases.fraud.generator import generate

CALLS = "calls.jsonl"
"""In a record: a line of JSON for each call that a role made."""
_SHOWN_DECISIONS = 3
_FEW = {"customers": 800, "terminals": 1600}
"""Enough for a model that passes its gates."""


def play(folder: Path, teller: Teller, record: Path | None = None) -> None:
    """Play all of it.

    Args:
        folder: Empty; the build and the rows go there.
        teller: Hears of every line.
        record: Folder for the calls that roles make and the templates that allow them.

    Raises:
        RehearsalError: It cannot go on.
    """
    built = build(folder)
    teller.tell("here", "build", "release and templates built", built.digest)
    if record is not None:
        built.keep(record)
    calls = record / CALLS if record is not None else None
    with rehearsing(_accounts(built), calls=calls) as world:
        promotion = Promotion(world, built, teller)
        promotion.found(rows_of(folder))
        promotion.publish()
        promotion.deliver()
        promotion.train()
        promotion.open_gate()
        promotion.register()
        promotion.decide()
        promotion.try_out()
        promotion.open_prod()
        promotion.go_live()
        execution = promotion.infer(datetime.now(UTC).replace(hour=6, minute=0, second=0))
        if execution.status != "Succeeded":
            raise told(f"the inference is {execution.status}: {execution.reason}.", execution.arn)
        decisions = promotion.decisions()
        if not decisions:
            raise told("no decision was written.", "prod")
        teller.tell("prod", "SageMaker", f"{len(decisions)} decisions written")
        for each in decisions[:_SHOWN_DECISIONS]:
            score = float(each["score"])
            shown = f"{each['TRANSACTION_ID']}: {each['decision']}, score {score:.4f}"
            teller.tell("prod", "decision", f"{shown}, by {each['model_version']}")


def rows_of(folder: Path) -> Path:
    """Write rows as the use case's generator does, of fewer customers; return their folder."""
    generator = load_use_case(USE_CASE).source.generator
    assert generator is not None  # noqa: S101  # the use case makes its own rows
    rows = folder / "rows"
    rows.mkdir(exist_ok=True)
    settings: dict[str, Any] = {**generator.settings, **_FEW}
    generate(rows, days=generator.load_days or 0, **settings)
    return rows


def _accounts(built: Built) -> list[Environment]:
    return [built.environments.get(name) for name in built.environments.names if name != "local"]
