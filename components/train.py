"""Train the candidates of a use case and keep the best."""

import json
from pathlib import Path
from typing import NamedTuple

from penstock.contract import Dataset, Metrics, Model, checkpoint_folder, component, output


class Trained(NamedTuple):
    """The best model, and how every candidate did."""

    model: Model
    scores: Metrics
    best: str


@component(kind="training")
def train(
    use_case: str, train: Dataset, validation: Dataset, candidates: str = "", seed: int = 0
) -> Trained:
    """Fit the candidates on `train`, measure them on `validation`, keep the best.

    The same inputs give the same bytes. An interrupted training goes on from its checkpoints, where
    the target keeps them, and gives the same bytes as one that was not interrupted.

    Args:
        use_case: Name or pinned reference of the use case.
        train: Rows to learn from, as `preprocess` writes them.
        validation: Rows to stop early, choose the model and its threshold on.
        candidates: Names with commas between them; empty: those that the use case enables. The
            constant baseline is always among them.
        seed: Of everything random.

    Returns:
        The model folder that `load_model` reads; every candidate's scores as JSON; the name of the
        best.

    Raises:
        DataError: The rows do not fit the use case.
        UseCaseError: The use case or a candidate is unknown.
    """
    from components.training.competition import compete
    from components.training.manifest import write_model
    from components.training.rows import Rows
    from components.training.scores import scores_document
    from penstock.use_case import load_use_case

    settings = load_use_case(use_case)
    result = compete(
        settings,
        settings.selected_candidates(candidates),
        Rows((Path(train.path),)),
        Rows((Path(validation.path),)),
        seed=seed,
        checkpoints=checkpoint_folder(),
    )
    model, scores = output(Model, "model"), output(Metrics, "scores")
    write_model(Path(model.path), result.best.manifest, result.best.payload)
    document = scores_document(settings, result)
    Path(scores.path).write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    model.metadata["candidate"] = result.best.name
    chosen = result.best.scores.get(settings.metric)
    if chosen is not None:
        scores.log_metric(settings.metric, chosen)
    return Trained(model, scores, result.best.name)
