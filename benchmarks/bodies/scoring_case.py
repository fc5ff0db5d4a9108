"""What the bodies of the scoring benchmark share: the rows, the model, the use case."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.scoring.predictions import PredictionForm
from components.training.scorer import Scorer, load_model
from penstock.use_case import UseCase, load_use_case


@dataclass(frozen=True, slots=True)
class ScoringCase:
    """What to score, with what, and where the predictions go."""

    rows: Path
    target: Path
    model: Path
    use_case: UseCase
    scorer: Scorer
    form: PredictionForm


def scoring_case(folder: Path, copies: int, target: Path, *, lines: str = "parquet") -> ScoringCase:
    """Return the case that `scoring_data` wrote."""
    given = load_use_case("fraud")
    inference = given.inference.model_copy(update={"form": lines})
    use_case = given.model_copy(update={"inference": inference})
    scorer: Any = load_model(folder / "model")
    form = PredictionForm(use_case, scorer.manifest.classes, "fraud/1")
    rows = folder / f"rows-{copies}.parquet"
    return ScoringCase(rows, target, folder / "model", use_case, scorer, form)
