"""Every candidate's scores as one JSON document."""

import json
from typing import Any

from components.training.competition import Result
from penstock.use_case import UseCase

FORMAT = "penstock.scores/1"


def scores_document(use_case: UseCase, result: Result) -> dict[str, Any]:
    """Return the document: the metric chosen by, the best, and every candidate in order."""
    return {
        "format": FORMAT,
        "use_case": f"{use_case.name}@{use_case.digest}",
        "metric": use_case.metric,
        **candidates_document(result),
    }


def candidates_document(result: Result) -> dict[str, Any]:
    """Return how the candidates did.

    `baseline` is what the constant candidate answers: each class's probability, or the mean.
    """
    constants = [entry for entry in result.entries if entry.manifest.kind == "constant"]
    return {
        "measured_on": result.measured_on,
        "best": result.best.name,
        "baseline": json.loads(constants[0].payload)["values"],
        "candidates": [
            {
                "name": entry.name,
                "kind": entry.manifest.kind,
                "rounds": entry.manifest.rounds,
                "threshold": entry.manifest.threshold,
                "scores": dict(entry.scores),
            }
            for entry in result.entries
        ],
    }
